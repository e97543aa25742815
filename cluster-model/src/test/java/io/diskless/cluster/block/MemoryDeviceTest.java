package io.diskless.cluster.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryDeviceTest {
    private static final int CHUNK = MemoryDevice.CHUNK;

    private static final Completion IGNORE = new Completion() {
        @Override
        public void completed() {}

        @Override
        public void failed(BlockException cause) {
            throw new AssertionError(cause);
        }
    };

    private static ByteBuffer filled(int length, int value) {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        for (int i = 0; i < length; i++) {
            buffer.put(i, (byte) value);
        }
        return buffer;
    }

    @Test
    void takesRoomOnlyWhereItWasWritten() throws BlockException {
        MemoryDevice device = MemoryDevice.create(1L << 50);
        assertThat(device.allocatedBytes()).isZero();
        ByteBuffer back = filled(512, 9);
        device.read((1L << 50) - 512, back);
        assertThat(back).isEqualTo(filled(512, 0));
        assertThat(device.allocatedBytes()).isZero();
        device.write((1L << 50) - 512, filled(512, 7));
        device.write(CHUNK - 512, filled(1024, 8));
        assertThat(device.allocatedBytes()).isEqualTo(3L * CHUNK);
        device.read((1L << 50) - 512, back);
        assertThat(back).isEqualTo(filled(512, 7));
    }

    @Test
    void discardAndZeroesGiveWholeChunksBack() throws BlockException {
        MemoryDevice device = MemoryDevice.create(8L * CHUNK);
        device.write(0, filled(8 * CHUNK, 1));
        device.discard(512, 3L * CHUNK);
        assertThat(device.allocatedBytes()).isEqualTo(6L * CHUNK);
        device.writeZeroes(4L * CHUNK, 2L * CHUNK);
        assertThat(device.allocatedBytes()).isEqualTo(4L * CHUNK);
        ByteBuffer back = ByteBuffer.allocate(8 * CHUNK);
        device.read(0, back);
        for (int i = 0; i < back.capacity(); i++) {
            boolean zero = (i >= 512 && i < 512 + 3 * CHUNK) || (i >= 4 * CHUNK && i < 6 * CHUNK);
            assertThat(back.get(i)).as("byte %d", i).isEqualTo((byte) (zero ? 0 : 1));
        }
    }

    @Test
    void zeroesOverAnEmptyPetabyteAreQuick() throws BlockException {
        MemoryDevice device = MemoryDevice.create(1L << 50);
        device.write(1L << 49, filled(512, 1));
        device.writeZeroes(0, 1L << 50);
        assertThat(device.allocatedBytes()).isZero();
    }

    @Test
    void aSmallerDeviceForgetsWhatWasCutOff() throws BlockException {
        MemoryDevice device = MemoryDevice.create(2L * CHUNK);
        List<Long> sizes = new ArrayList<>();
        BlockDevice.Subscription subscription = device.onGeometryChange(g -> sizes.add(g.size()));
        device.write(0, filled(2 * CHUNK, 5));
        device.resize(1024);
        assertThatThrownBy(() -> device.read(1024, filled(512, 0))).isInstanceOfSatisfying(BlockException.class, e -> {
            assertThat(e.kind()).isEqualTo(BlockException.Kind.OUT_OF_RANGE);
            assertThat(e.offset()).isEqualTo(1024);
        });
        device.resize(2L * CHUNK);
        ByteBuffer back = filled(2 * CHUNK, 9);
        device.read(0, back);
        assertThat(back.slice(0, 1024)).isEqualTo(filled(1024, 5));
        assertThat(back.slice(1024, 2 * CHUNK - 1024)).isEqualTo(filled(2 * CHUNK - 1024, 0));
        subscription.close();
        device.resize(512);
        assertThat(sizes).containsExactly(1024L, 2L * CHUNK);
        device.close();
        assertThatThrownBy(() -> device.resize(1024)).isInstanceOf(BlockException.class);
    }

    @Test
    void refusesSizesItCannotHold() {
        assertThatThrownBy(() -> MemoryDevice.create(1L << 62)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MemoryDevice.create(100)).isInstanceOf(IllegalArgumentException.class);
        assertThat(MemoryDevice.create(0).geometry().size()).isZero();
    }

    @Test
    void allocatesNothingOnceAChunkIsThere() {
        MemoryDevice device = MemoryDevice.create(4L * CHUNK);
        ByteBuffer direct = ByteBuffer.allocateDirect(8192);
        ByteBuffer heap = ByteBuffer.allocate(8192);
        device.write(CHUNK - 4096, direct, 0, IGNORE);
        assertThat(Allocations.bytesPerCall(10_000, () -> {
                    device.write(CHUNK - 4096, direct, 0, IGNORE);
                    device.write(CHUNK - 4096, heap, 0, IGNORE);
                    device.read(CHUNK - 4096, direct, IGNORE);
                    device.read(CHUNK - 4096, heap, IGNORE);
                    device.read(2L * CHUNK, heap, IGNORE);
                    device.flush(IGNORE);
                }))
                .isZero();
    }
}
