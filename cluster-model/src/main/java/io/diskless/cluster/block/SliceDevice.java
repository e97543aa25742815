package io.diskless.cluster.block;

import io.diskless.cluster.block.internal.GeometryState;
import io.diskless.cluster.block.internal.Inline;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A part of another device, for instance one partition. Several slices may share a device, so closing a slice leaves the
 * device below open.
 *
 * <p>If the device below shrinks, so does a slice that reaches beyond its end; it grows back with it, up to its own
 * length. Reads and writes go through without a copy and, up to 64 at a time, without an allocation.
 * Thread-safe.
 */
public final class SliceDevice implements BlockDevice {
    private static final int POOLED = 64;

    private final BlockDevice below;
    private final long start;
    private final long length;
    private final GeometryState geometry;
    private final Subscription subscription;
    private final AtomicReferenceArray<@Nullable Shift> pool = new AtomicReferenceArray<>(POOLED);
    private volatile boolean closed;

    /** Tells failures in offsets of the slice. Goes back to the pool before it passes anything on. */
    private final class Shift implements Completion {
        private @Nullable Completion done;

        private Completion leave() {
            Completion waiting = Objects.requireNonNull(done);
            done = null;
            int home = System.identityHashCode(this) & POOLED - 1;
            for (int i = 0; i < 4 && !pool.compareAndSet(home + i & POOLED - 1, null, this); i++) {
                // The next place may be free; if none of them is, the collector gets it.
            }
            return waiting;
        }

        @Override
        public void completed() {
            leave().completed();
        }

        @Override
        public void failed(BlockException cause) {
            Completion waiting = leave();
            if (cause.offset() < start) {
                waiting.failed(cause);
            } else {
                waiting.failed(new BlockException(
                        cause.kind(), cause.offset() - start, String.valueOf(cause.getMessage()), cause));
            }
        }
    }

    private SliceDevice(BlockDevice below, long start, long length) {
        this.below = below;
        this.start = start;
        this.length = length;
        this.geometry = new GeometryState(cut(below.geometry()));
        this.subscription = below.onGeometryChange(g -> geometry.set(cut(g)));
    }

    /**
     * Makes a slice.
     *
     * @param below where the blocks are; stays open when the slice is closed
     * @param offset first byte of the slice in it, a multiple of its logical block
     * @param length bytes, a multiple of its logical block
     * @return the slice
     * @throws IllegalArgumentException if the range is not inside the device, or not aligned
     */
    public static SliceDevice of(BlockDevice below, long offset, long length) {
        BlockException refusal = below.geometry().check(offset, length);
        if (refusal != null) {
            throw new IllegalArgumentException("no slice there: " + refusal.getMessage(), refusal);
        }
        return new SliceDevice(below, offset, length);
    }

    private BlockGeometry cut(BlockGeometry whole) {
        long size = Math.max(0, Math.min(length, whole.size() - start));
        // A slice that does not start on a physical block has none.
        boolean whole4k = start % whole.physicalBlock() == 0;
        boolean wholeHoles = whole.discardGranularity() > 0 && start % whole.discardGranularity() == 0;
        return new BlockGeometry(
                size,
                whole.logicalBlock(),
                whole4k ? whole.physicalBlock() : whole.logicalBlock(),
                whole.memoryAlignment(),
                whole.optimalTransfer(),
                wholeHoles || whole.discardGranularity() == 0 ? whole.discardGranularity() : whole.logicalBlock(),
                whole.readOnly());
    }

    private Completion shift(Completion done) {
        if (start == 0) {
            return done;
        }
        Shift shift = null;
        for (int i = 0; i < POOLED && shift == null; i++) {
            if (pool.getPlain(i) != null) {
                shift = pool.getAndSet(i, null);
            }
        }
        if (shift == null) {
            shift = new Shift();
        }
        shift.done = done;
        return shift;
    }

    @Override
    public BlockGeometry geometry() {
        return geometry.get();
    }

    @Override
    public boolean completesInline() {
        return below.completesInline();
    }

    @Override
    public boolean writesInline(long offset, long count, int flags) {
        return below.writesInline(start + offset, count, flags);
    }

    @Override
    public void read(long offset, ByteBuffer dst, Completion done) {
        BlockException refusal = Checks.transfer(geometry.get(), !closed, offset, dst.remaining());
        if (refusal != null) {
            Inline.failed(done, refusal);
        } else {
            below.read(start + offset, dst, shift(done));
        }
    }

    @Override
    public void write(long offset, ByteBuffer src, int flags, Completion done) {
        BlockException refusal = Checks.change(geometry.get(), !closed, offset, src.remaining());
        if (refusal != null) {
            Inline.failed(done, refusal);
        } else {
            below.write(start + offset, src, flags, shift(done));
        }
    }

    @Override
    public void flush(Completion done) {
        if (closed) {
            Inline.failed(done, Checks.closed());
        } else {
            below.flush(done);
        }
    }

    @Override
    public void discard(long offset, long count, Completion done) {
        BlockException refusal = Checks.discard(geometry.get(), !closed, offset, count);
        if (refusal != null) {
            Inline.failed(done, refusal);
        } else {
            below.discard(start + offset, count, shift(done));
        }
    }

    @Override
    public void writeZeroes(long offset, long count, Completion done) {
        BlockException refusal = Checks.change(geometry.get(), !closed, offset, count);
        if (refusal != null) {
            Inline.failed(done, refusal);
        } else {
            below.writeZeroes(start + offset, count, shift(done));
        }
    }

    @Override
    public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
        return geometry.subscribe(listener);
    }

    @Override
    public void close() {
        closed = true;
        subscription.close();
    }
}
