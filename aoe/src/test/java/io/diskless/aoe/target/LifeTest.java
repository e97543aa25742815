package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.link.LinkState;
import io.diskless.aoe.link.SegmentPort;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.FaultyDevice.Op;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Exports and ports that come, change and go while the target runs. */
class LifeTest {
    private static final MacAddress SECOND = MacAddress.parse("02:00:00:00:00:0b");

    private static int sectors(byte[] announcement) {
        return announcement[28];
    }

    @Test
    void aResizeIsAnnouncedAndServed() throws Exception {
        try (Bench bench = new Bench()) {
            MemoryDevice device = MemoryDevice.create(64 * 512);
            bench.target.export(Bench.E1_2, device, ExportOptions.defaults());
            bench.received();
            assertThat(Bench.status(bench.askOne(Bench.read(1, 64, 1)))).isEqualTo(0x41);
            device.resize(128 * 512);
            List<byte[]> heard = bench.received();
            assertThat(heard).hasSize(1);
            assertThat(Bench.body(heard.get(0))).startsWith("18000001020100000000");
            assertThat(Bench.status(bench.askOne(Bench.read(2, 64, 1)))).isEqualTo(0x40);
            byte[] identity = bench.askOne(Bench.ata(Bench.E1_2, 3, 0, 0, 1, 0xEC, 0));
            assertThat(identity[36 + 200]).isEqualTo((byte) 128);
            device.resize(32 * 512);
            bench.received();
            assertThat(Bench.error(bench.askOne(Bench.read(4, 32, 1)))).isEqualTo(0x10);
            assertThat(bench.events)
                    .contains(new TargetEvent.ExportChanged(
                            Bench.E1_2, device.geometry().withReadOnly(false)));
        }
    }

    @Test
    void anMtuChangeIsAnnouncedWithItsSectors() throws Exception {
        try (Bench bench = new Bench(9000, b -> b)) {
            bench.target.export(Bench.E1_2, MemoryDevice.create(64 * 512), ExportOptions.defaults());
            assertThat(sectors(bench.received().get(0))).isEqualTo(17);
            bench.port.mtu(1500);
            assertThat(sectors(bench.received().get(0))).isEqualTo(2);
            assertThat(Bench.status(bench.askOne(Bench.read(1, 0, 3)))).isEqualTo(0x41);
            bench.port.mtu(9000);
            assertThat(sectors(bench.received().get(0))).isEqualTo(17);
            byte[] answer = bench.askOne(Bench.read(2, 0, 17));
            assertThat(answer).hasSize(36 + 17 * 512);
            assertThat(bench.events).contains(new TargetEvent.PortMtu("p0", 1500), new TargetEvent.PortMtu("p0", 9000));
        }
    }

    @Test
    void aPortThatWasGoneAnnouncesItselfWhenItIsBack() throws Exception {
        try (Bench bench = new Bench()) {
            bench.target.export(Bench.E1_2, MemoryDevice.create(64 * 512), ExportOptions.defaults());
            bench.received();
            bench.port.state(LinkState.GONE);
            assertThat(bench.ask(Bench.read(1, 0, 1))).isEmpty();
            bench.port.state(LinkState.UP);
            assertThat(bench.received()).hasSize(1);
            assertThat(bench.ask(Bench.read(1, 0, 1))).hasSize(1);
            assertThat(bench.events)
                    .contains(
                            new TargetEvent.PortState("p0", LinkState.GONE),
                            new TargetEvent.PortState("p0", LinkState.UP));
        }
    }

    @Test
    void severalPortsServeOneDisk() throws Exception {
        try (Bench bench = new Bench()) {
            bench.target.export(Bench.E1_2, MemoryDevice.create(64 * 512), ExportOptions.defaults());
            bench.received();
            SegmentPort second = bench.segment.attach("p1", SECOND, 1500);
            bench.target.attach(second);
            // The buffer count may have changed: both ports announce.
            List<byte[]> heard = bench.received();
            assertThat(heard).hasSize(2);
            bench.askOne(Bench.write(1, 3, Bench.sectors(1, 8)));
            byte[] request = Bench.read(2, 3, 1);
            request[5] = 0x0b;
            byte[] answer = bench.askOne(request);
            assertThat(answer[11]).isEqualTo((byte) 0x0b);
            assertThat(Bench.data(answer, 512)).isEqualTo(Bench.sectors(1, 8));
            TargetSnapshot.ExportCounters sums = bench.target.snapshot().export(Bench.E1_2);
            assertThat(sums.reads()).isEqualTo(1);
            assertThat(sums.writes()).isEqualTo(1);
            bench.target.detach(second);
            bench.received();
            assertThat(bench.ask(request)).isEmpty();
            assertThat(bench.ask(Bench.read(3, 3, 1))).hasSize(1);
            second.close();
        }
    }

    @Test
    void aRemovedExportIsSilentAndItsAddressFree() throws Exception {
        try (Bench bench = new Bench()) {
            MemoryDevice device = MemoryDevice.create(64 * 512);
            Export export = bench.target.export(Bench.E1_2, device, ExportOptions.defaults());
            assertThatThrownBy(() -> bench.target.export(Bench.E1_2, device, ExportOptions.defaults()))
                    .isInstanceOfSatisfying(
                            AoeException.class, e -> assertThat(e.kind()).isEqualTo(AoeException.Kind.CONFLICT));
            bench.received();
            export.close();
            export.close();
            assertThat(bench.ask(Bench.read(1, 0, 1))).isEmpty();
            // The device is still the caller's.
            device.flush();
            bench.target.export(Bench.E1_2, device, ExportOptions.defaults());
            bench.received();
            assertThat(bench.ask(Bench.read(1, 0, 1))).hasSize(1);
        }
    }

    @Test
    void closingFlushesWhatIsNotDurable() throws Exception {
        Bench bench = new Bench();
        FaultyDevice device = FaultyDevice.of(MemoryDevice.create(64 * 512));
        bench.target.export(
                Bench.E1_2,
                device,
                ExportOptions.builder().writePolicy(WritePolicy.BUFFERED).build());
        bench.received();
        bench.askOne(Bench.write(1, 0, Bench.sectors(1, 1)));
        FaultyDevice.Fault fault = device.fail(BlockException.Kind.MEDIUM, Op.FLUSH);
        assertThatThrownBy(bench.target::close)
                .isInstanceOf(AoeException.class)
                .hasMessageContaining("answered writes may be lost");
        assertThat(fault.hits()).isEqualTo(1);
        bench.target.close();
        assertThatThrownBy(() -> bench.target.attach(bench.client))
                .isInstanceOfSatisfying(
                        AoeException.class, e -> assertThat(e.kind()).isEqualTo(AoeException.Kind.CLOSED));
    }

    @Test
    void closingDoesNotWaitForeverForADevice() throws Exception {
        Bench bench = new Bench(1500, b -> b.closeTimeout(Duration.ofMillis(20)));
        FaultyDevice device = FaultyDevice.of(MemoryDevice.create(64 * 512));
        device.hold(Op.READ);
        Export export = bench.target.export(Bench.E1_2, device, ExportOptions.defaults());
        bench.received();
        bench.ask(Bench.read(1, 0, 1));
        assertThatThrownBy(export::close)
                .isInstanceOfSatisfying(
                        AoeException.class, e -> assertThat(e.kind()).isEqualTo(AoeException.Kind.TIMEOUT));
        device.releaseAll();
        bench.target.close();
    }

    @Test
    void timedFlushesHappenWhileThereIsSomethingToFlush() throws Exception {
        try (Bench bench = new Bench()) {
            FaultyDevice device = FaultyDevice.of(MemoryDevice.create(64 * 512));
            bench.target.export(
                    Bench.E1_2,
                    device,
                    ExportOptions.builder()
                            .writePolicy(WritePolicy.flushEvery(Duration.ofMillis(100)))
                            .build());
            bench.received();
            FaultyDevice.Fault probe =
                    device.fail(BlockException.Kind.MEDIUM, Op.FLUSH).times(1);
            bench.segment.advance(1_000_000_000);
            bench.received();
            assertThat(probe.hits()).isZero();
            bench.askOne(Bench.write(1, 0, Bench.sectors(1, 1)));
            bench.segment.advance(90_000_000);
            bench.received();
            assertThat(probe.hits()).isZero();
            bench.segment.advance(20_000_000);
            bench.received();
            assertThat(probe.hits()).isEqualTo(1);
            assertThat(bench.events).anyMatch(TargetEvent.FlushFailed.class::isInstance);
            // It is tried again, and then there is nothing to flush.
            bench.segment.advance(200_000_000);
            bench.received();
            bench.segment.advance(200_000_000);
            bench.received();
            long before = device.operations();
            bench.segment.advance(1_000_000_000);
            bench.received();
            assertThat(device.operations()).isEqualTo(before);
        }
    }

    @Test
    void devicesAndAddressesThatCannotBeServedAreRefused() throws Exception {
        try (Bench bench = new Bench()) {
            assertThatThrownBy(() -> bench.target.export(
                            new AoeAddress(4095, 0), MemoryDevice.create(512), ExportOptions.defaults()))
                    .isInstanceOfSatisfying(
                            AoeException.class, e -> assertThat(e.kind()).isEqualTo(AoeException.Kind.NOT_SUPPORTED));
        }
    }

    @Test
    void aPortFollowsTheAddressOfItsLink() throws Exception {
        try (Bench bench = new Bench()) {
            bench.target.export(Bench.E1_2, MemoryDevice.create(64 * 512), ExportOptions.defaults());
            bench.received();
            bench.port.address(SECOND);
            List<byte[]> heard = bench.received();
            assertThat(heard).hasSize(1);
            assertThat(heard.get(0)[11]).isEqualTo((byte) 0x0b);
            byte[] request = Bench.read(1, 0, 1);
            request[5] = 0x0b;
            byte[] answer = bench.askOne(request);
            assertThat(answer[11]).isEqualTo((byte) 0x0b);
            assertThat(bench.ask(Bench.read(2, 0, 1))).isEmpty();
        }
    }

    @Test
    void attachingALinkTwiceIsRefusedAndTheFirstStaysInformed() throws Exception {
        try (Bench bench = new Bench()) {
            bench.target.export(Bench.E1_2, MemoryDevice.create(64 * 512), ExportOptions.defaults());
            bench.received();
            assertThatThrownBy(() -> bench.target.attach(bench.port))
                    .isInstanceOfSatisfying(
                            AoeException.class, e -> assertThat(e.kind()).isEqualTo(AoeException.Kind.CONFLICT));
            bench.received();
            bench.port.mtu(1024 + 60);
            List<byte[]> heard = bench.received();
            assertThat(heard).hasSize(1);
            assertThat(sectors(heard.get(0))).isEqualTo(2);
            bench.port.mtu(600);
            heard = bench.received();
            assertThat(heard).hasSize(1);
            assertThat(sectors(heard.get(0))).isEqualTo(1);
        }
    }

    @Test
    void aTimedFlushThatIsDueKeepsTheExportInUseUntilItHasEnded() throws Exception {
        try (Bench bench = new Bench()) {
            FaultyDevice device = FaultyDevice.of(MemoryDevice.create(64 * 512));
            Export export = bench.target.export(
                    Bench.E1_2,
                    device,
                    ExportOptions.builder()
                            .writePolicy(WritePolicy.flushEvery(Duration.ofSeconds(1)))
                            .build());
            bench.received();
            bench.askOne(Bench.write(1, 0, Bench.sectors(1, 1)));
            assertThat(export.isDirty()).isTrue();
            // Handed to another thread, which has not begun yet: whoever closes the export now has to wait for it.
            assertThat(export.timer().claim(2_000_000_000L)).isTrue();
            assertThat(export.underWay()).isEqualTo(1);
            device.hold(Op.FLUSH);
            export.timer().run();
            assertThat(export.underWay()).isEqualTo(1);
            assertThat(export.isDirty()).isFalse();
            device.failHeld(BlockException.Kind.MEDIUM);
            assertThat(export.underWay()).isZero();
            assertThat(export.isDirty()).isTrue();
            device.releaseAll();
        }
    }

    @Test
    void aWriteOvertakenByWriteCacheOffIsFlushedAtTheEnd() throws Exception {
        try (Bench bench = new Bench()) {
            FaultyDevice device = FaultyDevice.of(MemoryDevice.create(64 * 512));
            Export export = bench.target.export(
                    Bench.E1_2,
                    device,
                    ExportOptions.builder().writePolicy(WritePolicy.BUFFERED).build());
            bench.received();
            device.hold(Op.WRITE);
            assertThat(bench.ask(Bench.write(1, 0, Bench.sectors(1, 1)))).isEmpty();
            // SET FEATURES, write cache off: the flush that belongs to it does not cover the write.
            bench.askOne(Bench.ata(Bench.E1_2, 2, 0, 0x82, 0, 0xEF, 0));
            assertThat(export.isWriteCacheOn()).isFalse();
            device.releaseAll();
            assertThat(bench.received()).hasSize(1);
            assertThat(export.isDirty()).isTrue();
            long before = device.operations();
            export.close();
            assertThat(device.operations()).isEqualTo(before + 1);
        }
    }

    @Test
    void aDeviceThatThrowsFailsTheRequestAndKeepsNoRange() throws Exception {
        try (Bench bench = new Bench()) {
            MemoryDevice memory = MemoryDevice.create(64 * 512);
            boolean[] broken = {true};
            BlockDevice device = (BlockDevice) Proxy.newProxyInstance(
                    LifeTest.class.getClassLoader(), new Class<?>[] {BlockDevice.class}, (self, method, args) -> {
                        if (broken[0] && method.getName().equals("write")) {
                            throw new IllegalStateException("made by a test");
                        }
                        return method.invoke(memory, args);
                    });
            Export export = bench.target.export(Bench.E1_2, device, ExportOptions.defaults());
            bench.received();
            // Something else is under way, so ranges are locked.
            export.began();
            byte[] answer = bench.askOne(Bench.write(1, 0, Bench.sectors(1, 1)));
            assertThat(Bench.status(answer)).isEqualTo(0x41);
            assertThat(Bench.error(answer)).isEqualTo(0x40);
            assertThat(bench.events).anyMatch(TargetEvent.DeviceThrew.class::isInstance);
            broken[0] = false;
            assertThat(Bench.status(bench.askOne(Bench.write(2, 0, Bench.sectors(1, 1)))))
                    .isEqualTo(0x40);
            assertThat(bench.target.snapshot().export(Bench.E1_2).waited()).isZero();
            export.ended();
        }
    }

    @Test
    void theLastPortThatGoesFlushesWhatIsDueLater() throws Exception {
        try (Bench bench = new Bench()) {
            Export export = bench.target.export(
                    Bench.E1_2,
                    MemoryDevice.create(64 * 512),
                    ExportOptions.builder()
                            .writePolicy(WritePolicy.flushEvery(Duration.ofSeconds(1)))
                            .build());
            bench.received();
            bench.askOne(Bench.write(1, 0, Bench.sectors(1, 1)));
            assertThat(export.isDirty()).isTrue();
            // From now on nobody looks at the time.
            bench.target.detach(bench.port);
            assertThat(export.isDirty()).isFalse();
            assertThat(export.underWay()).isZero();
        }
    }
}
