package io.diskless.drbd.session;

/**
 * How fast to resync and to verify (spec drbd-semantics 6.3); all but {@code minRate} are told to the peer, which takes them
 * over. Immutable.
 *
 * @param rate KiB/s, without the controller and at its start
 * @param planAhead 0.1 s; 0 switches the controller off, so that {@code rate} holds
 * @param delayTarget 0.1 s
 * @param fillTarget sectors under way; 0 to go by {@code delayTarget}
 * @param maxRate KiB/s
 * @param minRate KiB/s that are left while applications use the disk; 0 to take no notice of them
 */
public record SyncOptions(int rate, int planAhead, int delayTarget, int fillTarget, int maxRate, int minRate) {
    private static final int MIN_RATE = 250;

    /** The kernel's. */
    public static final SyncOptions DEFAULT = new SyncOptions(250, 20, 10, 100, 102_400, MIN_RATE);

    /** Checks that nothing is negative and that a resync would get on. */
    public SyncOptions {
        if (rate < 1 || planAhead < 0 || delayTarget < 0 || fillTarget < 0 || maxRate < 1 || minRate < 0) {
            throw new IllegalArgumentException("rates must be positive and the rest not negative: rate " + rate
                    + ", plan-ahead " + planAhead + ", delay-target " + delayTarget + ", fill-target " + fillTarget
                    + ", max-rate " + maxRate + ", min-rate " + minRate);
        }
    }

    /**
     * With the kernel's c-min-rate.
     *
     * @param rate as above
     * @param planAhead as above
     * @param delayTarget as above
     * @param fillTarget as above
     * @param maxRate as above
     */
    public SyncOptions(int rate, int planAhead, int delayTarget, int fillTarget, int maxRate) {
        this(rate, planAhead, delayTarget, fillTarget, maxRate, MIN_RATE);
    }

    /**
     * A fixed rate, whatever applications do.
     *
     * @param kibPerSecond at least 1
     * @return options without the controller
     */
    public static SyncOptions fixed(int kibPerSecond) {
        return new SyncOptions(kibPerSecond, 0, DEFAULT.delayTarget, DEFAULT.fillTarget, DEFAULT.maxRate, 0);
    }
}
