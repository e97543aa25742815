package io.diskless.drbd.wire.packet;

import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.RangeFields;
import io.netty.buffer.ByteBuf;

/**
 * {@code P_OUT_OF_SYNC} and {@code P_RS_DEALLOCATED}, laid out as {@link RangeFields} says.
 *
 * <p>Immutable.
 *
 * @param type which of the two
 * @param sector first sector
 * @param size bytes, unsigned
 * @param pad means nothing
 */
public record RangePacket(PacketType type, long sector, int size, int pad) implements Packet {
    static RangePacket read(PacketType type, ByteBuf b, int at) {
        return new RangePacket(type, RangeFields.sector(b, at), (int) RangeFields.size(b, at), RangeFields.pad(b, at));
    }

    @Override
    public int length() {
        return RangeFields.LENGTH;
    }

    @Override
    public void write(ByteBuf b, int at) {
        RangeFields.write(b, at, sector, size, pad);
    }
}
