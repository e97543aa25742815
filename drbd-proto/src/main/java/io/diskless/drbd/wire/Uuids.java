package io.diskless.drbd.wire;

import io.netty.buffer.ByteBuf;

/**
 * The data generation identifiers of a volume, as {@code P_UUIDS} carries them (DRBD wire protocol §5.5): six u64,
 * big-endian.
 *
 * <pre>
 *  0         8         16        24        32        40        48
 *  | current | bitmap  |history 0|history 1| bits    | flags   |
 * </pre>
 *
 * <p>Bit 0 of an identifier says "was Primary" and is no part of it: {@link #same} compares without it.
 *
 * <p>Immutable.
 *
 * @param current the present generation
 * @param bitmap the generation since which the bitmap records changes; 0 for none
 * @param history0 the younger of two former generations; 0 for none
 * @param history1 the older of two former generations; 0 for none
 * @param bits how many bits are set in the sender's bitmap
 * @param flags see the FLAG constants; others are kept
 */
public record Uuids(long current, long bitmap, long history0, long history1, long bits, long flags) {
    /** Bytes of the payload. */
    public static final int LENGTH = 48;
    /** What a disk carries that never held data. */
    public static final long JUST_CREATED = 4;
    /** Bit 0 of an identifier: the node was Primary. */
    public static final long PRIMARY_BIT = 1;

    /** Flag 1: discard my data. */
    public static final long FLAG_DISCARD_MY_DATA = 1;
    /** Flag 2: the node crashed while it was Primary. */
    public static final long FLAG_CRASHED_PRIMARY = 2;
    /** Flag 4: the disk will be Inconsistent after the negotiation. */
    public static final long FLAG_INCONSISTENT = 4;
    /** Flag 8: skip the initial resync, the disks are equal; since protocol 90. */
    public static final long FLAG_SKIP_INITIAL_SYNC = 8;

    private static final int CURRENT = 0;
    private static final int BITMAP = 8;
    private static final int HISTORY_0 = 16;
    private static final int HISTORY_1 = 24;
    private static final int BITS = 32;
    private static final int FLAGS = 40;

    /**
     * Reads the payload of {@code P_UUIDS}.
     *
     * @param b holds it
     * @param at index of its first byte
     * @return the identifiers
     */
    public static Uuids read(ByteBuf b, int at) {
        return new Uuids(
                b.getLong(at + CURRENT),
                b.getLong(at + BITMAP),
                b.getLong(at + HISTORY_0),
                b.getLong(at + HISTORY_1),
                b.getLong(at + BITS),
                b.getLong(at + FLAGS));
    }

    /**
     * Writes the payload of {@code P_UUIDS}.
     *
     * @param b has room for it
     * @param at index of its first byte
     */
    public void write(ByteBuf b, int at) {
        b.setLong(at + CURRENT, current);
        b.setLong(at + BITMAP, bitmap);
        b.setLong(at + HISTORY_0, history0);
        b.setLong(at + HISTORY_1, history1);
        b.setLong(at + BITS, bits);
        b.setLong(at + FLAGS, flags);
    }

    /**
     * Whether two identifiers mean the same generation: bit 0 does not count.
     *
     * @param a an identifier
     * @param b another
     * @return true if they are equal but for bit 0
     */
    public static boolean same(long a, long b) {
        return ((a ^ b) & ~PRIMARY_BIT) == 0;
    }

    /**
     * Whether flags are set.
     *
     * @param mask one or more of the FLAG constants
     * @return true if all of them are
     */
    public boolean has(long mask) {
        return (flags & mask) == mask;
    }

    /**
     * The same with other flags.
     *
     * @param newFlags all flags
     * @return the new set
     */
    public Uuids withFlags(long newFlags) {
        return new Uuids(current, bitmap, history0, history1, bits, newFlags);
    }

    /**
     * The same with another count of bits.
     *
     * @param newBits how many bits are set
     * @return the new set
     */
    public Uuids withBits(long newBits) {
        return new Uuids(current, bitmap, history0, history1, newBits, flags);
    }

    /** {@return {@code current:bitmap:history0:history1} in the hex of drbdadm, then bits and flags} */
    @Override
    public String toString() {
        return String.format(
                "%016X:%016X:%016X:%016X bits:%d flags:%x", current, bitmap, history0, history1, bits, flags);
    }
}
