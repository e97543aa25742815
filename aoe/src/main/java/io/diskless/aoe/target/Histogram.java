package io.diskless.aoe.target;

/**
 * Latencies in fixed buckets: eight linear steps in every power of two, so that a bucket is at most an eighth wide. The
 * first eight buckets are single nanoseconds, the last takes all from 2^{@value #MAX_BITS} ns (about 69 s) on.
 *
 * <p>One thread writes, any thread reads. Recording allocates nothing.
 */
final class Histogram {
    private static final int SUB_BITS = 3;
    private static final int SUB = 1 << SUB_BITS;
    static final int MAX_BITS = 36;
    static final int BUCKETS = (MAX_BITS - SUB_BITS + 1) * SUB + 1;
    private static final int SUM = BUCKETS;
    private static final int MAX = BUCKETS + 1;

    private final Counters counts = new Counters(BUCKETS + 2);

    void record(long nanos) {
        long value = Math.max(0, nanos);
        counts.increment(bucket(value));
        counts.add(SUM, value);
        long max = counts.get(MAX);
        if (value > max) {
            counts.add(MAX, value - max);
        }
    }

    static int bucket(long value) {
        if (value < SUB) {
            return (int) value;
        }
        int bits = 63 - Long.numberOfLeadingZeros(value);
        if (bits >= MAX_BITS) {
            return BUCKETS - 1;
        }
        int shift = bits - SUB_BITS;
        return (shift + 1) * SUB + (int) (value >>> shift) - SUB;
    }

    /** The largest value of a bucket. */
    static long upper(int bucket) {
        if (bucket < SUB) {
            return bucket;
        }
        if (bucket == BUCKETS - 1) {
            return Long.MAX_VALUE;
        }
        int shift = bucket / SUB - 1;
        return ((long) (bucket % SUB + SUB + 1) << shift) - 1;
    }

    void addTo(long[] sum) {
        long max = sum[MAX];
        counts.addTo(sum);
        sum[MAX] = Math.max(max, counts.get(MAX));
    }

    void clear() {
        counts.clear();
    }

    static long[] newSum() {
        return new long[BUCKETS + 2];
    }

    static Latency latency(long[] sum) {
        long count = 0;
        for (int i = 0; i < BUCKETS; i++) {
            count += sum[i];
        }
        return new Latency(
                count,
                count == 0 ? 0 : sum[SUM] / count,
                quantile(sum, count, 0.50),
                quantile(sum, count, 0.90),
                quantile(sum, count, 0.99),
                quantile(sum, count, 0.999),
                sum[MAX]);
    }

    private static long quantile(long[] sum, long count, double q) {
        long wanted = (long) Math.ceil(count * q);
        long seen = 0;
        for (int i = 0; i < BUCKETS; i++) {
            seen += sum[i];
            if (seen >= wanted && seen > 0) {
                return Math.min(upper(i), sum[MAX]);
            }
        }
        return 0;
    }

    Latency latency() {
        long[] sum = newSum();
        addTo(sum);
        return latency(sum);
    }
}
