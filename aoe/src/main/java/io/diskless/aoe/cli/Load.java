package io.diskless.aoe.cli;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a number of requests under way on a device for a while and records how long each took. Requests are aligned to
 * their size; each slot has a slice of the device of its own, so writes never overlap.
 */
final class Load {
    /** Latencies up to a minute with three digits. */
    private static final long HIGHEST_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final BlockDevice device;
    private final int size;
    private final int writePercent;
    private final boolean sequential;
    private final AtomicHistogram latency = new AtomicHistogram(HIGHEST_NANOS, 3);
    private final AtomicLong ended = new AtomicLong();
    private final AtomicReference<@Nullable BlockException> failure = new AtomicReference<>();
    private volatile boolean stopping;
    private volatile long end;

    Load(BlockDevice device, int size, int writePercent, boolean sequential) {
        this.device = device;
        this.size = size;
        this.writePercent = writePercent;
        this.sequential = sequential;
    }

    /**
     * What came of a run.
     *
     * @param requests completed
     * @param nanos wall clock
     * @param latency nanoseconds
     */
    record Result(long requests, long nanos, Histogram latency) {
        double perSecond() {
            return requests * 1e9 / nanos;
        }
    }

    Result run(int depth, long nanos, long seed) throws BlockException, InterruptedException {
        long blocks = device.geometry().size() / size;
        if (blocks < depth) {
            throw new IllegalArgumentException("the disk has only " + blocks + " blocks of " + size
                    + " bytes, fewer than the depth " + depth + "; use a smaller --size or --depth");
        }
        CountDownLatch idle = new CountDownLatch(depth);
        RandomGenerator seeds = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        long perSlot = blocks / depth;
        long start = System.nanoTime();
        // Slots look at the time themselves: on a device that completes inline the first one never gives the thread
        // back.
        end = start + nanos;
        for (int i = 0; i < depth; i++) {
            new Slot(i * perSlot, perSlot, idle, seeds.nextLong()).next();
        }
        boolean early = idle.await(nanos, TimeUnit.NANOSECONDS);
        stopping = true;
        if (!early) {
            idle.await();
        }
        long took = System.nanoTime() - start;
        BlockException cause = failure.get();
        if (cause != null) {
            throw cause;
        }
        return new Result(ended.get(), took, latency);
    }

    /** One request under way at any time; allocates nothing between them. */
    private final class Slot implements Completion {
        private final long first;
        private final long count;
        private final CountDownLatch idle;
        private final RandomGenerator random;
        private final ByteBuffer buffer =
                ByteBuffer.allocateDirect(size + 2 * 4096).alignedSlice(4096);
        private long turn;
        private long started;

        Slot(long first, long count, CountDownLatch idle, long seed) {
            this.first = first;
            this.count = count;
            this.idle = idle;
            this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
            for (int i = 0; i + 8 <= size; i += 8) {
                buffer.putLong(i, random.nextLong());
            }
            buffer.clear().limit(size);
        }

        void next() {
            long block = first + (sequential ? turn++ % count : random.nextLong(count));
            boolean write = writePercent > 0 && random.nextInt(100) < writePercent;
            started = System.nanoTime();
            if (write) {
                device.write(block * size, buffer, 0, this);
            } else {
                device.read(block * size, buffer, this);
            }
        }

        @Override
        public void completed() {
            latency.recordValue(Math.min(HIGHEST_NANOS, System.nanoTime() - started));
            ended.incrementAndGet();
            if (stopping || System.nanoTime() - end >= 0) {
                idle.countDown();
            } else {
                next();
            }
        }

        @Override
        public void failed(BlockException cause) {
            failure.compareAndSet(null, cause);
            stopping = true;
            idle.countDown();
        }
    }
}
