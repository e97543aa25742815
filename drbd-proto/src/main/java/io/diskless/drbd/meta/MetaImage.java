package io.diskless.drbd.meta;

import static io.diskless.drbd.DrbdException.Kind.CONFLICT;
import static io.diskless.drbd.DrbdException.Kind.CORRUPT;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.wire.Uuids;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Meta-data version 08 of a volume that nobody has attached: looked at, dumped as text, restored from text, repaired after
 * a crash. For tools and tests; a running volume uses {@link MetaData}.
 *
 * <p>The methods that take devices wait for them, and do not close them. An image, once read, is immutable as long as
 * nobody changes its {@link #bitmap}.
 */
public final class MetaImage {
    private final MetaLayout layout;
    private final Superblock superblock;
    private final DirtyBitmap bitmap;
    private final SortedSet<Integer> hotExtents;

    private MetaImage(MetaLayout layout, Superblock superblock, DirtyBitmap bitmap, SortedSet<Integer> hotExtents) {
        this.layout = layout;
        this.superblock = superblock;
        this.bitmap = bitmap;
        this.hotExtents = Collections.unmodifiableSortedSet(hotExtents);
    }

    /**
     * Reads meta-data and changes nothing.
     *
     * @param data the backing disk; only its size is looked at unless the meta-data is internal
     * @param meta the meta device; the data device again for internal meta-data
     * @param placement where
     * @return the image
     * @throws IOException {@link DrbdException} as {@link MetaData#open}, or what a device says
     */
    public static MetaImage read(BlockDevice data, BlockDevice meta, MetaPlacement placement) throws IOException {
        long dataSectors = data.geometry().sectors();
        long metaSectors = meta.geometry().sectors();
        Superblock superblock =
                Superblock.decode(await(new MetaOpener(data, meta, MetaOptions.at(placement)).readSuperblock()));
        MetaLayout layout = MetaLayout.check(placement, superblock, dataSectors, metaSectors);
        DirtyBitmap bitmap = bitmapOf(superblock.agreedSectors());
        await(MetaOpener.load(meta, layout, bitmap));
        boolean needsLog =
                !superblock.isClean() && superblock.has(MetaFlag.PRIMARY_IND) && !superblock.has(MetaFlag.AL_DISABLED);
        SortedSet<Integer> hot = needsLog ? await(MetaOpener.replay(meta, layout)) : Collections.emptySortedSet();
        return new MetaImage(layout, superblock, bitmap, hot);
    }

    /** As drbdmeta has it: all bits of the blocks of 4 KiB that hold the bits of the volume. */
    private static DirtyBitmap bitmapOf(long agreedSectors) {
        long bytes = bitmapBytes(agreedSectors);
        return new DirtyBitmap(bytes * 8 * (DirtyBitmap.BLOCK / MetaLayout.SECTOR));
    }

    static long bitmapBytes(long agreedSectors) {
        long words = (agreedSectors + 511) / 512;
        return (words * Long.BYTES + DirtyBitmap.PAGE - 1) / DirtyBitmap.PAGE * DirtyBitmap.PAGE;
    }

    private static <T> T await(CompletableFuture<T> future) throws IOException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting for a device");
            interrupted.initCause(e);
            throw interrupted;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /**
     * Where everything lies.
     *
     * @return the layout
     */
    public MetaLayout layout() {
        return layout;
    }

    /**
     * The superblock as it is on disk.
     *
     * @return never null
     */
    public Superblock superblock() {
        return superblock;
    }

    /**
     * The bits as they are on disk, up to the end of the last block of 4 KiB that is in use.
     *
     * @return the image's own bitmap
     */
    public DirtyBitmap bitmap() {
        return bitmap;
    }

    /**
     * The extents that the activity log says are hot, if that matters: a Primary crashed and nobody has applied the log.
     *
     * @return numbers of extents of 4 MiB, ascending as unsigned
     */
    public SortedSet<Integer> hotExtents() {
        return hotExtents;
    }

    /**
     * The generations as the handshake of a connection would show them: with the dirty bits of this volume, hot extents
     * included, and the flags "crashed Primary" and "inconsistent".
     *
     * @return what P_UUIDS would carry
     */
    public Uuids uuids() {
        DirtyBitmap all = new DirtyBitmap(superblock.agreedSectors());
        for (long i = 0; i < all.words(); i++) {
            all.or(i, bitmap.word(i));
        }
        hotExtents.forEach(extent -> MetaOpener.markDirty(all, extent));
        long flags = 0;
        if (superblock.has(MetaFlag.CRASHED_PRIMARY) || superblock.has(MetaFlag.PRIMARY_IND)) {
            flags |= Uuids.FLAG_CRASHED_PRIMARY;
        }
        if (!superblock.has(MetaFlag.CONSISTENT)) {
            flags |= Uuids.FLAG_INCONSISTENT;
        }
        return new Uuids(
                superblock.currentUuid(),
                superblock.bitmapUuid(),
                superblock.historyUuid0(),
                superblock.historyUuid1(),
                all.dirtyBits(),
                flags);
    }

    /**
     * Writes the text that drbdmeta's {@code dump-md} writes and its {@code restore-md} reads, from the line
     * {@code version} on. Unlike drbdmeta it tells the true flags, and takes unclean meta-data too: hot extents are dirty
     * in the text.
     *
     * @param out where to
     * @throws IOException from there
     */
    public void dump(Appendable out) throws IOException {
        new DumpWriter(out).write(this);
    }

    /**
     * Writes meta-data from a text made by {@link #dump} or by drbdmeta. Flags and generations are those of the text, the
     * activity log is initialised, the superblock clean.
     *
     * @param data the backing disk
     * @param meta the meta device; the data device again for internal meta-data
     * @param placement where
     * @param text the dump
     * @param overwrite whether meta-data that is there already may be replaced
     * @return what was written
     * @throws IOException {@link DrbdException} ({@code CORRUPT} with the line of the text; {@code CONFLICT}), or what a
     *     device or the reader says
     */
    public static MetaImage restore(
            BlockDevice data, BlockDevice meta, MetaPlacement placement, Reader text, boolean overwrite)
            throws IOException {
        DumpParser parser = new DumpParser(text);
        DumpParser.Header header = parser.header();
        MetaOptions options = MetaOptions.builder()
                .placement(placement)
                .alStripes(header.alStripes(), header.alStripe4k())
                .alExtents(DumpParser.AL_EXTENTS)
                .overwrite(overwrite)
                .build();
        MetaLayout layout = MetaLayout.of(
                placement,
                data.geometry().sectors(),
                meta.geometry().sectors(),
                header.alStripes(),
                header.alStripe4k());
        if (header.agreedSectors() < 0 || header.agreedSectors() > layout.dataSectors()) {
            throw new DrbdException(
                    CORRUPT,
                    "the dump is of a volume of " + Long.toUnsignedString(header.agreedSectors())
                            + " sectors, there is room for " + layout.dataSectors());
        }
        DirtyBitmap bitmap = bitmapOf(header.agreedSectors());
        parser.bits(bitmap);
        // Nothing has been written until here: the text is good.
        await(new MetaOpener(data, meta, options).create());
        Superblock superblock = header.apply(Superblock.fresh(layout, DumpParser.AL_EXTENTS));
        writeBitmap(meta, layout, bitmap);
        writeSuperblock(meta, layout, superblock);
        return new MetaImage(layout, superblock, bitmap, Collections.emptySortedSet());
    }

    /**
     * Does what has to be done before the 8.4 kernel attaches meta-data: if a Primary crashed, the extents of the
     * activity log become dirty; the log is initialised and the superblock clean. Nothing changes where it is clean.
     *
     * @param data the backing disk
     * @param meta the meta device; the data device again for internal meta-data
     * @param placement where
     * @return how many extents of 4 MiB were hot
     * @throws IOException as {@link #read}
     */
    public static int applyActivityLog(BlockDevice data, BlockDevice meta, MetaPlacement placement) throws IOException {
        MetaImage image = read(data, meta, placement);
        if (image.superblock.isClean()) {
            return 0;
        }
        image.hotExtents.forEach(extent -> MetaOpener.markDirty(image.bitmap, extent));
        boolean all = image.superblock.has(MetaFlag.PRIMARY_IND) && image.superblock.has(MetaFlag.AL_DISABLED);
        if (all) {
            image.bitmap.setAll();
        }
        // In this order, so that a crash in between leaves all to be done again, or nothing.
        writeBitmap(meta, image.layout, image.bitmap);
        CompletableFuture<Void> log = new CompletableFuture<>();
        MetaOpener.initializeLog(meta, image.layout, new MetaOpener.Ending(log));
        await(log);
        writeSuperblock(
                meta,
                image.layout,
                image.superblock.withMagic(Superblock.MAGIC_CLEAN).with(MetaFlag.AL_CLEAN));
        return image.hotExtents.size();
    }

    private static void writeBitmap(BlockDevice meta, MetaLayout layout, DirtyBitmap bitmap) throws IOException {
        for (int i = 0; i < bitmap.segments(); i++) {
            meta.write(layout.bitmapAt() + (long) i * DirtyBitmap.SEGMENT, bitmap.segment(i));
        }
        meta.flush();
    }

    private static void writeSuperblock(BlockDevice meta, MetaLayout layout, Superblock superblock) throws IOException {
        ByteBuffer block = MetaOpener.buffer(Superblock.SIZE);
        superblock.encode(block);
        await(meta.writeAsync(layout.superblockAt(), block, BlockDevice.FUA));
    }

    /** Refuses to overwrite. */
    static DrbdException isThere() {
        return new DrbdException(
                CONFLICT, "there is DRBD meta-data already; overwriting it forgets what it knows of the data");
    }
}
