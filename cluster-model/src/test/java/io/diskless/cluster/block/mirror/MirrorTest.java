package io.diskless.cluster.block.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.FaultyDevice.Op;
import io.diskless.cluster.block.testkit.OnceCompletion;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Legs that fail, come back, are slow, are replaced. */
class MirrorTest extends MirrorBench {
    @Test
    void writesReachEveryLeg() throws BlockException {
        Mirror mirror = create(3);
        write(mirror, 8192, 7);
        for (int i = 0; i < 3; i++) {
            assertThat(byteOn(i, mirror, 8192)).isEqualTo(7);
        }
        assertThat(mirror.snapshot().isHealthy()).isTrue();
        assertThat(mirror.snapshot().markedBytes()).isEqualTo(REGION);
    }

    @Test
    void aLegThatMissesAWriteIsRecordedAsOutBeforeTheWriteIsAcknowledged() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 1);
        legs.get(1).fail(Kind.TIMEOUT, Op.WRITE);
        legs.get(0).hold(Op.WRITE);
        OnceCompletion done = new OnceCompletion();
        mirror.write(0, bytes(2), 0, done);
        assertThat(legs.get(0).held()).as("the data").isEqualTo(1);
        legs.get(0).release(1);
        assertThat(done.isOver()).as("data written, verdict not recorded").isFalse();
        assertThat(legs.get(0).held()).as("the superblock").isEqualTo(1);
        legs.get(0).releaseAll();
        assertThat(done.outcome(Duration.ofSeconds(1))).isNull();
        assertThat(Mirror.inspect(disks.get(0)).orElseThrow().legs().get(1).state())
                .isEqualTo(LegState.OUT);
        time.settle();
        assertThat(events).singleElement().isInstanceOf(MirrorEvent.LegLost.class);
    }

    @Test
    void aSilentLegIsProbedAndGetsOnlyWhatItMissed() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 1);
        time.advance(Duration.ofSeconds(20));
        assertThat(mirror.snapshot().markedBytes()).as("cleared lazily").isZero();
        FaultyDevice.Fault fault = legs.get(1).fail(Kind.TIMEOUT);
        write(mirror, 5 * REGION, 2);
        write(mirror, 9 * REGION, 3);
        assertThat(state(mirror, 1)).isEqualTo(LegState.OUT);
        time.advance(Duration.ofSeconds(60));
        assertThat(state(mirror, 1)).as("still silent").isEqualTo(LegState.OUT);
        assertThat(mirror.snapshot().legs().get(1).dirtyBytes()).isEqualTo(2 * REGION);
        assertThat(byteAt(mirror, 5 * REGION)).isEqualTo(2);

        fault.repair();
        time.advance(Duration.ofSeconds(10));
        assertThat(state(mirror, 1)).isEqualTo(LegState.IN_SYNC);
        assertIdentical(mirror);
        assertThat(events)
                .contains(
                        new MirrorEvent.LegRecovering(1, 2 * REGION),
                        new MirrorEvent.LegInSync(1),
                        new MirrorEvent.ResyncFinished(2 * REGION));
        time.advance(Duration.ofSeconds(20));
        assertThat(mirror.snapshot().markedBytes()).isZero();
    }

    @Test
    void aMediumErrorOnReadIsAnsweredFromAnotherLegAndRepaired() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 5);
        long data = SIZE - mirror.geometry().size();
        FaultyDevice.Fault bad =
                legs.get(0).fail(Kind.MEDIUM, data, 512, Op.READ).times(1);
        FaultyDevice.Fault bad1 =
                legs.get(1).fail(Kind.MEDIUM, data, 512, Op.READ).times(0);
        for (int i = 0; i < 4; i++) {
            assertThat(byteAt(mirror, 0)).isEqualTo(5);
        }
        assertThat(bad.hits() + bad1.hits()).isEqualTo(1);
        time.settle();
        assertThat(events).contains(new MirrorEvent.ReadRepaired(0, 0, 4096));
        assertThat(state(mirror, 0)).isEqualTo(LegState.IN_SYNC);
        assertThat(mirror.snapshot().isHealthy()).isTrue();
    }

    @Test
    void tooManyMediumErrorsCostALegItsPlace() throws BlockException {
        Mirror mirror = create(2, options().readErrorLimit(3).readRepair(false).build());
        write(mirror, 0, 5);
        legs.get(0).fail(Kind.MEDIUM, Op.READ);
        for (int i = 0; i < 20; i++) {
            assertThat(byteAt(mirror, 0)).isEqualTo(5);
        }
        assertThat(state(mirror, 0)).isEqualTo(LegState.OUT);
        assertThat(mirror.snapshot().legs().get(0).errors()).isEqualTo(4);
    }

    @Test
    void aListenerThatThrowsHearsOfTheNextEventToo() throws BlockException {
        Mirror mirror = create(
                2,
                options()
                        .listener(event -> {
                            events.add(event);
                            throw new AssertionError("made by a test");
                        })
                        .build());
        write(mirror, 0, 1);
        mirror.fail(1);
        time.settle();
        CompletableFuture<Void> back = mirror.readmit(1);
        time.settle();
        assertThat(back).isCompleted();
        assertThat(events)
                .extracting(Object::getClass)
                .containsExactly(
                        MirrorEvent.LegLost.class,
                        MirrorEvent.LegRecovering.class,
                        MirrorEvent.ResyncFinished.class,
                        MirrorEvent.LegInSync.class);
        assertThat(mirror.snapshot().isHealthy()).isTrue();
    }

    @Test
    void aCompletionThatThrowsHoldsNobodyUp() throws BlockException {
        Mirror mirror = create(2);
        mirror.write(0, bytes(1), 0, new Completion() {
            @Override
            public void completed() {
                throw new AssertionError("made by a test");
            }

            @Override
            public void failed(BlockException cause) {
                throw new AssertionError(cause);
            }
        });
        time.settle();
        write(mirror, 0, 2);
        assertThat(close(mirror)).isNull();
    }

    @Test
    void theLastLegStaysAndItsErrorsAreTheMirrors() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 1);
        FaultyDevice.Fault a = legs.get(0).fail(Kind.TIMEOUT);
        FaultyDevice.Fault b = legs.get(1).fail(Kind.TIMEOUT);
        BlockException failure = time.run(done -> mirror.write(0, bytes(2), 0, done));
        assertThat(failure).isNotNull().extracting(BlockException::kind).isEqualTo(Kind.TIMEOUT);
        assertThat(failure.offset()).isZero();
        assertThat(time.run(done -> mirror.read(0, ByteBuffer.allocate(512), done)))
                .isNotNull();
        assertThat(time.run(mirror::flush)).isNotNull();
        a.repair();
        b.repair();
        write(mirror, 4096, 3);
        time.advance(Duration.ofSeconds(30));
        assertThat(mirror.snapshot().isHealthy()).isTrue();
        assertIdentical(mirror);
        assertThat(byteAt(mirror, 4096)).isEqualTo(3);
    }

    @Test
    void aWriteThatNoLegTakesBecauseItIsWrongCostsNoLeg() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 1);
        legs.get(0).fail(Kind.MISALIGNED, Op.WRITE).times(1);
        legs.get(1).fail(Kind.MISALIGNED, Op.WRITE).times(1);
        assertThat(time.run(done -> mirror.write(0, bytes(2), 0, done)))
                .extracting(BlockException::kind)
                .isEqualTo(Kind.MISALIGNED);
        assertThat(mirror.snapshot().isHealthy()).isTrue();
    }

    @Test
    void anUnknownLegIsRefused() throws BlockException {
        Mirror mirror = create(2);
        for (int leg : new int[] {-1, 2}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> mirror.fail(leg))
                    .withMessage("the legs are 0 to 1, got " + leg);
            assertThatIllegalArgumentException().isThrownBy(() -> mirror.readmit(leg));
            assertThatIllegalArgumentException().isThrownBy(() -> mirror.replace(leg, MemoryDevice.create(SIZE)));
        }
    }

    @Test
    void aMirrorThatCouldNotBeOpenedWatchesNoDevice() throws BlockException {
        Mirror mirror = create(2);
        assertThat(close(mirror)).isNull();
        AtomicInteger watched = new AtomicInteger();
        List<BlockDevice> counted = new ArrayList<>();
        for (FaultyDevice leg : legs) {
            counted.add((BlockDevice) Proxy.newProxyInstance(
                    MirrorTest.class.getClassLoader(), new Class<?>[] {BlockDevice.class}, (self, method, args) -> {
                        if (method.getName().equals("onGeometryChange")) {
                            watched.incrementAndGet();
                            return (BlockDevice.Subscription) watched::decrementAndGet;
                        }
                        return method.invoke(leg, args);
                    }));
        }
        legs.forEach(leg -> leg.fail(Kind.MEDIUM, Op.WRITE));
        assertThatThrownBy(() -> Mirror.open(counted, options().build()))
                .isInstanceOf(BlockException.class)
                .hasMessageContaining("could not be recorded");
        assertThat(watched).hasValue(0);
    }

    @Test
    void aFailedFlushTakesALegOut() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 3 * REGION, 1);
        legs.get(1).fail(Kind.MEDIUM, Op.FLUSH).times(1);
        assertThat(time.run(mirror::flush)).isNull();
        assertThat(state(mirror, 1)).isEqualTo(LegState.OUT);
        assertThat(mirror.snapshot().legs().get(1).dirtyBytes())
                .as("what was not flushed may be lost there")
                .isEqualTo(REGION);
        CompletableFuture<Void> back = mirror.readmit(1);
        time.settle();
        assertThat(back).isCompleted();
        assertThat(mirror.snapshot().isHealthy()).isTrue();
    }

    @Test
    void aSlowLegIsNotAskedForReads() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 1);
        legs.get(0).delay(() -> 5_000_000, time::schedule);
        legs.get(1).delay(() -> 100_000, time::schedule);
        for (int i = 0; i < 40; i++) {
            OnceCompletion done = new OnceCompletion();
            mirror.read(0, ByteBuffer.allocate(512), done);
            while (!done.isOver()) {
                time.advance(Duration.ofNanos(100_000));
            }
            assertThat(done.outcome(Duration.ofSeconds(1))).isNull();
        }
        List<LegSnapshot> after = mirror.snapshot().legs();
        assertThat(after.get(1).reads()).isGreaterThanOrEqualTo(38);
        assertThat(after.get(0).readLatencyNanos()).isGreaterThan(after.get(1).readLatencyNanos());
        // With a queue on the quick one the slow one gets its share.
        for (int i = 0; i < 200; i++) {
            mirror.read(0, ByteBuffer.allocate(512), new OnceCompletion());
        }
        time.advance(Duration.ofSeconds(2));
        assertThat(mirror.snapshot().legs().get(0).reads() - after.get(0).reads())
                .isBetween(1L, 20L);
    }

    @Test
    void replacingALegCopiesEverything() throws BlockException {
        Mirror mirror = create(2);
        for (int i = 0; i < 10; i++) {
            write(mirror, i * REGION, i + 1);
        }
        MemoryDevice fresh = MemoryDevice.create(SIZE);
        CompletableFuture<Void> replaced = mirror.replace(1, fresh);
        time.settle();
        assertThat(replaced).isCompleted();
        disks.set(1, fresh);
        assertThat(mirror.snapshot().isHealthy()).isTrue();
        assertIdentical(mirror);
        assertThat(events)
                .contains(new MirrorEvent.ResyncFinished(mirror.geometry().size()));
        assertThat(mirror.replace(0, MemoryDevice.create(SIZE / 2))).isCompletedExceptionally();
        assertThat(state(mirror, 0)).isEqualTo(LegState.IN_SYNC);
    }

    @Test
    void resyncGoesOnUnderWritesAndObeysRatePauseAndCancel() throws BlockException {
        Mirror mirror = create(2, options().resyncRate(64 << 10).resyncDepth(1).build());
        for (int i = 0; i < 20; i++) {
            write(mirror, i * REGION, 1);
        }
        assertThat(mirror.fail(1)).isTrue();
        for (int i = 0; i < 20; i++) {
            write(mirror, i * REGION, 2);
        }
        CompletableFuture<Void> back = mirror.readmit(1);
        time.settle();
        assertThat(back).isCompleted();
        time.advance(Duration.ofSeconds(1));
        ResyncProgress progress = mirror.resync();
        assertThat(progress.totalBytes()).isEqualTo(20 * REGION);
        assertThat(progress.doneBytes()).isBetween(3L * REGION, 5L * REGION);
        assertThat(progress.bytesPerSecond()).isBetween(50_000L, 80_000L);
        assertThat(progress.remaining()).isPresent();
        for (int i = 0; i < 20; i += 3) {
            write(mirror, i * REGION + 4096, 9);
        }
        mirror.pauseResync();
        time.advance(Duration.ofSeconds(1));
        long done = mirror.resync().doneBytes();
        time.advance(Duration.ofSeconds(100));
        assertThat(mirror.resync().doneBytes()).isEqualTo(done);
        assertThat(mirror.resync().paused()).isTrue();
        mirror.resumeResync();
        mirror.cancelResync();
        time.settle();
        assertThat(state(mirror, 1)).isEqualTo(LegState.OUT);
        mirror.resyncRate(0);
        CompletableFuture<Void> unused = mirror.readmit(1);
        time.settle();
        assertThat(mirror.snapshot().isHealthy()).isTrue();
        assertIdentical(mirror);
        assertThat(byteOn(1, mirror, 3 * REGION + 4096)).isEqualTo(9);
    }

    @Test
    void aWriteWaitsOnlyForTheChunkThatIsBeingCopied() throws BlockException {
        Mirror mirror = create(2, options().resyncDepth(1).build());
        write(mirror, 0, 1);
        mirror.fail(1);
        write(mirror, 0, 2);
        legs.get(0).hold(Op.READ);
        CompletableFuture<Void> unused = mirror.readmit(1);
        time.settle();
        assertThat(legs.get(0).held()).as("the copier reads the first chunk").isEqualTo(1);
        OnceCompletion inside = new OnceCompletion();
        mirror.write(0, bytes(3), 0, inside);
        assertThat(inside.isOver()).isFalse();
        write(mirror, 4096, 4);
        legs.get(0).releaseAll();
        time.settle();
        assertThat(inside.outcome(Duration.ofSeconds(1))).isNull();
        assertThat(mirror.snapshot().isHealthy()).isTrue();
        assertIdentical(mirror);
        assertThat(byteAt(mirror, 0)).isEqualTo(3);
    }

    /** Two legs whose answers can be held before they meet the faults of the media below. */
    private Mirror overMedia(List<FaultyDevice> media) throws BlockException {
        for (int i = 0; i < 2; i++) {
            disks.add(MemoryDevice.create(SIZE));
            media.add(FaultyDevice.of(disks.get(i)));
            legs.add(FaultyDevice.of(media.get(i)));
        }
        Mirror mirror = Mirror.create(legs, options().build());
        write(mirror, 0, 5);
        time.settle();
        return mirror;
    }

    /** Starts reads on both legs; two of them are held by leg 0 then. */
    private List<OnceCompletion> twoReadsOnLeg0(Mirror mirror) {
        legs.forEach(leg -> leg.hold(Op.READ));
        List<OnceCompletion> onLeg0 = new ArrayList<>();
        for (int i = 0; i < 10 && onLeg0.size() < 2; i++) {
            int before = legs.get(0).held();
            OnceCompletion done = new OnceCompletion();
            mirror.read(0, ByteBuffer.allocate(512), done);
            if (legs.get(0).held() > before) {
                onLeg0.add(done);
            }
        }
        assertThat(onLeg0).hasSize(2);
        legs.get(1).releaseAll();
        return onLeg0;
    }

    @Test
    void aReadThatTurnsToAnotherLegAfterCloseStillGetsItsData() throws BlockException {
        List<FaultyDevice> media = new ArrayList<>();
        Mirror mirror = overMedia(media);
        List<OnceCompletion> reads = twoReadsOnLeg0(mirror);
        media.get(0).fail(Kind.MEDIUM, Op.READ);
        legs.get(1).hold(Op.READ);
        legs.get(0).release(1);
        assertThat(legs.get(1).held()).as("the first read turned to leg 1").isEqualTo(1);
        OnceCompletion closed = new OnceCompletion();
        mirror.close(closed);
        legs.get(1).releaseAll();
        legs.get(0).releaseAll();
        time.advance(Duration.ofSeconds(10));
        assertThat(reads).extracting(OnceCompletion::calls).containsExactly(1, 1);
        assertThat(reads)
                .allSatisfy(
                        read -> assertThat(read.outcome(Duration.ofSeconds(1))).isNull());
        assertThat(closed.calls()).isEqualTo(1);
        assertThat(closed.outcome(Duration.ofSeconds(1))).isNull();
    }

    @Test
    void aReadThatFindsItsRegionUnsettledAfterCloseIsRefusedAndHoldsNobodyUp() throws BlockException {
        List<FaultyDevice> media = new ArrayList<>();
        Mirror mirror = overMedia(media);
        List<OnceCompletion> reads = twoReadsOnLeg0(mirror);
        media.get(0).fail(Kind.MEDIUM, Op.READ);
        // The first one is answered by leg 1, and its region is to be written anew: that copy has begun and no more.
        legs.get(0).release(1);
        assertThat(reads.get(0).isOver()).isTrue();
        assertThat(mirror.snapshot().unsettledBytes()).isEqualTo(REGION);
        OnceCompletion closed = new OnceCompletion();
        mirror.close(closed);
        assertThat(closed.isOver()).as("the second read is under way").isFalse();
        legs.get(0).releaseAll();
        time.advance(Duration.ofSeconds(10));
        assertThat(reads.get(1).calls()).isEqualTo(1);
        assertThat(reads.get(1).outcome(Duration.ofSeconds(1)))
                .extracting(BlockException::kind)
                .isEqualTo(Kind.CLOSED);
        assertThat(closed.calls()).isEqualTo(1);
        assertThat(closed.outcome(Duration.ofSeconds(1))).isNull();
    }
}
