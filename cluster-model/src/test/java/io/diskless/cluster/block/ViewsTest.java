package io.diskless.cluster.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.OnceCompletion;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ViewsTest {
    private static final Completion IGNORE = new Completion() {
        @Override
        public void completed() {}

        @Override
        public void failed(BlockException cause) {
            throw new AssertionError(cause);
        }
    };

    @Test
    void aSliceTellsFailuresInItsOwnOffsets() {
        FaultyDevice below = FaultyDevice.of(MemoryDevice.create(1 << 20));
        SliceDevice slice = SliceDevice.of(below, 4096, 65536);
        below.fail(BlockException.Kind.MEDIUM, 8192, 512);
        OnceCompletion done = new OnceCompletion();
        slice.read(2048, ByteBuffer.allocate(8192), done);
        assertThat(done.outcome(Duration.ZERO).kind()).isEqualTo(BlockException.Kind.MEDIUM);
        assertThat(done.outcome(Duration.ZERO).offset()).isEqualTo(4096);
    }

    @Test
    void aSliceLivesInItsDeviceAndLeavesItOpen() throws BlockException {
        MemoryDevice below = MemoryDevice.create(1 << 20);
        assertThatThrownBy(() -> SliceDevice.of(below, 1 << 20, 512)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SliceDevice.of(below, 100, 512)).isInstanceOf(IllegalArgumentException.class);
        SliceDevice slice = SliceDevice.of(below, (1 << 20) - 1024, 1024);
        slice.write(512, ByteBuffer.allocate(512).put(0, (byte) 5));
        slice.close();
        ByteBuffer back = ByteBuffer.allocate(512);
        below.read((1 << 20) - 512, back);
        assertThat(back.get(0)).isEqualTo((byte) 5);
    }

    @Test
    void aSliceBeyondTheEndOfAShrunkenDeviceHasNothingLeft() throws BlockException {
        MemoryDevice below = MemoryDevice.create(1 << 20);
        SliceDevice slice = SliceDevice.of(below, 1 << 19, 1 << 19);
        below.resize(1 << 18);
        assertThat(slice.geometry().size()).isZero();
        below.resize(3 << 18);
        assertThat(slice.geometry().size()).isEqualTo(1 << 18);
    }

    @Test
    void viewsAllocateNothing() {
        MemoryDevice memory = MemoryDevice.create(1 << 20);
        BlockDevice device = ReadOnlyDevice.of(SliceDevice.of(SliceDevice.of(memory, 4096, 1 << 19), 512, 1 << 18));
        SliceDevice slice = SliceDevice.of(memory, 4096, 1 << 19);
        ByteBuffer bytes = ByteBuffer.allocateDirect(4096);
        assertThat(Allocations.bytesPerCall(10_000, () -> {
                    device.read(512, bytes, IGNORE);
                    slice.write(512, bytes, 0, IGNORE);
                }))
                .isZero();
    }
}
