package io.diskless.drbd.wire.packet;

import io.diskless.cluster.net.Octets;
import io.diskless.drbd.wire.DataFields;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;

/**
 * {@code P_DATA}, {@code P_DATA_REPLY} and {@code P_RS_DATA_REPLY}, laid out as {@link DataFields} says.
 *
 * <p>Immutable.
 *
 * @param type which of the three
 * @param sector first sector
 * @param blockId handle, opaque
 * @param sequence packet sequence, 0 in replies
 * @param flags DP constants of {@link DataFields}, 0 in replies
 * @param content digest, if one is configured, then data
 */
public record DataPacket(PacketType type, long sector, long blockId, int sequence, int flags, Octets content)
        implements Packet {
    static DataPacket read(PacketType type, ByteBuf b, int at, int length) {
        return new DataPacket(
                type,
                DataFields.sector(b, at),
                DataFields.blockId(b, at),
                DataFields.sequence(b, at),
                DataFields.flags(b, at),
                Bytes.get(b, at + DataFields.LENGTH, length - DataFields.LENGTH));
    }

    @Override
    public int length() {
        return DataFields.LENGTH + content.size();
    }

    @Override
    public void write(ByteBuf b, int at) {
        DataFields.write(b, at, sector, blockId, sequence, flags);
        Bytes.set(b, at + DataFields.LENGTH, content);
    }
}
