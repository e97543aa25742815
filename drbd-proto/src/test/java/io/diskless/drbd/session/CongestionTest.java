package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.drbd.wire.ConnectionState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A peer whose disk does not keep up: the Primary goes ahead, and the peer catches up later. */
class CongestionTest {
    private static final int SIZE = 32 << 20;
    private static final int PIECE = 8192;
    private static final int STEP = 512 << 10;

    /** The disk of side a, and what makes it slow. */
    private final MemoryDevice memory = MemoryDevice.create(SIZE);

    private final FaultyDevice slow = FaultyDevice.of(memory);

    private static NetOptions net(ReplicationProtocol protocol, int fill, int extents, int version) {
        return Pair.fast()
                .protocol(protocol)
                .versions(version, version)
                .onCongestion(NetOptions.OnCongestion.PULL_AHEAD, fill, extents)
                .build();
    }

    /** Side a has the slow disk. */
    private Pair pair(NetOptions net) {
        SyncOptions sync = SyncOptions.fixed(1_000_000);
        return new Pair(
                o -> o.net(net).sync(sync), o -> o.net(net).sync(sync), SIZE, VolumeOptions.volatileMeta(0, slow));
    }

    /** Side b becomes Primary, and side a gets what it has. */
    private static void promote(Pair pair) throws Exception {
        pair.connect();
        pair.a.awaitState("cs:Connected");
        pair.b.awaitState("cs:Connected");
        pair.b.resource.promote(true).get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        awaitInSync(pair);
    }

    private static void awaitInSync(Pair pair) {
        pair.b.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate");
        pair.a.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
    }

    private void alike(Pair pair) throws Exception {
        assertThat(Arrays.mismatch(ReplicationTest.content(memory, SIZE), ReplicationTest.content(pair.diskB, SIZE)))
                .isEqualTo(-1);
    }

    /** Writes that many pieces, half a MiB apart, all of them at once. */
    private static void write(Pair.Side primary, int times, int seed) throws Exception {
        Random random = new Random(seed);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            byte[] bytes = new byte[PIECE];
            random.nextBytes(bytes);
            all.add(primary.resource.volume(0).writeAsync((long) i * STEP, ByteBuffer.wrap(bytes), 0));
        }
        for (CompletableFuture<Void> f : all) {
            f.get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private static long dirty(Pair.Side side) throws Exception {
        return side.resource
                .statistics()
                .get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .volumes()
                .get(0)
                .outOfSyncBytes();
    }

    /** How many pieces are sent before it is too much: by bytes under way, or by extents of 4 MiB in use. */
    @ParameterizedTest
    @CsvSource({"131072, 1000, 16, 101", "0, 3, 17, 101", "131072, 1000, 16, 96"})
    void thePrimaryGoesAheadAndThePeerCatchesUp(int fill, int extents, int sent, int version) throws Exception {
        NetOptions net = net(ReplicationProtocol.A, fill, extents, version);
        try (Pair pair = pair(net)) {
            promote(pair);

            slow.hold(FaultyDevice.Op.WRITE);
            write(pair.b, 60, 1);
            assertThat(pair.b.state().toString()).startsWith("cs:Ahead ro:Primary/Secondary ds:UpToDate/Consistent");
            pair.a.awaitState("cs:Behind ro:Secondary/Primary ds:Outdated/UpToDate");
            assertThat(dirty(pair.b)).isEqualTo((60L - sent) * PIECE);
            pair.a.await(s -> {
                try {
                    return dirty(pair.a) == (60L - sent) * PIECE;
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });

            slow.releaseAll();
            awaitInSync(pair);
            alike(pair);
            assertThat(dirty(pair.b)).isZero();
            assertThat(pair.a.events.stream()
                            .filter(DrbdEvent.SyncEnded.class::isInstance)
                            .map(e -> ((DrbdEvent.SyncEnded) e).last().totalBytes())
                            .reduce((first, last) -> last))
                    .contains((60L - sent) * PIECE);

            // Nothing is left of it: what comes now is replicated, and both are of one generation.
            write(pair.b, 1, 2);
            pair.b.resource.demote().get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            pair.a.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
            pair.a.resource.disconnect().get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            pair.b.awaitState("cs:WFConnection");
            pair.a.resource.connect();
            pair.a.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
            assertThat(pair.a.events.stream()
                            .filter(DrbdEvent.Compared.class::isInstance)
                            .map(Object::toString)
                            .reduce((first, last) -> last)
                            .orElseThrow())
                    .contains("uuid_compare()=0");
        }
    }

    @Test
    void aConnectionThatEndsMeanwhileIsFollowedByAResync() throws Exception {
        NetOptions net = net(ReplicationProtocol.A, 65_536, 1000, 101);
        try (Pair pair = pair(net)) {
            promote(pair);
            slow.hold(FaultyDevice.Op.WRITE);
            write(pair.b, 40, 3);
            pair.b.awaitState("cs:Ahead");
            pair.a.awaitState("cs:Behind");

            ResourceCore core = pair.b.resource.core();
            core.run(() -> {
                Link link = core.link();
                if (link != null) {
                    link.ended("the cable is cut");
                }
            });
            pair.b.await(s -> pair.b.events.stream().anyMatch(DrbdEvent.ConnectionLost.class::isInstance));
            slow.releaseAll();

            awaitInSync(pair);
            alike(pair);
        }
    }

    @Test
    void thePrimaryWouldRatherDisconnect() throws Exception {
        NetOptions net = Pair.fast()
                .protocol(ReplicationProtocol.A)
                .onCongestion(NetOptions.OnCongestion.DISCONNECT, 131_072, 1000)
                .build();
        try (Pair pair = pair(net)) {
            promote(pair);
            slow.hold(FaultyDevice.Op.WRITE);
            write(pair.b, 60, 4);
            pair.b.awaitState("cs:StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown");
            slow.releaseAll();
            pair.a.awaitState("cs:WFConnection");
            assertThat(dirty(pair.b)).isEqualTo(60L * PIECE);

            pair.b.resource.connect();
            pair.a.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
            pair.b.awaitState("cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate");
            alike(pair);
        }
    }

    @Test
    void aSourceGoesAheadAgain() throws Exception {
        NetOptions net = net(ReplicationProtocol.A, 65_536, 1000, 101);
        try (Pair pair = pair(net)) {
            promote(pair);
            slow.hold(FaultyDevice.Op.WRITE);
            write(pair.b, 40, 5);
            pair.a.awaitState("cs:Behind");
            // What went before is written; of what the resync brings, something is on its way to the disk and stays
            // there.
            pair.a.resource.pauseSync(0, true).get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            slow.releaseAll();
            pair.a.awaitState("cs:PausedSyncT");
            slow.hold(FaultyDevice.Op.WRITE);
            pair.a.resource.pauseSync(0, false).get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            pair.a.await(s -> slow.held() > 0);
            ResourceCore core = pair.b.resource.core();
            core.run(() -> {
                VolumeCore v = core.volumes().iterator().next();
                v.become(v.state().withConnection(ConnectionState.AHEAD), "as a kernel does");
            });
            pair.a.awaitState("cs:Behind");
            write(pair.b, 50, 6);
            slow.releaseAll();
            core.run(() -> core.volumes().iterator().next().resync().catchUp());
            awaitInSync(pair);
            alike(pair);
            assertThat(pair.a.events).noneMatch(DrbdEvent.ConnectionLost.class::isInstance);
        }
    }

    @Test
    void itNeedsProtocolA() {
        assertThatThrownBy(() -> net(ReplicationProtocol.C, 65_536, 1000, 101))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("protocol A");
    }
}
