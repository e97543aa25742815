package io.diskless.drbd.wire.packet;

import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.PairFields;
import io.diskless.drbd.wire.StateWord;
import io.netty.buffer.ByteBuf;

/**
 * {@code P_STATE_CHG_REQ} and {@code P_CONN_ST_CHG_REQ}: asks for consent to a change of state, in the sender's
 * perspective (DRBD wire protocol §7.3).
 *
 * <p>Immutable.
 *
 * @param type which of the two
 * @param mask the bits that are to be changed, see {@link StateWord}
 * @param value what they are to be
 */
public record StateRequestPacket(PacketType type, int mask, int value) implements Packet {
    @Override
    public int length() {
        return PairFields.LENGTH;
    }

    @Override
    public void write(ByteBuf b, int at) {
        PairFields.write(b, at, mask, value);
    }

    /** {@return type, and mask and value in hex} */
    @Override
    public String toString() {
        return String.format("StateRequestPacket[type=%s, mask=%x, value=%x]", type, mask, value);
    }
}
