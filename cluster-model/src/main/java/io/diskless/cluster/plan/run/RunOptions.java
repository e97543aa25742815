package io.diskless.cluster.plan.run;

/**
 * How a plan is carried out. Immutable.
 *
 * @param parallel how many steps are under way at once at most, at least 1
 * @param retries how often a step that failed is asked for again, 0 or more
 */
public record RunOptions(int parallel, int retries) {
    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if nothing may be under way or the number of retries is negative
     */
    public RunOptions {
        if (parallel < 1 || retries < 0) {
            throw new IllegalArgumentException(
                    "a run has a step under way and no negative retries, got " + parallel + " and " + retries);
        }
    }

    /** {@return 16 steps at once, two retries} */
    public static RunOptions standard() {
        return new RunOptions(16, 2);
    }
}
