package io.diskless.cluster.block;

import io.diskless.cluster.block.testkit.BlockDeviceContract;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Nested;

/** The contract for devices that show another one differently. */
class ViewsContractTest {
    @Nested
    class ReadOnly extends BlockDeviceContract {
        private MemoryDevice below;

        @Override
        protected BlockDevice open(long size) {
            below = MemoryDevice.create(size);
            return ReadOnlyDevice.of(below);
        }

        @Override
        protected void put(BlockDevice device, long offset, ByteBuffer bytes) throws Exception {
            below.write(offset, bytes);
        }

        @Override
        protected void resize(BlockDevice device, long newSize) throws Exception {
            below.resize(newSize);
        }
    }

    @Nested
    class SliceInTheMiddle extends BlockDeviceContract {
        private MemoryDevice below;

        @Override
        protected BlockDevice open(long size) {
            below = MemoryDevice.create(size + 65536 * 5);
            return SliceDevice.of(below, 65536 * 3 + 512, size);
        }

        @Override
        protected BlockDevice reopen() {
            return SliceDevice.of(below, 65536 * 3 + 512, 1 << 20);
        }
    }

    @Nested
    class WholeSlice extends BlockDeviceContract {
        private MemoryDevice below;

        @Override
        protected BlockDevice open(long size) throws Exception {
            below = MemoryDevice.create(4 * size);
            SliceDevice slice = SliceDevice.of(below, 0, 4 * size);
            // A slice follows the device below as far as its own length.
            below.resize(size);
            return slice;
        }

        @Override
        protected void resize(BlockDevice device, long newSize) throws Exception {
            below.resize(newSize);
        }
    }
}
