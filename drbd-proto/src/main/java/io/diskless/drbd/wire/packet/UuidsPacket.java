package io.diskless.drbd.wire.packet;

import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.Uuids;
import io.netty.buffer.ByteBuf;

/**
 * {@code P_UUIDS} (DRBD wire protocol §5.5).
 *
 * <p>Immutable.
 *
 * @param uuids data generation identifiers
 */
public record UuidsPacket(Uuids uuids) implements Packet {
    @Override
    public PacketType type() {
        return PacketType.UUIDS;
    }

    @Override
    public int length() {
        return Uuids.LENGTH;
    }

    @Override
    public void write(ByteBuf b, int at) {
        uuids.write(b, at);
    }
}
