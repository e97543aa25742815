package io.diskless.aoe.target;

/**
 * How long requests took, from being taken off the link to having their answer committed, in nanoseconds. A quantile is
 * the upper end of its bucket, at most an eighth too high. Immutable.
 *
 * @param count requests
 * @param mean average
 * @param p50 half of the requests took no longer
 * @param p90 nine in ten took no longer
 * @param p99 ninety-nine in a hundred took no longer
 * @param p999 all but one in a thousand took no longer
 * @param max the longest
 */
public record Latency(long count, long mean, long p50, long p90, long p99, long p999, long max) {}
