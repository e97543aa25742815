package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.state.AfterSplitBrain;
import io.diskless.drbd.state.RoleConflict;
import io.diskless.drbd.state.SplitBrainPolicies;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Net options that change while both sides are connected. */
class NetChangesTest {
    private static final int SIZE = 1 << 20;

    private final Random random = new Random(3);

    private static <T> T get(CompletableFuture<T> f) throws Exception {
        return f.get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** Side a is Primary, both have the same. */
    private static Pair connected(NetOptions.Builder net) throws Exception {
        Pair pair = new Pair(net.build());
        pair.connect();
        pair.a.awaitState("cs:Connected");
        pair.b.awaitState("cs:Connected");
        get(pair.a.resource.promote(true));
        pair.a.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate");
        pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
        return pair;
    }

    private static void change(Pair.Side side, NetOptions net) throws Exception {
        get(side.resource.adjust(net, side.resource.options().splitBrain()));
    }

    private static void await(Pair.Side side, Predicate<NetOptions> wanted) {
        Awaitility.await()
                .atMost(Pair.PATIENCE)
                .until(() -> wanted.test(side.resource.options().net()));
    }

    private void write(Pair.Side primary, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            byte[] bytes = new byte[4096];
            random.nextBytes(bytes);
            get(primary.resource.volume(0).writeAsync(random.nextInt(200) * 4096L, ByteBuffer.wrap(bytes), 0));
        }
    }

    private static void alike(Pair pair) throws Exception {
        assertThat(Arrays.mismatch(
                        ReplicationTest.content(pair.diskA, SIZE), ReplicationTest.content(pair.diskB, SIZE)))
                .isEqualTo(-1);
        assertThat(pair.a.events).noneMatch(DrbdEvent.ConnectionLost.class::isInstance);
        assertThat(pair.b.events).noneMatch(DrbdEvent.ConnectionLost.class::isInstance);
    }

    @Test
    void theProtocolChangesUnderWrites() throws Exception {
        try (Pair pair = connected(Pair.fast())) {
            NetOptions net = pair.a.resource.options().net();
            ReplicationProtocol[] all = ReplicationProtocol.values();
            for (int i = 0; i < 9; i++) {
                ReplicationProtocol next = all[i % 3];
                byte[] bytes = new byte[64 << 10];
                random.nextBytes(bytes);
                CompletableFuture<Void> before =
                        pair.a.resource.volume(0).writeAsync(i * 4096L, ByteBuffer.wrap(bytes), 0);
                // By turns here and there.
                change(
                        i % 2 == 0 ? pair.a : pair.b,
                        net.toBuilder().protocol(next).build());
                await(pair.a, n -> n.protocol() == next);
                await(pair.b, n -> n.protocol() == next);
                get(before);
                write(pair.a, 5);
            }
            // The next connection finds them alike.
            change(pair.a, net);
            await(pair.b, n -> n.protocol() == ReplicationProtocol.C);
            write(pair.a, 1);
            alike(pair);
            get(pair.b.resource.disconnect());
            pair.b.resource.connect();
            pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
        }
    }

    @Test
    void twoPrimariesAreAllowedForAWhile() throws Exception {
        try (Pair pair = connected(Pair.fast())) {
            assertThatThrownBy(() -> get(pair.b.resource.promote(false)))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            DrbdException.class, e -> assertThat(e.kind()).isEqualTo(DrbdException.Kind.REFUSED));
            NetOptions one = pair.a.resource.options().net();
            NetOptions two = one.toBuilder().twoPrimaries(true).build();
            change(pair.a, two);
            await(pair.b, NetOptions::twoPrimaries);
            get(pair.b.resource.promote(false));
            pair.a.awaitState("cs:Connected ro:Primary/Primary ds:UpToDate/UpToDate");
            write(pair.a, 10);
            write(pair.b, 10);

            assertThatThrownBy(() -> change(pair.b, one))
                    .cause()
                    .isInstanceOfSatisfying(
                            DrbdException.class, e -> assertThat(e.kind()).isEqualTo(DrbdException.Kind.STATE))
                    .hasMessageContaining("demote one");
            get(pair.a.resource.demote());
            pair.b.awaitState("cs:Connected ro:Primary/Secondary");
            change(pair.b, one);
            await(pair.a, n -> !n.twoPrimaries());
            write(pair.b, 10);
            alike(pair);
            assertThatThrownBy(() -> get(pair.a.resource.promote(false))).isInstanceOf(ExecutionException.class);
        }
    }

    @Test
    void aSecondPrimaryWaitsForWritesThatNobodyWatched() throws Exception {
        MemoryDevice memory = MemoryDevice.create(SIZE);
        FaultyDevice slow = FaultyDevice.of(memory);
        NetOptions one = Pair.fast().build();
        try (Pair pair = new Pair(o -> o.net(one), o -> o.net(one), SIZE, VolumeOptions.volatileMeta(0, slow))) {
            pair.connect();
            pair.a.awaitState("cs:Connected");
            pair.b.awaitState("cs:Connected");
            get(pair.a.resource.promote(true));
            pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
            pair.a.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate");
            slow.hold(FaultyDevice.Op.WRITE);
            byte[] bytes = new byte[8192];
            Arrays.fill(bytes, (byte) 7);
            CompletableFuture<Void> early = pair.a.resource.volume(0).writeAsync(0, ByteBuffer.wrap(bytes), 0);
            change(pair.a, one.toBuilder().twoPrimaries(true).build());
            await(pair.b, NetOptions::twoPrimaries);

            CompletableFuture<Void> promoted = pair.b.resource.promote(false);
            Awaitility.await()
                    .during(Duration.ofMillis(300))
                    .atMost(Pair.PATIENCE)
                    .until(() -> !promoted.isDone());
            slow.releaseAll();
            get(early);
            get(promoted);
            write(pair.b, 5);
            assertThat(Arrays.mismatch(
                            ReplicationTest.content(memory, SIZE), ReplicationTest.content(pair.diskB, SIZE)))
                    .isEqualTo(-1);
        }
    }

    @Test
    void eachSideSaysForItselfWhichDigestGoesWithItsData() throws Exception {
        try (Pair pair = connected(Pair.fast())) {
            NetOptions plain = pair.a.resource.options().net();
            NetOptions md5 =
                    plain.toBuilder().dataIntegrityAlg(DigestAlgorithm.MD5).build();
            write(pair.a, 2);
            long bare = sentFor(pair.a);
            change(pair.a, md5);
            await(pair.b, n -> n.dataIntegrityAlg().isPresent());
            assertThat(sentFor(pair.a)).isEqualTo(bare + 16);
            pair.a.resource.volume(0).writeZeroes(8192, 8192);
            get(pair.a.resource.demote());
            pair.b.awaitState("cs:Connected ro:Secondary/Secondary");
            get(pair.b.resource.promote(false));
            write(pair.b, 2);
            assertThat(sentFor(pair.b)).isEqualTo(bare);
            // The same over there: from now on both do.
            change(pair.b, md5);
            assertThat(sentFor(pair.b)).isEqualTo(bare + 16);
            alike(pair);
            get(pair.a.resource.disconnect());
            pair.a.resource.connect();
            pair.a.awaitState("cs:Connected");
        }
    }

    /** Bytes that the write of one block costs. */
    private long sentFor(Pair.Side side) throws Exception {
        long before = sent(side);
        write(side, 1);
        return sent(side) - before;
    }

    private static long sent(Pair.Side side) throws Exception {
        return get(side.resource.statistics()).connection().orElseThrow().sentBytes();
    }

    @Test
    void algorithmsForVerifyAndResyncCome() throws Exception {
        try (Pair pair = connected(Pair.fast())) {
            NetOptions net = pair.a.resource.options().net().toBuilder()
                    .verifyAlg(DigestAlgorithm.SHA1)
                    .csumsAlg(DigestAlgorithm.MD5)
                    .build();
            change(pair.b, net);
            await(pair.a, n -> n.verifyAlg().isPresent() && n.csumsAlg().isPresent());
            write(pair.a, 20);
            assertThat(get(pair.a.resource.verify(0, 0, Long.MAX_VALUE)).isClean())
                    .isTrue();
            assertThat(get(pair.b.resource.verify(0, 0, Long.MAX_VALUE)).isClean())
                    .isTrue();
            long before = sent(pair.a);
            get(pair.b.resource.invalidate(0));
            pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
            assertThat(sent(pair.a) - before)
                    .as("by checksums nothing is sent twice")
                    .isLessThan(SIZE / 8);
            alike(pair);
        }
    }

    @Test
    void policiesComeAsThePeerSaysThemFromHere() throws Exception {
        try (Pair pair = connected(Pair.fast())) {
            SplitBrainPolicies policies = new SplitBrainPolicies(
                    AfterSplitBrain.DISCARD_LOCAL,
                    AfterSplitBrain.DISCARD_SECONDARY,
                    AfterSplitBrain.DISCONNECT,
                    false,
                    RoleConflict.DISCONNECT);
            get(pair.a.resource.adjust(pair.a.resource.options().net(), policies));
            Awaitility.await()
                    .atMost(Pair.PATIENCE)
                    .until(() -> pair.b.resource.options().splitBrain().equals(policies.mirrored()));
            get(pair.b.resource.disconnect());
            pair.b.resource.connect();
            pair.b.awaitState("cs:Connected");
        }
    }

    @Test
    void ratesOfThePeerHoldHere() throws Exception {
        try (Pair pair = connected(Pair.fast())) {
            get(pair.a.resource.adjust(new SyncOptions(1234, 10, 5, 64, 5678, 99)));
            Awaitility.await()
                    .atMost(Pair.PATIENCE)
                    .until(() -> pair.b.resource.options().sync().rate() == 1234);
            assertThat(pair.b.resource.options().sync())
                    .isEqualTo(new SyncOptions(1234, 10, 5, 64, 5678, SyncOptions.DEFAULT.minRate()));
        }
    }

    @Test
    void olderProtocolsHaveNoWordForIt() throws Exception {
        try (Pair pair = connected(Pair.fast().versions(97, 97))) {
            NetOptions net = pair.a.resource.options().net();
            assertThatThrownBy(() -> change(
                            pair.a,
                            net.toBuilder().protocol(ReplicationProtocol.A).build()))
                    .cause()
                    .isInstanceOfSatisfying(
                            DrbdException.class, e -> assertThat(e.kind()).isEqualTo(DrbdException.Kind.NOT_SUPPORTED));
            assertThat(pair.a.resource.options().net().protocol()).isEqualTo(ReplicationProtocol.C);
            // For this they have one.
            change(pair.a, net.toBuilder().verifyAlg(DigestAlgorithm.MD5).build());
            await(pair.b, n -> n.verifyAlg().isPresent());
            assertThat(get(pair.a.resource.verify(0, 0, Long.MAX_VALUE)).isClean())
                    .isTrue();
            alike(pair);
        }
    }

    @Test
    void whoIsNotConnectedTellsItLater() throws Exception {
        try (Pair pair = new Pair(Pair.fast().build())) {
            NetOptions b = Pair.fast().protocol(ReplicationProtocol.B).build();
            change(pair.a, b);
            change(pair.b, b);
            pair.connect();
            pair.a.awaitState("cs:Connected");
            assertThat(pair.a.resource.options().net().protocol()).isEqualTo(ReplicationProtocol.B);
        }
    }
}
