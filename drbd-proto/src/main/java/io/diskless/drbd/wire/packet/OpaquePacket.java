package io.diskless.drbd.wire.packet;

import io.diskless.cluster.net.Octets;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;

/**
 * A packet that is not taken apart: its command is unknown, or its length is not that of its command.
 *
 * <p>Immutable.
 *
 * @param command 0 to 0xFFFF
 * @param payload all of it
 */
public record OpaquePacket(int command, Octets payload) implements Packet {
    @Override
    public PacketType type() {
        return PacketType.of(command);
    }

    @Override
    public int length() {
        return payload.size();
    }

    @Override
    public void write(ByteBuf b, int at) {
        Bytes.set(b, at, payload);
    }
}
