package io.diskless.benchmarks.lab.report;

import java.util.Optional;

/**
 * One stretch of the run in which data moved. Immutable.
 *
 * @param name what happened
 * @param seconds how long
 * @param operations requests that ended well
 * @param bytes their payload
 * @param reads latency of reads, where there were some
 * @param writes latency of writes, where there were some
 */
public record Stage(
        String name, double seconds, long operations, long bytes, Optional<Latency> reads, Optional<Latency> writes) {
    private static final double MEGA = 1e6;

    /**
     * Requests a second.
     *
     * @return 0 for a stage without length
     */
    public double iops() {
        return seconds > 0 ? operations / seconds : 0;
    }

    /**
     * Payload a second.
     *
     * @return megabytes (10⁶); 0 for a stage without length
     */
    public double megabytesPerSecond() {
        return seconds > 0 ? bytes / MEGA / seconds : 0;
    }
}
