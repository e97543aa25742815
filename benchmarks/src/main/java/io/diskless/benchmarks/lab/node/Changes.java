package io.diskless.benchmarks.lab.node;

import java.util.concurrent.TimeUnit;

/** Counts what happened, so that one may wait for the next thing to happen. Thread-safe. */
final class Changes {
    private long count;

    synchronized void happened() {
        count++;
        notifyAll();
    }

    /** Waits until more than {@code seen} things happened or the time is over; returns how many did. */
    synchronized long await(long seen, long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (count <= seen) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                break;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return count;
    }
}
