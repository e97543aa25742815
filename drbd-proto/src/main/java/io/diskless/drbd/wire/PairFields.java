package io.diskless.drbd.wire;

import io.netty.buffer.ByteBuf;

/**
 * Payloads of two 32-bit words: barriers and requests for a change of state (DRBD wire protocol §7.3, §8.4).
 *
 * <pre>
 *  0         4          8
 *  | barrier | pad      |   P_BARRIER: barrier is opaque, a kernel has it in its own byte order
 *  | barrier | set_size |   P_BARRIER_ACK
 *  | mask    | val      |   P_STATE_CHG_REQ, P_CONN_ST_CHG_REQ: state words
 *  | seq     | offset   |   P_DELAY_PROBE
 * </pre>
 *
 * <p>Accessors take the index of the payload's first byte, behind the header. Stateless, thread-safe; no allocation.
 */
public final class PairFields {
    /** Bytes of the payload. */
    public static final int LENGTH = 8;

    private static final int FIRST = 0;
    private static final int SECOND = 4;

    private PairFields() {}

    /**
     * Number of an epoch, to be echoed as it is.
     *
     * @param b holds the payload
     * @param at index of its first byte
     * @return opaque
     */
    public static int barrier(ByteBuf b, int at) {
        return b.getInt(at + FIRST);
    }

    /**
     * In {@code P_BARRIER_ACK}: how many writes the epoch had.
     *
     * @param b holds the payload
     * @param at index of its first byte
     * @return unsigned
     */
    public static int setSize(ByteBuf b, int at) {
        return b.getInt(at + SECOND);
    }

    /**
     * In a request: which bits of the state are to be changed.
     *
     * @param b holds the payload
     * @param at index of its first byte
     * @return see {@link StateWord}
     */
    public static int mask(ByteBuf b, int at) {
        return b.getInt(at + FIRST);
    }

    /**
     * In a request: what they are to be.
     *
     * @param b holds the payload
     * @param at index of its first byte
     * @return see {@link StateWord}
     */
    public static int value(ByteBuf b, int at) {
        return b.getInt(at + SECOND);
    }

    /**
     * Writes the payload.
     *
     * @param b has room for {@link #LENGTH} bytes
     * @param at index of the first
     * @param first barrier or mask
     * @param second set size, value or padding
     */
    public static void write(ByteBuf b, int at, int first, int second) {
        b.setInt(at + FIRST, first);
        b.setInt(at + SECOND, second);
    }
}
