package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.wire.Dialect;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ReplicationTest {
    private static final int SIZE = 8 << 20;

    static byte[] content(BlockDevice disk, int size) throws BlockException {
        ByteBuffer b = ByteBuffer.allocate(size);
        disk.read(0, b);
        return b.array();
    }

    private static Pair pair(NetOptions.Builder net) {
        NetOptions built = net.build();
        SyncOptions sync = new SyncOptions(250, 20, 10, 100, 1_000_000);
        return new Pair(o -> o.net(built).sync(sync), o -> o.net(built).sync(sync), SIZE);
    }

    static void random(BlockDevice disk, long seed) throws BlockException {
        byte[] bytes = new byte[SIZE];
        new Random(seed).nextBytes(bytes);
        disk.write(0, ByteBuffer.wrap(bytes));
    }

    static void sync(Pair pair) throws Exception {
        pair.connect();
        pair.a.awaitState("cs:Connected");
        pair.b.awaitState("cs:Connected");
        pair.a.resource.promote(true).get(60, TimeUnit.SECONDS);
        pair.a.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate");
        pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
    }

    private static void same(Pair pair) throws Exception {
        assertThat(content(pair.diskB, SIZE)).isEqualTo(content(pair.diskA, SIZE));
    }

    private static void writeSome(Pair.Side side, long seed, int writes) throws Exception {
        Random random = new Random(seed);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < writes; i++) {
            int length = 512 * (1 + random.nextInt(64));
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            // Each write has a place of its own.
            all.add(side.resource.volume(0).writeAsync((long) i * 32_768, ByteBuffer.wrap(bytes), 0));
        }
        for (CompletableFuture<Void> f : all) {
            f.get(60, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @CsvSource({"86", "88", "90", "91", "94", "95", "97", "100", "101"})
    void aForcedPrimaryFillsItsPeer(int version) throws Exception {
        try (Pair pair = pair(Pair.fast().versions(version, version))) {
            random(pair.diskA, 1);
            sync(pair);
            same(pair);
        }
    }

    @ParameterizedTest
    @EnumSource(ReplicationProtocol.class)
    void writesReachBothDisks(ReplicationProtocol protocol) throws Exception {
        try (Pair pair = pair(Pair.fast().protocol(protocol))) {
            sync(pair);
            writeSome(pair.a, 2, 200);
            // Protocols A and B complete before the peer's disk has it; a disconnect asks for no more than that either.
            pair.a.resource.demote().get(60, TimeUnit.SECONDS);
            // The word of the demotion comes behind the last write.
            pair.b.awaitState("cs:Connected ro:Secondary/Secondary");
            pair.b.resource.promote(false).get(60, TimeUnit.SECONDS);
            byte[] here = content(pair.diskA, SIZE);
            ByteBuffer there = ByteBuffer.allocate(SIZE);
            pair.b.resource.volume(0).read(0, there);
            assertThat(there.array()).isEqualTo(here);
        }
    }

    @Test
    void largeWritesAndZeroesAreCutIntoPieces() throws Exception {
        try (Pair pair = pair(Pair.fast().features(Dialect.FF_ALL))) {
            sync(pair);
            random(pair.a.resource.volume(0), 3);
            same(pair);
            pair.a.resource.volume(0).writeZeroes(4096, 3 << 20);
            pair.a.resource.volume(0).discard(5 << 20, 1 << 20);
            same(pair);
            assertThat(content(pair.diskB, 8192)[4096]).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DigestAlgorithm.class,
            names = {"MD5", "CRC32C", "SHA256"})
    void digestsTravelWithTheData(DigestAlgorithm algorithm) throws Exception {
        try (Pair pair = pair(Pair.fast().dataIntegrityAlg(algorithm))) {
            random(pair.diskA, 4);
            sync(pair);
            writeSome(pair.a, 5, 50);
            same(pair);
        }
    }

    @Test
    void whatWasMissedIsSentWhenThePeerIsBack() throws Exception {
        try (Pair pair = pair(Pair.fast())) {
            sync(pair);
            writeSome(pair.a, 6, 100);
            pair.b.resource.disconnect().get(60, TimeUnit.SECONDS);
            pair.a.awaitState("cs:WFConnection");
            writeSome(pair.a, 7, 20);
            assertThat(content(pair.diskB, SIZE)).isNotEqualTo(content(pair.diskA, SIZE));

            pair.b.resource.connect();
            pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
            pair.a.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate");
            same(pair);
            assertThat(pair.b.events.toString()).contains("uuid_compare()=-1");
        }
    }

    @Test
    void twoThatWereBothWrittenAloneDoNotTouchEachOther() throws Exception {
        try (Pair pair = pair(Pair.fast())) {
            sync(pair);
            pair.b.resource.disconnect().get(60, TimeUnit.SECONDS);
            pair.a.awaitState("cs:WFConnection");
            writeSome(pair.a, 8, 5);
            pair.b.resource.promote(false).get(60, TimeUnit.SECONDS);
            writeSome(pair.b, 9, 5);

            pair.b.resource.demote().get(60, TimeUnit.SECONDS);
            byte[] before = content(pair.diskB, SIZE);
            pair.b.resource.connect();
            pair.b.awaitState("cs:StandAlone");
            pair.a.await(s ->
                    s.toString().startsWith("cs:StandAlone") || s.toString().startsWith("cs:WFConnection"));
            assertThat(content(pair.diskB, SIZE)).isEqualTo(before);
        }
    }

    @Test
    void aNodeWithoutADiskUsesThePeers() throws Exception {
        NetOptions net = Pair.fast().build();
        try (Pair pair = new Pair(o -> o.net(net), o -> o.net(net), SIZE)) {
            sync(pair);
            writeSome(pair.a, 10, 20);
            pair.a.resource.demote().get(60, TimeUnit.SECONDS);
            pair.a.resource.disconnect().get(60, TimeUnit.SECONDS);
            pair.a.resource.close();
            DrbdOptions.Builder o = DrbdOptions.builder("r1")
                    .addresses(
                            pair.a.resource.options().local(),
                            pair.a.resource.options().peer())
                    .transport(pair.transport)
                    .net(net)
                    .volume(VolumeOptions.diskless(0));
            Pair.Side bare = new Pair.Side(o.build());
            try {
                bare.resource.connect();
                bare.awaitState("cs:Connected ro:Secondary/Secondary ds:Diskless/UpToDate");
                bare.resource.promote(false).get(60, TimeUnit.SECONDS);
                writeSome(bare, 11, 20);
                bare.resource.volume(0).flush();
                ByteBuffer read = ByteBuffer.allocate(SIZE);
                bare.resource.volume(0).read(0, read);
                assertThat(read.array()).isEqualTo(content(pair.diskB, SIZE));
            } finally {
                bare.resource.close();
            }
        }
    }

    @Test
    void nothingIsReadOrWrittenOnASecondary() throws Exception {
        try (Pair pair = pair(Pair.fast())) {
            sync(pair);
            CompletableFuture<Void> write = pair.b.resource.volume(0).writeAsync(0, ByteBuffer.allocate(512), 0);
            assertThat(write)
                    .failsWithin(60, TimeUnit.SECONDS)
                    .withThrowableThat()
                    .withMessageContaining("is not Primary here");
        }
    }

    static MemoryDevice disk() {
        return MemoryDevice.create(SIZE);
    }
}
