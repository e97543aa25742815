package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import org.junit.jupiter.api.Test;

/** The small parts: when a thread spins, when writes gather, and what a histogram tells. */
class SpinAndHistogramTest {
    @Test
    void spinningHasToPay() {
        AdaptiveSpin spin = new AdaptiveSpin(50_000);
        assertThat(spin.length()).isZero();
        spin.waited(100_000, true);
        assertThat(spin.length()).isEqualTo(50_000);
        for (int i = 0; i < 100; i++) {
            spin.spun(1_000, true);
        }
        int misses = 0;
        while (spin.length() > 0) {
            spin.spun(1_000, false);
            misses++;
        }
        // Even after much traffic an idle thread soon stops: 16 spins of 50 microseconds.
        assertThat(misses).isEqualTo(16);
        spin.waited(100_000, false);
        assertThat(spin.length()).isZero();
        // A frame now and then is no traffic.
        spin.waited(10_000_000, true);
        assertThat(spin.length()).isZero();
        assertThat(new AdaptiveSpin(0).length()).isZero();
    }

    @Test
    void everyValueFallsIntoABucketThatHoldsIt() {
        for (long v = 0; v < 1L << 37; v = v < 1000 ? v + 1 : v + v / 37) {
            int bucket = Histogram.bucket(v);
            assertThat(Histogram.upper(bucket)).isGreaterThanOrEqualTo(v);
            if (bucket > 0) {
                assertThat(Histogram.upper(bucket - 1)).isLessThan(v);
            }
            if (v >= 8 && v < 1L << 36) {
                assertThat(Histogram.upper(bucket) - v).isLessThanOrEqualTo(v / 8);
            }
        }
    }

    @Test
    void quantiles() {
        Histogram histogram = new Histogram();
        for (int i = 1; i <= 1000; i++) {
            histogram.record(i * 1000L);
        }
        Latency latency = histogram.latency();
        assertThat(latency.count()).isEqualTo(1000);
        assertThat(latency.mean()).isEqualTo(500_500);
        assertThat(latency.p50()).isBetween(500_000L, 563_000L);
        assertThat(latency.p99()).isBetween(990_000L, 1_000_000L);
        assertThat(latency.max()).isEqualTo(1_000_000);
        assertThat(new Histogram().latency().p99()).isZero();
    }

    @Test
    void writesGatherOnceForcingThemIsSlow() throws Exception {
        try (Bench bench = new Bench()) {
            Export export = bench.target.export(Bench.E1_2, MemoryDevice.create(512), ExportOptions.defaults());
            SyncGroup group = new SyncGroup(export);
            assertThat(group.gathers()).isFalse();
            for (int i = 0; i < 20; i++) {
                group.took(1_000_000);
            }
            assertThat(group.gathers()).isTrue();
            for (int i = 0; i < 60; i++) {
                group.took(1_000);
            }
            assertThat(group.gathers()).isFalse();
        }
    }
}
