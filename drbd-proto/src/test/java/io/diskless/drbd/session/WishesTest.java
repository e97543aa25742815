package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.netty.DrbdTransport;
import io.diskless.drbd.wire.Role;
import io.netty.channel.local.LocalAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What an administrator may not have, here or at the peer: refused by a rule with a name, and nothing changes. */
class WishesTest {
    private static void refused(CompletableFuture<?> wish, DrbdException.Kind kind, String... words) {
        Throwable failure = catchThrowable(() -> wish.get(60, TimeUnit.SECONDS));

        assertThat(failure).hasCauseInstanceOf(DrbdException.class);
        assertThat(failure.getCause()).hasMessageContainingAll(words);
        assertThat(((DrbdException) failure.getCause()).kind()).isEqualTo(kind);
    }

    private static Pair synced(NetOptions net) throws Exception {
        Pair pair = new Pair(net);
        ReplicationTest.sync(pair);
        return pair;
    }

    @Test
    void allVolumesBecomePrimaryOrNone() throws Exception {
        try (DrbdTransport transport = DrbdTransport.inMemory()) {
            Pair.Side alone = new Pair.Side(DrbdOptions.builder("r1")
                    .addresses(new LocalAddress("wishes-a"), new LocalAddress("wishes-b"))
                    .transport(transport)
                    .volume(VolumeOptions.volatileMeta(0, MemoryDevice.create(1 << 20)))
                    .volume(VolumeOptions.volatileMeta(1, MemoryDevice.create(1 << 20)))
                    .build());
            try {
                alone.resource.promote(true).get(60, TimeUnit.SECONDS);
                alone.resource.demote().get(60, TimeUnit.SECONDS);
                alone.resource.detach(1).get(60, TimeUnit.SECONDS);

                refused(alone.resource.promote(false), DrbdException.Kind.NO_DATA, "volume 1");
                assertThat(alone.resource.state(0).role()).isEqualTo(Role.SECONDARY);
            } finally {
                alone.resource.close();
            }
        }
    }

    @Test
    void aVerifyTakesAnAlgorithm() throws Exception {
        try (Pair pair = synced(Pair.fast().build())) {
            refused(pair.a.resource.verify(0, 0, Long.MAX_VALUE), DrbdException.Kind.STATE, "rule -14");
        }
    }

    @Test
    void aVerifyTakesGoodDataOnBothSides() throws Exception {
        NetOptions net = Pair.fast().verifyAlg(DigestAlgorithm.MD5).build();
        try (Pair pair = new Pair(net)) {
            pair.connect();
            pair.a.awaitState("cs:Connected ro:Secondary/Secondary ds:Inconsistent/Inconsistent");

            refused(pair.a.resource.verify(0, 0, Long.MAX_VALUE), DrbdException.Kind.NO_DATA, "rule -2");
            assertThat(pair.a.state()).hasToString(pair.b.state().toString());
        }
    }

    @Test
    void nothingStartsWithoutAPeer() throws Exception {
        try (Pair pair = synced(Pair.fast().verifyAlg(DigestAlgorithm.MD5).build())) {
            pair.b.resource.close();
            pair.a.awaitState("cs:WFConnection");

            refused(pair.a.resource.invalidateRemote(0), DrbdException.Kind.STATE, "rule -15", "WFConnection");
            refused(pair.a.resource.verify(0, 0, Long.MAX_VALUE), DrbdException.Kind.STATE, "rule -15");
        }
    }

    @Test
    void oneResyncAtATime() throws Exception {
        try (Pair pair = synced(Pair.fast().verifyAlg(DigestAlgorithm.MD5).build())) {
            pair.b.resource.pauseSync(0, true).get(60, TimeUnit.SECONDS);
            pair.b.resource.invalidate(0).get(60, TimeUnit.SECONDS);
            pair.b.awaitState("cs:PausedSyncT");
            pair.a.awaitState("cs:PausedSyncS");

            refused(pair.b.resource.invalidate(0), DrbdException.Kind.STATE, "rule -8", "PausedSyncT");
            refused(pair.a.resource.invalidateRemote(0), DrbdException.Kind.STATE, "rule -8", "PausedSyncS");
            refused(pair.a.resource.verify(0, 0, Long.MAX_VALUE), DrbdException.Kind.STATE, "rule -8");

            pair.b.resource.pauseSync(0, false).get(60, TimeUnit.SECONDS);
            pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
        }
    }

    @Test
    void nobodyTakesTheLastGoodDataFromAPrimary() throws Exception {
        try (Pair pair = synced(Pair.fast().build())) {
            pair.a.resource.detach(0).get(60, TimeUnit.SECONDS);
            pair.a.awaitState("cs:Connected ro:Primary/Secondary ds:Diskless/UpToDate");
            pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/Diskless");

            refused(pair.b.resource.detach(0), DrbdException.Kind.REFUSED, "refused by the peer", "rule -2");
            refused(pair.b.resource.disconnect(), DrbdException.Kind.REFUSED, "refused by the peer", "rule -2");
            refused(pair.a.resource.disconnect(), DrbdException.Kind.NO_DATA, "rule -2");
            pair.a.awaitState("cs:Connected ro:Primary/Secondary ds:Diskless/UpToDate");
            pair.b.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/Diskless");
        }
    }
}
