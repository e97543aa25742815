package io.diskless.cluster.block.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.MemoryDevice;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class FaultyDeviceTest {
    private final FaultyDevice device = FaultyDevice.of(MemoryDevice.create(1 << 20));

    @Nested
    class Contract extends BlockDeviceContract {
        @Override
        protected BlockDevice open(long size) {
            return FaultyDevice.of(MemoryDevice.create(size));
        }
    }

    private OnceCompletion write(long offset, int value) {
        OnceCompletion done = new OnceCompletion();
        device.write(offset, ByteBuffer.allocate(512).put(0, (byte) value), 0, done);
        return done;
    }

    private static Kind failure(OnceCompletion done) {
        BlockException failure = done.outcome(Duration.ZERO);
        return failure == null ? null : failure.kind();
    }

    private byte firstByte(long offset) throws BlockException {
        ByteBuffer back = ByteBuffer.allocate(512);
        device.read(offset, back);
        return back.get(0);
    }

    @Test
    void failsWhereItIsToldAndNamesTheFirstBadByte() throws BlockException {
        FaultyDevice.Fault fault =
                device.fail(Kind.MEDIUM, 1024, 512, FaultyDevice.Op.READ).times(2);
        OnceCompletion done = new OnceCompletion();
        device.read(512, ByteBuffer.allocate(2048), done);
        assertThat(failure(done)).isEqualTo(Kind.MEDIUM);
        assertThat(done.outcome(Duration.ZERO).offset()).isEqualTo(1024);
        assertThat(failure(write(1024, 1))).isNull();
        OnceCompletion again = new OnceCompletion();
        device.read(1024, ByteBuffer.allocate(512), again);
        assertThat(failure(again)).isEqualTo(Kind.MEDIUM);
        assertThat(firstByte(1024)).isEqualTo((byte) 1);
        assertThat(fault.hits()).isEqualTo(2);
        fault.repair();
        device.fail(Kind.TIMEOUT, FaultyDevice.Op.FLUSH);
        OnceCompletion flush = new OnceCompletion();
        device.flush(flush);
        assertThat(failure(flush)).isEqualTo(Kind.TIMEOUT);
    }

    @Test
    void holdsOperationsUntilReleasedInAnyOrder() throws BlockException {
        device.hold(FaultyDevice.Op.WRITE);
        OnceCompletion a = write(0, 1);
        OnceCompletion b = write(512, 2);
        OnceCompletion c = write(1024, 3);
        assertThat(device.completesInline()).isFalse();
        assertThat(firstByte(0)).as("a held write is not done").isZero();
        assertThat(device.releaseNewest()).isTrue();
        assertThat(List.of(a.isOver(), b.isOver(), c.isOver())).containsExactly(false, false, true);
        assertThat(device.release(1)).isEqualTo(1);
        assertThat(a.isOver()).isTrue();
        device.failHeld(Kind.STALE);
        assertThat(failure(b)).isEqualTo(Kind.STALE);
        assertThat(firstByte(512)).isZero();
        write(512, 5);
        assertThat(device.held()).isEqualTo(1);
        device.releaseAll();
        assertThat(firstByte(512)).isEqualTo((byte) 5);
        assertThat(write(512, 6).isOver()).isTrue();
    }

    @Test
    void whatIsHeldAtCloseEndsWithClosed() throws BlockException {
        device.hold();
        OnceCompletion held = write(0, 1);
        device.close();
        assertThat(failure(held)).isEqualTo(Kind.CLOSED);
        assertThat(failure(write(0, 1))).isEqualTo(Kind.CLOSED);
    }

    @Test
    void delaysByTheSchedulerOfTheTest() throws BlockException {
        List<Runnable> later = new ArrayList<>();
        List<Long> nanos = new ArrayList<>();
        device.delay(() -> 1_000_000, (work, delay) -> {
            later.add(work);
            nanos.add(delay);
        });
        OnceCompletion done = write(0, 1);
        assertThat(done.isOver()).isFalse();
        assertThat(nanos).containsExactly(1_000_000L);
        later.get(0).run();
        assertThat(done.calls()).isEqualTo(1);
    }
}
