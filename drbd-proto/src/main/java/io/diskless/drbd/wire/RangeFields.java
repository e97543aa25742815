package io.diskless.drbd.wire;

import io.netty.buffer.ByteBuf;

/**
 * Payload of {@code P_OUT_OF_SYNC} and {@code P_RS_DEALLOCATED} (DRBD wire protocol §9.4, §9.5), big-endian.
 *
 * <pre>
 *  0         8         12      16
 *  | sector  | blksize | pad   |
 * </pre>
 *
 * <p>Accessors take the index of the payload's first byte, behind the header. Stateless, thread-safe; no allocation.
 */
public final class RangeFields {
    /** Bytes of the payload. */
    public static final int LENGTH = 16;

    private static final int SECTOR = 0;
    private static final int SIZE = 8;
    private static final int PAD = 12;

    private RangeFields() {}

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
     * Padding.
     *
     * @param b holds the payload
     * @param at index of its first byte
     * @return means nothing
     */
    public static int pad(ByteBuf b, int at) {
        return b.getInt(at + PAD);
    }

    /**
     * Writes the payload.
     *
     * @param b has room for {@link #LENGTH} bytes
     * @param at index of the first
     * @param sector first sector
     * @param size bytes
     * @param pad 0
     */
    public static void write(ByteBuf b, int at, long sector, int size, int pad) {
        b.setLong(at + SECTOR, sector);
        b.setInt(at + SIZE, size);
        b.setInt(at + PAD, pad);
    }
}
