package io.diskless.cluster.block;

import io.diskless.cluster.block.testkit.BlockDeviceContract;
import org.junit.jupiter.api.Nested;

/** The contract, for blocks of three sizes. */
class MemoryDeviceContractTest {
    @Nested
    class Sectors extends BlockDeviceContract {
        @Override
        protected BlockDevice open(long size) {
            return MemoryDevice.create(size);
        }

        @Override
        protected void resize(BlockDevice device, long newSize) throws BlockException {
            ((MemoryDevice) device).resize(newSize);
        }
    }

    @Nested
    class Bytes extends BlockDeviceContract {
        @Override
        protected BlockDevice open(long size) {
            return MemoryDevice.create(new BlockGeometry(size, 1, 512, 1, 1 << 20, 0, false));
        }
    }

    @Nested
    class Pages extends BlockDeviceContract {
        @Override
        protected BlockDevice open(long size) {
            return MemoryDevice.create(new BlockGeometry(size, 4096, 4096, 1, 1 << 20, 65536, false));
        }
    }
}
