package io.diskless.aoe.link;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One frame in a slot of a link. The object and its views live as long as the slot; only the bytes and {@link #length()}
 * change, so that receiving and sending allocate nothing.
 *
 * <p>Confined to the thread that polls the link. A received frame may be used only until
 * {@link FrameHandler#onFrame} returns; a claimed one until it is committed.
 */
public final class Frame {
    /** Where ATA sector data starts in an untagged frame. */
    static final int DATA_AT = 36;

    private final ByteBuffer bytes;
    private final ByteBuffer data;
    private int length;

    /**
     * A frame over a slot.
     *
     * @param slot the memory of the slot, from its position to its limit; index 0 of {@link #bytes()} is its position
     */
    public Frame(ByteBuffer slot) {
        bytes = slot.slice().order(ByteOrder.BIG_ENDIAN);
        data = bytes.slice(DATA_AT, bytes.capacity() - DATA_AT).order(ByteOrder.BIG_ENDIAN);
    }

    /**
     * The frame's bytes; index 0 is the first byte of the destination address. Use absolute indexes: position and limit
     * are nobody's.
     *
     * @return the slot's memory, as long as the longest frame of this link; big-endian
     */
    public ByteBuffer bytes() {
        return bytes;
    }

    /**
     * The same memory from byte 36 on, where the sector data of an untagged ATA message lies. The user sets position and
     * limit before each use, typically {@code data().limit(n * 512).position(0)}.
     *
     * @return a view made once per slot
     */
    public ByteBuffer data() {
        return data;
    }

    /**
     * Bytes of a received frame, from the destination address on, without check sum; padding is included.
     *
     * @return at most the capacity of {@link #bytes()}
     */
    public int length() {
        return length;
    }

    /**
     * Set by links when a frame is received.
     *
     * @param newLength bytes
     */
    public void length(int newLength) {
        length = newLength;
    }
}
