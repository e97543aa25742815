package io.diskless.aoe.link;

import java.util.SplittableRandom;

/** One direction of a port: its impairment, the generator of its chances and its queue. Guarded by the segment's lock. */
final class Direction {
    /** No time: the queue is full. Times may be negative. */
    static final long FULL = Long.MIN_VALUE;

    private static final int NANOS_PER_SECOND = 1_000_000_000;

    private Impairment impairment = Impairment.NONE;
    private SplittableRandom random = new SplittableRandom(0);
    private long busyUntil = Long.MIN_VALUE;

    void set(Impairment newImpairment) {
        impairment = newImpairment;
        random = new SplittableRandom(newImpairment.seed());
        busyUntil = Long.MIN_VALUE;
    }

    boolean perfect() {
        return impairment == Impairment.NONE;
    }

    boolean loses(int length) {
        return length > impairment.longest() || hit(impairment.loss());
    }

    boolean duplicates() {
        return hit(impairment.duplication());
    }

    boolean reorders() {
        return hit(impairment.reorder());
    }

    long reorderHold() {
        return impairment.reorderHold();
    }

    /** The length that is left of a frame. */
    int truncate(int length) {
        return length > 15 && hit(impairment.truncation()) ? random.nextInt(15, length) : length;
    }

    /** When a frame that enters now comes out again, or {@link #FULL}. */
    long passes(long now, int length) {
        long leaves = now;
        if (impairment.bitsPerSecond() != Long.MAX_VALUE) {
            long starts = Math.max(now, busyUntil);
            if (starts - now > impairment.queue()) {
                return FULL;
            }
            leaves = starts + (long) (8.0 * length * NANOS_PER_SECOND / impairment.bitsPerSecond());
            busyUntil = leaves;
        }
        long spread = impairment.jitter() == 0 ? 0 : random.nextLong(impairment.jitter() + 1);
        return leaves + impairment.delay() + spread;
    }

    private boolean hit(double chance) {
        return chance > 0 && random.nextDouble() < chance;
    }
}
