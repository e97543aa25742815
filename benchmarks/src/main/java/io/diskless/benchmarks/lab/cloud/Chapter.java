package io.diskless.benchmarks.lab.cloud;

/**
 * A chapter that was told. Immutable.
 *
 * @param name one word
 * @param words what happened
 * @param ended when, in nanoseconds of {@link System#nanoTime}
 * @param pauseMillis the longest that the guest waited for one request in it
 * @param resynced bytes that were copied to a node that had missed them
 * @param wrong how many requests of the guest had failed by then
 */
public record Chapter(String name, String words, long ended, double pauseMillis, long resynced, String wrong) {}
