package io.diskless.drbd.wire;

import io.netty.buffer.ByteBuf;

/**
 * The fixed part of {@code P_DATA}, {@code P_DATA_REPLY} and {@code P_RS_DATA_REPLY}, and with a size behind it of
 * {@code P_TRIM}, {@code P_ZEROES} and {@code P_WSAME} (DRBD wire protocol §8.1, §8.2, §9.2), big-endian but for the
 * opaque block_id.
 *
 * <pre>
 *  0         8          16        20        24     28
 *  | sector  | block_id | seq_num | dp_flags|      | [digest] data   of writes and replies
 *                                           | size | [digest block]  of TRIM, ZEROES, WSAME
 * </pre>
 *
 * <p>Accessors take the index of the payload's first byte, behind the header. Stateless, thread-safe; no allocation.
 */
public final class DataFields {
    /** Bytes of the fixed part of a write or reply. */
    public static final int LENGTH = 24;
    /** Bytes of the fixed part with a size. */
    public static final int SIZED_LENGTH = 28;

    /** Flag 1: a barrier of old times; up to protocol 94. */
    public static final int DP_HARDBARRIER = 1;
    /** Flag 2: hint that somebody waits. */
    public static final int DP_RW_SYNC = 2;
    /** Flag 4: the ack may say that the range is in sync. */
    public static final int DP_MAY_SET_IN_SYNC = 4;
    /** Flag 8: hint to start queued I/O; since 95. */
    public static final int DP_UNPLUG = 8;
    /** Flag 16: has to be durable before it is acknowledged; since 95. */
    public static final int DP_FUA = 16;
    /** Flag 32: what was written before has to be durable first; since 95. */
    public static final int DP_FLUSH = 32;
    /** Flag 64: a discard, or zeroes that may be made by one; since 95. */
    public static final int DP_DISCARD = 64;
    /** Flag 128: wants {@code P_RECV_ACK}; since 100. */
    public static final int DP_SEND_RECEIVE_ACK = 128;
    /** Flag 256: wants {@code P_WRITE_ACK}; since 100. */
    public static final int DP_SEND_WRITE_ACK = 256;
    /** Flag 512: a write-same; with {@link Dialect#FF_WSAME}. */
    public static final int DP_WSAME = 512;
    /** Flag 1024: zeroes; with {@link Dialect#FF_WZEROES}. */
    public static final int DP_ZEROES = 1024;

    private static final int SECTOR = 0;
    private static final int BLOCK_ID = 8;
    private static final int SEQUENCE = 16;
    private static final int FLAGS = 20;
    private static final int SIZE = 24;

    private static final String[] NAMES = {
        "HARDBARRIER",
        "RW_SYNC",
        "MAY_SET_IN_SYNC",
        "UNPLUG",
        "FUA",
        "FLUSH",
        "DISCARD",
        "SEND_RECEIVE_ACK",
        "SEND_WRITE_ACK",
        "WSAME",
        "ZEROES"
    };

    private DataFields() {}

    /**
     * First sector, of 512 bytes.
     *
     * @param b holds the payload
     * @param at index of its first byte
     * @return 0 or more behind an accepting {@link FrameValidator}
     */
    public static long sector(ByteBuf b, int at) {
        return b.getLong(at + SECTOR);
    }

    /**
     * The sender's handle, which answers echo. Opaque.
     *
     * @param b holds the payload
     * @param at index of its first byte
     * @return any; {@link BlockFields#ID_SYNCER} in a resync
     */
    public static long blockId(ByteBuf b, int at) {
        return b.getLong(at + BLOCK_ID);
    }

    /**
     * The sender's packet sequence.
     *
     * @param b holds the payload
     * @param at index of its first byte
     * @return wraps around; 0 in replies
     */
    public static int sequence(ByteBuf b, int at) {
        return b.getInt(at + SEQUENCE);
    }

    /**
     * Flags of a write.
     *
     * @param b holds the payload
     * @param at index of its first byte
     * @return DP constants; 0 in replies
     */
    public static int flags(ByteBuf b, int at) {
        return b.getInt(at + FLAGS);
    }

    /**
     * How much a TRIM, ZEROES or WSAME affects; only these have the field.
     *
     * @param b holds the payload
     * @param at index of its first byte
     * @return bytes, 0 to 0xFFFFFFFF
     */
    public static long size(ByteBuf b, int at) {
        return b.getUnsignedInt(at + SIZE);
    }

    /**
     * Writes the fixed part of a write or reply.
     *
     * @param b has room for {@link #LENGTH} bytes
     * @param at index of the first
     * @param sector first sector
     * @param blockId handle
     * @param sequence packet sequence, 0 in replies
     * @param flags DP constants, 0 in replies
     */
    public static void write(ByteBuf b, int at, long sector, long blockId, int sequence, int flags) {
        b.setLong(at + SECTOR, sector);
        b.setLong(at + BLOCK_ID, blockId);
        b.setInt(at + SEQUENCE, sequence);
        b.setInt(at + FLAGS, flags);
    }

    /**
     * Writes the fixed part of TRIM, ZEROES or WSAME.
     *
     * @param b has room for {@link #SIZED_LENGTH} bytes
     * @param at index of the first
     * @param sector first sector
     * @param blockId handle
     * @param sequence packet sequence
     * @param flags DP constants
     * @param size bytes affected
     */
    public static void writeSized(ByteBuf b, int at, long sector, long blockId, int sequence, int flags, int size) {
        write(b, at, sector, blockId, sequence, flags);
        b.setInt(at + SIZE, size);
    }

    /**
     * Names of flags.
     *
     * @param flags any
     * @return such as {@code RW_SYNC SEND_WRITE_ACK}; flags without a name as hex
     */
    public static String flagNames(int flags) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < NAMES.length; i++) {
            if ((flags & 1 << i) != 0) {
                text.append(text.isEmpty() ? "" : " ").append(NAMES[i]);
            }
        }
        int rest = flags >>> NAMES.length << NAMES.length;
        if (rest != 0) {
            text.append(text.isEmpty() ? "0x" : " 0x").append(Integer.toHexString(rest));
        }
        return text.toString();
    }
}
