package io.diskless.aoe.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.initiator.AoeDisk;
import io.diskless.aoe.initiator.AoeInitiator;
import io.diskless.aoe.initiator.DiskOptions;
import io.diskless.aoe.initiator.Durability;
import io.diskless.aoe.initiator.InitiatorOptions;
import io.diskless.aoe.initiator.TargetControl;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.LinkOptions;
import io.diskless.aoe.link.Links;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.mirror.InitialSync;
import io.diskless.cluster.block.mirror.LegState;
import io.diskless.cluster.block.mirror.MetadataPlacement;
import io.diskless.cluster.block.mirror.Mirror;
import io.diskless.cluster.block.mirror.MirrorOptions;
import io.diskless.cluster.block.mirror.ScrubReport;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.cluster.testkit.peer.Vblade;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Our initiator uses disks of the reference target over pairs of virtual interfaces, where nobody pads: most of what the
 * reference target answers is shorter than 60 bytes here.
 */
@RequiresNetworkNamespace
@RequiresPeer("vblade")
@Timeout(value = 4, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VbladeIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int MIB = 1 << 20;
    private static final int BLOCK = 4096;

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    @TempDir
    Path folder;

    @Test
    void readsAndWritesReachTheFile() throws Exception {
        for (int mtu : new int[] {1500, 9000}) {
            try (Cleanup one = new Cleanup()) {
                Path image = KernelGuest.sparse(folder.resolve("image" + mtu), 16 * MIB);
                one.add(Netns.veth("dl-i0", "dl-t0", mtu));
                one.add(Vblade.start(0, 1, "dl-t0", image));
                AoeDisk disk = open(initiator(one, "dl-i0"), "e0.1", DiskOptions.defaults());
                one.add(disk);

                assertThat(disk.geometry().size()).isEqualTo(16 * MIB);
                byte[] written = new byte[3 * MIB + 512];
                new Random(mtu).nextBytes(written);
                disk.write(5 * 512, ByteBuffer.wrap(written));
                disk.flush();
                byte[] start = new byte[512];
                Arrays.fill(start, (byte) 7);
                disk.write(16 * MIB - 512, ByteBuffer.wrap(start));

                ByteBuffer read = ByteBuffer.allocate(written.length);
                disk.read(5 * 512, read);
                assertThat(read.array()).isEqualTo(written);
                byte[] file = Files.readAllBytes(image);
                assertThat(Arrays.copyOfRange(file, 5 * 512, 5 * 512 + written.length))
                        .isEqualTo(written);
                assertThat(Arrays.copyOfRange(file, 16 * MIB - 512, 16 * MIB)).isEqualTo(start);
                assertThat(disk.durability()).isEqualTo(Durability.FLUSH);
                assertThatThrownBy(() -> disk.read(16 * MIB, ByteBuffer.allocate(512)))
                        .isInstanceOfSatisfying(
                                BlockException.class,
                                e -> assertThat(e.kind()).isEqualTo(BlockException.Kind.OUT_OF_RANGE));
            }
        }
    }

    @Test
    void aReadOnlyTargetRefusesWrites() throws Exception {
        Path image = KernelGuest.sparse(folder.resolve("image"), MIB);
        cleanup.add(Netns.veth("dl-i0", "dl-t0", 1500));
        cleanup.add(Vblade.start(0, 1, "dl-t0", image, "-r"));
        AoeDisk disk = cleanup.add(open(initiator(cleanup, "dl-i0"), "e0.1", DiskOptions.defaults()));

        assertThatThrownBy(() -> disk.write(0, ByteBuffer.allocate(512)))
                .isInstanceOfSatisfying(
                        BlockException.class, e -> assertThat(e.kind()).isEqualTo(BlockException.Kind.READ_ONLY));
        disk.read(0, ByteBuffer.allocate(512));
    }

    @Test
    void theConfigStringIsALock() throws Exception {
        cleanup.add(Netns.veth("dl-i0", "dl-t0", 1500));
        cleanup.add(Vblade.start(0, 1, "dl-t0", KernelGuest.sparse(folder.resolve("image"), MIB)));
        TargetControl control = control(initiator(cleanup, "dl-i0"), "e0.1");

        assertThat(get(control.config())).isEmpty();
        assertThat(get(control.setConfig(ascii("ruby")))).isEqualTo(ascii("ruby"));
        assertThatThrownBy(() -> get(control.setConfig(ascii("crystal"))))
                .hasRootCauseInstanceOf(AoeException.class)
                .rootCause()
                .satisfies(e -> assertThat(((AoeException) e).kind()).isEqualTo(AoeException.Kind.REFUSED));
        assertThat(get(control.testConfig(ascii("ruby"), false))).isTrue();
        assertThat(get(control.testConfig(ascii("ru"), true))).isTrue();
        assertThat(get(control.forceConfig(ascii("crystal")))).isEqualTo(ascii("crystal"));
        assertThat(get(control.config())).isEqualTo(ascii("crystal"));
    }

    @Test
    void aReservationForOthersKeepsUsOut() throws Exception {
        cleanup.add(Netns.veth("dl-i0", "dl-t0", 1500));
        cleanup.add(Vblade.start(0, 1, "dl-t0", KernelGuest.sparse(folder.resolve("image"), MIB)));
        AoeInitiator initiator = initiator(cleanup, "dl-i0");
        AoeDisk disk = cleanup.add(open(initiator, "e0.1", DiskOptions.defaults()));
        TargetControl control = disk.control();
        MacAddress us = MacAddress.parse(HexFormat.ofDelimiter(":").formatHex(Netns.mac("dl-i0")));
        MacAddress other = MacAddress.parse("02:00:00:00:00:99");

        assertThat(get(control.reservation())).isEmpty();
        assertThat(get(control.reserve(List.of(us)))).containsExactly(us);
        disk.write(0, ByteBuffer.allocate(512));

        assertThat(get(control.forceReserve(List.of(other)))).containsExactly(other);
        assertThatThrownBy(() -> disk.write(0, ByteBuffer.allocate(512)))
                .isInstanceOfSatisfying(
                        BlockException.class, e -> assertThat(e.kind()).isEqualTo(BlockException.Kind.STALE));
        assertThatThrownBy(() -> get(control.reserve(List.of(us))))
                .rootCause()
                .satisfies(e -> assertThat(((AoeException) e).kind()).isEqualTo(AoeException.Kind.REFUSED));

        assertThat(get(control.forceReserve(List.of()))).isEmpty();
        disk.write(0, ByteBuffer.allocate(512));
    }

    @Test
    void ofTwoMirroredTargetsOneIsKilledUnderLoadAndComesBack() throws Exception {
        Path left = KernelGuest.sparse(folder.resolve("left"), 16 * MIB);
        Path right = KernelGuest.sparse(folder.resolve("right"), 16 * MIB);
        cleanup.add(Netns.veth("dl-i0", "dl-t0", 1500));
        cleanup.add(Netns.veth("dl-i1", "dl-t1", 9000));
        cleanup.add(Vblade.start(0, 1, "dl-t0", left));
        Vblade victim = cleanup.add(Vblade.start(1, 1, "dl-t1", right));
        AoeInitiator initiator = initiator(cleanup, "dl-i0", "dl-i1");
        DiskOptions quick =
                DiskOptions.builder().deadline(Duration.ofSeconds(2)).build();
        AoeDisk a = cleanup.add(open(initiator, "e0.1", quick));
        AoeDisk b = cleanup.add(open(initiator, "e1.1", quick));
        Mirror mirror = cleanup.add(Mirror.create(
                List.of(a, b),
                MirrorOptions.remote().toBuilder()
                        .placement(MetadataPlacement.END)
                        .initialSync(InitialSync.ASSUME_IDENTICAL)
                        .closeLegs(false)
                        .build()));
        try (Load load = new Load(mirror)) {
            load.awaitWrites(500);
            victim.kill();
            await().atMost(PATIENCE).until(() -> mirror.snapshot().legs().get(1).state() == LegState.OUT);
            load.awaitWrites(500);
            cleanup.add(victim.restart());
            await().atMost(PATIENCE).until(() -> mirror.snapshot().legs().get(1).state() == LegState.IN_SYNC);
            load.awaitWrites(500);
        }
        await().atMost(PATIENCE).until(() -> mirror.snapshot().isHealthy());

        ScrubReport scrub = mirror.scrub(false, 0).report().get(2, TimeUnit.MINUTES);
        assertThat(scrub.complete()).isTrue();
        assertThat(scrub.differences()).isEmpty();
        assertThat(scrub.skippedBytes()).isZero();
        // And without us: with the metadata behind them, the data of both files are the mirror's.
        int data = (int) mirror.geometry().size();
        assertThat(Arrays.mismatch(Files.readAllBytes(left), 0, data, Files.readAllBytes(right), 0, data))
                .isEqualTo(-1);
    }

    /** Writes blocks whose content tells their number and how often they were written, and finally reads all of them. */
    private static final class Load implements AutoCloseable {
        private final BlockDevice device;
        private final int[] versions;
        private final AtomicInteger done = new AtomicInteger();
        private final AtomicBoolean stop = new AtomicBoolean();
        private final CompletableFuture<Void> end;

        Load(BlockDevice device) {
            this.device = device;
            versions = new int[(int) (device.geometry().size() / BLOCK)];
            end = CompletableFuture.runAsync(this::write, task -> new Thread(task, "load").start());
        }

        private void write() {
            Random random = new Random(1);
            while (!stop.get()) {
                List<CompletableFuture<Void>> burst = new ArrayList<>();
                int first = random.nextInt(versions.length - 8);
                for (int block = first; block < first + 8; block++) {
                    versions[block]++;
                    burst.add(device.writeAsync((long) block * BLOCK, content(block, versions[block]), 0));
                }
                CompletableFuture.allOf(burst.toArray(CompletableFuture[]::new)).join();
                done.addAndGet(burst.size());
            }
        }

        void awaitWrites(int more) {
            int until = done.get() + more;
            await().atMost(PATIENCE).until(() -> {
                if (end.isDone()) {
                    end.join();
                }
                return done.get() >= until;
            });
        }

        @Override
        public void close() throws BlockException {
            stop.set(true);
            end.orTimeout(2, TimeUnit.MINUTES).join();
            for (int block = 0; block < versions.length; block++) {
                ByteBuffer read = ByteBuffer.allocate(BLOCK);
                device.read((long) block * BLOCK, read);
                ByteBuffer expected =
                        versions[block] == 0 ? ByteBuffer.allocate(BLOCK) : content(block, versions[block]);
                assertThat(read.array()).as("block " + block).isEqualTo(expected.array());
            }
        }

        private static ByteBuffer content(int block, int version) {
            ByteBuffer content = ByteBuffer.allocate(BLOCK);
            while (content.hasRemaining()) {
                content.putInt(block).putInt(version);
            }
            return content.flip();
        }
    }

    private static AoeInitiator initiator(Cleanup cleanup, String... interfaces) throws AoeException {
        List<EthernetLink> links = new ArrayList<>();
        LinkOptions options =
                LinkOptions.builder().role(LinkOptions.Role.INITIATOR).build();
        for (String name : interfaces) {
            links.add(cleanup.add(Links.open(name, options)));
        }
        return cleanup.add(AoeInitiator.open(links, InitiatorOptions.defaults()).start());
    }

    private static AoeDisk open(AoeInitiator initiator, String address, DiskOptions options) throws AoeException {
        return initiator.disk(AoeAddress.parse(address), options);
    }

    private static TargetControl control(AoeInitiator initiator, String address) throws AoeException {
        await().atMost(PATIENCE)
                .until(() -> !initiator.discover(Duration.ofSeconds(1)).isEmpty());
        return initiator.control(AoeAddress.parse(address));
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(2, TimeUnit.MINUTES);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
