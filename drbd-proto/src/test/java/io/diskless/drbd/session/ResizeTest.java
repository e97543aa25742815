package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.meta.MetaData;
import io.diskless.drbd.meta.MetaImage;
import io.diskless.drbd.meta.MetaOptions;
import io.diskless.drbd.meta.MetaPlacement;
import io.diskless.drbd.netty.DrbdTransport;
import io.netty.channel.local.LocalAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Volumes that grow while they are in use. */
class ResizeTest {
    private static final int MIB = 1 << 20;
    private static final int OLD = 8 * MIB;
    private static final int NEW = 13 * MIB;
    private static final MetaOptions INTERNAL = MetaOptions.at(MetaPlacement.INTERNAL);
    private static final MetaOptions FLEXIBLE = MetaOptions.at(MetaPlacement.FLEXIBLE);
    private static final String GOOD = "cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate";
    private static final String GOOD_THERE = "cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate";

    private final DrbdTransport transport = DrbdTransport.inMemory();
    private final LocalAddress addressA = new LocalAddress("resize-a");
    private final LocalAddress addressB = new LocalAddress("resize-b");
    private final MemoryDevice diskA = MemoryDevice.create(OLD);
    private final MemoryDevice diskB = MemoryDevice.create(OLD + MIB);
    private final MemoryDevice metaB = MemoryDevice.create(MIB);
    private final List<Pair.Side> all = new ArrayList<>();

    @BeforeEach
    void create() throws Exception {
        now(MetaData.create(diskA, diskA, INTERNAL));
        now(MetaData.create(diskB, metaB, FLEXIBLE));
    }

    @AfterEach
    void close() {
        all.forEach(s -> s.resource.abort());
        transport.close();
    }

    private static <T> T now(CompletableFuture<T> asked) throws Exception {
        return asked.get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static DrbdException.Kind refusal(CompletableFuture<?> asked) throws Exception {
        try {
            now(asked);
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(DrbdException.class);
            return ((DrbdException) e.getCause()).kind();
        }
        throw new AssertionError("it was not refused");
    }

    private Pair.Side side(LocalAddress here, LocalAddress there, VolumeOptions volume, NetOptions net) {
        Pair.Side side = new Pair.Side(DrbdOptions.builder("r1")
                .addresses(here, there)
                .transport(transport)
                .net(net)
                .sync(SyncOptions.fixed(1_000_000))
                .volume(volume)
                .build());
        all.add(side);
        side.resource.connect();
        return side;
    }

    private Pair.Side a(NetOptions net, UnaryOperator<VolumeOptions> more) {
        return side(addressA, addressB, more.apply(VolumeOptions.of(0, diskA, diskA, INTERNAL)), net);
    }

    private Pair.Side b(NetOptions net) {
        return side(addressB, addressA, VolumeOptions.of(0, diskB, metaB, FLEXIBLE), net);
    }

    private static void fill(Pair.Side primary, Pair.Side secondary) throws Exception {
        primary.awaitState("cs:Connected");
        secondary.awaitState("cs:Connected");
        now(primary.resource.promote(true));
        primary.awaitState(GOOD);
        secondary.awaitState(GOOD_THERE);
    }

    /** What the disks hold behind the end of the volume is not alike. */
    private void grow() throws Exception {
        diskA.resize(NEW);
        diskB.resize(NEW + MIB);
        diskA.write(OLD, ByteBuffer.wrap(random(1, NEW - OLD)));
        diskB.write(OLD, ByteBuffer.wrap(random(2, NEW - OLD)));
    }

    private static byte[] random(long seed, int bytes) {
        byte[] b = new byte[bytes];
        new Random(seed).nextBytes(b);
        return b;
    }

    private static long size(Pair.Side side) {
        return side.resource.volume(0).geometry().size();
    }

    private int differsAt(long size) throws Exception {
        return Arrays.mismatch(
                ReplicationTest.content(diskA, Math.toIntExact(size)),
                ReplicationTest.content(diskB, Math.toIntExact(size)));
    }

    private static void awaitSyncs(Pair.Side side, int wanted) {
        side.await(s -> side.events.stream()
                        .filter(DrbdEvent.SyncEnded.class::isInstance)
                        .count()
                >= wanted);
    }

    private static long synced(Pair.Side side) {
        return side.events.stream()
                .filter(DrbdEvent.SyncEnded.class::isInstance)
                .map(e -> ((DrbdEvent.SyncEnded) e).last().totalBytes())
                .reduce((first, last) -> last)
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "true, true, 101",
        "true, false, 101",
        "false, true, 101",
        "false, false, 101",
        "true, true, 96",
        "false, false, 90"
    })
    void whatIsNewComesFromThePrimaryWhoeverIsAsked(boolean primaryIsAsked, boolean internalIsPrimary, int version)
            throws Exception {
        NetOptions net = Pair.fast().versions(version, version).build();
        Pair.Side a = a(net, v -> v);
        Pair.Side b = b(net);
        Pair.Side primary = internalIsPrimary ? a : b;
        Pair.Side secondary = internalIsPrimary ? b : a;
        fill(primary, secondary);
        long before = size(primary);
        List<Long> seen = new CopyOnWriteArrayList<>();
        var unused = primary.resource.volume(0).onGeometryChange(g -> seen.add(g.size()));
        byte[] last = random(3, 4096);
        primary.resource.volume(0).write(before - 4096, ByteBuffer.wrap(last));
        grow();

        long agreed = now((primaryIsAsked ? primary : secondary).resource.resize(0, 0, false));

        assertThat(agreed).isGreaterThan(NEW - (1 << 17)).isEqualTo(size(a)).isEqualTo(size(b));
        Awaitility.await()
                .atMost(Pair.PATIENCE)
                .untilAsserted(() -> assertThat(seen).containsExactly(agreed));
        primary.resource.volume(0).write(agreed - 8192, ByteBuffer.wrap(random(4, 8192)));
        awaitSyncs(secondary, 2);
        primary.awaitState(GOOD);
        secondary.awaitState(GOOD_THERE);
        assertThat(differsAt(agreed)).isEqualTo(-1);
        assertThat(synced(secondary)).isEqualTo(agreed - before);
        ByteBuffer old = ByteBuffer.allocate(4096);
        primary.resource.volume(0).read(before - 4096, old);
        assertThat(old.array()).isEqualTo(last);
        // Both know of one generation: nothing is left to be done when they meet again, nor after a restart.
        now(primary.resource.demote());
        now(a.resource.disconnect());
        a.resource.close();
        b.resource.close();
        assertThat(MetaImage.read(diskA, diskA, MetaPlacement.INTERNAL)
                        .superblock()
                        .agreedSectors())
                .isEqualTo(agreed >> 9);
        Pair.Side againA = a(net, v -> v);
        Pair.Side againB = b(net);
        againA.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
        againB.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
        assertThat(size(againA)).isEqualTo(agreed).isEqualTo(size(againB));
        assertThat(againA.events.toString()).contains("uuid_compare()=0");
        assertThat(differsAt(agreed)).isEqualTo(-1);
    }

    @Test
    void whatIsAssumedCleanIsNotSynced() throws Exception {
        NetOptions net = Pair.fast().build();
        Pair.Side a = a(net, v -> v);
        Pair.Side b = b(net);
        fill(a, b);
        long before = size(a);
        grow();

        long agreed = now(b.resource.resize(0, 0, true));

        assertThat(agreed).isGreaterThan(before).isEqualTo(size(a)).isEqualTo(size(b));
        // Comes behind whatever would begin.
        a.resource.volume(0).write(before, ByteBuffer.wrap(random(5, 4096)));
        assertThat(now(a.resource.statistics()).volumes().get(0).outOfSyncBytes())
                .isZero();
        assertThat(now(b.resource.statistics()).volumes().get(0).outOfSyncBytes())
                .isZero();
        assertThat(a.events.toString()).doesNotContain("the volume has grown");
        assertThat(differsAt(before + 4096)).isEqualTo(-1);
        assertThat(differsAt(agreed)).isEqualTo((int) before + 4096);
    }

    @Test
    void aSizeThatIsAskedForIsGivenAsFarAsThePeerHasRoom() throws Exception {
        NetOptions net = Pair.fast().build();
        Pair.Side a = a(net, v -> v.size(6 * MIB));
        Pair.Side b = b(net);
        fill(a, b);
        assertThat(size(a)).isEqualTo(6 * MIB).isEqualTo(size(b));

        assertThat(now(b.resource.resize(0, 7 * MIB, false))).isEqualTo(7L * MIB);
        awaitSyncs(b, 2);
        a.awaitState(GOOD);
        b.awaitState(GOOD_THERE);
        assertThat(size(a)).isEqualTo(7 * MIB);
        assertThat(now(b.resource.resize(0, 9 * MIB, false)))
                .as("the internal meta-data of the peer lies before")
                .isLessThan(OLD)
                .isEqualTo(size(a));
        awaitSyncs(b, 3);
        a.awaitState(GOOD);
        b.awaitState(GOOD_THERE);
        assertThat(differsAt(size(a))).isEqualTo(-1);
    }

    @Test
    void whatCannotBeIsRefusedAndChangesNothing() throws Exception {
        NetOptions net = Pair.fast().build();
        Pair.Side a = a(net, v -> v);
        assertThat(refusal(a.resource.resize(0, 0, false))).isEqualTo(DrbdException.Kind.STATE);
        Pair.Side b = b(net);
        a.awaitState("cs:Connected");
        b.awaitState("cs:Connected");
        assertThat(refusal(a.resource.resize(0, 0, false))).as("no Primary").isEqualTo(DrbdException.Kind.STATE);
        fill(a, b);
        long before = size(a);
        assertThat(refusal(a.resource.resize(0, before / 2, false))).isEqualTo(DrbdException.Kind.CONFLICT);
        assertThat(refusal(a.resource.resize(0, NEW, false))).isEqualTo(DrbdException.Kind.CONFLICT);
        assertThat(refusal(a.resource.resize(0, before + 1, false))).isEqualTo(DrbdException.Kind.CONFIG);
        now(a.resource.detach(0));
        b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/Diskless");
        assertThat(refusal(a.resource.resize(0, 0, false))).isEqualTo(DrbdException.Kind.NO_DATA);
        assertThat(size(a)).isEqualTo(before).isEqualTo(size(b));
    }
}
