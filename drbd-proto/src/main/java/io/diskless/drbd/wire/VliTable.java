package io.diskless.drbd.wire;

/**
 * Several short run lengths at a time (see {@link Vli}): for each value of the next {@link #INDEX_BITS} bits of code, all the
 * codes that lie in them whole, and the bits of the bitmap that they stand for. Dense bitmaps consist of little else.
 *
 * <p>Tables; no state.
 */
final class VliTable {
    /** Bits of code that are looked up at once; the tables fit into the nearest cache. */
    static final int INDEX_BITS = 11;

    /** What one word of code can stand for at most: each bit of code is less than 64 bits of bitmap. */
    static final int MOST_BITS = Long.SIZE * Long.SIZE;

    private static final int SIZE = 1 << INDEX_BITS;
    private static final int LENGTH_SHIFT = 8;
    private static final int TURNS = 1 << 16;

    /** Bits of code, from bit 8 on bits of bitmap, and whether the number of runs is odd; 0 where no code is whole. */
    private static final int[] ENTRIES = new int[SIZE];

    /** The bits of bitmap, as they are where the first run is set. */
    private static final long[] BITS = new long[SIZE];

    static {
        for (int index = 0; index < SIZE; index++) {
            int used = 0;
            int length = 0;
            long bits = 0;
            boolean set = true;
            while (true) {
                int rest = index >>> used;
                int level = Vli.level(rest);
                int size = Vli.bits(level);
                if (used + size > INDEX_BITS || length + Vli.length(level, rest) > Long.SIZE) {
                    break;
                }
                int run = (int) Vli.length(level, rest);
                bits |= set ? -1L >>> (Long.SIZE - run) << length : 0;
                used += size;
                length += run;
                set = !set;
            }
            ENTRIES[index] = used | length << LENGTH_SHIFT | (set ? 0 : TURNS);
            BITS[index] = bits;
        }
    }

    private VliTable() {}

    /** What a stream starts with; 0 if that is a code too long for the table. */
    static int entry(long stream) {
        return ENTRIES[(int) stream & SIZE - 1];
    }

    /** How many bits of code an entry takes. */
    static int codeBits(int entry) {
        return entry & 0xFF;
    }

    /** How many bits of bitmap an entry stands for: 1 to 64. */
    static int length(int entry) {
        return entry >>> LENGTH_SHIFT & 0xFF;
    }

    /** Whether the run behind an entry is of the other kind than its first. */
    static boolean turns(int entry) {
        return (entry & TURNS) != 0;
    }

    /** The bits of bitmap that a stream starts with. */
    static long bits(long stream, int length, boolean set) {
        long bits = BITS[(int) stream & SIZE - 1];
        return set ? bits : ~bits & -1L >>> (Long.SIZE - length);
    }
}
