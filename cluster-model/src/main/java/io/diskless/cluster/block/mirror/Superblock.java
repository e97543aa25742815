package io.diskless.cluster.block.mirror;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What a leg knows of its mirror: who it is, and what state every leg had at its last event. Big-endian, one metadata
 * block (512 bytes or more; the rest is zero), written to two slots in turn so that a torn write costs the new copy only:
 *
 * <pre>
 *     0  magic "DLSMIRR1"          8  version (1)   12  flags: 1 = closed cleanly, 2 = area behind the data
 *    16  array UUID               32  leg UUID
 *    48  leg index  (-1 beside)   52  number of legs
 *    56  events                   64  data size
 *    72  region shift             76  metadata block   80  bitmap blocks   84  reserved
 *    88  size of the area         96  reserved to 127
 *   128  8 entries of 32 bytes: leg UUID (16), last event it may have seen (8), state (1), reserved (7)
 *   508  CRC-32C of bytes 0 to 507
 * </pre>
 *
 * <p>Immutable.
 *
 * @param events grows by one with every superblock that is written
 * @param legIndex this leg's place in {@code entries}; -1 where the metadata lies beside the legs
 */
record Superblock(
        UUID array, UUID leg, int legIndex, long events, boolean clean, long size, Layout layout, List<Entry> entries) {
    static final int MAX_LEGS = 8;
    static final int BESIDE = -1;
    static final int BYTES = 512;

    private static final long MAGIC = 0x444C534D49525231L;
    private static final int VERSION = 1;
    private static final int FLAG_CLEAN = 1;
    private static final int FLAG_END = 2;
    private static final int AT_VERSION = 8;
    private static final int AT_FLAGS = 12;
    private static final int AT_ARRAY = 16;
    private static final int AT_LEG = 32;
    private static final int AT_INDEX = 48;
    private static final int AT_LEGS = 52;
    private static final int AT_EVENTS = 56;
    private static final int AT_SIZE = 64;
    private static final int AT_REGION_SHIFT = 72;
    private static final int AT_META_BLOCK = 76;
    private static final int AT_BITMAP_BLOCKS = 80;
    private static final int AT_META_SIZE = 88;
    private static final int AT_TABLE = 128;
    private static final int ENTRY = 32;
    private static final int AT_CRC = 508;

    /** One line of the table. */
    record Entry(UUID leg, long lastEvents, LegState state) {}

    Superblock {
        entries = List.copyOf(entries);
    }

    /** Fills the block from index 0 to its capacity; position and limit are not used. */
    void encode(ByteBuffer to) {
        for (int i = 0; i < to.capacity(); i++) {
            to.put(i, (byte) 0);
        }
        to.putLong(0, MAGIC);
        to.putInt(AT_VERSION, VERSION);
        to.putInt(AT_FLAGS, (clean ? FLAG_CLEAN : 0) | (layout.end() ? FLAG_END : 0));
        putUuid(to, AT_ARRAY, array);
        putUuid(to, AT_LEG, leg);
        to.putInt(AT_INDEX, legIndex);
        to.putInt(AT_LEGS, entries.size());
        to.putLong(AT_EVENTS, events);
        to.putLong(AT_SIZE, size);
        to.putInt(AT_REGION_SHIFT, layout.regionShift());
        to.putInt(AT_META_BLOCK, layout.metaBlock());
        to.putInt(AT_BITMAP_BLOCKS, layout.bitmapBlocks());
        to.putLong(AT_META_SIZE, layout.metaSize());
        int at = AT_TABLE;
        for (Entry entry : entries) {
            putUuid(to, at, entry.leg);
            to.putLong(at + 16, entry.lastEvents);
            to.put(at + 24, (byte) entry.state.code());
            at += ENTRY;
        }
        to.putInt(AT_CRC, crc(to, 0, AT_CRC));
    }

    /** Reads a block, or null if it is anything but a whole superblock of this version. */
    static @Nullable Superblock decode(ByteBuffer from) {
        if (from.capacity() < BYTES
                || from.getLong(0) != MAGIC
                || from.getInt(AT_VERSION) != VERSION
                || from.getInt(AT_CRC) != crc(from, 0, AT_CRC)) {
            return null;
        }
        int legs = from.getInt(AT_LEGS);
        int index = from.getInt(AT_INDEX);
        int shift = from.getInt(AT_REGION_SHIFT);
        int metaBlock = from.getInt(AT_META_BLOCK);
        int bitmapBlocks = from.getInt(AT_BITMAP_BLOCKS);
        long metaSize = from.getLong(AT_META_SIZE);
        long size = from.getLong(AT_SIZE);
        // A good checksum over impossible values is somebody else's block or a bug; neither may become an array index.
        if (legs < 1
                || legs > MAX_LEGS
                || index < BESIDE
                || index >= legs
                || shift < 9
                || shift > 40
                || metaBlock < BYTES
                || Integer.bitCount(metaBlock) != 1
                || bitmapBlocks < 1
                || bitmapBlocks > Integer.MAX_VALUE / metaBlock
                || metaSize < (2L + bitmapBlocks) * metaBlock
                || size < 0) {
            return null;
        }
        int flags = from.getInt(AT_FLAGS);
        Layout layout = new Layout((flags & FLAG_END) != 0, metaBlock, shift, bitmapBlocks, metaSize);
        if (size > layout.maxSize()) {
            return null;
        }
        Entry[] entries = new Entry[legs];
        for (int i = 0; i < legs; i++) {
            int at = AT_TABLE + i * ENTRY;
            entries[i] = new Entry(getUuid(from, at), from.getLong(at + 16), LegState.ofCode(from.get(at + 24)));
        }
        return new Superblock(
                getUuid(from, AT_ARRAY),
                getUuid(from, AT_LEG),
                index,
                from.getLong(AT_EVENTS),
                (flags & FLAG_CLEAN) != 0,
                size,
                layout,
                List.of(entries));
    }

    /** What this leg says of itself. */
    LegState selfState() {
        return legIndex < 0 ? LegState.IN_SYNC : entries.get(legIndex).state;
    }

    static int crc(ByteBuffer buffer, int from, int to) {
        CRC32C crc = new CRC32C();
        ByteBuffer view = buffer.duplicate();
        view.limit(to).position(from);
        crc.update(view);
        return (int) crc.getValue();
    }

    private static void putUuid(ByteBuffer to, int at, UUID uuid) {
        to.putLong(at, uuid.getMostSignificantBits());
        to.putLong(at + 8, uuid.getLeastSignificantBits());
    }

    private static UUID getUuid(ByteBuffer from, int at) {
        return new UUID(from.getLong(at), from.getLong(at + 8));
    }
}
