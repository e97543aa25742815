package io.diskless.aoe.initiator;

/**
 * How many sectors a frame of one path carries. Two always pass (every Ethernet carries 1060 bytes); more only after a READ
 * of that size was answered on this very path, because an MTU promised by both ends says nothing of the switch between
 * them. Steps: 2, 8, and the largest multiple of 8 below the limit, so that frames of a page-aligned request stay
 * page-aligned (spec §4.2).
 *
 * <p>Down: large frames are lost three times in a row, or their loss made the path suspect, and a small frame sent later
 * passed. Up: by a probe, first after a second, then ever less often while large frames keep failing. Confined to the
 * event loop.
 */
final class PayloadLadder {
    /** What passes everywhere. */
    static final int SMALL = 2;

    private static final int PAGES = 8;
    private static final int LOSSES = 3;
    private static final int TRIES = 2;
    private static final long FIRST_PAUSE = 1_000_000_000L;
    private static final long LONGEST_PAUSE = 60_000_000_000L;

    private int limit;
    private int current;
    /** The size to try next; at most {@code current} when there is none. */
    private int candidate;

    private int tries;
    private long probeAt;
    private long pause = FIRST_PAUSE;
    private int losses;
    private long firstLossAt;
    private int stepsDown;

    /** A new limit, because the MTU, the target's limit or the disk's size changed; everything is to be proved again. */
    void limit(int newLimit, long now) {
        if (newLimit == limit) {
            return;
        }
        limit = newLimit;
        candidate = top();
        current = Math.min(current == 0 ? SMALL : current, candidate);
        tries = 0;
        probeAt = now;
        pause = FIRST_PAUSE;
        losses = 0;
    }

    int limit() {
        return limit;
    }

    int current() {
        return current;
    }

    int stepsDown() {
        return stepsDown;
    }

    private int top() {
        return limit < PAGES ? limit : limit / PAGES * PAGES;
    }

    /** The size a probe should have now, or 0. */
    int probe(long now) {
        return current < top() && candidate > current && now >= probeAt ? candidate : 0;
    }

    /** When the next probe is due; {@code Long.MAX_VALUE} for never. */
    long nextProbeAt() {
        return current < top() && candidate > current ? probeAt : Long.MAX_VALUE;
    }

    /** A probe was sent: none other until it is answered or lost. */
    void probing(long until) {
        probeAt = until;
    }

    void probePassed(int sectors, long now) {
        if (sectors > limit || sectors <= current) {
            return;
        }
        current = sectors;
        losses = 0;
        tries = 0;
        candidate = top();
        probeAt = now + pause;
    }

    void probeLost(int sectors, long now) {
        if (sectors != candidate) {
            return;
        }
        probeAt = now;
        if (++tries < TRIES) {
            return;
        }
        tries = 0;
        candidate = below(sectors);
        if (candidate <= current) {
            candidate = top();
            rest(now);
        }
    }

    private void rest(long now) {
        probeAt = now + pause;
        pause = Math.min(LONGEST_PAUSE, pause * 2);
    }

    /** The next smaller step. */
    private static int below(int sectors) {
        return sectors > PAGES ? PAGES : SMALL;
    }

    boolean isLarge(int sectors) {
        return sectors > SMALL && sectors > below(current);
    }

    void largePassed() {
        losses = 0;
    }

    void largeLost(long now) {
        if (losses++ == 0) {
            firstLossAt = now;
        }
    }

    /**
     * A small frame was answered.
     *
     * @param sentAt when it had been sent
     * @param suspect whether the path had been given up before
     * @return true if frames are smaller from now on
     */
    boolean smallPassed(long sentAt, boolean suspect, long now) {
        if (current <= SMALL || losses == 0 || sentAt < firstLossAt || (losses < LOSSES && !(suspect && losses > 1))) {
            return false;
        }
        current = Math.min(current, below(current));
        losses = 0;
        stepsDown++;
        candidate = top();
        tries = 0;
        rest(now);
        return true;
    }
}
