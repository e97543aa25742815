package io.diskless.aoe.initiator;

/**
 * How long requests took, from submission to completion, in nanoseconds; percentiles are exact to a sixteenth. Immutable.
 *
 * @param count requests
 * @param min shortest
 * @param mean average
 * @param p50 median
 * @param p90 90 of 100 took no longer
 * @param p99 99 of 100 took no longer
 * @param p999 999 of 1000 took no longer
 * @param max longest
 */
public record Latency(long count, long min, long mean, long p50, long p90, long p99, long p999, long max) {}
