package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.FileDevice;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/** A device that is touched on the threads of an executor only: one that blocks does not block its caller. Thread-safe. */
final class ExecutorDevice implements BlockDevice {
    private final BlockDevice device;
    private final Executor executor;

    ExecutorDevice(BlockDevice device, Executor executor) {
        this.device = device;
        this.executor = executor;
    }

    /** Has the size of a file or block device asked for anew; other devices know theirs. May end on any thread. */
    static CompletableFuture<Void> refresh(BlockDevice device) {
        BlockDevice under = device instanceof ExecutorDevice e ? e.device : device;
        if (!(under instanceof FileDevice file)) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        Runnable work = () -> {
            try {
                file.refresh();
                done.complete(null);
            } catch (BlockException e) {
                done.completeExceptionally(e);
            }
        };
        if (device instanceof ExecutorDevice e) {
            try {
                e.executor.execute(work);
            } catch (RejectedExecutionException ended) {
                done.completeExceptionally(ended);
            }
        } else {
            work.run();
        }
        return done;
    }

    private void run(Completion done, Runnable work) {
        try {
            executor.execute(work);
        } catch (RejectedExecutionException e) {
            done.failed(new BlockException(
                    BlockException.Kind.CLOSED, BlockException.NO_OFFSET, "the disk's executor has ended", e));
        }
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
        run(done, () -> device.read(offset, dst, done));
    }

    @Override
    public void write(long offset, ByteBuffer src, int flags, Completion done) {
        run(done, () -> device.write(offset, src, flags, done));
    }

    @Override
    public void flush(Completion done) {
        run(done, () -> device.flush(done));
    }

    @Override
    public void discard(long offset, long length, Completion done) {
        run(done, () -> device.discard(offset, length, done));
    }

    @Override
    public void writeZeroes(long offset, long length, Completion done) {
        run(done, () -> device.writeZeroes(offset, length, done));
    }

    @Override
    public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
        return device.onGeometryChange(listener);
    }

    @Override
    public void close() throws BlockException {
        device.close();
    }
}
