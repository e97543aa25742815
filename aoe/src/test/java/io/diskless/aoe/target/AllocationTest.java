package io.diskless.aoe.target;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.link.FrameHandler;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.cluster.block.testkit.FaultyDevice.Op;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Reads and writes of a device that completes inline allocate nothing and copy nothing. */
class AllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int CALLS = 20_000;

    private int answers;

    private double bytesPerCall(Bench bench, byte[] frame) {
        FrameHandler handler = f -> answers++;
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 6; round++) {
            answers = 0;
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                Frame slot = bench.client.claim();
                slot.bytes().put(0, frame);
                // A tag of its own for each, as an initiator does.
                slot.bytes().putInt(20, round * CALLS + i);
                bench.client.commit(frame.length);
                bench.client.flush();
                bench.target.poll();
                bench.client.receive(handler, 4);
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
            assertThat(answers).isEqualTo(CALLS);
        }
        return (double) least / CALLS;
    }

    @Test
    void inlineReadsAndWritesAreFree() throws Exception {
        try (Bench bench = new Bench()) {
            bench.target.export(Bench.E1_2, MemoryDevice.create(64 * 512), ExportOptions.defaults());
            bench.received();
            assertThat(bytesPerCall(bench, Bench.write(0, 3, Bench.sectors(2, 1))))
                    .isLessThan(1);
            assertThat(bytesPerCall(bench, Bench.read(0, 3, 2))).isLessThan(1);
            TargetSnapshot.ExportCounters counters = bench.target.snapshot().export(Bench.E1_2);
            assertThat(counters.copies()).isZero();
            assertThat(counters.writes()).isEqualTo(6L * CALLS);
        }
    }

    @Test
    void requestsToOtherDevicesAreCopiedOnceEachWayAndCounted() throws Exception {
        try (Bench bench = new Bench()) {
            FaultyDevice device = FaultyDevice.of(MemoryDevice.create(64 * 512));
            device.hold(Op.READ, Op.WRITE);
            bench.target.export(Bench.E1_2, device, ExportOptions.defaults());
            bench.received();
            Bench.send(bench.client, Bench.write(1, 0, Bench.sectors(2, 1)));
            Bench.send(bench.client, Bench.read(2, 8, 2));
            bench.received();
            device.releaseAll();
            assertThat(bench.received()).hasSize(2);
            TargetSnapshot.ExportCounters counters = bench.target.snapshot().export(Bench.E1_2);
            assertThat(counters.copies()).isEqualTo(2);
            assertThat(counters.copiedBytes()).isEqualTo(2048);
        }
    }
}
