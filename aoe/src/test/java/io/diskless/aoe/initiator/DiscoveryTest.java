package io.diskless.aoe.initiator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.link.EthernetSegment;
import io.diskless.aoe.target.AoeTarget;
import io.diskless.aoe.target.ExportOptions;
import io.diskless.aoe.target.TargetOptions;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** What discovery hears and tells, and the direct messages to a target. */
class DiscoveryTest {
    private static final class Events implements TargetListener {
        final List<String> all = new ArrayList<>();

        @Override
        public void appeared(TargetInfo target) {
            all.add("appeared " + target.address() + " " + target.size());
        }

        @Override
        public void changed(TargetInfo before, TargetInfo after) {
            all.add("changed " + before.size() + "/" + before.config() + "/" + before.maxSectors() + "/"
                    + before.routes().size() + " to " + after.size() + "/" + after.config() + "/" + after.maxSectors()
                    + "/" + after.routes().size());
        }

        @Override
        public void vanished(TargetInfo last) {
            all.add("vanished " + last.address());
        }
    }

    @Test
    void tellsWhatAppearsChangesAndVanishes() {
        try (Bench bench = new Bench(1500, 1, InitiatorOptions.builder().discoveryInterval(Duration.ofSeconds(1)))) {
            ScriptedTarget target = bench.target(1500, 64, 2);
            bench.segment.partition(bench.ports.get(0), target.links.get(1));
            Events events = new Events();
            bench.initiator.onTarget(events);
            bench.pass(10 * Bench.MILLI);
            assertThat(events.all).containsExactly("appeared e1.2 32768");
            events.all.clear();
            target.resize(128);
            target.announce();
            bench.pass(10 * Bench.MILLI);
            target.config = "host";
            target.sectorCount = 8;
            bench.pass(2 * Bench.SECOND);
            bench.segment.heal();
            bench.pass(2 * Bench.SECOND);
            assertThat(events.all)
                    .containsExactly(
                            "changed 32768//2/1 to 65536//2/1",
                            "changed 65536//2/1 to 65536/host/8/1",
                            "changed 65536/host/8/1 to 65536/host/8/2");
            events.all.clear();
            target.lose = s -> true;
            bench.pass(6 * Bench.SECOND);
            assertThat(events.all).containsExactly("vanished e1.2");
            assertThat(bench.initiator.targets()).isEmpty();
            target.lose = s -> false;
            bench.pass(2 * Bench.SECOND);
            // The first path that answers IDENTIFY makes it appear; the other is a route when it has answered too.
            assertThat(events.all)
                    .containsExactly(
                            "vanished e1.2", "appeared e1.2 65536", "changed 65536/host/8/1 to 65536/host/8/2");
        }
    }

    @Test
    void knowsTheRoutes() {
        try (Bench bench = new Bench(1500)) {
            bench.target(1500, 64, 1);
            bench.pass(Bench.MILLI);
            TargetInfo info = bench.initiator.targets().get(0);
            assertThat(info.address()).isEqualTo(Bench.E1_2);
            assertThat(info.bufferCount()).isEqualTo(16);
            assertThat(info.routes())
                    .containsExactly(new TargetInfo.Route("our0", MacAddress.parse("02:00:00:00:00:11"), 1500, 2));
        }
    }

    @Test
    void aResizeReachesTheOpenDisk() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 64, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            List<BlockGeometry> heard = new ArrayList<>();
            disk.onGeometryChange(heard::add);
            target.resize(256);
            target.announce();
            bench.pass(10 * Bench.MILLI);
            assertThat(heard).singleElement().matches(g -> g.size() == 256 * 512);
            bench.write(disk, 255 * 512, new byte[512]);
        }
    }

    @Test
    void listenersThatThrowHarmNobody() {
        try (Bench bench = new Bench(1500)) {
            ScriptedTarget target = bench.target(1500, 64, 1);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            bench.initiator.onTarget(new TargetListener() {
                @Override
                public void appeared(TargetInfo info) {
                    throw new IllegalStateException("on purpose");
                }
            });
            Events events = new Events();
            bench.initiator.onTarget(events);
            List<BlockGeometry> heard = new ArrayList<>();
            disk.onGeometryChange(geometry -> {
                throw new IllegalStateException("on purpose");
            });
            disk.onGeometryChange(heard::add);
            target.resize(256);
            target.announce();
            bench.pass(10 * Bench.MILLI);
            assertThat(events.all).startsWith("appeared e1.2 32768");
            assertThat(heard).singleElement().matches(g -> g.size() == 256 * 512);
            bench.write(disk, 255 * 512, new byte[512]);
        }
    }

    @Test
    void aTaskThatThrowsEndsNeitherTheLoopNorItsBatch() throws Exception {
        EthernetSegment segment = EthernetSegment.realTime();
        try (AoeInitiator initiator = AoeInitiator.open(
                List.of(segment.attach("our0", MacAddress.of(0x0200_0000_0001L), 1500)), InitiatorOptions.defaults())) {
            initiator.start();
            CompletableFuture<Void> entered = new CompletableFuture<>();
            CompletableFuture<Void> go = new CompletableFuture<>();
            initiator.run(() -> {
                entered.complete(null);
                go.join();
            });
            entered.join();
            // Both wait while the loop is held, so that it takes them as one batch.
            initiator.run(() -> {
                throw new IllegalStateException("on purpose");
            });
            CompletableFuture<Void> behind = new CompletableFuture<>();
            initiator.run(() -> behind.complete(null));
            go.complete(null);
            assertThat(behind).succeedsWithin(Duration.ofSeconds(30));
            assertThat(initiator.targets()).isEmpty();
        }
    }

    @Test
    void aMessageLongerThanTheSmallestFrameIsRefused() {
        try (Bench bench = new Bench(1500)) {
            bench.target(1500, 64, 1);
            TargetControl control = bench.initiator.control(Bench.E1_2);
            assertThatThrownBy(() -> control.ata(0, 0, 4, AtaCommand.WRITE, 0, new byte[4 * 512]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("MTU of our0, 1500");
            assertThat(bench.join(control.identify())).hasSize(512);
        }
    }

    @Test
    void openingWhatIsNotThereSaysSo() {
        try (Bench bench = new Bench(1500)) {
            CompletableFuture<AoeDisk> open = bench.initiator.openDisk(
                    new AoeAddress(7, 7),
                    DiskOptions.builder().openTimeout(Duration.ofSeconds(2)).build());
            bench.until(open::isDone, 3 * Bench.SECOND);
            assertThatThrownBy(open::join)
                    .hasCauseInstanceOf(AoeException.class)
                    .hasMessageContaining("no answer from e7.7 on our0 within 2000 ms");
        }
    }

    @Test
    void oneDiskPerTarget() {
        try (Bench bench = new Bench(1500)) {
            bench.target(1500, 64, 1);
            bench.open(DiskOptions.defaults());
            assertThatThrownBy(() -> bench.open(DiskOptions.defaults())).hasMessageContaining("open already");
        }
    }

    @Test
    void directMessagesToOurTarget() throws Exception {
        try (Bench bench = new Bench(1500)) {
            AoeTarget target = AoeTarget.create(TargetOptions.builder()
                    .clock(bench.segment.clock())
                    .strangers(
                            io.diskless.aoe.target.Access.READ_WRITE,
                            java.util.EnumSet.allOf(io.diskless.aoe.target.Operation.class))
                    .build());
            target.attach(bench.segment.attach("target", MacAddress.parse("02:00:00:00:00:0a"), 1500));
            target.export(Bench.E1_2, MemoryDevice.create(1 << 20), ExportOptions.defaults());
            bench.others.add(target::poll);
            TargetControl control = bench.initiator.control(Bench.E1_2);
            byte[] host = "host-a".getBytes(StandardCharsets.US_ASCII);
            assertThat(bench.join(control.config())).isEmpty();
            assertThat(bench.join(control.setConfig(host))).isEqualTo(host);
            assertThat(refusal(bench, control.setConfig(new byte[] {1}))).contains("another config string");
            assertThat(bench.join(control.testConfig(host, false))).isTrue();
            assertThat(bench.join(control.testConfig("host".getBytes(StandardCharsets.US_ASCII), true)))
                    .isTrue();
            assertThat(bench.join(control.testConfig(new byte[] {2}, false))).isFalse();
            assertThat(bench.join(control.forceConfig(new byte[0]))).isEmpty();
            MacAddress us = bench.ports.get(0).address();
            MacAddress other = MacAddress.parse("02:00:00:00:00:99");
            assertThat(bench.join(control.editMask(List.of(MaskEdit.add(us), MaskEdit.add(other)))))
                    .containsExactlyInAnyOrder(us, other);
            assertThat(bench.join(control.editMask(List.of(MaskEdit.delete(us), MaskEdit.add(us)))))
                    .hasSize(2);
            assertThat(bench.join(control.reserve(List.of(us)))).containsExactly(us);
            assertThat(bench.join(control.forceReserve(List.of(other)))).containsExactly(other);
            assertThat(refusal(bench, control.reserve(List.of()))).contains("reserved for others");
            AoeDisk disk = bench.open(DiskOptions.defaults());
            assertThat(bench.failure(disk.readAsync(0, ByteBuffer.allocate(512))))
                    .hasMessageContaining("reserved");
            assertThat(bench.join(control.forceReserve(List.of()))).isEmpty();
            bench.read(disk, 0, 512);
            assertThat(bench.join(control.identify())).hasSize(512);
            assertThat(bench.join(control.ata(0, 0, 0, 0xE5, 0, new byte[0])).count())
                    .isEqualTo(0xFF);
            target.close();
        }
    }

    private static String refusal(Bench bench, CompletableFuture<?> future) {
        bench.until(future::isDone, 10 * Bench.SECOND);
        try {
            future.join();
        } catch (CompletionException e) {
            return String.valueOf(e.getCause().getMessage());
        }
        throw new AssertionError("not refused");
    }
}
