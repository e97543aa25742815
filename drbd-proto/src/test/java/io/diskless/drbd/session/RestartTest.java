package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.meta.MetaData;
import io.diskless.drbd.meta.MetaFlag;
import io.diskless.drbd.meta.MetaOptions;
import io.diskless.drbd.meta.MetaPlacement;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.wire.PacketType;
import io.netty.channel.local.LocalAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a side with meta-data on a disk remembers over its end, orderly or not. */
class RestartTest {
    private static final int SIZE = 16 << 20;
    private static final int META = 1 << 20;
    private static final MetaOptions WHERE = MetaOptions.at(MetaPlacement.FLEXIBLE);
    private static final String GOOD = "cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate";
    private static final String GOOD_THERE = "cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate";

    private final DrbdTransport transport = DrbdTransport.inMemory();
    private final LocalAddress addressA = new LocalAddress("restart-a");
    private final LocalAddress addressB = new LocalAddress("restart-b");
    private final MemoryDevice diskA = MemoryDevice.create(SIZE);
    private final MemoryDevice diskB = MemoryDevice.create(SIZE);
    private final MemoryDevice metaB = MemoryDevice.create(META);
    private final List<Pair.Side> all = new ArrayList<>();

    @BeforeEach
    void create() throws Exception {
        MetaData.create(diskB, metaB, WHERE).get(60, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() {
        all.forEach(s -> s.resource.abort());
        transport.close();
    }

    private Pair.Side side(LocalAddress here, LocalAddress there, VolumeOptions volume) {
        Pair.Side side = new Pair.Side(DrbdOptions.builder("r1")
                .addresses(here, there)
                .transport(transport)
                .net(Pair.fast().build())
                .sync(new SyncOptions(250, 20, 10, 100, 1_000_000))
                .volume(volume)
                .build());
        all.add(side);
        side.resource.connect();
        return side;
    }

    private Pair.Side a() {
        return side(addressA, addressB, VolumeOptions.volatileMeta(0, diskA));
    }

    private Pair.Side b(BlockDevice disk, BlockDevice meta) {
        return side(addressB, addressA, VolumeOptions.of(0, disk, meta, WHERE));
    }

    private static void fill(Pair.Side primary, Pair.Side secondary) throws Exception {
        primary.awaitState("cs:Connected");
        secondary.awaitState("cs:Connected");
        primary.resource.promote(true).get(60, TimeUnit.SECONDS);
        primary.awaitState(GOOD);
        secondary.awaitState(GOOD_THERE);
    }

    private static void write(Pair.Side side, long offset) throws Exception {
        byte[] bytes = new byte[4096];
        new Random(offset + 1).nextBytes(bytes);
        side.resource.volume(0).write(offset, ByteBuffer.wrap(bytes));
    }

    private static MemoryDevice copy(MemoryDevice from, int size) throws Exception {
        MemoryDevice to = MemoryDevice.create(size);
        to.write(0, ByteBuffer.wrap(ReplicationTest.content(from, size)));
        return to;
    }

    private static VolumeMeta meta(Pair.Side side) {
        return Objects.requireNonNull(side.resource.core().volume(0)).meta();
    }

    private static String compared(Pair.Side side) {
        return side.events.stream()
                .filter(DrbdEvent.Compared.class::isInstance)
                .toList()
                .toString();
    }

    @Test
    void onlyWhatWasWrittenMeanwhileIsFetchedAfterARestart() throws Exception {
        Pair.Side a = a();
        Pair.Side b = b(diskB, metaB);
        fill(a, b);
        b.resource.close();
        a.awaitState("cs:WFConnection");
        for (int i = 0; i < 20; i++) {
            write(a, i * 65_536L);
        }
        assertThat(meta(a).bitmap().dirtyBits()).isEqualTo(20);

        Pair.Side again = b(diskB, metaB);
        again.awaitState(GOOD_THERE);
        a.awaitState(GOOD);
        assertThat(compared(again)).contains("uuid_compare()=-1").contains("bits:20 ");
        assertThat(ReplicationTest.content(diskB, SIZE)).isEqualTo(ReplicationTest.content(diskA, SIZE));
    }

    @Test
    void aPrimaryThatCrashedSendsItsHotExtentsAndIsThenAsAnyOther() throws Exception {
        Pair.Side a = a();
        Pair.Side b = b(diskB, metaB);
        fill(b, a);
        write(b, 5 << 20);
        MemoryDevice data = copy(diskB, SIZE);
        MemoryDevice meta = copy(metaB, META);
        b.resource.abort();
        a.awaitState("cs:WFConnection");
        // Did not reach the peer before the crash.
        data.write(6 << 20, ByteBuffer.allocate(4096).put(0, (byte) 1));

        Pair.Side again = b(data, meta);
        again.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
        a.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
        assertThat(compared(again)).contains("uuid_compare()=1").contains(" flags:2");
        assertThat(ReplicationTest.content(diskA, SIZE)).isEqualTo(ReplicationTest.content(data, SIZE));
        again.resource.close();
        MetaData after = MetaData.open(data, meta, WHERE).get(60, TimeUnit.SECONDS);
        assertThat(after.superblock().has(MetaFlag.CRASHED_PRIMARY)).isFalse();
    }

    /** Without a log on disk nobody knows where a Primary wrote: all of it may differ. */
    @Test
    void aPrimaryWithoutALogThatCrashedIsDirtyAllOver() throws Exception {
        MetaOptions bare = MetaOptions.builder()
                .placement(MetaPlacement.FLEXIBLE)
                .alUpdates(false)
                .build();
        Pair.Side a = a();
        Pair.Side b = side(addressB, addressA, VolumeOptions.of(0, diskB, metaB, bare));
        fill(b, a);
        write(b, 5 << 20);
        MemoryDevice data = copy(diskB, SIZE);
        MemoryDevice meta = copy(metaB, META);
        b.resource.close();
        a.awaitState("cs:WFConnection");
        // Far from anything that a log of 4 MiB extents would have named.
        data.write(14 << 20, ByteBuffer.allocate(4096).put(0, (byte) 1));

        Pair.Side again = side(addressB, addressA, VolumeOptions.of(0, data, meta, bare));
        again.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
        a.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
        assertThat(compared(again)).contains("uuid_compare()=1").contains("bits:" + SIZE / 4096 + " flags:2");
        assertThat(ReplicationTest.content(diskA, SIZE)).isEqualTo(ReplicationTest.content(data, SIZE));
    }

    @Test
    void theOnlyDiskRemembersWhatAPrimaryWithoutOneWrote() throws Exception {
        Pair.Side a = a();
        Pair.Side b = b(diskB, metaB);
        fill(a, b);
        a.resource.demote().get(60, TimeUnit.SECONDS);
        a.resource.disconnect().get(60, TimeUnit.SECONDS);
        a.resource.close();
        assertThat(meta(b).uuids().bitmap()).isZero();

        Pair.Side bare = side(addressA, addressB, VolumeOptions.diskless(0));
        bare.awaitState("cs:Connected ro:Secondary/Secondary ds:Diskless/UpToDate");
        bare.resource.promote(false).get(60, TimeUnit.SECONDS);
        write(bare, 5 << 20);

        // What a crash of the side with the disk leaves behind now.
        MetaData left =
                MetaData.open(copy(diskB, SIZE), copy(metaB, META), WHERE).get(60, TimeUnit.SECONDS);
        assertThat(left.bitmap().isDirty(5 << 20, 4096)).isTrue();
        assertThat(left.recoveredExtents()).isEqualTo(1);
        assertThat(left.superblock().bitmapUuid()).isNotZero();
    }

    private Pair.Side bare(FaultyDevice only) throws Exception {
        Pair.Side a = a();
        Pair.Side b = b(only, metaB);
        fill(a, b);
        a.resource.demote().get(60, TimeUnit.SECONDS);
        a.resource.disconnect().get(60, TimeUnit.SECONDS);
        a.resource.close();
        Pair.Side bare = side(addressA, addressB, VolumeOptions.diskless(0));
        bare.awaitState("cs:Connected ro:Secondary/Secondary ds:Diskless/UpToDate");
        bare.resource.promote(false).get(60, TimeUnit.SECONDS);
        return bare;
    }

    private static void cut(Pair.Side side) {
        ResourceCore core = side.resource.core();
        core.run(() -> Objects.requireNonNull(
                        Objects.requireNonNull(core.volume(0)).peer())
                .link()
                .fail(new DrbdException(DrbdException.Kind.TIMEOUT, "cut by the test"), false));
    }

    /** A Primary without a disk, whose peer was lost before it had flushed a write. */
    private Pair.Side whoLostAWrite() throws Exception {
        FaultyDevice only = FaultyDevice.of(diskB);
        Pair.Side bare = bare(only);
        only.hold(FaultyDevice.Op.FLUSH);
        try {
            write(bare, 5 << 20);
            cut(bare);
            bare.await(s -> bare.events.stream().anyMatch(DrbdEvent.ConnectionLost.class::isInstance));
        } finally {
            only.releaseAll();
        }
        return bare;
    }

    @Test
    void aFlushThatTheOnlyDiskNeverAnsweredFails() throws Exception {
        FaultyDevice only = FaultyDevice.of(diskB);
        Pair.Side bare = bare(only);
        only.hold(FaultyDevice.Op.FLUSH);
        try {
            write(bare, 5 << 20);
            CompletableFuture<Void> flush = bare.resource.volume(0).flushAsync();
            Awaitility.await().atMost(Pair.PATIENCE).until(() -> only.held() > 0);
            cut(bare);
            assertThat(flush)
                    .failsWithin(60, TimeUnit.SECONDS)
                    .withThrowableThat()
                    .withMessageContaining("may be gone");
        } finally {
            only.releaseAll();
        }
        bare.awaitState("cs:Connected ro:Primary/Secondary ds:Diskless/UpToDate");
        write(bare, 6 << 20);
        bare.resource.volume(0).flush();
    }

    @Test
    void whatWasLostBeforeAFlushIsToldOfByTheNextOne() throws Exception {
        Pair.Side bare = whoLostAWrite();
        bare.awaitState("cs:Connected ro:Primary/Secondary ds:Diskless/UpToDate");
        assertThat(bare.resource.volume(0).flushAsync())
                .failsWithin(60, TimeUnit.SECONDS)
                .withThrowableThat()
                .withMessageContaining("may be gone");
        bare.resource.volume(0).flush();
    }

    @Test
    void whoLostThePeerWithTheOnlyDiskCanStillStepDown() throws Exception {
        Pair.Side bare = whoLostAWrite();
        bare.resource.demote().get(60, TimeUnit.SECONDS);
    }

    @Test
    void aResourceCanBeClosedTwiceAndBehindItsTransport() throws Exception {
        DrbdTransport own = DrbdTransport.inMemory();
        DrbdResource resource = DrbdResource.open(DrbdOptions.builder("r1")
                .addresses(addressA, addressB)
                .transport(own)
                .volume(VolumeOptions.diskless(0))
                .build());
        resource.close();
        resource.close();
        own.close();
        Awaitility.await().atMost(Pair.PATIENCE).until(() -> own.nextDataLoop().isTerminated());
        resource.close();
        assertThat(resource.promote(false))
                .failsWithin(60, TimeUnit.SECONDS)
                .withThrowableThat()
                .withMessageContaining("closed");
    }

    @Test
    void aBlockThatTheTargetCouldNotWriteStaysDirtyAtTheSource() throws Exception {
        Pair.Side a = a();
        Pair.Side b = b(diskB, metaB);
        a.awaitState("cs:Connected");
        b.awaitState("cs:Connected");
        b.resource.pauseSync(0, true).get(60, TimeUnit.SECONDS);
        a.resource.promote(true).get(60, TimeUnit.SECONDS);
        a.awaitState("cs:PausedSyncS");
        b.awaitState("cs:PausedSyncT");

        ResourceCore core = b.resource.core();
        ResourceCore source = a.resource.core();
        source.run(() -> Objects.requireNonNull(source.volume(0)).bitmap().markClean(0, 4096));
        Awaitility.await().atMost(Pair.PATIENCE).until(() -> !meta(a).bitmap().isDirty(0, 4096));
        core.run(() -> {
            PeerVolume peer = Objects.requireNonNull(
                    Objects.requireNonNull(core.volume(0)).peer());
            peer.link().acks().ack(PacketType.NEG_ACK, peer, 0, ResyncTarget.ID_SYNCER, 4096);
        });
        Awaitility.await().atMost(Pair.PATIENCE).until(() -> meta(a).bitmap().isDirty(0, 4096));
    }
}
