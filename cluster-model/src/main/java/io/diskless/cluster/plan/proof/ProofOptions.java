package io.diskless.cluster.plan.proof;

/**
 * How much is looked at. Immutable.
 *
 * @param states at most so many different states before orders are drawn instead of counted, at least 1
 * @param samples how many orders are drawn then
 * @param seed of the draw; one seed, one answer
 */
public record ProofOptions(int states, int samples, long seed) {
    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if there is no state or a negative number of samples
     */
    public ProofOptions {
        if (states < 1 || samples < 0) {
            throw new IllegalArgumentException(
                    "a proof looks at a state and at no negative number of orders, got " + states + " and " + samples);
        }
    }

    /** {@return 20 000 states, else 100 orders} */
    public static ProofOptions standard() {
        return new ProofOptions(20_000, 100, 1);
    }

    /**
     * The same with another bound.
     *
     * @param most at least 1
     * @return new options
     */
    public ProofOptions states(int most) {
        return new ProofOptions(most, samples, seed);
    }
}
