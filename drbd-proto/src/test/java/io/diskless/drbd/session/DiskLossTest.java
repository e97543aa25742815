package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.meta.MetaData;
import io.diskless.drbd.meta.MetaOptions;
import io.diskless.drbd.meta.MetaPlacement;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.wire.ConnectionState;
import io.netty.channel.local.LocalAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A side that loses its disk while the peer is still answering, or still writing, for that disk. */
class DiskLossTest {
    private static final int SIZE = 8 << 20;
    private static final SyncOptions SYNC = new SyncOptions(250, 20, 10, 100, 1_000_000);
    private static final MetaOptions WHERE = MetaOptions.at(MetaPlacement.FLEXIBLE);

    private static <T> T now(CompletableFuture<T> asked) throws Exception {
        return asked.get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static ByteBuffer random(long seed, int bytes) {
        byte[] b = new byte[bytes];
        new Random(seed).nextBytes(b);
        return ByteBuffer.wrap(b);
    }

    private static Pair pair(NetOptions.Builder net, BlockDevice diskOfA) {
        NetOptions built = net.build();
        return new Pair(
                o -> o.net(built).sync(SYNC),
                o -> o.net(built).sync(SYNC),
                SIZE,
                VolumeOptions.volatileMeta(0, diskOfA));
    }

    private static void noneWasLost(Pair pair) {
        assertThat(pair.a.events.toString() + pair.b.events).doesNotContain("ConnectionLost");
    }

    private static void awaitNothingAsked(Pair.Side target) {
        ResourceCore core = target.resource.core();
        Awaitility.await().atMost(Pair.PATIENCE).until(() -> {
            CompletableFuture<Long> open = new CompletableFuture<>();
            core.run(() -> open.complete(
                    Objects.requireNonNull(core.volume(0)).resync().target().inFlightBytes()));
            return now(open) == 0;
        });
    }

    @Test
    void whatComesForADiskThatWasDetachedIsNotWrittenToIt() throws Exception {
        MemoryDevice source = MemoryDevice.create(SIZE);
        source.write(0, random(1, SIZE));
        FaultyDevice held = FaultyDevice.of(source);
        try (Pair pair = pair(Pair.fast(), held)) {
            pair.connect();
            pair.a.awaitState("cs:Connected");
            pair.b.awaitState("cs:Connected");
            held.hold(FaultyDevice.Op.READ);
            now(pair.a.resource.promote(true));
            Awaitility.await().atMost(Pair.PATIENCE).until(() -> held.held() > 0);

            now(pair.b.resource.detach(0));
            // The owner uses it for something else.
            pair.diskB.write(0, random(2, SIZE));
            held.releaseAll();

            awaitNothingAsked(pair.b);
            assertThat(ReplicationTest.content(pair.diskB, SIZE))
                    .isEqualTo(random(2, SIZE).array());
            noneWasLost(pair);
        }
    }

    @Test
    void whatWasAskedForADiskIsNotTakenForAnother() throws Exception {
        MemoryDevice source = MemoryDevice.create(SIZE);
        source.write(0, random(1, SIZE));
        FaultyDevice held = FaultyDevice.of(source);
        try (Pair pair = pair(Pair.fast(), held)) {
            pair.connect();
            pair.a.awaitState("cs:Connected");
            pair.b.awaitState("cs:Connected");
            held.hold(FaultyDevice.Op.READ);
            now(pair.a.resource.promote(true));
            Awaitility.await().atMost(Pair.PATIENCE).until(() -> held.held() > 0);
            now(pair.b.resource.detach(0));
            pair.a.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/Diskless");
            CompletableFuture<Void> write = pair.a.resource.volume(0).writeAsync(0, random(3, 65_536), 0);

            MemoryDevice fresh = MemoryDevice.create(SIZE);
            now(pair.b.resource.attach(VolumeOptions.volatileMeta(0, fresh)));
            held.releaseAll();
            now(write);

            pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
            pair.a.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate");
            assertThat(ReplicationTest.content(fresh, SIZE)).isEqualTo(ReplicationTest.content(source, SIZE));
            noneWasLost(pair);
        }
    }

    @Test
    void aVerifyThatLosesItsDiskLeavesTheConnectionToThePrimary() throws Exception {
        FaultyDevice held = FaultyDevice.of(MemoryDevice.create(SIZE));
        try (Pair pair = pair(Pair.fast().verifyAlg(DigestAlgorithm.MD5), held)) {
            ReplicationTest.sync(pair);
            now(pair.a.resource.demote());
            pair.b.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
            now(pair.b.resource.promote(false));
            held.hold(FaultyDevice.Op.READ);
            CompletableFuture<VerifyReport> verify = pair.b.resource.verify(0, 0, Long.MAX_VALUE);
            Awaitility.await().atMost(Pair.PATIENCE).until(() -> held.held() > 0);

            now(pair.b.resource.detach(0));
            assertThat(verify).failsWithin(Pair.PATIENCE).withThrowableThat().withMessageContaining("the verify ended");
            CompletableFuture<Void> write = pair.b.resource.volume(0).writeAsync(4096, random(4, 8192), 0);
            held.releaseAll();

            now(write);
            ByteBuffer read = ByteBuffer.allocate(8192);
            now(pair.b.resource.volume(0).readAsync(4096, read));
            assertThat(read.array()).isEqualTo(random(4, 8192).array());
            pair.b.awaitState("cs:Connected ro:Primary/Secondary ds:Diskless/UpToDate");
            pair.a.await(s -> s.connection() == ConnectionState.CONNECTED);
            noneWasLost(pair);
        }
    }

    private static MemoryDevice copy(MemoryDevice from) throws Exception {
        MemoryDevice to = MemoryDevice.create(from.geometry().size());
        to.write(0, ByteBuffer.wrap(ReplicationTest.content(from, (int)
                from.geometry().size())));
        return to;
    }

    private enum Fails {
        /** What was written is in the disk's cache, and stays there. */
        FLUSH,
        /** Another block; what was written before is not flushed any more. */
        WRITE
    }

    /** The Secondary's disk fails, then its power; what its cache held is gone, and the Primary must know. */
    @ParameterizedTest
    @EnumSource(Fails.class)
    void whatADiskHasLostIsSentAgainWhenItComesBack(Fails how) throws Exception {
        MemoryDevice disk = MemoryDevice.create(SIZE);
        MemoryDevice meta = MemoryDevice.create(1 << 20);
        now(MetaData.create(disk, meta, WHERE));
        FaultyDevice faulty = FaultyDevice.of(disk);
        MemoryDevice source = MemoryDevice.create(SIZE);
        LocalAddress here = new LocalAddress("loss-a-" + how);
        LocalAddress there = new LocalAddress("loss-b-" + how);
        DrbdOptions.Builder common =
                DrbdOptions.builder("r1").net(Pair.fast().build()).sync(SYNC);
        try (DrbdTransport transport = DrbdTransport.inMemory()) {
            Pair.Side a = new Pair.Side(common.transport(transport)
                    .addresses(here, there)
                    .volume(VolumeOptions.volatileMeta(0, source))
                    .build());
            DrbdOptions.Builder options = DrbdOptions.builder("r1")
                    .net(Pair.fast().build())
                    .sync(SYNC)
                    .transport(transport)
                    .addresses(there, here);
            Pair.Side b = new Pair.Side(
                    options.volume(VolumeOptions.of(0, faulty, meta, WHERE)).build());
            a.resource.connect();
            b.resource.connect();
            a.awaitState("cs:Connected");
            b.awaitState("cs:Connected");
            now(a.resource.promote(true));
            a.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate");
            b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
            MemoryDevice flushed = copy(disk);

            // Both are in one epoch: neither has completed when the other begins.
            faulty.hold(FaultyDevice.Op.WRITE);
            CompletableFuture<Void> first = a.resource.volume(0).writeAsync(5 << 20, random(5, 4096), 0);
            CompletableFuture<Void> second = a.resource.volume(0).writeAsync(6 << 20, random(6, 4096), 0);
            Awaitility.await().atMost(Pair.PATIENCE).until(() -> faulty.held() == 2);
            if (how == Fails.FLUSH) {
                faulty.fail(BlockException.Kind.MEDIUM, FaultyDevice.Op.FLUSH);
            } else {
                faulty.release(1);
                faulty.failHeld(BlockException.Kind.MEDIUM);
            }
            faulty.releaseAll();
            now(first);
            now(second);
            now(a.resource.volume(0).flushAsync());
            a.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/Diskless");
            // Until its writes are settled, the Primary's demotion waits.
            now(a.resource.demote());
            MemoryDevice remembered = copy(meta);
            b.resource.close();

            Pair.Side again = new Pair.Side(DrbdOptions.builder("r1")
                    .net(Pair.fast().build())
                    .sync(SYNC)
                    .transport(transport)
                    .addresses(there, here)
                    .volume(VolumeOptions.of(0, flushed, remembered, WHERE))
                    .build());
            try {
                again.resource.connect();
                again.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
                a.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
                assertThat(ReplicationTest.content(flushed, SIZE)).isEqualTo(ReplicationTest.content(source, SIZE));
            } finally {
                again.resource.close();
                a.resource.close();
            }
        }
    }
}
