package io.diskless.drbd.wire.packet;

import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.VolumeState;
import io.netty.buffer.ByteBuf;

/**
 * {@code P_STATE}: the sender's state (DRBD wire protocol §5.6).
 *
 * <p>Immutable.
 *
 * @param state as the sender sees it
 */
public record StatePacket(VolumeState state) implements Packet {
    /** Bytes of the payload. */
    public static final int LENGTH = 4;

    @Override
    public PacketType type() {
        return PacketType.STATE;
    }

    @Override
    public int length() {
        return LENGTH;
    }

    @Override
    public void write(ByteBuf b, int at) {
        b.setInt(at, state.word());
    }
}
