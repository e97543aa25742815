package io.diskless.cluster.simulate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * How long several things of one sort took, each a value that one of them really had. Immutable.
 *
 * @param count how many there were, at least 1
 * @param least the shortest
 * @param median half of them took at most this
 * @param p90 nine of ten took at most this
 * @param most the longest
 */
public record Distribution(int count, Duration least, Duration median, Duration p90, Duration most) {
    /**
     * Counts.
     *
     * @param times at least one, in any order
     * @return the distribution
     * @throws IllegalArgumentException if there is no time
     */
    public static Distribution of(List<Duration> times) {
        if (times.isEmpty()) {
            throw new IllegalArgumentException("a distribution is of one time at least");
        }
        List<Duration> sorted = new ArrayList<>(times);
        Collections.sort(sorted);
        return new Distribution(
                sorted.size(), sorted.get(0), rank(sorted, 50), rank(sorted, 90), sorted.get(sorted.size() - 1));
    }

    /** The nearest-rank percentile. */
    private static Duration rank(List<Duration> sorted, int percent) {
        return sorted.get((sorted.size() * percent + 99) / 100 - 1);
    }
}
