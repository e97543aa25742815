package io.diskless.benchmarks.load;

import java.util.Arrays;

/** Order statistics of a few runs. Thread-safe. */
public final class Median {
    private Median() {}

    /**
     * The middle one.
     *
     * @param values one or more
     * @return the median
     */
    public static double of(double[] values) {
        return quantile(values, 0.5);
    }

    /**
     * Linear between the neighbours.
     *
     * @param values one or more
     * @param q 0 to 1
     * @return the quantile
     */
    public static double quantile(double[] values, double q) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double at = q * (sorted.length - 1);
        int low = (int) Math.floor(at);
        int high = (int) Math.ceil(at);
        return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
    }
}
