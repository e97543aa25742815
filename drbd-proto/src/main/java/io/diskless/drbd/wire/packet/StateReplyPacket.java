package io.diskless.drbd.wire.packet;

import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;

/**
 * {@code P_STATE_CHG_REPLY} and {@code P_CONN_ST_CHG_REPLY} (DRBD wire protocol §7.3).
 *
 * <p>Immutable.
 *
 * @param type which of the two
 * @param code 1 or more for consent, else why not
 */
public record StateReplyPacket(PacketType type, int code) implements Packet {
    /** Bytes of the payload. */
    public static final int LENGTH = 4;

    @Override
    public int length() {
        return LENGTH;
    }

    @Override
    public void write(ByteBuf b, int at) {
        b.setInt(at, code);
    }
}
