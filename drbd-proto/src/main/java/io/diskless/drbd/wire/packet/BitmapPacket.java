package io.diskless.drbd.wire.packet;

import io.diskless.cluster.net.Octets;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;

/**
 * {@code P_BITMAP} and {@code P_COMPRESSED_BITMAP} (DRBD wire protocol §6.2).
 *
 * <p>Immutable.
 *
 * @param type which of the two
 * @param content little-endian words, or encoding byte and code
 */
public record BitmapPacket(PacketType type, Octets content) implements Packet {
    @Override
    public int length() {
        return content.size();
    }

    @Override
    public void write(ByteBuf b, int at) {
        Bytes.set(b, at, content);
    }
}
