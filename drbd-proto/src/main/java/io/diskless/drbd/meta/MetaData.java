package io.diskless.drbd.meta;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.drbd.DrbdException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The meta-data of an attached volume: superblock, activity log and bitmap, kept so that a power cut at any moment loses
 * nothing (drbd-semantics §6, §9).
 *
 * <p>What holds at every moment, on disk:
 *
 * <ul>
 *   <li>a write that {@link #activityLog} let through lies in an extent that is hot on disk, or was when the write was
 *       under way; an extent leaves the log only after the data device was flushed and its bits are on disk;
 *   <li>a bit that is clear on disk was cleared after the data behind it had been written and flushed;
 *   <li>the superblock is one that was asked for, whole: its content fits one sector (see {@link Superblock});
 *   <li>while {@link MetaFlag#PRIMARY_IND} is on disk, so is a readable activity log.
 * </ul>
 *
 * <p>From {@link #open} to {@link #detach} the superblock is marked unclean; after a crash, {@link #open} marks the hot
 * extents dirty, if the node was Primary, and sets {@link MetaFlag#CRASHED_PRIMARY}.
 *
 * <p>The devices stay their owner's. An error of the meta device is final: everything later fails with it, and the volume
 * has to be detached.
 *
 * <p>Thread-safe. Nothing here waits; completions run on the devices' threads, or inline, with no lock held.
 */
public final class MetaData implements AutoCloseable {
    private final BlockDevice data;
    private final BlockDevice meta;
    private final DirtyBitmap bitmap;
    private final ActivityLog activityLog;
    private final BitmapWriter bitmapWriter;
    private final SuperblockWriter superblockWriter;
    private final int recoveredExtents;
    private volatile MetaLayout layout;
    private volatile boolean closed;
    private volatile @Nullable BlockException failure;

    MetaData(
            BlockDevice data,
            BlockDevice meta,
            MetaLayout layout,
            Superblock superblock,
            int alExtents,
            DirtyBitmap bitmap,
            boolean alUpdates,
            int recoveredExtents) {
        this.data = data;
        this.meta = meta;
        this.layout = layout;
        this.bitmap = bitmap;
        this.recoveredExtents = recoveredExtents;
        this.bitmapWriter = new BitmapWriter(data, meta, bitmap, layout.bitmapAt(), () -> closed);
        this.superblockWriter = new SuperblockWriter(
                meta, layout.superblockAt(), superblock, done -> bitmapWriter.writeAll(true, new Watch(done)));
        this.activityLog = new ActivityLog(new LogDisk(), alExtents, !alUpdates);
    }

    /**
     * Makes fresh meta-data: no generation, nothing agreed, all clean.
     *
     * @param data the backing disk
     * @param meta the meta device; the data device again for internal meta-data
     * @param options place, log, and whether existing meta-data may be replaced
     * @return ends when it is durable; fails with {@link DrbdException} ({@code CONFLICT} if meta-data is
     *     there already, {@code CORRUPT} if a device is too small) or {@link BlockException}
     */
    public static CompletableFuture<MetaLayout> create(BlockDevice data, BlockDevice meta, MetaOptions options) {
        return new MetaOpener(data, meta, options).create();
    }

    /**
     * Opens meta-data for use: checks it as the kernel does, applies the activity log if the node crashed as Primary,
     * loads the bitmap, marks the superblock unclean. The caller finds {@link MetaFlag#CRASHED_PRIMARY} in
     * {@link #superblock} after a crash and clears it when the peer has been told.
     *
     * @param data the backing disk
     * @param meta the meta device; the data device again for internal meta-data
     * @param options place and activity log
     * @return fails with {@link DrbdException} ({@code NO_DATA} without meta-data, {@code NOT_SUPPORTED}
     *     for other versions, {@code CORRUPT}) or {@link BlockException}; then nothing was changed but what a crash would
     *     have left
     */
    public static CompletableFuture<MetaData> open(BlockDevice data, BlockDevice meta, MetaOptions options) {
        return new MetaOpener(data, meta, options).open();
    }

    /**
     * The superblock as last changed; the change may still be on its way to the disk.
     *
     * @return the present one
     */
    public Superblock superblock() {
        return superblockWriter.current();
    }

    /**
     * Changes generations, flags or sizes, and makes them durable. Whoever acts on a change (acknowledges the first write
     * after the peer was lost, tells the peer) waits for the completion. Changes that come while one is being written are
     * written together. Where {@link MetaFlag#PRIMARY_IND} goes away, data and bitmap are brought to disk first.
     *
     * @param change called once, under a lock: quick and without side effects
     * @param done completed when the change is on stable storage
     */
    public void update(UnaryOperator<Superblock> change, Completion done) {
        BlockException refusal = refusal();
        if (refusal != null) {
            done.failed(refusal);
        } else {
            superblockWriter.update(change, new Watch(done));
        }
    }

    /**
     * Where everything lies; {@link MetaLayout#dataSectors} is the largest size of the volume.
     *
     * @return the layout
     */
    public MetaLayout layout() {
        return layout;
    }

    /**
     * The dirty blocks. It has the agreed size, or the largest one if none was agreed yet.
     *
     * @return the bitmap, shared
     */
    public DirtyBitmap bitmap() {
        return bitmap;
    }

    /**
     * The hot extents.
     *
     * @return the log
     */
    public ActivityLog activityLog() {
        return activityLog;
    }

    /**
     * How many extents of 4 MiB {@link #open} found hot after a crash and marked dirty.
     *
     * @return 0 after an orderly end
     */
    public int recoveredExtents() {
        return recoveredExtents;
    }

    /**
     * Brings all bits changed so far to disk, after the data that cleared bits promise.
     *
     * @param done completed when they are durable
     */
    public void writeBitmap(Completion done) {
        BlockException refusal = refusal();
        if (refusal != null) {
            done.failed(refusal);
        } else {
            bitmapWriter.writeAll(false, new Watch(done));
        }
    }

    /**
     * How many pages of 4 KiB of the bitmap were written since it was opened.
     *
     * @return a count
     */
    public long bitmapWrites() {
        return bitmapWriter.written();
    }

    /**
     * Makes every block dirty, durably, for a full resync: a crash in the middle is repaired by
     * {@link MetaFlag#FULL_SYNC}.
     *
     * @param done completed when all bits are on disk
     */
    public void markAllDirty(Completion done) {
        update(s -> s.with(MetaFlag.FULL_SYNC), new Next(done, () -> {
            bitmap.setAll();
            writeBitmap(new Next(done, () -> update(s -> s.without(MetaFlag.FULL_SYNC), done)));
        }));
    }

    /**
     * Agrees on another size: bitmap and superblock follow. Nobody may use the bitmap or write to the volume meanwhile.
     *
     * @param sectors at most {@link MetaLayout#dataSectors}
     * @param dirtyGrowth whether what is new starts dirty
     * @param done completed when the size is durable
     */
    public void agree(long sectors, boolean dirtyGrowth, Completion done) {
        if (sectors < 0 || sectors > layout.dataSectors()) {
            done.failed(new BlockException(
                    BlockException.Kind.OUT_OF_RANGE,
                    BlockException.NO_OFFSET,
                    "agreed size of " + sectors + " sectors, the disk has room for " + layout.dataSectors()));
            return;
        }
        if (sectors != bitmap.sectors()) {
            try {
                bitmap.resize(sectors, dirtyGrowth);
            } catch (OutOfMemoryError e) {
                done.failed(new BlockException(
                        BlockException.Kind.NO_SPACE, BlockException.NO_OFFSET, DirtyBitmap.tooLarge(sectors), e));
                return;
            }
        }
        writeBitmap(new Next(done, () -> update(s -> s.withAgreedSectors(sectors), done)));
    }

    /**
     * Follows devices that have become larger: {@link MetaLayout#dataSectors} is then what they have room for. Internal
     * meta-data moves to the new end of its device: bitmap and activity log first, the superblock last. Nothing else
     * changes; {@link #agree} makes use of the room. Nobody may write to the volume meanwhile.
     *
     * <p>A power cut before the end of a move leaves a device without meta-data at its end: it cannot be opened, and has
     * to be made anew and filled by the peer. To move what was not in use when its device grew is no task of this class.
     *
     * @return ends with the layout, which is the same if the devices are; fails with
     *     {@link DrbdException} of kind {@code CONFLICT} if there is less room than before, or
     *     {@link BlockException}
     */
    public CompletableFuture<MetaLayout> followDevices() {
        MetaLayout old = layout;
        MetaLayout next;
        try {
            next = MetaLayout.of(
                    old.placement(),
                    data.geometry().sectors(),
                    meta.geometry().sectors(),
                    old.alStripes(),
                    old.alStripe4k());
        } catch (DrbdException e) {
            return CompletableFuture.failedFuture(new DrbdException(
                    DrbdException.Kind.CONFLICT, "the devices do not fit any more: " + e.getMessage(), e));
        }
        if (next.dataSectors() < old.dataSectors()) {
            return CompletableFuture.failedFuture(new DrbdException(
                    DrbdException.Kind.CONFLICT,
                    "the devices have room for " + next.dataSectors() + " sectors of data now, fewer than the "
                            + old.dataSectors() + " that they had; make them larger"));
        }
        CompletableFuture<MetaLayout> result = new CompletableFuture<>();
        MetaOpener.Ending end = new MetaOpener.Ending(new CompletableFuture<>());
        CompletableFuture<Void> unused = end.future().whenComplete((x, failed) -> {
            if (failed == null) {
                result.complete(next);
            } else {
                result.completeExceptionally(failed);
            }
        });
        if (next.equals(old)) {
            end.completed();
        } else if (next.superblockSector() == old.superblockSector() && next.bitmapOffset() == old.bitmapOffset()) {
            layout = next;
            update(s -> s.withLayout(next, s.alExtents()), end);
        } else {
            activityLog.exclusively(resume -> move(next, new Completion() {
                @Override
                public void completed() {
                    resume.run();
                    end.completed();
                }

                @Override
                public void failed(BlockException cause) {
                    resume.run();
                    end.failed(cause);
                }
            }));
        }
        return result;
    }

    private void move(MetaLayout next, Completion done) {
        bitmapWriter.moveTo(next.bitmapAt());
        layout = next;
        for (int page = 0; page < bitmap.pages(); page++) {
            bitmap.putBack(page);
        }
        // What is on its way to the old place is there before the writers come to what is asked for here.
        Completion placed = new Next(done, () -> {
            superblockWriter.moveTo(next.superblockAt());
            update(s -> s.withLayout(next, s.alExtents()), done);
        });
        writeBitmap(new Next(
                done,
                () -> activityLog.initialize(
                        next.alBlocks(), new Watch(new Next(done, () -> update(s -> s, placed))))));
    }

    /**
     * Ends orderly: bitmap on disk, then, unless the node is Primary or writes are under way, an initialised log and a
     * clean superblock, which the kernel attaches without a repair. Afterwards everything fails with {@code CLOSED}.
     *
     * @param done completed when all is durable
     */
    public void detach(Completion done) {
        Completion end = new Completion() {
            @Override
            public void completed() {
                close();
                done.completed();
            }

            @Override
            public void failed(BlockException cause) {
                close();
                done.failed(cause);
            }
        };
        BlockException refusal = refusal();
        if (refusal != null) {
            end.failed(refusal);
            return;
        }
        boolean clean = !superblock().has(MetaFlag.PRIMARY_IND) && activityLog.heldExtents() == 0;
        Next seal = new Next(
                end,
                () -> MetaOpener.initializeLog(
                        meta,
                        layout,
                        new Next(
                                end,
                                () -> update(
                                        s -> s.withMagic(Superblock.MAGIC_CLEAN).with(MetaFlag.AL_CLEAN), end))));
        bitmapWriter.writeAll(true, new Watch(clean ? seal : end));
    }

    /** Gives up as a crash would: what is durable stays, nothing more is written. Idempotent. Never throws. */
    @Override
    public void close() {
        closed = true;
        BlockException cause =
                new BlockException(BlockException.Kind.CLOSED, BlockException.NO_OFFSET, "the meta-data was detached");
        superblockWriter.fail(cause);
        activityLog.fail(cause);
    }

    private @Nullable BlockException refusal() {
        if (closed) {
            return new BlockException(
                    BlockException.Kind.CLOSED, BlockException.NO_OFFSET, "the meta-data was detached");
        }
        return failure;
    }

    /** The last steps of an opening, see {@link MetaOpener}: bitmap, superblock, log. */
    void start(Superblock opened, Completion done) {
        writeBitmap(new Next(
                done,
                () -> update(
                        found -> opened,
                        new Next(done, () -> activityLog.initialize(layout.alBlocks(), new Watch(done))))));
    }

    /** Remembers a failure for everybody who comes later. */
    private final class Watch implements Completion {
        private final Completion done;

        Watch(Completion done) {
            this.done = done;
        }

        @Override
        public void completed() {
            done.completed();
        }

        @Override
        public void failed(BlockException cause) {
            if (failure == null && !closed) {
                failure = cause;
                superblockWriter.fail(cause);
                activityLog.fail(cause);
            }
            done.failed(cause);
        }
    }

    /** Goes on after a success, passes a failure on. */
    private record Next(Completion done, Runnable then) implements Completion {
        @Override
        public void completed() {
            then.run();
        }

        @Override
        public void failed(BlockException cause) {
            done.failed(cause);
        }
    }

    private final class LogDisk implements ActivityLog.Disk {
        @Override
        public void beforeEviction(int[] extents, int count, Completion done) {
            // A page of bits stands for 32 extents.
            int shift = 27 - ActivityLog.EXTENT_SHIFT;
            int[] pages = Arrays.stream(extents, 0, count)
                    .map(extent -> extent >>> shift)
                    .distinct()
                    .toArray();
            bitmapWriter.writeSome(pages, pages.length, new Watch(done));
        }

        @Override
        public void write(int transaction, ByteBuffer block, Completion done) {
            if (closed) {
                done.failed(new BlockException(
                        BlockException.Kind.CLOSED, BlockException.NO_OFFSET, "the meta-data was detached"));
            } else {
                meta.write(layout.alBlockAt(transaction), block, BlockDevice.FUA, new Watch(done));
            }
        }
    }
}
