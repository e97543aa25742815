package io.diskless.aoe.initiator;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.link.SegmentPort;
import io.diskless.aoe.target.AoeTarget;
import io.diskless.aoe.target.ExportOptions;
import io.diskless.aoe.target.TargetOptions;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.net.MacAddress;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** A busy disk makes no garbage: not by submitting, not by sending, receiving or completing. */
class AllocationTest {
    private static final int DEPTH = 16;
    private static final int ROUNDS = 20_000;

    private final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    private long ended;

    /** Starts itself again. */
    private final class Loop implements Completion {
        final AoeDisk disk;
        final long offset;
        final boolean write;
        final ByteBuffer buffer = ByteBuffer.allocateDirect(4096);

        Loop(AoeDisk disk, int index) {
            this.disk = disk;
            offset = index * 4096L;
            write = index % 2 == 0;
        }

        void go() {
            if (write) {
                disk.write(offset, buffer, 0, this);
            } else {
                disk.read(offset, buffer, this);
            }
        }

        @Override
        public void completed() {
            ended++;
            go();
        }

        @Override
        public void failed(BlockException cause) {
            if (cause.kind() != BlockException.Kind.CLOSED) {
                throw new AssertionError(cause);
            }
        }
    }

    @Test
    void theInitiatorAllocatesNothingPerRequest() throws Exception {
        try (Bench bench = new Bench(1500)) {
            SegmentPort port = bench.segment.attach("target", MacAddress.parse("02:00:00:00:00:0a"), 1500);
            AoeTarget target = AoeTarget.create(
                    TargetOptions.builder().clock(bench.segment.clock()).build());
            target.attach(port);
            target.export(Bench.E1_2, MemoryDevice.create(1 << 20), ExportOptions.defaults());
            bench.others.add(target::poll);
            AoeDisk disk = bench.open(DiskOptions.defaults());
            for (int i = 0; i < DEPTH; i++) {
                new Loop(disk, i).go();
            }
            rounds(bench, target);
            long least = Long.MAX_VALUE;
            // The least of some runs: compilation and class loading allocate by the way.
            for (int i = 0; i < 5; i++) {
                long before = ended;
                long bytes = rounds(bench, target);
                assertThat(ended - before).isGreaterThan(ROUNDS);
                least = Math.min(least, bytes * 1000 / (ended - before));
            }
            assertThat(least).as("bytes per 1000 requests").isLessThan(1000);
            target.close();
        }
    }

    /** Returns what the initiator's rounds allocated. */
    private long rounds(Bench bench, AoeTarget target) {
        long bytes = 0;
        for (int i = 0; i < ROUNDS; i++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            bench.initiator.poll();
            bytes += threads.getCurrentThreadAllocatedBytes() - before;
            target.poll();
            bench.segment.advance(1_000);
        }
        return bytes;
    }
}
