package io.diskless.drbd.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.state.StatePolicy.Fencing;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Uuids;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Side b fences; side a is the peer that is lost, and whose disk may hold writes back. */
class FencingTest {
    private static final int SIZE = 4 << 20;
    private static final String GOOD = "cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate";
    private static final String ALONE = "cs:WFConnection ro:Primary/Unknown ds:UpToDate/";

    private final MemoryDevice memory = MemoryDevice.create(SIZE);
    private final FaultyDevice disk = FaultyDevice.of(memory);
    private final BlockingQueue<Runnable> calls = new LinkedBlockingQueue<>();
    private final BlockingQueue<FenceHandler.Request> requests = new LinkedBlockingQueue<>();
    private final BlockingQueue<CompletableFuture<FenceHandler.Outcome>> answers = new LinkedBlockingQueue<>();

    private static <T> T now(CompletableFuture<T> asked) throws Exception {
        return asked.get(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static ByteBuffer random(long seed) {
        byte[] b = new byte[65_536];
        new Random(seed).nextBytes(b);
        return ByteBuffer.wrap(b);
    }

    private FenceHandler.Outcome fence(FenceHandler.Request request) throws Exception {
        requests.add(request);
        try {
            return answers.take().get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception x ? x : e;
        }
    }

    private Pair pair(Fencing fencing) {
        NetOptions net = Pair.fast().build();
        SyncOptions sync = SyncOptions.fixed(1_000_000);
        return new Pair(
                o -> o.net(net).sync(sync),
                o -> o.net(net).sync(sync).fencing(fencing).fenceHandler(this::fence, calls::add),
                SIZE,
                VolumeOptions.volatileMeta(0, disk));
    }

    private Pair synced(Fencing fencing) throws Exception {
        Pair pair = pair(fencing);
        pair.connect();
        pair.b.awaitState("cs:Connected");
        now(pair.b.resource.promote(true));
        pair.b.awaitState(GOOD);
        return pair;
    }

    private static void leave(Pair.Side side) {
        ResourceCore core = side.resource.core();
        core.run(() -> {
            var unused = core.leaving().disconnect(true);
        });
        side.awaitState("cs:StandAlone");
    }

    /** Runs the handler that was called, here and now. */
    private void answer(FenceHandler.Outcome outcome) throws InterruptedException {
        answers.add(CompletableFuture.completedFuture(outcome));
        called().run();
    }

    private Runnable called() throws InterruptedException {
        return Objects.requireNonNull(calls.poll(Pair.PATIENCE.toSeconds(), TimeUnit.SECONDS), "nobody was called");
    }

    private static Uuids uuids(Pair.Side side) throws Exception {
        CompletableFuture<Uuids> result = new CompletableFuture<>();
        ResourceCore core = side.resource.core();
        core.run(() ->
                result.complete(Objects.requireNonNull(core.volume(0)).meta().uuids()));
        return now(result);
    }

    private static List<DrbdEvent.Fenced> fenced(Pair.Side side) {
        return side.events.stream()
                .filter(DrbdEvent.Fenced.class::isInstance)
                .map(DrbdEvent.Fenced.class::cast)
                .toList();
    }

    private void same(Pair pair) throws Exception {
        pair.b.awaitState(GOOD);
        pair.a.awaitState("cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate");
        assertThat(Arrays.mismatch(ReplicationTest.content(memory, SIZE), ReplicationTest.content(pair.diskB, SIZE)))
                .isEqualTo(-1);
        CompletableFuture<Long> dirty = new CompletableFuture<>();
        ResourceCore core = pair.b.resource.core();
        core.run(() ->
                dirty.complete(Objects.requireNonNull(core.volume(0)).bitmap().dirtyBits()));
        assertThat(now(dirty)).isZero();
    }

    @Test
    void resourceOnlyGoesOnWhileThePeerIsOutdated() throws Exception {
        try (Pair pair = synced(Fencing.RESOURCE_ONLY)) {
            leave(pair.a);
            pair.b.awaitState(ALONE + "DUnknown");
            now(pair.b.resource.volume(0).writeAsync(0, random(1), 0));
            assertThat(uuids(pair.b).bitmap()).isNotZero();
            Uuids alone = uuids(pair.b);

            answer(FenceHandler.Outcome.PEER_OUTDATED);
            pair.b.awaitState(ALONE + "Outdated");
            assertThat(requests.remove())
                    .isEqualTo(new FenceHandler.Request(
                            "r1", pair.b.resource.options().peer(), List.of(0), Fencing.RESOURCE_ONLY));
            assertThat(uuids(pair.b)).isEqualTo(alone);

            pair.a.resource.connect();
            same(pair);
            assertThat(calls).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "PEER_INCONSISTENT, Inconsistent",
        "PEER_OUTDATED, Outdated",
        "PEER_UNREACHABLE, Outdated",
        "PEER_STONITHED, Outdated"
    })
    void stonithLetsNothingEndBeforeThePeerIsOutOfUse(FenceHandler.Outcome outcome, String peerDisk) throws Exception {
        try (Pair pair = synced(Fencing.RESOURCE_AND_STONITH)) {
            DrbdVolume volume = pair.b.resource.volume(0);
            Uuids before = uuids(pair.b);
            disk.hold(FaultyDevice.Op.WRITE);
            CompletableFuture<Void> underWay = volume.writeAsync(1 << 20, random(2), 0);
            Awaitility.await().atMost(Pair.PATIENCE).until(() -> disk.held() > 0);
            leave(pair.a);
            pair.b.await(s -> s.toString().startsWith(ALONE + "DUnknown") && Freeze.isFrozen(s));
            Runnable handler = called();
            CompletableFuture<Void> later = volume.writeAsync(2 << 20, random(3), 0);
            CompletableFuture<Void> read = volume.readAsync(0, ByteBuffer.allocate(4096));
            // What comes behind them on the loop finds them as they are.
            now(pair.b.resource.statistics());
            assertThat(List.of(underWay, later, read)).noneMatch(CompletableFuture::isDone);
            assertThat(uuids(pair.b).current()).isEqualTo(before.current());
            assertThat(uuids(pair.b).bitmap()).isZero();

            answers.add(CompletableFuture.completedFuture(outcome));
            handler.run();
            now(underWay);
            assertThat(uuids(pair.b).bitmap()).isEqualTo(before.current());
            now(later);
            now(read);
            pair.b.awaitState(ALONE + peerDisk);
            assertThat(Freeze.isFrozen(pair.b.state())).isFalse();
            assertThat(fenced(pair.b)).singleElement().matches(DrbdEvent.Fenced::heeded);

            disk.releaseAll();
            pair.a.resource.connect();
            same(pair);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = FenceHandler.Outcome.class,
            names = {"PEER_PRIMARY", "PEER_OUTDATED"})
    void whatComesWhenThePeerIsBackIsNotHeeded(FenceHandler.Outcome outcome) throws Exception {
        try (Pair pair = synced(Fencing.RESOURCE_AND_STONITH)) {
            DrbdVolume volume = pair.b.resource.volume(0);
            disk.hold(FaultyDevice.Op.WRITE);
            CompletableFuture<Void> underWay = volume.writeAsync(1 << 20, random(4), 0);
            Awaitility.await().atMost(Pair.PATIENCE).until(() -> disk.held() > 0);
            leave(pair.a);
            Runnable handler = called();
            CompletableFuture<Void> later = volume.writeAsync(2 << 20, random(5), 0);
            disk.releaseAll();
            // The peer's cache was lost: the write that it had begun is not there.
            memory.write(1 << 20, ByteBuffer.allocate(65_536));

            pair.a.resource.connect();
            now(underWay);
            now(later);
            same(pair);
            answers.add(CompletableFuture.completedFuture(outcome));
            handler.run();
            Awaitility.await().atMost(Pair.PATIENCE).until(() -> fenced(pair.b).size() == 1);
            assertThat(fenced(pair.b).get(0).heeded()).isFalse();
            assertThat(pair.b.state().toString()).startsWith(GOOD);
            assertThat(calls).isEmpty();
        }
    }

    @Test
    void whereNothingWasUnderWayThePeerIsBackWithoutAResync() throws Exception {
        try (Pair pair = synced(Fencing.RESOURCE_AND_STONITH)) {
            now(pair.b.resource.volume(0).writeAsync(0, random(6), 0));
            Awaitility.await().atMost(Pair.PATIENCE).until(() -> isStable(pair.b));
            Uuids before = uuids(pair.b);
            leave(pair.a);
            var unused = called();
            pair.a.resource.connect();
            same(pair);
            assertThat(uuids(pair.b)).isEqualTo(before);
        }
    }

    private static boolean isStable(Pair.Side side) throws Exception {
        CompletableFuture<Boolean> stable = new CompletableFuture<>();
        ResourceCore core = side.resource.core();
        core.run(() -> Objects.requireNonNull(core.volume(0)).local().whenQuiet(() -> stable.complete(true)));
        return now(stable);
    }

    @Test
    void aPeerThatIsLostAgainIsFencedAnewBehindTheFirstCall() throws Exception {
        try (Pair pair = synced(Fencing.RESOURCE_AND_STONITH)) {
            leave(pair.a);
            Runnable first = called();
            pair.a.resource.connect();
            same(pair);
            leave(pair.a);
            pair.b.await(s -> s.toString().startsWith(ALONE + "DUnknown") && Freeze.isFrozen(s));
            assertThat(calls).isEmpty();

            answers.add(CompletableFuture.completedFuture(FenceHandler.Outcome.PEER_OUTDATED));
            first.run();
            Runnable second = called();
            assertThat(Freeze.isFrozen(pair.b.state())).isTrue();
            answers.add(CompletableFuture.completedFuture(FenceHandler.Outcome.PEER_STONITHED));
            second.run();
            pair.b.awaitState(ALONE + "Outdated");
            assertThat(fenced(pair.b)).extracting(DrbdEvent.Fenced::heeded).containsExactly(false, true);
        }
    }

    @Test
    void whereTheHandlerFailsRequestsWaitUntilSomebodyAnswersForThePeer() throws Exception {
        try (Pair pair = synced(Fencing.RESOURCE_AND_STONITH)) {
            leave(pair.a);
            Runnable handler = called();
            CompletableFuture<Void> write = pair.b.resource.volume(0).writeAsync(0, random(7), 0);
            answers.add(CompletableFuture.failedFuture(new IllegalStateException("no power switch")));
            handler.run();
            Awaitility.await().atMost(Pair.PATIENCE).until(() -> !fenced(pair.b).isEmpty());
            assertThat(fenced(pair.b).get(0).outcome()).isEmpty();
            assertThat(fenced(pair.b).get(0).words()).contains("no power switch");
            assertThat(pair.b.events.toString()).contains("no power switch");
            now(pair.b.resource.statistics());
            assertThat(write).isNotDone();
            assertThat(uuids(pair.b).bitmap()).isZero();

            now(pair.b.resource.resumeIo(0));
            now(write);
            assertThat(uuids(pair.b).bitmap()).isNotZero();
            pair.a.resource.connect();
            same(pair);
        }
    }

    @Test
    void anEndOfTheResourceTellsNobodyThatAFrozenWriteIsThere() throws Exception {
        try (Pair pair = synced(Fencing.RESOURCE_AND_STONITH)) {
            DrbdVolume volume = pair.b.resource.volume(0);
            disk.hold(FaultyDevice.Op.WRITE);
            CompletableFuture<Void> underWay = volume.writeAsync(1 << 20, random(8), 0);
            Awaitility.await().atMost(Pair.PATIENCE).until(() -> disk.held() > 0);
            leave(pair.a);
            Runnable handler = called();
            CompletableFuture<Void> later = volume.writeAsync(2 << 20, random(9), 0);
            disk.releaseAll();
            pair.b.resource.close();
            for (CompletableFuture<Void> one : List.of(underWay, later)) {
                assertThatThrownBy(() -> now(one))
                        .cause()
                        .isInstanceOfSatisfying(
                                BlockException.class, e -> assertThat(e.kind()).isEqualTo(BlockException.Kind.CLOSED));
            }
            // What it says now is said to nobody.
            answers.add(CompletableFuture.completedFuture(FenceHandler.Outcome.PEER_OUTDATED));
            handler.run();
        }
    }

    @Test
    void whoIsAloneBecomesPrimaryOnlyWhenThePeerIsOutOfUse() throws Exception {
        try (Pair pair = synced(Fencing.RESOURCE_ONLY)) {
            now(pair.b.resource.demote());
            leave(pair.a);
            pair.b.awaitState("cs:WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown");
            CompletableFuture<Void> refused = pair.b.resource.promote(false);
            answer(FenceHandler.Outcome.PEER_PRIMARY);
            assertThatThrownBy(() -> now(refused))
                    .cause()
                    .isInstanceOfSatisfying(
                            DrbdException.class, e -> assertThat(e.getMessage()).contains("rule -"));
            pair.b.awaitState("cs:WFConnection ro:Secondary/Unknown ds:Outdated/DUnknown");

            pair.a.resource.connect();
            pair.b.awaitState("cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate");
            leave(pair.a);
            pair.b.awaitState("cs:WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown");
            CompletableFuture<Void> granted = pair.b.resource.promote(false);
            answer(FenceHandler.Outcome.PEER_STONITHED);
            now(granted);
            pair.b.awaitState(ALONE + "Outdated");
            assertThat(uuids(pair.b).bitmap()).isNotZero();
        }
    }

    @Test
    void whoForcesItAnswersForThePeer() throws Exception {
        try (Pair pair = synced(Fencing.RESOURCE_AND_STONITH)) {
            now(pair.b.resource.demote());
            leave(pair.a);
            pair.b.awaitState("cs:WFConnection");
            CompletableFuture<Void> forced = pair.b.resource.promote(true);
            answers.add(CompletableFuture.failedFuture(new IllegalStateException("broken")));
            called().run();
            now(forced);
            pair.b.awaitState(ALONE + "Outdated");
            assertThat(pair.b.events.toString()).contains("forced into a split brain");
        }
    }

    @Test
    void aGracefulEndOutdatesTheSecondaryWhoeverAsksForIt() throws Exception {
        try (Pair pair = synced(Fencing.RESOURCE_AND_STONITH)) {
            now(pair.b.resource.disconnect());
            assertThat(pair.b.state().toString()).startsWith("cs:StandAlone ro:Primary/Unknown ds:UpToDate/Outdated");
            assertThat(Freeze.isFrozen(pair.b.state())).isFalse();
            pair.a.awaitState("cs:WFConnection ro:Secondary/Unknown ds:Outdated/DUnknown");
            now(pair.b.resource.volume(0).writeAsync(0, random(10), 0));
            pair.b.resource.connect();
            same(pair);

            now(pair.a.resource.disconnect());
            assertThat(pair.a.state().toString()).startsWith("cs:StandAlone ro:Secondary/Unknown ds:Outdated/");
            pair.b.awaitState(ALONE + "Outdated");
            now(pair.b.resource.volume(0).writeAsync(0, random(11), 0));
            pair.a.resource.connect();
            same(pair);
            assertThat(calls).isEmpty();
        }
    }

    @Test
    void whoHasNoDataFencesNobody() throws Exception {
        try (Pair pair = synced(Fencing.RESOURCE_AND_STONITH)) {
            now(pair.b.resource.detach(0));
            pair.b.awaitState("cs:Connected ro:Primary/Secondary ds:Diskless/UpToDate");
            leave(pair.a);
            CompletableFuture<Void> write = pair.b.resource.volume(0).writeAsync(0, random(12), 0);
            assertThatThrownBy(() -> now(write)).hasCauseInstanceOf(BlockException.class);
            assertThat(calls).isEmpty();
            assertThat(pair.b.events.toString()).contains("the peer is not fenced");
        }
    }

    @Test
    void nobodyIsToldToFenceWithoutAHandler() {
        assertThatThrownBy(() -> new Pair(o -> o, o -> o.fencing(Fencing.RESOURCE_ONLY), SIZE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("fenceHandler()");
        for (FenceHandler.Outcome outcome : FenceHandler.Outcome.values()) {
            assertThat(FenceHandler.Outcome.ofExitCode(outcome.exitCode())).contains(outcome);
        }
        assertThat(FenceHandler.Outcome.ofExitCode(0)).isEmpty();
    }

    @Test
    void aRejectingExecutorIsAFailureOfTheHandler() throws Exception {
        NetOptions net = Pair.fast().build();
        try (Pair pair = new Pair(
                o -> o.net(net),
                o -> o.net(net).fencing(Fencing.RESOURCE_AND_STONITH).fenceHandler(this::fence, work -> {
                    throw new java.util.concurrent.RejectedExecutionException("shut down");
                }),
                SIZE)) {
            pair.connect();
            pair.b.awaitState("cs:Connected");
            now(pair.b.resource.promote(true));
            pair.b.awaitState(GOOD);
            leave(pair.a);
            Awaitility.await().atMost(Pair.PATIENCE).until(() -> !fenced(pair.b).isEmpty());
            assertThat(fenced(pair.b).get(0).words()).contains("shut down");
            assertThat(pair.b.state().peerDisk()).isEqualTo(DiskState.D_UNKNOWN);
        }
    }
}
