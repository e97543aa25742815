package io.diskless.benchmarks.load;

import java.util.Arrays;

/** Order statistics of a few runs. */
final class Median {
    private Median() {}

    static double of(double[] values) {
        return quantile(values, 0.5);
    }

    /** Linear between the neighbours. */
    static double quantile(double[] values, double q) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double at = q * (sorted.length - 1);
        int low = (int) Math.floor(at);
        int high = (int) Math.ceil(at);
        return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
    }
}
