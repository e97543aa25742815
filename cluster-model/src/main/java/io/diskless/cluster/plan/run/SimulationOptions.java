package io.diskless.cluster.plan.run;

/**
 * What goes wrong in a simulation, and how often. Immutable.
 *
 * @param failsPermille of a thousand steps, how many fail without effect
 * @param lostPermille of a thousand steps, how many are done and their answer is lost
 * @param seed one seed, one run
 */
public record SimulationOptions(int failsPermille, int lostPermille, long seed) {
    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a number is negative or both are more than all
     */
    public SimulationOptions {
        if (failsPermille < 0 || lostPermille < 0 || failsPermille + lostPermille > 1000) {
            throw new IllegalArgumentException(
                    "of a thousand steps 0 to 1000 go wrong, got " + failsPermille + " and " + lostPermille);
        }
    }

    /**
     * Nothing goes wrong.
     *
     * @param seed of the times that steps take
     * @return the options
     */
    public static SimulationOptions faultless(long seed) {
        return new SimulationOptions(0, 0, seed);
    }
}
