package io.diskless.cluster.block;

import io.diskless.cluster.block.testkit.BlockDeviceContract;
import io.diskless.cluster.block.testkit.FaultyDevice;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

class OverlayDeviceContractTest {
    @Nested
    class InAFile extends BlockDeviceContract {
        @TempDir
        private Path folder;

        private int number;
        private Path path;
        private BlockDevice base;

        @Override
        protected BlockDevice open(long size) throws Exception {
            path = folder.resolve("overlay" + number++);
            base = MemoryDevice.create(size);
            return reopen();
        }

        @Override
        protected BlockDevice reopen() throws Exception {
            return OverlayDevice.open(base, path, OverlayOptions.defaults());
        }
    }

    @Nested
    class LargeClustersInMemory extends BlockDeviceContract {
        @Override
        protected BlockDevice open(long size) throws Exception {
            return OverlayDevice.on(
                    MemoryDevice.create(size),
                    MemoryDevice.create(2 * size),
                    OverlayOptions.defaults().withCluster(1 << 16).withBaseCheck(OverlayOptions.BaseCheck.EVERYTHING));
        }
    }

    /** A base behind a network, a store that is slow. */
    @Nested
    class Asynchronous extends BlockDeviceContract {
        private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(2);
        private final Queue<ScheduledFuture<?>> timers = new ConcurrentLinkedQueue<>();

        @AfterEach
        @Override
        protected void closeAll() throws Exception {
            super.closeAll();
            clock.shutdown();
        }

        private FaultyDevice slow(long size) {
            FaultyDevice device = FaultyDevice.of(MemoryDevice.create(size));
            device.delay(() -> 1_000, (work, nanos) -> timers.add(clock.schedule(work, nanos, TimeUnit.NANOSECONDS)));
            return device;
        }

        @Override
        protected BlockDevice open(long size) throws Exception {
            return OverlayDevice.on(
                    slow(size), slow(2 * size), OverlayOptions.defaults().withCluster(8192));
        }

        @Override
        protected int chainLength() {
            return 2_000;
        }

        @Override
        protected int randomOperations() {
            return 200;
        }
    }
}
