package io.diskless.aoe.initiator;

/**
 * Counts durations in buckets whose width is at most a sixteenth of their value. Confined to the event loop.
 */
final class LatencyRecorder {
    private static final int SUB_BITS = 4;
    private static final int SUB = 1 << SUB_BITS;

    private final long[] counts = new long[(64 - SUB_BITS) * SUB + SUB];
    private long count;
    private long sum;
    private long min = Long.MAX_VALUE;
    private long max;

    void record(long nanos) {
        long value = Math.max(0, nanos);
        counts[bucket(value)]++;
        count++;
        sum += value;
        min = Math.min(min, value);
        max = Math.max(max, value);
    }

    private static int bucket(long value) {
        if (value < SUB) {
            return (int) value;
        }
        int exponent = 63 - Long.numberOfLeadingZeros(value);
        return (exponent - SUB_BITS + 1) * SUB + (int) (value >>> (exponent - SUB_BITS)) - SUB;
    }

    /** The largest value of a bucket. */
    private static long top(int bucket) {
        if (bucket < SUB) {
            return bucket;
        }
        int shift = bucket / SUB - 1;
        return ((long) (bucket % SUB + SUB + 1) << shift) - 1;
    }

    /** The value below which this share of all durations lies, rounded up to the edge of its bucket. */
    private long percentile(double share) {
        long wanted = (long) Math.ceil(count * share);
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= wanted && seen > 0) {
                return Math.min(max, top(i));
            }
        }
        return max;
    }

    Latency snapshot() {
        return new Latency(
                count,
                count == 0 ? 0 : min,
                count == 0 ? 0 : sum / count,
                percentile(0.50),
                percentile(0.90),
                percentile(0.99),
                percentile(0.999),
                max);
    }
}
