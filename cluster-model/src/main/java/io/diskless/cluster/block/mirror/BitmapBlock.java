package io.diskless.cluster.block.mirror;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * One block of the bitmap on the medium: CRC-32C of the rest (4), block number (4), tag of the array (8), then one bit per
 * region, lowest bit first. A block whose checksum is wrong was torn or never written: every region of it counts as set.
 */
final class BitmapBlock {
    private BitmapBlock() {}

    static void fill(ByteBuffer to, RegionSet image, int block, Layout layout, UUID array) {
        int capacity = to.capacity();
        for (int i = 0; i < capacity; i += 8) {
            to.putLong(i, 0);
        }
        to.putInt(4, block);
        to.putLong(8, array.getMostSignificantBits());
        int bits = layout.bitsPerBlock();
        int first = block * bits;
        int last = Math.min(image.size(), first + bits) - 1;
        for (int i = image.next(first); i >= 0 && i <= last; i = image.next(i + 1)) {
            int at = Layout.BITMAP_HEADER + ((i - first) >> 3);
            to.put(at, (byte) (to.get(at) | 1 << ((i - first) & 7)));
        }
        to.putInt(0, Superblock.crc(to, 4, capacity));
    }

    static boolean get(ByteBuffer block, int bit) {
        return (block.get(Layout.BITMAP_HEADER + (bit >> 3)) >> (bit & 7) & 1) != 0;
    }

    /** Adds what the block says to {@code to}; everything, if the block is not whole. */
    static void collect(ByteBuffer from, RegionSet to, int block, Layout layout, UUID array) {
        boolean whole = from.getInt(0) == Superblock.crc(from, 4, from.capacity())
                && from.getInt(4) == block
                && from.getLong(8) == array.getMostSignificantBits();
        int bits = layout.bitsPerBlock();
        int first = block * bits;
        for (int i = first; i < first + bits && i < to.size(); i++) {
            if (!whole || get(from, i - first)) {
                to.set(i);
            }
        }
    }
}
