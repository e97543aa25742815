package io.diskless.cluster.block;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskless.cluster.block.testkit.BlockDeviceContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The contract, for every way a file can be used. */
class FileDeviceContractTest {
    abstract static class OnFile extends BlockDeviceContract {
        @TempDir
        private Path folder;

        private int files;
        private Path path;
        private FileOptions.Builder options;

        abstract FileOptions.Builder options() throws Exception;

        @Override
        protected BlockDevice open(long size) throws Exception {
            path = folder.resolve("image" + files++);
            options = options();
            return FileDevice.open(path, options.create(size).build());
        }

        @Override
        protected BlockDevice reopen() throws Exception {
            return FileDevice.open(path, options.create(-1).build());
        }

        @Override
        protected void resize(BlockDevice device, long newSize) throws Exception {
            ((FileDevice) device).resize(newSize);
        }

        @Override
        protected boolean takesAnyBuffer(BlockGeometry geometry) {
            return true;
        }
    }

    abstract static class OnFileWithThreads extends OnFile {
        private ExecutorService threads;

        @BeforeEach
        void start() {
            threads = Executors.newFixedThreadPool(2);
        }

        @AfterEach
        void stop() {
            threads.shutdown();
        }

        FileOptions.Builder onThreads() {
            return FileOptions.builder().executor(threads);
        }
    }

    @Nested
    class Buffered extends OnFile {
        @Override
        FileOptions.Builder options() {
            return FileOptions.builder();
        }
    }

    @Nested
    class BufferedDurableSingleBytes extends OnFile {
        @Override
        FileOptions.Builder options() {
            return FileOptions.builder().sync(FileOptions.Sync.EVERY_WRITE).logicalBlock(1);
        }

        @Override
        protected int chainLength() {
            return 1_000; // Each write reaches the disk.
        }

        @Override
        protected int randomOperations() {
            return 150;
        }
    }

    @Nested
    class Mapped extends OnFile {
        @Override
        FileOptions.Builder options() {
            return FileOptions.builder().mode(FileOptions.Mode.MAPPED);
        }
    }

    @Nested
    class MappedWrites extends OnFile {
        @Override
        FileOptions.Builder options() {
            return FileOptions.builder().mode(FileOptions.Mode.MAPPED_WRITES);
        }
    }

    @Nested
    class BufferedOnThreads extends OnFileWithThreads {
        @Override
        FileOptions.Builder options() {
            return onThreads();
        }
    }

    @Nested
    class Direct extends OnFile {
        @Override
        FileOptions.Builder options() throws Exception {
            assumeDirect();
            return FileOptions.builder().mode(FileOptions.Mode.DIRECT);
        }

        @Override
        protected int chainLength() {
            return 5_000; // Each operation reaches the disk.
        }
    }

    @Nested
    class DirectOnThreads extends OnFileWithThreads {
        @Override
        FileOptions.Builder options() throws Exception {
            assumeDirect();
            return onThreads().mode(FileOptions.Mode.DIRECT);
        }

        @Override
        protected int chainLength() {
            return 5_000;
        }
    }

    static void assumeDirect() throws Exception {
        Path probe = Files.createTempFile("diskless", "direct");
        String reason = FileDevice.whyNoDirect(probe);
        Files.delete(probe);
        assumeTrue(reason == null, "no direct I/O here: " + reason);
    }
}
