package io.diskless.aoe.ata;

import java.nio.ByteBuffer;

/**
 * The data of DATA SET MANAGEMENT with TRIM: ranges of sectors that hold nothing of worth any more (spec §4.3, ACS-3
 * §7.5).
 *
 * <pre>
 *  block of 512 bytes = 64 entries of 8 bytes, little-endian:
 *  bit 0                                  48          63
 *     | first LBA                         | sectors   |      sectors 0: the entry is not used
 * </pre>
 *
 * <p>All accessors take {@code at}, the index of the first block's first byte. Stateless, thread-safe; allocates
 * nothing.
 */
public final class TrimRanges {
    /** Entries in a block. */
    public static final int PER_BLOCK = 64;
    /** Bytes of an entry. */
    public static final int ENTRY_LENGTH = 8;
    /** Most sectors in an entry. */
    public static final int MAX_SECTORS = 0xFFFF;

    private static final int SECTORS_SHIFT = 48;

    private TrimRanges() {}

    /**
     * First sector of a range.
     *
     * @param b frame
     * @param at index of the first block
     * @param entry 0 to 64 * blocks - 1
     * @return 0 to 2^48 - 1
     */
    public static long lba(ByteBuffer b, int at, int entry) {
        return Bytes.i64(b, at + entry * ENTRY_LENGTH) & 0xFFFF_FFFF_FFFFL;
    }

    /**
     * Length of a range.
     *
     * @param b frame
     * @param at index of the first block
     * @param entry 0 to 64 * blocks - 1
     * @return 0 to 65535; 0 if the entry is not used
     */
    public static int sectors(ByteBuffer b, int at, int entry) {
        return (int) (Bytes.i64(b, at + entry * ENTRY_LENGTH) >>> SECTORS_SHIFT);
    }

    /**
     * Finds the first entry that reaches beyond the end of a disk: a target refuses the whole command then, before
     * anything is trimmed.
     *
     * @param b frame
     * @param at index of the first block
     * @param blocks how many blocks
     * @param capacity sectors of the disk
     * @return the entry's index, or -1 if all are inside
     */
    public static int firstOutside(ByteBuffer b, int at, int blocks, long capacity) {
        for (int entry = 0; entry < blocks * PER_BLOCK; entry++) {
            int sectors = sectors(b, at, entry);
            if (sectors != 0 && lba(b, at, entry) + sectors > capacity) {
                return entry;
            }
        }
        return -1;
    }

    /**
     * Writes one range.
     *
     * @param b frame
     * @param at index of the first block
     * @param entry 0 to 64 * blocks - 1
     * @param lba first sector, 0 to 2^48 - 1
     * @param sectors 0 to 65535
     */
    public static void write(ByteBuffer b, int at, int entry, long lba, int sectors) {
        Bytes.i64(b, at + entry * ENTRY_LENGTH, (long) sectors << SECTORS_SHIFT | lba);
    }

    /**
     * Fills whole blocks with one long range, cut into entries; entries that are left over are marked as not used.
     *
     * @param b frame
     * @param at index of the first block
     * @param blocks how many blocks to fill
     * @param lba first sector
     * @param sectors how many are wanted
     * @return how many sectors the blocks cover, at most {@code blocks * 64 * 65535}
     */
    public static long fill(ByteBuffer b, int at, int blocks, long lba, long sectors) {
        long covered = 0;
        for (int entry = 0; entry < blocks * PER_BLOCK; entry++) {
            int length = (int) Math.min(sectors - covered, MAX_SECTORS);
            write(b, at, entry, length == 0 ? 0 : lba + covered, length);
            covered += length;
        }
        return covered;
    }
}
