package io.diskless.drbd.meta;

import static io.diskless.drbd.DrbdException.Kind.CONFLICT;
import static io.diskless.drbd.DrbdException.Kind.NO_DATA;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.drbd.DrbdException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Creates and opens meta-data. The order of the steps of {@link #open} is what makes a second crash, during the repair of
 * the first, harmless:
 *
 * <ol>
 *   <li>superblock, checks, bitmap; if PRIMARY_IND is set the activity log too (without an activity log, or with
 *       FULL_SYNC, everything is dirty);
 *   <li>hot extents go into the bitmap, the bitmap to disk. Until here a crash changes nothing: the next opening does the
 *       same again;
 *   <li>superblock: unclean, PRIMARY_IND and FULL_SYNC off, CRASHED_PRIMARY on if it was a Primary that crashed. From here
 *       on the old log means nothing;
 *   <li>one transaction into every block of the log.
 * </ol>
 *
 * <p>Used once, by one thread at a time.
 */
final class MetaOpener {
    private final BlockDevice data;
    private final BlockDevice meta;
    private final MetaOptions options;
    private final long dataSectors;
    private final long metaSectors;

    MetaOpener(BlockDevice data, BlockDevice meta, MetaOptions options) {
        this.data = data;
        this.meta = meta;
        this.options = options;
        this.dataSectors = data.geometry().sectors();
        this.metaSectors = meta.geometry().sectors();
    }

    /** A step that throws what belongs into the future. */
    private interface Step<T, R> {
        R apply(T value) throws IOException;
    }

    private static <T, R> CompletableFuture<R> then(CompletableFuture<T> before, Step<T, CompletableFuture<R>> step) {
        return before.thenCompose(value -> {
            try {
                return step.apply(value);
            } catch (IOException e) {
                return CompletableFuture.failedFuture(e);
            }
        });
    }

    /** Ends with the plain exception, whatever steps it came through. */
    private static <T> CompletableFuture<T> plain(CompletableFuture<T> future) {
        CompletableFuture<T> result = new CompletableFuture<>();
        CompletableFuture<T> unused = future.whenComplete((value, failure) -> {
            if (failure == null) {
                result.complete(value);
            } else {
                Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
                result.completeExceptionally(cause == null ? failure : cause);
            }
        });
        return result;
    }

    static ByteBuffer buffer(int size) {
        return ByteBuffer.allocateDirect(size + Superblock.SIZE)
                .alignedSlice(Superblock.SIZE)
                .slice(0, size);
    }

    private void checkDevices() throws DrbdException {
        if (meta.geometry().logicalBlock() > Superblock.SIZE) {
            throw new DrbdException(
                    DrbdException.Kind.NOT_SUPPORTED,
                    "meta-data needs a device with blocks of 4096 bytes at most, this one has "
                            + meta.geometry().logicalBlock());
        }
        if (options.placement().kind() == MetaPlacement.Kind.INTERNAL && data != meta) {
            throw new DrbdException(CONFLICT, "internal meta-data lies on the data device, not on another");
        }
    }

    CompletableFuture<ByteBuffer> readSuperblock() {
        return then(CompletableFuture.completedFuture(null), nothing -> {
            checkDevices();
            long sector = MetaLayout.superblockSector(options.placement(), dataSectors);
            if (sector < 0 || sector + MetaLayout.SECTORS_4K > metaSectors) {
                throw new DrbdException(
                        NO_DATA,
                        "a device of " + metaSectors + " sectors has no room for meta-data " + options.placement());
            }
            ByteBuffer block = buffer(Superblock.SIZE);
            return meta.readAsync(sector * MetaLayout.SECTOR, block).thenApply(done -> block);
        });
    }

    CompletableFuture<MetaLayout> create() {
        return plain(then(readSuperblock(), block -> {
            int magic = AlBlock.view(block).getInt(Superblock.MAGIC);
            boolean there = magic >= Superblock.MAGIC_07 && magic <= Superblock.MAGIC_09;
            if (there && !options.overwrite()) {
                throw MetaImage.isThere();
            }
            MetaLayout layout = MetaLayout.of(
                    options.placement(), dataSectors, metaSectors, options.alStripes(), options.alStripe4k());
            Superblock fresh = Superblock.fresh(layout, Math.min(options.alExtents(), layout.maxAlExtents()));
            fresh.encode(block);
            // The superblock last: until it is there, nothing is.
            long bitmapBytes = MetaLayout.bitmapSectors(layout.dataSectors()) * MetaLayout.SECTOR;
            CompletableFuture<Void> zeroed = new CompletableFuture<>();
            meta.writeZeroes(layout.bitmapAt(), bitmapBytes, new Ending(zeroed));
            CompletableFuture<Void> logged = zeroed.thenCompose(done -> {
                CompletableFuture<Void> log = new CompletableFuture<>();
                initializeLog(meta, layout, new Ending(log));
                return log;
            });
            return logged.thenCompose(done -> meta.flushAsync())
                    .thenCompose(done -> meta.writeAsync(layout.superblockAt(), block, BlockDevice.FUA))
                    .thenApply(done -> layout);
        }));
    }

    /** Makes a future end as a completion says. */
    record Ending(CompletableFuture<Void> future) implements Completion {
        @Override
        public void completed() {
            future.complete(null);
        }

        @Override
        public void failed(BlockException cause) {
            future.completeExceptionally(cause);
        }
    }

    /** Writes initialised blocks over the whole log, and flushes. */
    static void initializeLog(BlockDevice meta, MetaLayout layout, Completion done) {
        ByteBuffer block = buffer(AlBlock.SIZE);
        AlBlock.initialize(block);
        new Completion() {
            private int written;

            @Override
            public void completed() {
                if (written == layout.alBlocks()) {
                    meta.flush(done);
                } else {
                    long at = layout.alAt() + (long) written * AlBlock.SIZE;
                    written++;
                    meta.write(at, block, 0, this);
                }
            }

            @Override
            public void failed(BlockException cause) {
                done.failed(cause);
            }
        }.completed();
    }

    CompletableFuture<MetaData> open() {
        return plain(then(readSuperblock(), block -> {
            Superblock found = Superblock.decode(block);
            MetaLayout layout = MetaLayout.check(options.placement(), found, dataSectors, metaSectors);
            long sectors = found.agreedSectors() == 0 ? layout.dataSectors() : found.agreedSectors();
            DirtyBitmap bitmap = DirtyBitmap.of(sectors);
            boolean crashed = found.has(MetaFlag.PRIMARY_IND);
            boolean replay = crashed && !found.has(MetaFlag.AL_DISABLED);
            boolean all = found.has(MetaFlag.FULL_SYNC) || (crashed && found.has(MetaFlag.AL_DISABLED));
            CompletableFuture<SortedSet<Integer>> hot =
                    replay ? replay(meta, layout) : CompletableFuture.completedFuture(new TreeSet<>());
            return then(
                    hot,
                    extents -> load(meta, layout, bitmap).thenCompose(loaded -> {
                        extents.forEach(extent -> markDirty(bitmap, extent));
                        if (all) {
                            bitmap.setAll();
                        }
                        Superblock next = opened(found, layout, crashed);
                        // Made with what is on disk: the first update writes the new one.
                        MetaData result = new MetaData(
                                data,
                                meta,
                                layout,
                                found,
                                next.alExtents(),
                                bitmap,
                                options.alUpdates(),
                                extents.size());
                        CompletableFuture<Void> ready = new CompletableFuture<>();
                        result.start(next, new Ending(ready));
                        return ready.thenApply(done -> result);
                    }));
        }));
    }

    private Superblock opened(Superblock found, MetaLayout layout, boolean crashed) {
        Superblock next = found.withLayout(layout, Math.min(options.alExtents(), layout.maxAlExtents()))
                .withMagic(Superblock.MAGIC_UNCLEAN)
                .without(MetaFlag.AL_CLEAN)
                .without(MetaFlag.FULL_SYNC)
                .without(MetaFlag.PRIMARY_IND);
        next = options.alUpdates() ? next.without(MetaFlag.AL_DISABLED) : next.with(MetaFlag.AL_DISABLED);
        return crashed ? next.with(MetaFlag.CRASHED_PRIMARY) : next;
    }

    /** The bits of an extent; those past the end of the device are ignored, as the kernel ignores them. */
    static void markDirty(DirtyBitmap bitmap, int extent) {
        long bits = ActivityLog.EXTENT / DirtyBitmap.BLOCK;
        long from = Integer.toUnsignedLong(extent) * bits;
        if (from < bitmap.bits()) {
            bitmap.setBits(from, Math.min(bitmap.bits(), from + bits));
        }
    }

    /** Reads the log and finds the hot extents. */
    static CompletableFuture<SortedSet<Integer>> replay(BlockDevice meta, MetaLayout layout) {
        int batch = Math.min(layout.alBlocks(), 64);
        ByteBuffer blocks = buffer(batch * AlBlock.SIZE);
        AlReplay replay = new AlReplay();
        CompletableFuture<Void> read = new CompletableFuture<>();
        new Completion() {
            private int next;
            private int got;

            @Override
            public void completed() {
                for (int i = 0; i < got; i++) {
                    replay.add(blocks.slice(i * AlBlock.SIZE, AlBlock.SIZE));
                }
                got = Math.min(batch, layout.alBlocks() - next);
                if (got == 0) {
                    read.complete(null);
                    return;
                }
                long at = layout.alAt() + (long) next * AlBlock.SIZE;
                next += got;
                meta.read(at, blocks.slice(0, got * AlBlock.SIZE), this);
            }

            @Override
            public void failed(BlockException cause) {
                read.completeExceptionally(cause);
            }
        }.completed();
        return then(read, done -> CompletableFuture.completedFuture(replay.hotExtents()));
    }

    /** Fills the bitmap from disk, straight into its memory. */
    static CompletableFuture<Void> load(BlockDevice meta, MetaLayout layout, DirtyBitmap bitmap) {
        CompletableFuture<Void> read = new CompletableFuture<>();
        new Completion() {
            private int next;

            @Override
            public void completed() {
                if (next == bitmap.segments()) {
                    bitmap.recount();
                    read.complete(null);
                    return;
                }
                int segment = next++;
                meta.read(layout.bitmapAt() + (long) segment * DirtyBitmap.SEGMENT, bitmap.segment(segment), this);
            }

            @Override
            public void failed(BlockException cause) {
                read.completeExceptionally(cause);
            }
        }.completed();
        return read;
    }
}
