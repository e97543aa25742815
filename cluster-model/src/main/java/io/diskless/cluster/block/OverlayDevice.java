package io.diskless.cluster.block;

import io.diskless.cluster.block.internal.Inline;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A private, writable copy of a base that is only read: many diskless machines from one image. What a machine writes goes
 * to its overlay; what it never wrote comes from the base. The overlay survives restarts.
 *
 * <p><b>Durability</b> is that of any disk: a completed flush, or a write with FUA, is durable, what was written since may
 * be lost in a crash, and nothing else changes. For that the data of a cluster is made durable before the bit that says
 * that the overlay has it; a client that never flushes has all its new clusters in memory's map only, so give it a server
 * that flushes for it. {@link #close()} writes the map, so that an orderly end loses nothing.
 *
 * <p><b>The base</b> must never change while overlays of it exist; its size, and a fingerprint if the options say so, are
 * kept in the overlay, and another base is refused with {@link BlockException.Kind#STALE}. The base may be shared and is
 * not closed; the overlay's store is.
 *
 * <p>A write of less than a cluster, where the overlay has none yet, first reads the rest of it from the base; so the
 * physical block of the geometry is the cluster. Reads that lie on one side, and writes to clusters that are there, go
 * straight through without a copy. The format of the store is that of {@code OverlayFormat}, version 1.
 *
 * <p>Thread-safe.
 */
public final class OverlayDevice implements BlockDevice {
    private static final int POOLED = 8;

    private final BlockDevice base;
    private final BlockDevice store;
    private final SliceDevice data;
    private final OverlayMap map;
    private final OverlayFlush flusher;
    private final BlockGeometry geometry;
    private final int cluster;
    private final RangeLock copying = new RangeLock();
    private final AtomicReferenceArray<@Nullable ByteBuffer> pool = new AtomicReferenceArray<>(POOLED);
    private volatile boolean closed;

    private OverlayDevice(BlockDevice base, BlockDevice store, OverlayFormat.Header header, OverlayMap map) {
        this.base = base;
        this.store = store;
        this.map = map;
        this.cluster = header.cluster();
        this.data = SliceDevice.of(store, header.dataOffset(), header.size());
        this.flusher = new OverlayFlush(store, map);
        BlockGeometry below = base.geometry();
        BlockGeometry beside = store.geometry();
        int block = Math.max(below.logicalBlock(), beside.logicalBlock());
        this.geometry = new BlockGeometry(
                header.size(),
                block,
                Math.max(block, cluster),
                Math.max(below.memoryAlignment(), beside.memoryAlignment()),
                Math.max(block, Math.min(below.optimalTransfer(), beside.optimalTransfer())),
                data.geometry().discardGranularity(),
                false);
    }

    /**
     * Opens an overlay in a file, or makes it if the file is not there. The file is sparse.
     *
     * @param base what is read; not closed
     * @param overlay the file, one for each machine
     * @param options for a new overlay
     * @return the device
     * @throws BlockException STALE if it was made for another base or is in use; MEDIUM if it is damaged or no overlay
     */
    public static OverlayDevice open(BlockDevice base, Path overlay, OverlayOptions options) throws BlockException {
        long wanted = OverlayOpening.fileSize(base, options);
        FileDevice file =
                FileDevice.open(overlay, Files.exists(overlay) ? FileOptions.defaults() : FileOptions.create(wanted));
        try {
            // A file that was made but not filled in before a crash, or that somebody made empty.
            if (!OverlayOpening.hasHeader(file) && file.geometry().size() < wanted) {
                file.resize(wanted);
            }
            return on(base, file, options);
        } catch (BlockException | RuntimeException e) {
            try {
                file.close();
            } catch (BlockException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    /**
     * Opens an overlay on any device, or makes it if the device begins with zeroes.
     *
     * @param base what is read; not closed
     * @param store where the overlay is; closed with the new device
     * @param options for a new overlay
     * @return the device
     * @throws BlockException STALE if it was made for another base; NO_SPACE if the store is too small; MEDIUM if it is
     *     damaged or holds something else
     */
    public static OverlayDevice on(BlockDevice base, BlockDevice store, OverlayOptions options) throws BlockException {
        OverlayOpening opening = OverlayOpening.of(base, store, options);
        return new OverlayDevice(base, store, opening.header(), opening.map());
    }

    /**
     * How much of the disk the overlay has.
     *
     * @return bytes in whole clusters
     */
    public long overlaidBytes() {
        return map.count() * cluster;
    }

    @Override
    public BlockGeometry geometry() {
        return geometry;
    }

    @Override
    public boolean completesInline() {
        return base.completesInline() && store.completesInline();
    }

    /**
     * {@return whether the overlay has it all, and durably if that is asked: any other write may wait for a cluster that
     * another thread is filling, or for the flush it has begun}
     */
    @Override
    public boolean writesInline(long offset, long length, int flags) {
        return completesInline() && goesThrough(offset, length, flags);
    }

    private boolean goesThrough(long offset, long length, int flags) {
        long from = offset / cluster;
        long to = clusterAfter(offset + length);
        return (flags & FUA) != 0 ? map.durableAll(from, to) : map.hasAll(from, to);
    }

    private long clusterAfter(long end) {
        return (end + cluster - 1) / cluster;
    }

    @Override
    public void read(long offset, ByteBuffer dst, Completion done) {
        int length = dst.remaining();
        BlockException refusal = Checks.transfer(geometry, !closed, offset, length);
        if (refusal != null || length == 0) {
            Inline.ended(done, refusal);
            return;
        }
        long from = offset / cluster;
        long to = clusterAfter(offset + length);
        if (map.runEnd(from, to) == to) {
            (map.has(from) ? data : base).read(offset, dst, done);
        } else {
            new Runs(offset, length, dst.duplicate(), done).next();
        }
    }

    @Override
    public void write(long offset, ByteBuffer src, int flags, Completion done) {
        int length = src.remaining();
        BlockException refusal = Checks.change(geometry, !closed, offset, length);
        if (refusal != null || length == 0) {
            Inline.ended(done, refusal);
            return;
        }
        if (goesThrough(offset, length, flags)) {
            data.write(offset, src, flags, done);
        } else {
            new Change(offset, length, src.duplicate(), (flags & FUA) != 0, done).start();
        }
    }

    @Override
    public void flush(Completion done) {
        if (closed) {
            Inline.failed(done, Checks.closed());
        } else {
            flusher.request(done);
        }
    }

    @Override
    public void writeZeroes(long offset, long length, Completion done) {
        BlockException refusal = Checks.change(geometry, !closed, offset, length);
        if (refusal != null || length == 0) {
            Inline.ended(done, refusal);
        } else {
            new Change(offset, length, null, false, done).start();
        }
    }

    /** Gives back what the overlay has; what comes from the base stays as it is. */
    @Override
    public void discard(long offset, long length, Completion done) {
        BlockException refusal = Checks.discard(geometry, !closed, offset, length);
        if (refusal != null || length == 0) {
            Inline.ended(done, refusal);
        } else {
            new Runs(offset, length, null, done).next();
        }
    }

    /** A read from both sides, or a discard: one run of clusters after the other. */
    private final class Runs implements Completion {
        private final long start;
        private final long end;
        private final @Nullable ByteBuffer view;
        private final int first;
        private final Completion done;
        private long at;

        Runs(long offset, long length, @Nullable ByteBuffer view, Completion done) {
            this.start = offset;
            this.end = offset + length;
            this.view = view;
            this.first = view == null ? 0 : view.position();
            this.done = done;
            this.at = offset;
        }

        void next() {
            while (at < end) {
                long from = at;
                boolean here = map.has(from / cluster);
                long to = Math.min(end, map.runEnd(from / cluster, clusterAfter(end)) * cluster);
                at = to;
                if (view != null) {
                    view.clear().position(first + (int) (from - start)).limit(first + (int) (to - start));
                    (here ? data : base).read(from, view, this);
                    return;
                }
                if (here) {
                    data.discard(from, to - from, this);
                    return;
                }
            }
            Inline.completed(done);
        }

        @Override
        public void completed() {
            next();
        }

        @Override
        public void failed(BlockException cause) {
            done.failed(cause);
        }
    }

    /**
     * A write or zeroes where the overlay does not yet have everything, or that must be durable. It holds its clusters
     * exclusively, since two that fill the same cluster from the base would undo each other.
     */
    private final class Change extends RangeLock.Claim implements Completion {
        private final long start;
        private final long end;
        private final @Nullable ByteBuffer view;
        private final int first;
        private final boolean fua;
        private final Completion done;
        private long at;
        private long to;
        // A cluster on its way from the base to the store, in two steps.
        private @Nullable ByteBuffer filling;
        private boolean filled;

        Change(long offset, long length, @Nullable ByteBuffer view, boolean fua, Completion done) {
            this.start = offset;
            this.end = offset + length;
            this.view = view;
            this.first = view == null ? 0 : view.position();
            this.fua = fua;
            this.done = done;
            this.at = offset;
        }

        void start() {
            long from = start / cluster * cluster;
            copying.acquire(this, from, clusterAfter(end) * cluster - from, true);
        }

        @Override
        protected void granted() {
            step();
        }

        private void step() {
            if (at == end) {
                copying.release(this);
                if (fua) {
                    flusher.request(done);
                } else {
                    Inline.completed(done);
                }
                return;
            }
            long number = at / cluster;
            long from = number * cluster;
            long clusterEnd = Math.min(from + cluster, geometry.size());
            if (!map.has(number) && (at > from || end < clusterEnd)) {
                to = Math.min(end, clusterEnd);
                ByteBuffer whole = take();
                whole.clear().limit((int) (clusterEnd - from));
                filling = whole;
                filled = false;
                base.read(from, whole, this);
                return;
            }
            // Everything up to a last cluster that would have to be filled.
            long last = (end - 1) / cluster;
            boolean partly = end < Math.min((last + 1) * cluster, geometry.size()) && !map.has(last);
            to = partly ? last * cluster : end;
            if (view == null) {
                data.writeZeroes(at, to - at, this);
            } else {
                view.clear().position(first + (int) (at - start)).limit(first + (int) (to - start));
                data.write(at, view, 0, this);
            }
        }

        @Override
        public void completed() {
            ByteBuffer whole = filling;
            if (whole != null && !filled) {
                filled = true;
                long from = at / cluster * cluster;
                int part = (int) (to - at);
                if (view == null) {
                    for (int i = 0; i < part; i++) {
                        whole.put((int) (at - from) + i, (byte) 0);
                    }
                } else {
                    whole.put((int) (at - from), view.clear(), first + (int) (at - start), part);
                }
                data.write(from, whole, 0, this);
                return;
            }
            if (whole != null) {
                give(whole);
                filling = null;
            }
            map.add(at / cluster, clusterAfter(to));
            at = to;
            step();
        }

        @Override
        public void failed(BlockException cause) {
            ByteBuffer whole = filling;
            if (whole != null) {
                give(whole);
                filling = null;
            }
            copying.release(this);
            boolean inside = cause.offset() >= start && cause.offset() < end;
            done.failed(inside ? cause : new BlockException(cause.kind(), at, "overlay: " + cause.getMessage(), cause));
        }
    }

    private ByteBuffer take() {
        for (int i = 0; i < POOLED; i++) {
            ByteBuffer there = pool.getAndSet(i, null);
            if (there != null) {
                return there;
            }
        }
        return OverlayFormat.aligned(cluster, geometry.memoryAlignment());
    }

    private void give(ByteBuffer buffer) {
        for (int i = 0; i < POOLED; i++) {
            if (pool.compareAndSet(i, null, buffer)) {
                return;
            }
        }
    }

    /** The size is fixed: the listener is never called. */
    @Override
    public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
        return () -> {};
    }

    /** Writes the map if it has changed, then closes the store. What is under way ends, at the latest with CLOSED. */
    @Override
    public void close() throws BlockException {
        synchronized (pool) {
            if (closed) {
                return;
            }
            closed = true;
        }
        BlockException failure = null;
        if (map.isDirty()) {
            Await written = new Await();
            flusher.request(written);
            try {
                written.await();
            } catch (BlockException e) {
                failure = e;
            }
        }
        data.close();
        try {
            store.close();
        } catch (BlockException e) {
            if (failure == null) {
                failure = e;
            } else {
                failure.addSuppressed(e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
