package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.link.SegmentPort;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.FaultyDevice.Op;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Too many requests, slow devices, few slots: frames are dropped and counted, nothing grows, nothing stalls. */
class PressureTest {
    private static final AoeAddress E1_3 = new AoeAddress(1, 3);

    private static byte[] toSlot3(byte[] frame) {
        frame[18] = 3;
        return frame;
    }

    @Test
    void aSourceBeyondItsRateIsDroppedAndOthersAreNot() throws Exception {
        try (Bench bench = new Bench(1500, b -> b.rateLimit(1000, 5))) {
            bench.target.export(Bench.E1_2, MemoryDevice.create(64 * 512), ExportOptions.defaults());
            bench.received();
            for (int i = 0; i < 20; i++) {
                Bench.send(bench.client, Bench.read(i, 0, 1));
            }
            assertThat(bench.received()).hasSize(5);
            SegmentPort other = bench.segment.attach("other", MacAddress.parse("02:00:00:00:00:99"), 1500);
            byte[] frame = Bench.read(1, 0, 1);
            frame[11] = (byte) 0x99;
            Bench.send(other, frame);
            assertThat(bench.received(other)).hasSize(1);
            // A millisecond buys one request.
            bench.segment.advance(1_000_000);
            Bench.send(bench.client, Bench.read(30, 0, 1));
            Bench.send(bench.client, Bench.read(31, 0, 1));
            assertThat(bench.received()).hasSize(1);
            assertThat(bench.target.snapshot().ports().get(0).limited()).isEqualTo(16);
            other.close();
        }
    }

    @Test
    void strangersCannotFillTheTableOfPeers() throws Exception {
        try (Bench bench = new Bench(1500, b -> b.peersPerPort(16))) {
            bench.target.export(Bench.E1_2, MemoryDevice.create(64 * 512), ExportOptions.defaults());
            bench.received();
            for (int i = 0; i < 1000; i++) {
                byte[] frame = Bench.read(i, 0, 1);
                frame[10] = (byte) (i >>> 8);
                frame[11] = (byte) i;
                Bench.send(bench.client, frame);
                bench.received();
            }
            assertThat(bench.target.snapshot().ports().get(0).peers()).hasSizeLessThanOrEqualTo(16);
        }
    }

    @Test
    void aSlowDeviceDoesNotStallAnother() throws Exception {
        try (Bench bench = new Bench()) {
            FaultyDevice slow = FaultyDevice.of(MemoryDevice.create(64 * 512));
            slow.hold(Op.READ, Op.WRITE);
            bench.target.export(Bench.E1_2, slow, ExportOptions.defaults());
            bench.target.export(E1_3, MemoryDevice.create(64 * 512), ExportOptions.defaults());
            bench.received();
            Bench.send(bench.client, Bench.write(1, 0, Bench.sectors(1, 1)));
            Bench.send(bench.client, Bench.read(2, 7, 1));
            Bench.send(bench.client, toSlot3(Bench.read(3, 0, 1)));
            List<byte[]> answers = bench.received();
            assertThat(answers).hasSize(1);
            assertThat(answers.get(0)[18]).isEqualTo((byte) 3);
            assertThat(bench.target.snapshot().export(Bench.E1_2).underWay()).isEqualTo(2);
            slow.releaseAll();
            assertThat(bench.received()).hasSize(2);
            assertThat(bench.target.snapshot().export(Bench.E1_2).underWay()).isZero();
        }
    }

    @Test
    void requestsBeyondTheBuffersAreDroppedAndTheRestIsAnswered() throws Exception {
        try (Bench bench = new Bench(1500, b -> b.requestsPerPort(8))) {
            FaultyDevice slow = FaultyDevice.of(MemoryDevice.create(64 * 512));
            slow.hold(Op.READ);
            bench.target.export(Bench.E1_2, slow, ExportOptions.defaults());
            // No more is advertised than can be kept.
            List<byte[]> announced = bench.received();
            assertThat(announced.get(0)[25]).isEqualTo((byte) 8);
            for (int i = 0; i < 20; i++) {
                Bench.send(bench.client, Bench.read(i, i, 1));
            }
            assertThat(bench.received()).isEmpty();
            slow.releaseAll();
            assertThat(bench.received()).hasSize(8);
            TargetSnapshot snapshot = bench.target.snapshot();
            assertThat(snapshot.ports().get(0).overloaded()).isEqualTo(12);
            assertThat(snapshot.export(Bench.E1_2).dropped()).isEqualTo(12);
            // And all buffers are free again.
            for (int i = 0; i < 8; i++) {
                Bench.send(bench.client, Bench.read(i, i, 1));
            }
            assertThat(bench.received()).hasSize(8);
        }
    }

    @Test
    void overlappingWritesToASlowDeviceKeepTheirOrder() throws Exception {
        try (Bench bench = new Bench()) {
            MemoryDevice memory = MemoryDevice.create(64 * 512);
            FaultyDevice slow = FaultyDevice.of(memory);
            slow.hold(Op.WRITE);
            bench.target.export(Bench.E1_2, slow, ExportOptions.defaults());
            bench.received();
            Bench.send(bench.client, Bench.write(1, 4, Bench.sectors(2, 1)));
            Bench.send(bench.client, Bench.write(2, 5, Bench.sectors(1, 2)));
            Bench.send(bench.client, Bench.write(3, 9, Bench.sectors(1, 3)));
            assertThat(bench.received()).isEmpty();
            // The second waits for the first, the third for nobody.
            assertThat(slow.held()).isEqualTo(2);
            slow.releaseAll();
            assertThat(bench.received()).hasSize(3);
            assertThat(Bench.data(bench.askOne(Bench.read(4, 5, 1)), 512)).isEqualTo(Bench.sectors(1, 2));
        }
    }

    @Test
    void noRequestIsLostUpToTheAdvertisedBuffers() throws Exception {
        try (Bench bench = new Bench(1500, b -> b.bufferCount(64))) {
            bench.target.export(Bench.E1_2, MemoryDevice.create(64 * 512), ExportOptions.defaults());
            int buffers = bench.received().get(0)[25];
            assertThat(buffers).isEqualTo(64);
            for (int round = 0; round < 50; round++) {
                for (int i = 0; i < buffers; i++) {
                    Bench.send(bench.client, Bench.read(i, i, 1));
                }
                assertThat(bench.received()).hasSize(buffers);
            }
            assertThat(bench.port.counters().receiveDropped()).isZero();
        }
    }

    @Test
    void aFloodOfDiscoveryIsAnsweredWithinTheSlots() throws Exception {
        try (Bench bench = new Bench()) {
            for (int slot = 0; slot < 100; slot++) {
                bench.target.export(new AoeAddress(7, slot), MemoryDevice.create(512), ExportOptions.defaults());
            }
            bench.received();
            byte[] all = Bench.config(6, 0);
            all[16] = all[17] = all[18] = (byte) 0xFF;
            Set<Integer> found = new HashSet<>();
            List<byte[]> answers = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                answers.addAll(bench.ask(all));
            }
            for (byte[] answer : answers) {
                found.add((int) answer[18]);
            }
            assertThat(found).hasSize(100);
            assertThat(answers).hasSize(500);
        }
    }
}
