package io.diskless.drbd.wire;

/**
 * Run lengths as integers of variable length (DRBD wire protocol §6.2): a prefix names one of ten levels, the data bits
 * behind it count from the first length of the level. Both are least significant bit first.
 *
 * <pre>
 *  prefix, in stream order   data bits   lengths
 *  0                          1          1 .. 2
 *  10                         1          3 .. 4
 *  110                        2          5 .. 8
 *  1110                       3          9 .. 16
 *  11110                      5          17 .. 48
 *  111110                     8          49 .. 304
 *  11111100                  13          305 .. 8496
 *  11111110                  21          8497 .. 2105648
 *  11111101                  34          2105649 .. 0x400202130
 *  11111111                  56          0x400202131 .. 0x100000400202130
 * </pre>
 *
 * <p>Tables and arithmetic; no state.
 */
final class Vli {
    /** Longest code. */
    static final int MAX_BITS = 64;
    /** Lengths up to this have their codes in a table. */
    static final int SMALL = 304;

    private static final int SMALL_LEVELS = 6;

    private static final int[] PREFIX = {0x00, 0x01, 0x03, 0x07, 0x0F, 0x1F, 0x3F, 0x7F, 0xBF, 0xFF};
    private static final int[] PREFIX_BITS = {1, 2, 3, 4, 5, 6, 8, 8, 8, 8};
    private static final int[] DATA_BITS = {1, 1, 2, 3, 5, 8, 13, 21, 34, 56};
    private static final int LEVELS = PREFIX.length;
    /** The first length of each level, and behind the last level what is too long. */
    private static final long[] FIRST = new long[LEVELS + 1];

    /** For each value of the next eight bits: the level. */
    private static final byte[] LEVEL = new byte[256];

    /** For each small length: code, and bits of the code from bit 16 on. */
    private static final int[] CODES = new int[SMALL + 1];

    private static final int CODE_MASK = 0xFFFF;

    static {
        FIRST[0] = 1;
        for (int level = 0; level < LEVELS; level++) {
            FIRST[level + 1] = FIRST[level] + (1L << DATA_BITS[level]);
        }
        for (int bits = 0; bits < LEVEL.length; bits++) {
            int level = 0;
            while ((bits & (1 << PREFIX_BITS[level]) - 1) != PREFIX[level]) {
                level++;
            }
            LEVEL[bits] = (byte) level;
        }
        for (int length = 1; length <= SMALL; length++) {
            CODES[length] = (int) code(length) | codeBits(length) << 16;
        }
    }

    private Vli() {}

    /** Code and, from bit 16 on, its number of bits, of a length from 1 to {@link #SMALL}. */
    static int small(int length) {
        return CODES[length];
    }

    /** The code in an entry of {@link #small}. */
    static long smallCode(int entry) {
        return entry & CODE_MASK;
    }

    /** The number of bits in an entry of {@link #small}. */
    static int smallBits(int entry) {
        return entry >>> 16;
    }

    /** The code of a length from 1 on. */
    static long code(long length) {
        return code(levelOf(length), length);
    }

    /** How many bits the code of a length has. */
    static int codeBits(long length) {
        return bits(levelOf(length));
    }

    /** The code of a length, which is of that level. */
    static long code(int level, long length) {
        return (length - FIRST[level]) << PREFIX_BITS[level] | PREFIX[level];
    }

    /** The level of the code that a stream starts with. */
    static int level(long stream) {
        return LEVEL[(int) stream & 0xFF];
    }

    /** How many bits a code of a level has. */
    static int bits(int level) {
        return PREFIX_BITS[level] + DATA_BITS[level];
    }

    /** The length in the code of a level that a stream starts with. */
    static long length(int level, long stream) {
        return FIRST[level] + (stream >>> PREFIX_BITS[level] & (1L << DATA_BITS[level]) - 1);
    }

    /** The level of a length from 1 on. */
    static int levelOf(long length) {
        int level = length > SMALL ? SMALL_LEVELS : 0;
        while (length >= FIRST[level + 1]) {
            level++;
            if (level == LEVELS) {
                throw new IllegalArgumentException("a run of " + length + " bits has no code");
            }
        }
        return level;
    }
}
