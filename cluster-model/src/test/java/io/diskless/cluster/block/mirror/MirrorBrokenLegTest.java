package io.diskless.cluster.block.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.FaultyDevice.Op;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A leg that throws where it should end an operation with an error has failed it, whatever the mirror wanted of it. */
class MirrorBrokenLegTest extends MirrorBench {
    private long metadata;

    private Mirror healthy(int count) throws BlockException {
        Mirror mirror = create(count);
        metadata = SIZE - mirror.geometry().size();
        write(mirror, 0, 1);
        return mirror;
    }

    private void assertMended(Mirror mirror, FaultyDevice.Fault fault) throws BlockException {
        assertThat(fault.hits()).as("what this test is about").isEqualTo(1);
        time.settle();
        for (int i = 0; i < legs.size(); i++) {
            if (state(mirror, i) == LegState.OUT) {
                CompletableFuture<Void> unused = mirror.readmit(i);
                time.settle();
            }
        }
        assertThat(mirror.snapshot().isHealthy()).as("%s", mirror.snapshot()).isTrue();
        assertThat(mirror.snapshot().legs()).allMatch(leg -> leg.inFlight() == 0);
        assertIdentical(mirror);
        assertThat(close(mirror)).isNull();
    }

    private void assertLost(Mirror mirror, int leg) {
        assertThat(state(mirror, leg)).isEqualTo(LegState.OUT);
        assertThat(mirror.snapshot().legs().get(leg).lastError())
                .hasValueSatisfying(e ->
                        assertThat(e).hasMessageContaining("broke its contract").hasMessageContaining("injected"));
    }

    @Test
    void aWrite() throws BlockException {
        Mirror mirror = healthy(2);
        FaultyDevice.Fault fault =
                legs.get(1).fail(Kind.MEDIUM, metadata, SIZE, Op.WRITE).thrown().times(1);
        write(mirror, 0, 2);
        assertLost(mirror, 1);
        assertMended(mirror, fault);
    }

    @Test
    void aWriteOfTheLastLeg() throws BlockException {
        Mirror mirror = healthy(1);
        FaultyDevice.Fault fault =
                legs.get(0).fail(Kind.MEDIUM, metadata, SIZE, Op.WRITE).thrown().times(1);
        assertThat(time.run(done -> mirror.write(0, bytes(2), 0, done)))
                .isNotNull()
                .extracting(BlockException::kind)
                .isEqualTo(Kind.MEDIUM);
        write(mirror, 0, 3);
        assertMended(mirror, fault);
    }

    @Test
    void aWriteOfTheBitmap() throws BlockException {
        Mirror mirror = healthy(2);
        FaultyDevice.Fault fault = legs.get(1)
                .fail(Kind.MEDIUM, 1024, metadata - 1024, Op.WRITE)
                .thrown()
                .times(1);
        write(mirror, 7 * REGION, 2);
        assertLost(mirror, 1);
        assertMended(mirror, fault);
    }

    @Test
    void aWriteOfTheSuperblock() throws BlockException {
        Mirror mirror = healthy(3);
        FaultyDevice.Fault fault =
                legs.get(1).fail(Kind.MEDIUM, 0, 1024, Op.WRITE).thrown().times(1);
        mirror.fail(2);
        time.settle();
        assertLost(mirror, 1);
        assertMended(mirror, fault);
    }

    @Test
    void aFlushThatClearsTheBitmap() throws BlockException {
        Mirror mirror = healthy(2);
        FaultyDevice.Fault fault =
                legs.get(1).fail(Kind.MEDIUM, Op.FLUSH).thrown().times(1);
        time.advance(Duration.ofSeconds(20));
        assertLost(mirror, 1);
        assertMended(mirror, fault);
    }

    @Test
    void theOnlySourceOfACopy() throws BlockException {
        Mirror mirror = healthy(2);
        mirror.fail(1);
        write(mirror, 0, 2);
        FaultyDevice.Fault fault =
                legs.get(0).fail(Kind.MEDIUM, metadata, SIZE, Op.READ).thrown().times(1);
        CompletableFuture<Void> unused = mirror.readmit(1);
        time.settle();
        assertThat(state(mirror, 1)).isEqualTo(LegState.RECOVERING);
        assertThat(events).anyMatch(MirrorEvent.ResyncStalled.class::isInstance);
        time.advance(Duration.ofSeconds(10));
        assertThat(state(mirror, 1)).as("the copy was tried again").isEqualTo(LegState.IN_SYNC);
        assertMended(mirror, fault);
    }

    @Test
    void theTargetOfACopy() throws BlockException {
        Mirror mirror = healthy(2);
        mirror.fail(1);
        write(mirror, 0, 2);
        FaultyDevice.Fault fault =
                legs.get(1).fail(Kind.MEDIUM, metadata, SIZE, Op.WRITE).thrown().times(1);
        CompletableFuture<Void> unused = mirror.readmit(1);
        time.settle();
        assertLost(mirror, 1);
        assertMended(mirror, fault);
    }

    @Test
    void theFlushThatEndsACopy() throws BlockException {
        Mirror mirror = healthy(2);
        mirror.fail(1);
        write(mirror, 0, 2);
        FaultyDevice.Fault fault =
                legs.get(1).fail(Kind.MEDIUM, Op.FLUSH).thrown().times(1);
        CompletableFuture<Void> unused = mirror.readmit(1);
        time.settle();
        assertLost(mirror, 1);
        assertMended(mirror, fault);
    }

    @Test
    void aProbe() throws BlockException {
        Mirror mirror = healthy(2);
        mirror.fail(1);
        write(mirror, 0, 2);
        FaultyDevice.Fault fault =
                legs.get(1).fail(Kind.MEDIUM, 0, 1024, Op.READ).thrown().times(1);
        CompletableFuture<Void> refused = mirror.readmit(1);
        time.settle();
        assertThat(refused).isCompletedExceptionally();
        assertLost(mirror, 1);
        assertMended(mirror, fault);
    }

    @Test
    void aScrub() throws BlockException {
        Mirror mirror = healthy(2);
        FaultyDevice.Fault fault = legs.get(1)
                .fail(Kind.MEDIUM, metadata + 3 * REGION, 512, Op.READ)
                .thrown()
                .times(1);
        Scrub scrub = mirror.scrub(false, 0);
        time.settle();
        ScrubReport report = scrub.report().join();
        assertThat(report.complete()).isTrue();
        assertThat(report.readErrors()).isEqualTo(1);
        assertThat(report.skippedBytes()).isEqualTo(4096);
        assertMended(mirror, fault);
    }

    @Test
    void aLegWithADeadlineOwesNothingAfterwards() throws BlockException {
        Mirror mirror = create(2, options().legDeadline(Duration.ofSeconds(2)).build());
        metadata = SIZE - mirror.geometry().size();
        write(mirror, 0, 1);
        FaultyDevice.Fault fault =
                legs.get(1).fail(Kind.MEDIUM, metadata, SIZE, Op.WRITE).thrown().times(1);
        write(mirror, 0, 2);
        assertLost(mirror, 1);
        time.advance(Duration.ofSeconds(10));
        assertMended(mirror, fault);
    }

    @Test
    void oneThatThrowsAtOpeningCountsAsMissing() throws BlockException {
        Mirror mirror = healthy(2);
        assertThat(close(mirror)).isNull();
        FaultyDevice.Fault fault =
                legs.get(1).fail(Kind.MEDIUM, Op.READ).thrown().times(1);
        MirrorAssembly assembly = Mirror.assess(legs, options().build());
        assertThat(assembly.verdict()).isEqualTo(MirrorAssembly.Verdict.INCOMPLETE);
        assertThat(assembly.explanation()).anyMatch(line -> line.contains("device 1 cannot be read"));
        assertThat(fault.hits()).isEqualTo(1);
    }
}
