package io.diskless.drbd.meta;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * One block of the activity log in the format of DRBD 8.4 (drbd-semantics §9.4): 4096 bytes, big-endian.
 *
 * <pre>
 *   0  magic 0x69cb65a2   u32      16  context size (slots)     u16
 *   4  transaction number u32      18  first slot of context    u16
 *   8  checksum           u32      20  reserved, 16 bytes
 *  12  type               u16      36  slot of update    64 x   u16  (0xffff unused)
 *  14  number of updates  u16     164  extent of update  64 x   u32  (0xffffffff free)
 *                                 420  context          919 x   u32  extents of slots first, first + 1, ...
 * </pre>
 *
 * <p>Not thread-safe: static methods on the caller's buffers.
 */
final class AlBlock {
    static final int SIZE = 4096;
    static final int UPDATES = 64;
    static final int CONTEXT = 919;
    static final int MAGIC = 0x69cb65a2;
    /** An extent number that means "none". */
    static final int FREE = 0xffffffff;

    static final int TYPE_UPDATE = 0;
    static final int TYPE_INITIALIZED = 0xffff;

    static final int TRANSACTION_AT = 4;
    static final int CHECKSUM_AT = 8;
    static final int TYPE_AT = 12;
    static final int UPDATES_AT = 14;
    static final int CONTEXT_SIZE_AT = 16;
    static final int CONTEXT_START_AT = 18;
    static final int UPDATE_SLOT_AT = 36;
    static final int UPDATE_EXTENT_AT = 164;
    static final int CONTEXT_AT = 420;

    /** CRC-32C of 4096 zero bytes as the standard has it; exclusive-or with it turns a standard value into a raw one. */
    private static final int ZEROES_CRC = standardCrc(ByteBuffer.allocate(SIZE));

    private AlBlock() {}

    /** The checksum the format wants: CRC-32C polynomial, start value 0, no inversion at the end, own field as zero. */
    static int checksum(ByteBuffer block) {
        ByteBuffer b = block.duplicate().clear();
        CRC32C crc = new CRC32C();
        crc.update(b.position(0).limit(CHECKSUM_AT));
        crc.update(0);
        crc.update(0);
        crc.update(0);
        crc.update(0);
        crc.update(b.limit(SIZE).position(TYPE_AT));
        return (int) crc.getValue() ^ ZEROES_CRC;
    }

    private static int standardCrc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    /** Whether magic and checksum are right. */
    static boolean isValid(ByteBuffer block) {
        ByteBuffer b = view(block);
        return b.getInt(0) == MAGIC && b.getInt(CHECKSUM_AT) == checksum(block);
    }

    static ByteBuffer view(ByteBuffer block) {
        return block.duplicate().clear().order(ByteOrder.BIG_ENDIAN);
    }

    /** Makes the block that create-md and apply-al write. */
    static void initialize(ByteBuffer block) {
        ByteBuffer b = view(block);
        for (int i = 0; i < SIZE; i += Long.BYTES) {
            b.putLong(i, 0);
        }
        b.putInt(0, MAGIC);
        b.putShort(TYPE_AT, (short) TYPE_INITIALIZED);
        b.putInt(CHECKSUM_AT, checksum(block));
    }

    /**
     * Makes a transaction.
     *
     * @param block takes 4096 bytes from index 0
     * @param transaction its number
     * @param slots the extent of every slot, {@link #FREE} where none
     * @param contextStart first slot of the context
     * @param count updates
     * @param updateSlots their slots
     * @param updateExtents their extents
     */
    static void encode(
            ByteBuffer block,
            int transaction,
            int[] slots,
            int contextStart,
            int count,
            int[] updateSlots,
            int[] updateExtents) {
        ByteBuffer b = view(block);
        b.putInt(0, MAGIC);
        b.putInt(TRANSACTION_AT, transaction);
        b.putInt(CHECKSUM_AT, 0);
        b.putShort(TYPE_AT, (short) TYPE_UPDATE);
        b.putShort(UPDATES_AT, (short) count);
        b.putShort(CONTEXT_SIZE_AT, (short) slots.length);
        b.putShort(CONTEXT_START_AT, (short) contextStart);
        b.putLong(20, 0);
        b.putLong(28, 0);
        for (int i = 0; i < UPDATES; i++) {
            b.putShort(UPDATE_SLOT_AT + 2 * i, (short) (i < count ? updateSlots[i] : 0xffff));
            b.putInt(UPDATE_EXTENT_AT + 4 * i, i < count ? updateExtents[i] : FREE);
        }
        for (int i = 0; i < CONTEXT; i++) {
            int slot = contextStart + i;
            b.putInt(CONTEXT_AT + 4 * i, slot < slots.length ? slots[slot] : FREE);
        }
        b.putInt(CHECKSUM_AT, checksum(block));
    }

    /** The first slot of the next transaction's context. */
    static int nextContext(int contextStart, int slots) {
        int next = contextStart + CONTEXT;
        return next >= slots ? 0 : next;
    }

    /** Applies a transaction's context, then its updates, to a table of 65536 slots. */
    static void apply(ByteBuffer block, int[] table) {
        ByteBuffer b = view(block);
        int size = Short.toUnsignedInt(b.getShort(CONTEXT_SIZE_AT));
        int start = Short.toUnsignedInt(b.getShort(CONTEXT_START_AT));
        for (int i = 0; i < CONTEXT && start + i < size; i++) {
            table[start + i] = b.getInt(CONTEXT_AT + 4 * i);
        }
        int count = Math.min(UPDATES, Short.toUnsignedInt(b.getShort(UPDATES_AT)));
        for (int i = 0; i < count; i++) {
            int slot = Short.toUnsignedInt(b.getShort(UPDATE_SLOT_AT + 2 * i));
            if (slot != 0xffff) {
                table[slot] = b.getInt(UPDATE_EXTENT_AT + 4 * i);
            }
        }
    }

    static int[] emptyTable() {
        int[] table = new int[1 << 16];
        Arrays.fill(table, FREE);
        return table;
    }
}
