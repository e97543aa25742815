package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.BlockDeviceContract;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;

/** The contract that every device keeps, over legs of several kinds. */
class MirrorContractTest {
    abstract static class Over extends BlockDeviceContract {
        private final int legs;
        private final MirrorOptions options;
        private List<MemoryDevice> last = List.of();

        Over(int legs, MirrorOptions options) {
            this.legs = legs;
            this.options = options;
        }

        BlockGeometry shape(long size) {
            return BlockGeometry.ofSectors(size).withDiscardGranularity(512);
        }

        /** The first leg size that leaves this much for data. */
        static long legSize(long size, int logical, MirrorOptions options) {
            boolean end = options.placement() == MetadataPlacement.END;
            long guess = size;
            for (int i = 0; i < 8; i++) {
                guess = size
                        + Layout.plan(end, guess, Math.max(512, logical), logical, options.regionSize())
                                .metaSize();
            }
            return guess;
        }

        @Override
        protected BlockDevice open(long size) throws BlockException {
            List<MemoryDevice> devices = new ArrayList<>();
            for (int i = 0; i < legs; i++) {
                devices.add(MemoryDevice.create(shape(legSize(size, shape(65536).logicalBlock(), options))));
            }
            last = devices;
            return Mirror.create(devices, options);
        }

        @Override
        protected BlockDevice reopen() throws BlockException {
            return Mirror.open(last, options);
        }

        @Override
        protected void resize(BlockDevice device, long newSize) throws Exception {
            for (MemoryDevice leg : last) {
                leg.resize(leg.geometry().size() + newSize - device.geometry().size());
            }
        }
    }

    private static MirrorOptions.Builder options() {
        return MirrorOptions.builder()
                .initialSync(InitialSync.ASSUME_IDENTICAL)
                .closeLegs(false)
                .clearDelay(java.time.Duration.ofMillis(2));
    }

    @Nested
    class OneLeg extends Over {
        OneLeg() {
            super(1, options().build());
        }
    }

    @Nested
    class TwoLegs extends Over {
        TwoLegs() {
            super(2, options().build());
        }
    }

    @Nested
    class ThreeLegsSmallRegionsFreshlySyncing extends Over {
        ThreeLegsSmallRegionsFreshlySyncing() {
            super(
                    3,
                    options()
                            .regionSize(4096)
                            .initialSync(InitialSync.FROM_FIRST_LEG)
                            .build());
        }
    }

    @Nested
    class TwoLegsWithADeadline extends Over {
        TwoLegsWithADeadline() {
            super(2, options().legDeadline(java.time.Duration.ofMinutes(2)).build());
        }
    }

    @Nested
    class PagesAtTheEnd extends Over {
        PagesAtTheEnd() {
            super(2, options().placement(MetadataPlacement.END).build());
        }

        @Override
        BlockGeometry shape(long size) {
            return new BlockGeometry(size, 4096, 4096, 1, 1 << 20, 65536, false);
        }

        @Override
        protected void resize(BlockDevice device, long newSize) {
            throw new org.opentest4j.TestAbortedException("legs with the metadata at their end do not grow");
        }
    }
}
