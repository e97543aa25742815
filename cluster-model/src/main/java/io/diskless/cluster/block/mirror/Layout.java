package io.diskless.cluster.block.mirror;

/**
 * Where things are on a leg, in metadata blocks:
 *
 * <pre>
 *   START:  | slot 0 | slot 1 | bitmap 0 | ... | bitmap n | (padding) | data ...
 *   END:    data ... | bitmap 0 | ... | bitmap n | (padding) | slot 0 | slot 1 |
 * </pre>
 *
 * <p>Immutable.
 *
 * @param end whether the area lies behind the data rather than in front of it
 * @param metaBlock bytes of a metadata block, at least the logical block of every leg
 * @param regionShift log2 of the region size
 * @param bitmapBlocks blocks of bitmap; may be more than the size needs, for growth
 * @param metaSize bytes of the whole area
 */
record Layout(boolean end, int metaBlock, int regionShift, int bitmapBlocks, long metaSize) {
    /** Checksum, block number, array tag. */
    static final int BITMAP_HEADER = 16;

    private static final int AREA_ALIGNMENT = 4096;
    private static final int MIN_REGION_SHIFT = 16;
    private static final int AUTO_REGIONS = 1 << 14;
    private static final int GROWTH = 16;

    /** Plans the metadata for {@code size} bytes of leg or data; {@code regionSize} 0 means "choose". */
    static Layout plan(boolean end, long size, int metaBlock, int alignment, long regionSize) {
        int shift = MIN_REGION_SHIFT;
        if (regionSize > 0) {
            shift = Long.numberOfTrailingZeros(regionSize);
        } else {
            while (size >>> shift > AUTO_REGIONS) {
                shift++;
            }
        }
        long regions = Math.max(1, (size + (1L << shift) - 1) >>> shift);
        int bits = bitsPerBlock(metaBlock);
        // Bits are cheap and moving the data is not: leave room to grow sixteenfold.
        long blocks = Math.min((regions * GROWTH + bits - 1) / bits, Integer.MAX_VALUE / metaBlock);
        if (blocks * bits < regions) {
            throw new IllegalArgumentException("a region of " + (1L << shift) + " bytes is too small for a device of "
                    + size + " bytes: choose a larger one");
        }
        long align = Math.max(Math.max(AREA_ALIGNMENT, alignment), metaBlock);
        long area = (2 + blocks) * metaBlock;
        return new Layout(end, metaBlock, shift, (int) blocks, (area + align - 1) / align * align);
    }

    static int bitsPerBlock(int metaBlock) {
        return (metaBlock - BITMAP_HEADER) * 8;
    }

    int bitsPerBlock() {
        return bitsPerBlock(metaBlock);
    }

    long regionSize() {
        return 1L << regionShift;
    }

    int regions(long size) {
        return (int) ((size + regionSize() - 1) >>> regionShift);
    }

    /** The largest data size whose regions have bits. */
    long maxSize() {
        return ((long) bitmapBlocks * bitsPerBlock()) << regionShift;
    }

    int blockOf(int region) {
        return region / bitsPerBlock();
    }

    /** Where the area starts on a device of {@code deviceSize} bytes. */
    long areaOffset(long deviceSize) {
        return end ? deviceSize - metaSize : 0;
    }

    long dataOffset() {
        return end ? 0 : metaSize;
    }

    /** At the end of the area where the area is at the end of the device: there it can be found by the device's size. */
    long slotOffset(int slot) {
        return (end ? metaSize - 2L * metaBlock : 0) + (long) slot * metaBlock;
    }

    long bitmapOffset(int block) {
        return (end ? (long) block : 2L + block) * metaBlock;
    }
}
