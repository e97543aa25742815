package io.diskless.benchmarks.lab.report;

import io.diskless.benchmarks.lab.site.Message;
import org.HdrHistogram.AbstractHistogram;

/**
 * What a histogram says, in microseconds. Immutable.
 *
 * @param count operations
 * @param p50 median
 * @param p99 99th percentile
 * @param p999 99.9th percentile
 * @param max the slowest one
 */
public record Latency(long count, double p50, double p99, double p999, double max) {
    private static final double NANOS_PER_MICRO = 1000;

    /**
     * Reads a histogram of nanoseconds.
     *
     * @param nanos recorded values
     * @return its percentiles
     */
    public static Latency of(AbstractHistogram nanos) {
        return new Latency(
                nanos.getTotalCount(),
                nanos.getValueAtPercentile(50) / NANOS_PER_MICRO,
                nanos.getValueAtPercentile(99) / NANOS_PER_MICRO,
                nanos.getValueAtPercentile(99.9) / NANOS_PER_MICRO,
                nanos.getMaxValue() / NANOS_PER_MICRO);
    }

    /**
     * Adds the fields to a message.
     *
     * @param message where to
     * @param prefix of their names
     * @return a longer message
     */
    public Message addTo(Message message, String prefix) {
        return message.with(prefix + "count", count)
                .with(prefix + "p50", p50)
                .with(prefix + "p99", p99)
                .with(prefix + "p999", p999)
                .with(prefix + "max", max);
    }

    /**
     * Reads the fields that {@link #addTo} wrote.
     *
     * @param message where from
     * @param prefix of their names
     * @return the percentiles
     */
    public static Latency from(Message message, String prefix) {
        return new Latency(
                message.number(prefix + "count"),
                Double.parseDouble(message.text(prefix + "p50")),
                Double.parseDouble(message.text(prefix + "p99")),
                Double.parseDouble(message.text(prefix + "p999")),
                Double.parseDouble(message.text(prefix + "max")));
    }
}
