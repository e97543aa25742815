package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.drbd.state.AfterSplitBrain;
import io.diskless.drbd.state.RoleConflict;
import io.diskless.drbd.state.SplitBrainPolicies;
import io.diskless.drbd.state.SyncHandshake;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A Primary loses a split brain by call-pri-lost-after-sb: it steps down, or says that it cannot. */
class LostPrimaryTest {
    private static final int SIZE = 4 << 20;
    private static final SplitBrainPolicies POLICIES = new SplitBrainPolicies(
            AfterSplitBrain.DISCARD_LEAST_CHANGES,
            AfterSplitBrain.CALL_PRI_LOST,
            AfterSplitBrain.DISCONNECT,
            false,
            RoleConflict.DISCONNECT);

    private final MemoryDevice memory = MemoryDevice.create(SIZE);
    private final FaultyDevice disk = FaultyDevice.of(memory);

    private static <T> T now(CompletableFuture<T> asked) throws Exception {
        return asked.get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** Side a is Primary and has written less alone than side b, which is not any more. */
    private Pair split() throws Exception {
        NetOptions net = Pair.fast().build();
        SyncOptions sync = SyncOptions.fixed(1_000_000);
        Pair pair = new Pair(
                o -> o.net(net).sync(sync).splitBrain(POLICIES),
                o -> o.net(net).sync(sync).splitBrain(POLICIES),
                SIZE,
                VolumeOptions.volatileMeta(0, disk));
        ReplicationTest.sync(pair);
        now(pair.a.resource.disconnect());
        write(pair.a, 0, 1);
        pair.b.awaitState("cs:WFConnection");
        now(pair.b.resource.disconnect());
        now(pair.b.resource.promote(false));
        write(pair.b, 1 << 20, 10);
        now(pair.b.resource.demote());
        return pair;
    }

    private static void write(Pair.Side side, long at, int blocks) throws Exception {
        byte[] content = new byte[blocks * 4096];
        java.util.Arrays.fill(content, (byte) blocks);
        now(side.resource.volume(0).writeAsync(at, ByteBuffer.wrap(content), 0));
    }

    private static boolean wasToldThatItLost(Pair.Side side) {
        return side.events.stream()
                .anyMatch(e -> e instanceof DrbdEvent.Compared c
                        && c.handlers().contains(SyncHandshake.Handler.PRI_LOST_AFTER_SB));
    }

    @Test
    void whoIsNotInUseStepsDownAndIsOverwritten() throws Exception {
        try (Pair pair = split()) {
            pair.connect();
            pair.a.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
            pair.b.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
            assertThat(ReplicationTest.content(memory, SIZE)).isEqualTo(ReplicationTest.content(pair.diskB, SIZE));
            assertThat(ReplicationTest.content(memory, SIZE)[1 << 20]).isEqualTo((byte) 10);
            assertThat(wasToldThatItLost(pair.a)).isFalse();
        }
    }

    @Test
    void whoIsInUseStaysAsItIsAndTheHandlerIsToldOfIt() throws Exception {
        try (Pair pair = split()) {
            disk.hold(FaultyDevice.Op.WRITE);
            CompletableFuture<Void> inUse = pair.a.resource.volume(0).writeAsync(8192, ByteBuffer.allocate(4096), 0);
            Awaitility.await().atMost(Pair.PATIENCE).until(() -> disk.held() > 0);
            pair.connect();
            pair.a.await(s -> wasToldThatItLost(pair.a));
            pair.a.awaitState("cs:StandAlone ro:Primary/Unknown ds:UpToDate/");
            disk.releaseAll();
            now(inUse);
            assertThat(ReplicationTest.content(memory, SIZE)[1 << 20]).isZero();
        }
    }
}
