package io.diskless.drbd.meta;

import static io.diskless.drbd.DrbdException.Kind.CORRUPT;

import io.diskless.drbd.DrbdException;

/**
 * Where superblock, activity log and bitmap lie (drbd-semantics §9.1). Sectors have 512 bytes; offsets with a sign count
 * from the superblock.
 *
 * <pre>
 *   internal           | data ... | bitmap | activity log | superblock | 0-7 sectors unused |
 *   flexible external  | superblock | activity log | bitmap ...                              |  of the meta device
 *   indexed external   the same in each slot of 128 MiB, bitmap always at sector 72
 * </pre>
 *
 * <p>Immutable.
 *
 * @param placement which of the three
 * @param superblockSector where the superblock begins
 * @param mdSizeSectors size of the meta-data area
 * @param alOffset first sector of the activity log, relative
 * @param bitmapOffset first sector of the bitmap, relative
 * @param alStripes stripes of the activity log
 * @param alStripe4k blocks of 4096 bytes in each stripe
 * @param dataSectors what is left for data: announced to the peer as the disk's size
 */
public record MetaLayout(
        MetaPlacement placement,
        long superblockSector,
        int mdSizeSectors,
        int alOffset,
        int bitmapOffset,
        int alStripes,
        int alStripe4k,
        long dataSectors) {
    /** Bytes of a sector. */
    static final int SECTOR = 512;

    static final int SECTORS_4K = 8;

    /** One sector of bitmap stands for 512 * 8 bits of 8 sectors each: 16 MiB. */
    static final int DATA_SECTORS_PER_BITMAP_SECTOR = 32768;

    /** An indexed slot: 128 MiB. */
    static final int SLOT_SECTORS = 262144;

    /** The bitmap of an indexed slot starts here, whatever the log's size (semantics §9.1). */
    static final int SLOT_BITMAP_OFFSET = 72;

    /** The 8.4 kernel takes no meta device below 1 MiB (semantics §9.2). */
    static final int MIN_META_SECTORS = 2048;

    /** The default log: one stripe of 8 blocks, 32 KiB. */
    static final int DEFAULT_STRIPES = 1;

    static final int DEFAULT_STRIPE_4K = 8;
    private static final long MAX_AL_BLOCKS = 4L << 20;

    /**
     * Meta-data with the default activity log of 32 KiB.
     *
     * @param placement where
     * @param dataDeviceSectors size of the data device
     * @param metaDeviceSectors size of the meta device; ignored for internal meta-data
     * @return the layout
     * @throws DrbdException {@code CORRUPT} if a device is too small
     */
    public static MetaLayout of(MetaPlacement placement, long dataDeviceSectors, long metaDeviceSectors)
            throws DrbdException {
        return of(placement, dataDeviceSectors, metaDeviceSectors, DEFAULT_STRIPES, DEFAULT_STRIPE_4K);
    }

    /**
     * Meta-data with any activity log.
     *
     * @param placement where
     * @param dataDeviceSectors size of the data device
     * @param metaDeviceSectors size of the meta device; ignored for internal meta-data
     * @param alStripes stripes of the activity log, 1 or more
     * @param alStripe4k blocks of 4096 bytes in each stripe; together 8 blocks to 16 GiB
     * @return the layout
     * @throws DrbdException {@code CORRUPT} if a device is too small or the log's size is out of range
     */
    public static MetaLayout of(
            MetaPlacement placement, long dataDeviceSectors, long metaDeviceSectors, int alStripes, int alStripe4k)
            throws DrbdException {
        long blocks = checkLog(alStripes, alStripe4k);
        long alSectors = blocks * SECTORS_4K;
        return switch (placement.kind()) {
            case INTERNAL -> internal(dataDeviceSectors, alStripes, alStripe4k, alSectors);
            case FLEXIBLE -> flexible(dataDeviceSectors, metaDeviceSectors, alStripes, alStripe4k, alSectors);
            case INDEXED -> indexed(placement, dataDeviceSectors, metaDeviceSectors, alStripes, alStripe4k, alSectors);
        };
    }

    /** Where the superblock is, before anything else is known. */
    static long superblockSector(MetaPlacement placement, long dataDeviceSectors) {
        return switch (placement.kind()) {
            case INTERNAL -> (dataDeviceSectors & ~7L) - SECTORS_4K;
            case FLEXIBLE -> 0;
            case INDEXED -> (long) SLOT_SECTORS * placement.index();
        };
    }

    private static long checkLog(int stripes, int stripe4k) throws DrbdException {
        long blocks = (long) stripes * stripe4k;
        if (stripes < 1 || stripe4k < 1 || blocks < DEFAULT_STRIPE_4K || blocks > MAX_AL_BLOCKS) {
            throw new DrbdException(
                    CORRUPT,
                    "activity log of " + stripes + " stripes of " + stripe4k
                            + " blocks: together they must be 8 to 4194304 blocks of 4 KiB");
        }
        return blocks;
    }

    private static MetaLayout internal(long device, int stripes, int stripe4k, long alSectors) throws DrbdException {
        long bitmap = bitmapSectors(device);
        long size = bitmap + SECTORS_4K + alSectors;
        long superblock = superblockSector(MetaPlacement.INTERNAL, device);
        if (device < MIN_META_SECTORS || size > Integer.MAX_VALUE || superblock + SECTORS_4K - size <= 0) {
            throw new DrbdException(
                    CORRUPT,
                    "internal meta-data takes " + size + " sectors of a device that has " + device
                            + ", and that must have " + MIN_META_SECTORS + " at least");
        }
        int bmOffset = (int) -(size - SECTORS_4K);
        return new MetaLayout(
                MetaPlacement.INTERNAL,
                superblock,
                (int) size,
                (int) -alSectors,
                bmOffset,
                stripes,
                stripe4k,
                superblock + bmOffset);
    }

    private static MetaLayout flexible(long data, long meta, int stripes, int stripe4k, long alSectors)
            throws DrbdException {
        long bmOffset = SECTORS_4K + alSectors;
        if (meta < MIN_META_SECTORS || bmOffset + SECTORS_4K > meta) {
            throw new DrbdException(
                    CORRUPT,
                    "meta device of " + meta + " sectors is too small: at least "
                            + Math.max(MIN_META_SECTORS, bmOffset + SECTORS_4K) + " are needed");
        }
        int size = (int) Math.min(meta, Integer.MAX_VALUE & ~7);
        return new MetaLayout(
                MetaPlacement.FLEXIBLE,
                0,
                size,
                SECTORS_4K,
                (int) bmOffset,
                stripes,
                stripe4k,
                Math.min(data, (size - bmOffset) * DATA_SECTORS_PER_BITMAP_SECTOR));
    }

    private static MetaLayout indexed(
            MetaPlacement placement, long data, long meta, int stripes, int stripe4k, long alSectors)
            throws DrbdException {
        if (alSectors != (long) DEFAULT_STRIPE_4K * SECTORS_4K) {
            throw new DrbdException(CORRUPT, "indexed meta-data has an activity log of 32 KiB, no other");
        }
        long superblock = superblockSector(placement, data);
        if (superblock + SLOT_SECTORS > meta) {
            throw new DrbdException(
                    CORRUPT,
                    "slot " + placement.index() + " ends at sector " + (superblock + SLOT_SECTORS)
                            + " of a meta device that has only " + meta);
        }
        return new MetaLayout(
                placement,
                superblock,
                SLOT_SECTORS,
                SECTORS_4K,
                SLOT_BITMAP_OFFSET,
                stripes,
                stripe4k,
                Math.min(data, (long) (SLOT_SECTORS - SLOT_BITMAP_OFFSET) * DATA_SECTORS_PER_BITMAP_SECTOR));
    }

    /** Sectors of bitmap for a whole device, as the kernel computes them: one per 16 MiB, in blocks of 4 KiB. */
    static long bitmapSectors(long dataSectors) {
        long sectors = (dataSectors + DATA_SECTORS_PER_BITMAP_SECTOR - 1) / DATA_SECTORS_PER_BITMAP_SECTOR;
        return (sectors + 7) & ~7L;
    }

    /**
     * What a superblock says about the layout, checked as the 8.4 kernel checks it at attach, its demand for a clean log
     * excepted.
     *
     * @param placement where the superblock was read
     * @param superblock its content
     * @param dataDeviceSectors size of the data device
     * @param metaDeviceSectors size of the meta device; ignored for internal meta-data
     * @return the layout
     * @throws DrbdException {@code CORRUPT} naming the first field that does not fit
     */
    public static MetaLayout check(
            MetaPlacement placement, Superblock superblock, long dataDeviceSectors, long metaDeviceSectors)
            throws DrbdException {
        expect("bytes per bit", superblock.bytesPerBit(), Superblock.BYTES_PER_BIT);
        boolean old = superblock.alStripes() == 0 && superblock.alStripe4k() == 0;
        int stripes = old ? DEFAULT_STRIPES : superblock.alStripes();
        int stripe4k = old ? DEFAULT_STRIPE_4K : superblock.alStripe4k();
        MetaLayout layout = of(placement, dataDeviceSectors, metaDeviceSectors, stripes, stripe4k);
        expect("al_offset", superblock.alOffset(), layout.alOffset);
        expect("bm_offset", superblock.bitmapOffset(), layout.bitmapOffset);
        expect("md_size_sect", superblock.mdSizeSectors(), layout.mdSizeSectors);
        long agreed = superblock.agreedSectors();
        if (agreed < 0 || bitmapSectors(agreed) > layout.bitmapAreaSectors()) {
            throw new DrbdException(
                    CORRUPT,
                    "the bitmap of " + layout.bitmapAreaSectors() + " sectors is too small for the agreed "
                            + Long.toUnsignedString(agreed) + " sectors of data");
        }
        if (agreed > layout.dataSectors) {
            throw new DrbdException(
                    CORRUPT,
                    "the device has room for " + layout.dataSectors + " sectors of data, fewer than the agreed "
                            + agreed);
        }
        return layout;
    }

    private static void expect(String what, int actual, int expected) throws DrbdException {
        if (actual != expected) {
            throw new DrbdException(CORRUPT, "superblock says " + what + " " + actual + ", expected " + expected);
        }
    }

    /**
     * Where the superblock begins.
     *
     * @return bytes from the start of the meta device (the data device for internal meta-data)
     */
    public long superblockAt() {
        return superblockSector * SECTOR;
    }

    /**
     * Where the activity log begins.
     *
     * @return bytes from the start of the meta device
     */
    public long alAt() {
        return (superblockSector + alOffset) * SECTOR;
    }

    /**
     * Where the bitmap begins.
     *
     * @return bytes from the start of the meta device
     */
    public long bitmapAt() {
        return (superblockSector + bitmapOffset) * SECTOR;
    }

    /**
     * Blocks of 4096 bytes that the activity log has.
     *
     * @return 8 or more
     */
    public int alBlocks() {
        return alStripes * alStripe4k;
    }

    /**
     * The largest number of slots the activity log may have: any run of all blocks but one must tell every slot
     * (drbd-semantics §6.2).
     *
     * @return 6433 for the default log, at most 65534
     */
    public int maxAlExtents() {
        return (int) Math.min(65534, (alBlocks() - 1L) * AlBlock.CONTEXT);
    }

    /**
     * The room for the bitmap.
     *
     * @return sectors
     */
    public long bitmapAreaSectors() {
        return placement.kind() == MetaPlacement.Kind.INTERNAL
                ? alOffset - (long) bitmapOffset
                : mdSizeSectors - (long) bitmapOffset;
    }

    /** Where the block of a transaction lies, in bytes of the meta device: the ring goes round the stripes (§9.4). */
    long alBlockAt(int transaction) {
        int k = Integer.remainderUnsigned(transaction, alBlocks());
        return alAt() + ((long) (k % alStripes) * alStripe4k + k / alStripes) * AlBlock.SIZE;
    }
}
