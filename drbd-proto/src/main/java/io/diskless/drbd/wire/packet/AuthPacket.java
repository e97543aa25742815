package io.diskless.drbd.wire.packet;

import io.diskless.cluster.net.Octets;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;

/**
 * {@code P_AUTH_CHALLENGE}, 64 random bytes, and {@code P_AUTH_RESPONSE}, the code of the peer's challenge (DRBD wire
 * protocol §4.3).
 *
 * <p>Immutable.
 *
 * @param type which of the two
 * @param bytes the whole payload
 */
public record AuthPacket(PacketType type, Octets bytes) implements Packet {
    @Override
    public int length() {
        return bytes.size();
    }

    @Override
    public void write(ByteBuf b, int at) {
        Bytes.set(b, at, bytes);
    }
}
