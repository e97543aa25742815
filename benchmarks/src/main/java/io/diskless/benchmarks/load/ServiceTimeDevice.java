package io.diskless.benchmarks.load;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * A disk that takes its time: one request after the other, each for a time between half and one and a half of the mean,
 * from a seeded generator. A request that was served late because the thread was not run in time does not delay those that
 * were waiting behind it: the times add up as on a disk of its own. Thread-safe.
 */
final class ServiceTimeDevice implements BlockDevice {
    private final BlockDevice device;
    private final SplittableRandom random;
    private final long mean;
    private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
    private final Thread thread = new Thread(this::serve, "service-time");
    private long free = System.nanoTime();

    ServiceTimeDevice(BlockDevice device, long meanNanos, long seed) {
        this.device = device;
        mean = meanNanos;
        random = new SplittableRandom(seed);
        thread.setDaemon(true);
        thread.start();
    }

    private void serve() {
        try {
            while (true) {
                queue.take().run();
            }
        } catch (InterruptedException e) {
            // Closed; what still waits belongs to a process that ends.
        }
    }

    private void after(long arrived, Runnable work) {
        free = Math.max(free, arrived) + mean / 2 + random.nextLong(mean);
        for (long left = free - System.nanoTime(); left > 0; left = free - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        work.run();
    }

    private void queue(Runnable work) {
        long arrived = System.nanoTime();
        queue.add(() -> after(arrived, work));
    }

    @Override
    public BlockGeometry geometry() {
        return device.geometry();
    }

    @Override
    public boolean completesInline() {
        return false;
    }

    @Override
    public void read(long offset, ByteBuffer dst, Completion done) {
        queue(() -> device.read(offset, dst, done));
    }

    @Override
    public void write(long offset, ByteBuffer src, int flags, Completion done) {
        queue(() -> device.write(offset, src, flags, done));
    }

    @Override
    public void flush(Completion done) {
        queue(() -> device.flush(done));
    }

    @Override
    public void discard(long offset, long length, Completion done) {
        queue(() -> device.discard(offset, length, done));
    }

    @Override
    public void writeZeroes(long offset, long length, Completion done) {
        queue(() -> device.writeZeroes(offset, length, done));
    }

    @Override
    public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
        return device.onGeometryChange(listener);
    }

    @Override
    public void close() throws BlockException {
        thread.interrupt();
        device.close();
    }
}
