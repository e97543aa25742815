package io.diskless.aoe.target;

/**
 * Decides whether a thread that has run out of work spins before it waits. A wake-up across cores costs 100 microseconds
 * and more on virtual machines, a spin that hits 20 (packet-ring facts §7); a spin that misses costs its whole length.
 *
 * <p>Credit is earned by spins that hit and by waits so short that a spin might have hit, and paid for spins that miss. An
 * idle thread soon has none and does not spin; the traffic that comes now and then earns none. A spin that lasted much
 * longer than it should was interrupted by another thread: the processors are busy, and a spinner steals the time of the
 * thread it waits for. That costs so much credit that it takes a while to earn it back. Not thread-safe.
 */
final class AdaptiveSpin {
    private static final int MOST = 64;
    private static final int MISS = 4;
    private static final int MOST_PENALTY = 4096;
    /** A wait includes the wake-up that a spin would have saved: this many times the spin is still promising. */
    private static final int SHORT_WAIT = 4;

    /** A spin that took so many times what it may was not alone on its processor. */
    private static final int STOLEN = 8;

    private final long longest;
    private int credit;
    /** How many short waits a spin costs that was in vain. */
    private int penalty = 1;

    AdaptiveSpin(long longest) {
        this.longest = longest;
    }

    /** How long to spin now, 0 for not at all. */
    long length() {
        return credit > 0 ? longest : 0;
    }

    /** A spin has ended. */
    void spun(long nanos, boolean hit) {
        if (nanos > longest * STOLEN) {
            credit = -MOST;
            return;
        }
        if (hit) {
            credit = Math.min(MOST, credit + 1);
            penalty = Math.max(1, penalty - 1);
        } else if (credit > MISS) {
            credit -= MISS;
        } else {
            // Work that comes only once this thread sleeps comes from a thread that needs its processor: short waits
            // alone
            // prove nothing then, and each spin in vain makes the next one rarer.
            credit = 1 - penalty;
            penalty = Math.min(MOST_PENALTY, penalty * 2);
        }
    }

    /** A wait has ended with work, or without. */
    void waited(long nanos, boolean work) {
        if (work && nanos < longest * SHORT_WAIT) {
            credit = Math.min(MOST, credit + 1);
        } else {
            credit = Math.min(0, credit);
        }
    }
}
