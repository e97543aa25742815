package io.diskless.drbd.peer;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.FileDevice;
import io.diskless.cluster.block.FileOptions;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.IncludeResolver;
import io.diskless.cluster.conf.drbd.DrbdConfig;
import io.diskless.cluster.conf.drbd.DrbdDialect;
import io.diskless.drbd.session.ConfiguredResource;
import io.diskless.drbd.session.DrbdResource;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/**
 * A program of its own that becomes Primary of a resource and writes to it until somebody kills it. For each block that was
 * reported written it prints a line with the block's number and that of the write, which fills the block.
 */
final class KilledWriter {
    private static final int BLOCK = 4096;

    /** Blocks that are written by one after the other, at the same time as others; each has blocks of its own. */
    private static final int WRITERS = 16;

    private final BlockDevice volume;
    private final int blocks;
    private final PrintStream out;

    private KilledWriter(BlockDevice volume, PrintStream out) {
        this.volume = volume;
        this.out = out;
        blocks = (int) (volume.geometry().size() / BLOCK);
    }

    /** Arguments: the configuration, the resource, and whose side this is. */
    public static void main(String[] args) throws Exception {
        var config = DrbdConfig.parse(ConfigText.read(Path.of(args[0])), DrbdDialect.V8_4, IncludeResolver.files())
                .resource(args[1])
                .orElseThrow();
        DrbdResource resource = DrbdResource.open(ConfiguredResource.of(config, args[2])
                .builder(name -> FileDevice.open(Path.of(name), FileOptions.defaults()))
                .executor(Executors.newFixedThreadPool(4))
                .build());
        CountDownLatch good = new CountDownLatch(1);
        var unused = resource.onEvent(event -> {
            if (resource.state(0).connection() == ConnectionState.CONNECTED
                    && resource.state(0).disk() == DiskState.UP_TO_DATE
                    && resource.state(0).peerDisk() == DiskState.UP_TO_DATE) {
                good.countDown();
            }
        });
        resource.connect();
        good.await();
        resource.promote(false).get();
        KilledWriter all = new KilledWriter(resource.volume(0), System.out);
        for (int i = 0; i < WRITERS; i++) {
            all.new Writer(i).next();
        }
        new CountDownLatch(1).await();
    }

    private final class Writer implements Completion {
        private final int first;
        private final Random random;
        private final ByteBuffer content = ByteBuffer.allocateDirect(BLOCK);
        private long number;
        private int block;

        Writer(int first) {
            this.first = first;
            random = new Random(first);
        }

        void next() {
            block = first + WRITERS * random.nextInt(blocks / WRITERS);
            number++;
            for (int i = 0; i < BLOCK; i += 8) {
                content.putLong(i, number);
            }
            volume.write(block * (long) BLOCK, content, 0, this);
        }

        @Override
        public void completed() {
            // A line is one write to the pipe: what is killed behind it has said it.
            out.println(block + " " + number);
            next();
        }

        @Override
        public void failed(BlockException cause) {
            out.println("failed: " + cause);
        }
    }
}
