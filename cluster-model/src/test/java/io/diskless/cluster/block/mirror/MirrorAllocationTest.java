package io.diskless.cluster.block.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.Allocations;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.MemoryDevice;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The steady state makes no garbage. */
class MirrorAllocationTest {
    private static final class Counting implements Completion {
        int completed;

        @Override
        public void completed() {
            completed++;
        }

        @Override
        public void failed(BlockException cause) {
            throw new AssertionError(cause);
        }
    }

    @Test
    void writesAndReadsOverTwoLegsAllocateNothing() throws BlockException {
        ManualScheduler time = new ManualScheduler();
        Mirror mirror = Mirror.create(
                List.of(MemoryDevice.create(4 << 20), MemoryDevice.create(4 << 20)),
                MirrorOptions.builder()
                        .initialSync(InitialSync.ASSUME_IDENTICAL)
                        .scheduler(time)
                        .clock(time)
                        .build());
        Counting done = new Counting();
        ByteBuffer[] buffers = new ByteBuffer[16];
        for (int i = 0; i < buffers.length; i++) {
            buffers[i] = ByteBuffer.allocateDirect(4096);
        }
        int[] turn = new int[1];
        double write = Allocations.bytesPerCall(5000, () -> {
            int i = turn[0]++;
            mirror.write((i & 255) * 4096L, buffers[i & 15], 0, done);
        });
        assertThat(write).as("bytes per write").isZero();
        double read = Allocations.bytesPerCall(5000, () -> {
            int i = turn[0]++;
            mirror.read((i & 255) * 4096L, buffers[i & 15], done);
        });
        assertThat(read).as("bytes per read").isZero();
        double flush = Allocations.bytesPerCall(5000, () -> mirror.flush(done));
        assertThat(flush).as("bytes per flush").isZero();
        assertThat(done.completed).isEqualTo(turn[0] + 40_000);
    }
}
