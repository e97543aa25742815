package io.diskless.aoe.initiator;

/**
 * The least that a path waits for an answer before it repeats the question. Starts at the option's minimum and learns from
 * its mistakes: the answer to a copy that was repeated in vain tells how long this path really may take. That is not in the
 * estimator of RFC 6298: a target that is not run for a scheduler's slice answers thousands of frames in microseconds
 * before and after, and forgets a single late one within as many. (TCP has the same trouble, and Linux a floor of 200 ms
 * against it; Eifel, RFC 3522 and 4015, recognises the repeat in vain as we do by the tag, and restores what it had cost.)
 *
 * <p>Bounded, since it is also what the loss of the last frame of a burst costs, and twice it what a failover costs.
 * Confined to the event loop.
 */
final class TimeoutFloor {
    /** With the doubling, two timeouts in a row make 300 ms: a failover stays well under a second. */
    static final long CEILING = 100_000_000L;
    /** Without a repeat in vain for so long the floor falls to the half. */
    static final long HALF_LIFE = 10_000_000_000L;
    /** How much longer than the late answer: pauses are not all alike. */
    private static final int FACTOR = 2;

    private final long min;
    private final long ceiling;
    private long floor;
    private long since;

    TimeoutFloor(long min, long max) {
        this.min = min;
        ceiling = Math.max(min, Math.min(max, CEILING));
        floor = min;
    }

    long nanos() {
        return floor;
    }

    /** A copy that was taken for lost because its time was over has been answered after all. */
    void late(long rtt, long now) {
        long wanted = rtt > ceiling / FACTOR ? ceiling : rtt * FACTOR;
        floor = Math.max(floor, wanted);
        since = now;
    }

    /** An answer came in time. */
    void inTime(long now) {
        if (floor > min && now - since >= HALF_LIFE) {
            floor = Math.max(min, floor / 2);
            since = now;
        }
    }
}
