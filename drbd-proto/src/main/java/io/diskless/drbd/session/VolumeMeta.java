package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.meta.ActivityLog;
import io.diskless.drbd.meta.DirtyBitmap;
import io.diskless.drbd.meta.MetaData;
import io.diskless.drbd.meta.MetaFlag;
import io.diskless.drbd.meta.MetaLayout;
import io.diskless.drbd.meta.MetaOptions;
import io.diskless.drbd.meta.MetaPlacement;
import io.diskless.drbd.meta.Superblock;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.Uuids;
import io.diskless.drbd.wire.VolumeState;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a volume remembers of itself beyond a power cut: identifiers, flags, agreed size, dirty blocks, hot extents. What
 * is changed here is seen at once; what must be durable before the next step says what that step is. Confined to the data
 * loop.
 */
final class VolumeMeta {
    /** The smallest meta device that the kernel takes (spec drbd-semantics 9.2). */
    private static final long LEAST = 1 << 20;

    private final MetaData store;
    private final BlockDevice data;
    private final BlockDevice meta;

    private VolumeMeta(MetaData store, BlockDevice data, BlockDevice meta) {
        this.store = store;
        this.data = data;
        this.meta = meta;
    }

    /** Opens meta-data; waits for it. */
    static VolumeMeta open(BlockDevice data, BlockDevice meta, MetaOptions options) throws DrbdException {
        return get(find(data, meta, options));
    }

    /** Makes meta-data in memory: nothing is remembered beyond this process. */
    static VolumeMeta inMemory(BlockDevice data) throws DrbdException {
        return get(find(data, null, null));
    }

    /** As {@link #open} and {@link #inMemory}, without waiting; the result may end on any thread. */
    static CompletableFuture<VolumeMeta> find(
            BlockDevice data, @Nullable BlockDevice meta, @Nullable MetaOptions options) {
        if (meta != null && options != null) {
            return MetaData.open(data, meta, options).thenApply(opened -> new VolumeMeta(opened, data, meta));
        }
        MemoryDevice memory = MemoryDevice.create(memoryFor(data));
        MetaOptions flexible = MetaOptions.at(MetaPlacement.FLEXIBLE);
        return MetaData.create(data, memory, flexible)
                .thenCompose(layout -> MetaData.open(data, memory, flexible))
                .thenApply(opened -> new VolumeMeta(opened, data, memory));
    }

    private static long memoryFor(BlockDevice data) {
        // A bit for 4 KiB, and room for superblock and activity log.
        long bitmap = data.geometry().size() / 4096 / 8 + 4096 * 17;
        return Math.max(LEAST, (bitmap + 4095) / 4096 * 4096);
    }

    private static <T> T get(CompletableFuture<T> future) throws DrbdException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DrbdException(DrbdException.Kind.IO, "interrupted while meta-data was opened", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DrbdException d) {
                throw d;
            }
            throw new DrbdException(DrbdException.Kind.IO, "meta-data cannot be used: " + e.getCause(), e.getCause());
        }
    }

    DirtyBitmap bitmap() {
        return store.bitmap();
    }

    ActivityLog activityLog() {
        return store.activityLog();
    }

    /** Sectors of the disk that hold data. */
    long dataSectors() {
        return store.layout().dataSectors();
    }

    long agreedSectors() {
        return store.superblock().agreedSectors();
    }

    Uuids uuids() {
        Superblock s = store.superblock();
        long flags = s.has(MetaFlag.CRASHED_PRIMARY) ? Uuids.FLAG_CRASHED_PRIMARY : 0;
        return new Uuids(
                s.currentUuid(),
                s.bitmapUuid(),
                s.historyUuid0(),
                s.historyUuid1(),
                store.bitmap().dirtyBits(),
                flags);
    }

    /** What the disk is worth by what was remembered of it (spec drbd-semantics 2.2). */
    DiskState remembered() {
        Superblock s = store.superblock();
        if (!s.has(MetaFlag.CONSISTENT)) {
            return DiskState.INCONSISTENT;
        }
        if (!s.has(MetaFlag.WAS_UP_TO_DATE)) {
            return DiskState.OUTDATED;
        }
        return s.has(MetaFlag.PEER_OUTDATED) ? DiskState.UP_TO_DATE : DiskState.CONSISTENT;
    }

    void uuids(Uuids next, Completion done) {
        store.update(s -> s.withUuids(next.current(), next.bitmap(), next.history0(), next.history1()), done);
    }

    void change(UnaryOperator<Superblock> change, Completion done) {
        store.update(change, done);
    }

    /** The flags that a state leaves behind, if they differ from those that are there. */
    boolean differs(VolumeState s) {
        return flags(store.superblock(), s).flags() != store.superblock().flags();
    }

    static Superblock flags(Superblock old, VolumeState s) {
        Superblock next = old;
        switch (s.disk()) {
            case INCONSISTENT -> next = next.without(MetaFlag.CONSISTENT).without(MetaFlag.WAS_UP_TO_DATE);
            case OUTDATED -> next = next.with(MetaFlag.CONSISTENT).without(MetaFlag.WAS_UP_TO_DATE);
            case UP_TO_DATE -> next = next.with(MetaFlag.CONSISTENT).with(MetaFlag.WAS_UP_TO_DATE);
            default -> {
                // What is being found out leaves no mark.
            }
        }
        boolean primary = s.role() == Role.PRIMARY
                || (s.peer() == Role.PRIMARY && !s.peerDisk().isAtLeast(DiskState.INCONSISTENT));
        next = primary ? next.with(MetaFlag.PRIMARY_IND) : next.without(MetaFlag.PRIMARY_IND);
        boolean connected = s.connection().isAtLeast(io.diskless.drbd.wire.ConnectionState.CONNECTED);
        next = connected ? next.with(MetaFlag.CONNECTED_IND) : next.without(MetaFlag.CONNECTED_IND);
        if (s.connection() == io.diskless.drbd.wire.ConnectionState.CONNECTED
                && s.disk() == DiskState.UP_TO_DATE
                && s.peerDisk() == DiskState.UP_TO_DATE) {
            // What the crash left behind has been resynced.
            next = next.without(MetaFlag.CRASHED_PRIMARY);
        }
        boolean outdated = s.peerDisk() == DiskState.OUTDATED || s.peerDisk() == DiskState.INCONSISTENT;
        return outdated ? next.with(MetaFlag.PEER_OUTDATED) : next.without(MetaFlag.PEER_OUTDATED);
    }

    /** Pages of the bitmap that were written. */
    long bitmapWrites() {
        return store.bitmapWrites();
    }

    void agree(long sectors, boolean dirtyGrowth, Completion done) {
        store.agree(sectors, dirtyGrowth, done);
    }

    /** The disk may have become larger; the result may end on any thread. */
    CompletableFuture<MetaLayout> followDevices() {
        return ExecutorDevice.refresh(data)
                .thenCompose(done -> ExecutorDevice.refresh(meta))
                .thenCompose(done -> {
                    if (meta instanceof MemoryDevice m && meta != data) {
                        try {
                            m.resize(Math.max(m.geometry().size(), memoryFor(data)));
                        } catch (BlockException e) {
                            return CompletableFuture.failedFuture(e);
                        }
                    }
                    return store.followDevices();
                });
    }

    void markAllDirty(Completion done) {
        store.markAllDirty(done);
    }

    void writeBitmap(Completion done) {
        store.writeBitmap(done);
    }

    /** Nothing more is written. */
    void close() {
        store.close();
    }

    void detach(Completion done) {
        store.detach(done);
    }

    /** Reports the end: null for success. */
    static Completion either(java.util.function.Consumer<@Nullable BlockException> ended) {
        return new Completion() {
            @Override
            public void completed() {
                ended.accept(null);
            }

            @Override
            public void failed(BlockException cause) {
                ended.accept(cause);
            }
        };
    }

    /** Reports a failure, and nothing else. */
    static Completion orElse(java.util.function.Consumer<BlockException> failed) {
        return new Completion() {
            @Override
            public void completed() {
                // The change was seen when it was made.
            }

            @Override
            public void failed(BlockException cause) {
                failed.accept(cause);
            }
        };
    }
}
