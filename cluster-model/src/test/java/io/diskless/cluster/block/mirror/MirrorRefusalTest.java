package io.diskless.cluster.block.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.FaultyDevice.Op;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Legs that refuse an operation, all of them or one, having done a part of it or nothing. */
class MirrorRefusalTest extends MirrorBench {
    @ParameterizedTest
    @EnumSource(names = {"READ_ONLY", "OUT_OF_RANGE", "NOT_SUPPORTED"})
    void aWriteThatAllLegsRefuseHalfwayLeavesThemAlike(Kind kind) throws BlockException {
        Mirror mirror = create(3);
        write(mirror, 0, 1);
        long data = SIZE - mirror.geometry().size();
        for (int i = 0; i < 3; i++) {
            legs.get(i).fail(kind, data, 4096, Op.WRITE).times(1);
            // As far as this leg had come, like a target that gets a request frame by frame.
            disks.get(i).write(data, bytes(2).limit(i * 1024));
        }
        assertThat(time.run(done -> mirror.write(0, bytes(2), 0, done)))
                .extracting(BlockException::kind)
                .isEqualTo(kind);
        assertThat(mirror.snapshot().legs()).allMatch(leg -> leg.state() == LegState.IN_SYNC);
        time.advance(Duration.ofSeconds(20));
        assertThat(mirror.snapshot().isHealthy()).isTrue();
        assertThat(mirror.snapshot().markedBytes()).isZero();
        assertIdentical(mirror);
    }

    @Test
    void aWriteThatAllLegsRefuseHalfwayStaysMarkedWhileTheyRefuseToBeWritten() throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 1);
        long data = SIZE - mirror.geometry().size();
        FaultyDevice.Fault a = legs.get(0).fail(Kind.READ_ONLY, Op.WRITE);
        FaultyDevice.Fault b = legs.get(1).fail(Kind.READ_ONLY, Op.WRITE);
        disks.get(1).write(data, bytes(2).limit(1024));
        assertThat(time.run(done -> mirror.write(0, bytes(2), 0, done)))
                .extracting(BlockException::kind)
                .isEqualTo(Kind.READ_ONLY);
        time.advance(Duration.ofSeconds(60));
        assertThat(mirror.snapshot().markedBytes()).isEqualTo(REGION);
        assertThat(byteAt(mirror, 0)).as("the leg that counts").isEqualTo(1);
        a.repair();
        b.repair();
        CompletableFuture<Void> unused = mirror.readmit(1);
        time.advance(Duration.ofSeconds(60));
        assertThat(mirror.snapshot().isHealthy()).as("%s", mirror.snapshot()).isTrue();
        assertThat(mirror.snapshot().markedBytes()).isZero();
        assertIdentical(mirror);
    }

    @ParameterizedTest
    @EnumSource(names = {"READ_ONLY", "OUT_OF_RANGE", "NOT_SUPPORTED"})
    void aReadThatALegCannotDoIsDoneByAnother(Kind kind) throws BlockException {
        Mirror mirror = create(2);
        write(mirror, 0, 5);
        legs.get(0).fail(kind, Op.READ);
        for (int i = 0; i < 20; i++) {
            assertThat(byteAt(mirror, 0)).isEqualTo(5);
        }
        assertThat(state(mirror, 0)).isEqualTo(LegState.OUT);
        assertThat(state(mirror, 1)).isEqualTo(LegState.IN_SYNC);
    }

    @Test
    void aReadIntoAMisalignedBufferIsNoLegsFault() throws BlockException {
        Mirror mirror = create(2);
        legs.get(0).fail(Kind.MISALIGNED, Op.READ);
        legs.get(1).fail(Kind.MISALIGNED, Op.READ);
        assertThat(time.run(done -> mirror.read(0, ByteBuffer.allocate(512), done)))
                .extracting(BlockException::kind)
                .isEqualTo(Kind.MISALIGNED);
        assertThat(mirror.snapshot().isHealthy()).isTrue();
    }
}
