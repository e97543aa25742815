package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.link.SegmentPort;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.FaultyDevice.Op;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a snapshot says of an export and of each of its peers, counted and timed. */
class CountersTest {
    private static final MacAddress OTHER = MacAddress.parse("02:00:00:00:00:02");
    private static final long MILLI = 1_000_000;

    private final FaultyDevice device = FaultyDevice.of(MemoryDevice.create(64 * 512));

    private static byte[] from(MacAddress source, byte[] frame) {
        EthernetHeader.write(ByteBuffer.wrap(frame), 0, Bench.TARGET.value(), source.value());
        return frame;
    }

    /** A request that the device takes so long for. */
    private void takes(Bench bench, SegmentPort client, byte[] frame, int millis) {
        Bench.send(client, frame);
        assertThat(bench.received(client)).isEmpty();
        bench.segment.advance(Duration.ofMillis(millis).toNanos());
        assertThat(device.release(1)).isEqualTo(1);
        assertThat(bench.received(client)).hasSize(1);
    }

    @Test
    void anExportAndEachOfItsPeersAreCountedAndTimed() throws Exception {
        try (Bench bench = new Bench();
                SegmentPort other = bench.segment.attach("c1", OTHER, 1500)) {
            device.hold(Op.READ, Op.WRITE);
            bench.target.export(Bench.E1_2, device, ExportOptions.defaults());
            bench.received();
            bench.received(other);

            takes(bench, bench.client, Bench.read(1, 0, 1), 1);
            takes(bench, bench.client, Bench.read(2, 0, 2), 2);
            takes(bench, bench.client, Bench.read(3, 0, 1), 4);
            takes(bench, bench.client, Bench.write(4, 5, Bench.sectors(2, 1)), 8);
            takes(bench, other, from(OTHER, Bench.read(5, 0, 2)), 16);
            assertThat(Bench.status(bench.askOne(Bench.read(6, 64, 1))))
                    .as("an ATA error")
                    .isEqualTo(0x41);

            TargetSnapshot.ExportCounters export =
                    bench.target.snapshot().exports().get(0);
            assertThat(export.reads()).isEqualTo(4);
            assertThat(export.readBytes()).isEqualTo(6 * 512);
            assertThat(export.writes()).isEqualTo(1);
            assertThat(export.writtenBytes()).isEqualTo(1024);
            assertThat(export.ataFailed()).isEqualTo(1);
            assertThat(export.readLatency().count()).isEqualTo(4);
            assertThat(export.readLatency().max()).isEqualTo(16 * MILLI);
            assertThat(export.readLatency().mean()).isEqualTo((1 + 2 + 4 + 16) * MILLI / 4);
            assertThat(export.readLatency().p50()).isBetween(2 * MILLI, 2 * MILLI * 9 / 8);
            assertThat(export.writeLatency().count()).isEqualTo(1);
            assertThat(export.writeLatency().max()).isEqualTo(8 * MILLI);

            TargetSnapshot.PeerCounters first = peer(bench, Bench.CLIENT);
            assertThat(first.requests()).isEqualTo(5);
            assertThat(first.reads()).isEqualTo(3);
            assertThat(first.readBytes()).isEqualTo(4 * 512);
            assertThat(first.writes()).isEqualTo(1);
            assertThat(first.writtenBytes()).isEqualTo(1024);
            assertThat(first.failed()).isEqualTo(1);
            assertThat(first.latency().count()).isEqualTo(4);
            assertThat(first.latency().max()).isEqualTo(8 * MILLI);
            TargetSnapshot.PeerCounters second = peer(bench, OTHER);
            assertThat(second.requests()).isEqualTo(1);
            assertThat(second.reads()).isEqualTo(1);
            assertThat(second.writes()).isZero();
            assertThat(second.latency().max()).isEqualTo(16 * MILLI);
        }
    }

    private static TargetSnapshot.PeerCounters peer(Bench bench, MacAddress source) {
        return bench.target.snapshot().ports().get(0).peers().stream()
                .filter(peer -> peer.source().equals(source))
                .findFirst()
                .orElseThrow();
    }
}
