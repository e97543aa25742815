package io.diskless.drbd.wire;

import io.netty.buffer.ByteBuf;

/**
 * The 24 bytes that all acks and all requests for blocks have in common (DRBD wire protocol §8.3, §9.1), big-endian but
 * for the opaque block_id.
 *
 * <pre>
 *  0         8          16        20        24
 *  | sector  | block_id | blksize | seq_num |             acks
 *  | sector  | block_id | blksize | pad     | [digest]    requests and P_OV_REPLY
 * </pre>
 *
 * <p>{@code P_OUT_OF_SYNC} and {@code P_RS_DEALLOCATED} have no block_id: {@link RangeFields}. Accessors take the index
 * of the payload's first byte, behind the header. Stateless, thread-safe; no allocation.
 */
public final class BlockFields {
    /** Bytes of the fixed part. */
    public static final int LENGTH = 24;
    /** The block_id of all that belongs to resync and verify; no request of the application has it. */
    public static final long ID_SYNCER = -1;
    /** In {@code P_OV_RESULT}, instead of a block_id: the block is the same. */
    public static final long OV_IN_SYNC = 4711;
    /** In {@code P_OV_RESULT}, instead of a block_id: the block differs. */
    public static final long OV_OUT_OF_SYNC = 4712;

    private static final int SECTOR = 0;
    private static final int BLOCK_ID = 8;
    private static final int SIZE = 16;
    private static final int SEQUENCE = 20;

    private BlockFields() {}

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
     * The handle of the request. Opaque.
     *
     * @param b holds the payload
     * @param at index of its first byte
     * @return any; in {@code P_RS_IS_IN_SYNC} of a kernel it means nothing
     */
    public static long blockId(ByteBuf b, int at) {
        return b.getLong(at + BLOCK_ID);
    }

    /**
     * How much is meant.
     *
     * @param b holds the payload
     * @param at index of its first byte
     * @return bytes, 0 to 0xFFFFFFFF
     */
    public static long size(ByteBuf b, int at) {
        return b.getUnsignedInt(at + SIZE);
    }

    /**
     * The sender's packet sequence; in acks.
     *
     * @param b holds the payload
     * @param at index of its first byte
     * @return wraps around; uninitialised memory in requests of a kernel
     */
    public static int sequence(ByteBuf b, int at) {
        return b.getInt(at + SEQUENCE);
    }

    /**
     * Writes the fixed part.
     *
     * @param b has room for {@link #LENGTH} bytes
     * @param at index of the first
     * @param sector first sector
     * @param blockId handle
     * @param size bytes
     * @param sequence packet sequence of an ack, 0 in requests
     */
    public static void write(ByteBuf b, int at, long sector, long blockId, int size, int sequence) {
        b.setLong(at + SECTOR, sector);
        b.setLong(at + BLOCK_ID, blockId);
        b.setInt(at + SIZE, size);
        b.setInt(at + SEQUENCE, sequence);
    }
}
