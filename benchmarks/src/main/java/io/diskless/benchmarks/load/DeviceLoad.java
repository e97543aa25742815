package io.diskless.benchmarks.load;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/**
 * Keeps requests of one size under way on devices that complete on threads of their own; several devices get the slots in
 * turn. Not thread-safe.
 */
final class DeviceLoad {
    /** Nothing that is measured takes a minute. */
    private static final long HIGHEST = TimeUnit.MINUTES.toNanos(1);

    private final List<? extends BlockDevice> devices;

    DeviceLoad(List<? extends BlockDevice> devices) {
        this.devices = devices;
    }

    /**
     * What one burst gave.
     *
     * @param requests that ended
     * @param nanos from the first request to the last answer
     * @param failed of them
     * @param latency nanoseconds of each
     */
    record Burst(long requests, long nanos, long failed, Histogram latency) {
        double perSecond() {
            return requests * 1e9 / nanos;
        }
    }

    Burst burst(int depth, int bytes, boolean writes, long nanos) throws InterruptedException {
        Run run = new Run(depth, writes, System.nanoTime() + nanos);
        long start = System.nanoTime();
        List<Run.Slot> slots = new ArrayList<>();
        for (int i = 0; i < depth; i++) {
            slots.add(run.new Slot(devices.get(i % devices.size()), i, depth, bytes));
        }
        slots.forEach(Run.Slot::start);
        run.ended.await();
        long elapsed = System.nanoTime() - start;
        Histogram latency = new Histogram(HIGHEST, 2);
        slots.forEach(s -> latency.add(s.latency));
        return new Burst(run.answered.get(), elapsed, run.failed.get(), latency);
    }

    private static final class Run {
        private final boolean writes;
        private final long end;
        private final AtomicLong answered = new AtomicLong();
        private final AtomicLong failed = new AtomicLong();
        private final AtomicInteger underWay;
        private final CountDownLatch ended = new CountDownLatch(1);

        Run(int depth, boolean writes, long end) {
            this.writes = writes;
            this.end = end;
            underWay = new AtomicInteger(depth);
        }

        /** One request at a time, in a part of the device that is its own, until the burst is over. */
        private final class Slot implements Completion {
            private final BlockDevice device;
            private final ByteBuffer buffer;
            private final long first;
            private final long blocks;
            /** Written by whoever completes this slot's one request, read behind the end of the burst. */
            private final Histogram latency = new Histogram(HIGHEST, 2);

            private long started;

            Slot(BlockDevice device, int index, int depth, int bytes) {
                this.device = device;
                buffer = ByteBuffer.allocateDirect(bytes);
                blocks = device.geometry().size() / bytes / depth;
                first = index * blocks;
            }

            void start() {
                long at = (first + ThreadLocalRandom.current().nextLong(blocks)) * buffer.capacity();
                started = System.nanoTime();
                if (writes) {
                    device.write(at, buffer, 0, this);
                } else {
                    device.read(at, buffer, this);
                }
            }

            @Override
            public void completed() {
                answered.getAndIncrement();
                long now = System.nanoTime();
                latency.recordValue(Math.min(now - started, HIGHEST));
                if (now - end < 0) {
                    start();
                } else if (underWay.decrementAndGet() == 0) {
                    ended.countDown();
                }
            }

            @Override
            public void failed(BlockException cause) {
                failed.getAndIncrement();
                completed();
            }
        }
    }
}
