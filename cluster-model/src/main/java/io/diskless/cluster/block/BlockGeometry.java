package io.diskless.cluster.block;

/**
 * The shape of a device. Sizes are bytes; block sizes and alignments are powers of two. Immutable.
 *
 * @param size bytes, a multiple of {@code logicalBlock}
 * @param logicalBlock every offset and length is a multiple of this; 1 where any byte may be addressed, else 512 or more
 * @param physicalBlock writes of whole, aligned physical blocks need no read first; at least {@code logicalBlock}
 * @param memoryAlignment the address of a buffer's first remaining byte is a multiple of this; 1 for "any buffer"
 * @param optimalTransfer the largest request that is still useful in one piece; a larger one is legal and gets split
 * @param discardGranularity {@code discard} frees whole blocks of this size; 0 where discard is not supported
 * @param readOnly whether writes, zeroes and discards fail with {@link BlockException.Kind#READ_ONLY}
 */
public record BlockGeometry(
        long size,
        int logicalBlock,
        int physicalBlock,
        int memoryAlignment,
        int optimalTransfer,
        int discardGranularity,
        boolean readOnly) {
    /** The sector of ATA and of this house: 512 bytes. */
    public static final int SECTOR = 512;

    /**
     * Checks that the fields belong together.
     *
     * @throws IllegalArgumentException if a size is negative, a block is no power of two, or they contradict each other
     */
    public BlockGeometry {
        powerOfTwo("logicalBlock", logicalBlock);
        powerOfTwo("physicalBlock", physicalBlock);
        powerOfTwo("memoryAlignment", memoryAlignment);
        if (discardGranularity != 0) {
            powerOfTwo("discardGranularity", discardGranularity);
        }
        if (size < 0 || size % logicalBlock != 0) {
            throw new IllegalArgumentException(
                    "size must be a multiple of the logical block " + logicalBlock + ", got " + size);
        }
        if (physicalBlock < logicalBlock) {
            throw new IllegalArgumentException(
                    "physicalBlock " + physicalBlock + " is smaller than logicalBlock " + logicalBlock);
        }
        if (optimalTransfer <= 0 || optimalTransfer % logicalBlock != 0) {
            throw new IllegalArgumentException(
                    "optimalTransfer must be a positive multiple of " + logicalBlock + ", got " + optimalTransfer);
        }
    }

    /**
     * A writable device of 512-byte blocks that takes any buffer, has no discard, and likes requests up to 1 MiB.
     *
     * @param size bytes, a multiple of 512
     * @return the geometry
     */
    public static BlockGeometry ofSectors(long size) {
        return new BlockGeometry(size, SECTOR, SECTOR, 1, 1 << 20, 0, false);
    }

    /**
     * The same shape with another size.
     *
     * @param newSize bytes
     * @return the geometry
     */
    public BlockGeometry withSize(long newSize) {
        return new BlockGeometry(
                newSize, logicalBlock, physicalBlock, memoryAlignment, optimalTransfer, discardGranularity, readOnly);
    }

    /**
     * The same shape, read-only or not.
     *
     * @param newReadOnly whether writes are refused
     * @return the geometry
     */
    public BlockGeometry withReadOnly(boolean newReadOnly) {
        return new BlockGeometry(
                size, logicalBlock, physicalBlock, memoryAlignment, optimalTransfer, discardGranularity, newReadOnly);
    }

    /**
     * The same shape with another discard granularity.
     *
     * @param granularity bytes, a power of two; 0 for none
     * @return the geometry
     */
    public BlockGeometry withDiscardGranularity(int granularity) {
        return new BlockGeometry(
                size, logicalBlock, physicalBlock, memoryAlignment, optimalTransfer, granularity, readOnly);
    }

    /**
     * The size in sectors of 512 bytes, rounded down.
     *
     * @return whole sectors
     */
    public long sectors() {
        return size / SECTOR;
    }

    /**
     * Checks a range without allocating anything when it is good.
     *
     * @param offset first byte
     * @param length bytes, 0 allowed
     * @return null if the range lies inside the device and is aligned, else the failure to report
     */
    public @org.jspecify.annotations.Nullable BlockException check(long offset, long length) {
        // Written so that no sum can overflow.
        if (offset < 0 || length < 0 || offset > size || length > size - offset) {
            long first = offset < 0 ? BlockException.NO_OFFSET : Math.max(offset, Math.min(size, offset + length));
            return new BlockException(
                    BlockException.Kind.OUT_OF_RANGE,
                    first,
                    "range of " + length + " bytes at " + offset + " is not inside a device of " + size + " bytes");
        }
        if (((offset | length) & (logicalBlock - 1)) != 0) {
            return new BlockException(
                    BlockException.Kind.MISALIGNED,
                    offset,
                    "offset " + offset + " and length " + length + " must be multiples of " + logicalBlock);
        }
        return null;
    }

    private static void powerOfTwo(String name, int value) {
        if (value <= 0 || Integer.bitCount(value) != 1) {
            throw new IllegalArgumentException(name + " must be a power of two, got " + value);
        }
    }
}
