package io.diskless.aoe.pair;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.initiator.AoeDisk;
import io.diskless.aoe.initiator.DiskOptions;
import io.diskless.aoe.initiator.DiskSnapshot;
import io.diskless.aoe.link.Impairment;
import io.diskless.cluster.block.MemoryDevice;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Random operations over an Ethernet that loses, repeats, delays and reorders frames, some of them by far more than a
 * timeout: no block is lost, torn or stale. {@code -Ddiskless.long=true} makes it a million operations.
 */
class ImpairedPairTest {
    private static final long TOTAL = Boolean.getBoolean("diskless.long") ? 1_000_000 : 100_000;

    private static Impairment impairment(long seed) {
        return Impairment.builder()
                .loss(0.01)
                .duplication(0.01)
                .reorder(0.01, Duration.ofMillis(30))
                .delay(Duration.ofNanos(20_000), Duration.ofNanos(40_000))
                .seed(seed)
                .build();
    }

    @Test
    void onePath() throws Exception {
        run(1, 1500, 32, TOTAL / 2, 11);
    }

    @Test
    void twoPathsWithJumboFrames() throws Exception {
        run(2, 9000, 32, TOTAL / 2, 12);
    }

    private static void run(int ports, int mtu, int depth, long total, long seed) throws Exception {
        try (Pair pair = new Pair(MemoryDevice.create(8 << 20), ports, mtu)) {
            for (int i = 0; i < ports; i++) {
                pair.ours.get(i).outbound(impairment(seed * 10 + i));
                pair.ours.get(i).inbound(impairment(seed * 20 + i));
            }
            AoeDisk disk = pair.open(DiskOptions.defaults());
            RandomOperations operations = new RandomOperations(disk, depth, seed);
            boolean over = pair.segment.runUntil(
                    () -> operations.isOver(total),
                    () -> operations.submit(total) + pair.poll(),
                    250_000,
                    Duration.ofHours(20).toNanos());
            if (operations.wrong != null) {
                throw operations.wrong;
            }
            DiskSnapshot snapshot = disk.snapshot();
            assertThat(over).isTrue();
            assertThat(operations.sectorsChecked).isGreaterThan(total / 2);
            assertThat(snapshot.failures()).isZero();
            assertThat(snapshot.heldTotal())
                    .as("the quarantine was really needed")
                    .isPositive();
            assertThat(snapshot.paths()).allMatch(p -> p.retransmissions() > 0);
        }
    }
}
