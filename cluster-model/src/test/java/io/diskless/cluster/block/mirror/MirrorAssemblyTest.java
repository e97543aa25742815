package io.diskless.cluster.block.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.SliceDevice;
import io.diskless.cluster.block.testkit.FaultyDevice.Op;
import io.diskless.cluster.block.testkit.OnceCompletion;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What is made of legs that disagree, were used apart, grew or are new. */
class MirrorAssemblyTest extends MirrorBench {
    @Test
    void legsUsedApartAreRefusedUntilSomebodyChooses() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 1);
        assertThat(close(mirror)).isNull();
        for (int i = 0; i < 2; i++) {
            List<MemoryDevice> alone = List.of(disks.get(i));
            assertThat(Mirror.assess(alone, options().build()).verdict()).isEqualTo(MirrorAssembly.Verdict.INCOMPLETE);
            assertThatThrownBy(() -> Mirror.open(alone, options().build()))
                    .isInstanceOf(BlockException.class)
                    .hasMessageContaining("startDegraded");
            Mirror half = Mirror.open(alone, options().startDegraded(true).build());
            write(half, (3 + 2 * i) * REGION, 10 + i);
            assertThat(close(half)).isNull();
        }
        assertThat(Mirror.assess(disks, options().build()).verdict()).isEqualTo(MirrorAssembly.Verdict.SPLIT_BRAIN);
        assertThatThrownBy(() -> Mirror.open(disks, options().build()))
                .isInstanceOfSatisfying(
                        BlockException.class, e -> assertThat(e.kind()).isEqualTo(Kind.STALE))
                .hasMessageContaining("used apart")
                .hasMessageContaining("splitBrainWinner");
        Mirror whole = Mirror.open(disks, options().splitBrainWinner(1).build());
        time.settle();
        assertThat(whole.snapshot().isHealthy()).isTrue();
        assertThat(byteAt(whole, 0)).isEqualTo(1);
        assertThat(byteAt(whole, 3 * REGION)).as("the loser's write is gone").isZero();
        assertThat(byteAt(whole, 5 * REGION)).isEqualTo(11);
        assertIdentical(whole);
        close(whole);
        assertThat(Mirror.assess(disks, options().build()).verdict()).isEqualTo(MirrorAssembly.Verdict.COMPLETE);
    }

    @Test
    void aStaleLegIsRecognisedAndTheStaleOneAloneIsRefused() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 1);
        mirror.fail(1);
        write(mirror, 0, 2);
        close(mirror);
        assertThat(Mirror.assess(List.of(disks.get(1)), options().build()).verdict())
                .isEqualTo(MirrorAssembly.Verdict.INCOMPLETE);
        MirrorAssembly both =
                Mirror.assess(List.of(disks.get(1), disks.get(0)), options().build());
        assertThat(both.verdict()).isEqualTo(MirrorAssembly.Verdict.DEGRADED);
        assertThat(both.explanation()).anyMatch(line -> line.contains("leg 1 is stale"));
        Mirror again =
                Mirror.open(List.of(disks.get(1), disks.get(0)), options().build());
        assertThat(byteAt(again, 0)).isEqualTo(2);
        time.settle();
        assertThat(again.snapshot().isHealthy()).isTrue();
        assertIdentical(again);
    }

    @Test
    void aLegThatWasUsedAloneMeanwhileIsNotLetIn() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 1);
        mirror.fail(1);
        write(mirror, 0, 2);
        Mirror half =
                Mirror.open(List.of(disks.get(1)), options().startDegraded(true).build());
        write(half, 0, 3);
        close(half);
        CompletableFuture<Void> back = mirror.readmit(1);
        time.settle();
        assertThat(back).isCompletedExceptionally();
        assertThat(state(mirror, 1)).isEqualTo(LegState.OUT);
        assertThat(events).anyMatch(MirrorEvent.LegRefused.class::isInstance);
        assertThat(mirror.replace(1, disks.get(1))).isCompletedExceptionally();
        Mirror.erase(disks.get(1));
        CompletableFuture<Void> unused = mirror.replace(1, disks.get(1));
        time.settle();
        assertThat(mirror.snapshot().isHealthy()).isTrue();
        assertIdentical(mirror);
    }

    @Test
    void scrubReportsADifferenceWhereItIsAndRepairsIt() throws BlockException {
        Mirror mirror = create(3);
        write(mirror, 2 * REGION, 4);
        long data = SIZE - mirror.geometry().size();
        disks.get(0).write(data + 2 * REGION + 512, ByteBuffer.wrap(new byte[1024]));
        Scrub look = mirror.scrub(false, 0);
        time.settle();
        ScrubReport report = look.report().join();
        assertThat(report.complete()).isTrue();
        assertThat(report.comparedBytes()).isEqualTo(mirror.geometry().size());
        assertThat(report.differences())
                .containsExactly(new ScrubReport.Difference(2 * REGION + 512, 1024, List.of(0), false));
        Scrub repair = mirror.scrub(true, 0);
        time.settle();
        assertThat(repair.report().join().differences()).singleElement().matches(ScrubReport.Difference::repaired);
        assertIdentical(mirror);
        assertThat(byteAt(mirror, 2 * REGION)).isEqualTo(4);
        Scrub again = mirror.scrub(false, 0);
        time.settle();
        assertThat(again.report().join().differences()).isEmpty();
    }

    @Test
    void scrubDoesNotAccuseAWriteThatIsUnderWay() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 1);
        legs.get(1).hold(Op.WRITE);
        OnceCompletion done = new OnceCompletion();
        mirror.write(0, bytes(2), 0, done);
        Scrub scrub = mirror.scrub(false, 0);
        time.settle();
        assertThat(scrub.report()).as("waits for the write").isNotDone();
        legs.get(1).releaseAll();
        time.settle();
        assertThat(done.outcome(Duration.ofSeconds(1))).isNull();
        assertThat(scrub.report().join().differences()).isEmpty();
    }

    @Test
    void theMirrorGrowsWithItsLegs() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 1);
        long before = mirror.geometry().size();
        List<Long> heard = new ArrayList<>();
        BlockDevice.Subscription rude = mirror.onGeometryChange(g -> {
            throw new IllegalStateException("made by a test");
        });
        BlockDevice.Subscription subscription = mirror.onGeometryChange(g -> heard.add(g.size()));
        disks.get(0).resize(2 * SIZE);
        time.settle();
        assertThat(mirror.geometry().size()).isEqualTo(before);
        disks.get(1).write(SIZE - 4096, bytes(0));
        disks.get(1).resize(2 * SIZE);
        disks.get(1).write(SIZE + 4096, bytes(77));
        time.settle();
        assertThat(mirror.geometry().size()).isEqualTo(before + SIZE);
        assertThat(heard).containsExactly(before + SIZE);
        assertThat(events).contains(new MirrorEvent.Grown(before, before + SIZE));
        write(mirror, before + 65536, 6);
        time.settle();
        assertThat(mirror.snapshot().isHealthy()).isTrue();
        subscription.close();
        rude.close();
        close(mirror);
        Mirror again = Mirror.open(disks, options().build());
        assertThat(again.geometry().size()).isEqualTo(before + SIZE);
        assertThat(byteAt(again, before + 65536)).isEqualTo(6);
    }

    @Test
    void aLegThatGrowsAwayFromMetadataAtItsEndIsReportedAndOpenedAsASlice() throws BlockException {
        Mirror mirror = create(2, options().placement(MetadataPlacement.END).build());
        long before = mirror.geometry().size();
        write(mirror, 0, 1);
        disks.get(0).resize(2 * SIZE);
        disks.get(1).resize(3 * SIZE);
        time.settle();
        assertThat(events)
                .containsExactly(
                        new MirrorEvent.GrowthIgnored(0, SIZE, 2 * SIZE),
                        new MirrorEvent.GrowthIgnored(1, SIZE, 3 * SIZE));
        assertThat(mirror.geometry().size()).isEqualTo(before);
        write(mirror, 4096, 2);
        assertThat(close(mirror)).isNull();

        MirrorAssembly grown = Mirror.assess(disks, options().build());
        assertThat(grown.verdict()).isEqualTo(MirrorAssembly.Verdict.IMPOSSIBLE);
        assertThat(grown.explanation()).anyMatch(line -> line.contains("give a slice of its former size"));
        List<BlockDevice> slices =
                List.of(SliceDevice.of(disks.get(0), 0, SIZE), SliceDevice.of(disks.get(1), 0, SIZE));
        Mirror again = Mirror.open(slices, options().build());
        time.settle();
        assertThat(again.snapshot().isHealthy()).isTrue();
        assertThat(byteAt(again, 0)).isEqualTo(1);
        assertThat(byteAt(again, 4096)).isEqualTo(2);
    }

    @Test
    void metadataBesideTheLegs() throws BlockException {
        MemoryDevice beside = MemoryDevice.create(65536);
        Mirror mirror = create(2, options().metadataDevice(beside).build());
        assertThat(mirror.geometry().size()).isEqualTo(SIZE);
        write(mirror, 0, 1);
        legs.get(1).fail(Kind.TIMEOUT).times(1);
        write(mirror, REGION, 2);
        assertThat(state(mirror, 1)).isEqualTo(LegState.OUT);
        close(mirror);
        Mirror again = Mirror.open(disks, options().metadataDevice(beside).build());
        time.settle();
        assertThat(again.snapshot().isHealthy()).isTrue();
        assertIdentical(again);
        close(again);
    }

    @Test
    void aDeviceThatIsAMirrorAlreadyIsNotFormattedAgain() throws BlockException {
        close(create(2));
        assertThatThrownBy(() -> Mirror.create(disks, options().build())).hasMessageContaining("erase");
        assertThatThrownBy(() -> Mirror.open(
                        List.of(MemoryDevice.create(SIZE)), options().build()))
                .hasMessageContaining("carries no leg");
        Mirror.erase(disks.get(0));
        assertThat(Mirror.inspect(disks.get(0))).isEmpty();
    }

    @Test
    void wrongOptionsAreNamedAllAtOnce() {
        assertThatThrownBy(() -> MirrorOptions.builder()
                        .regionSize(1000)
                        .resyncChunk(5)
                        .resyncDepth(0)
                        .build())
                .hasMessageContaining("regionSize")
                .hasMessageContaining("resyncChunk")
                .hasMessageContaining("resyncDepth");
        assertThat(MirrorOptions.remote().toBuilder().build().resyncDepth()).isEqualTo(4);
    }
}
