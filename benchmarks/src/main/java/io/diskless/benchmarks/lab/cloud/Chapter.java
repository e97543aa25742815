package io.diskless.benchmarks.lab.cloud;

/**
 * A chapter that was told. Immutable.
 *
 * @param name one word
 * @param words what happened
 * @param ended when, in nanoseconds of {@link System#nanoTime}
 * @param seconds how long it took
 * @param pauseMillis the longest that the guest waited in it
 * @param gapMillis the longest that a ping to the guest was not answered; NaN if there was none
 * @param resynced bytes that were copied to a node that had missed them
 */
public record Chapter(
        String name, String words, long ended, double seconds, double pauseMillis, double gapMillis, long resynced) {}
