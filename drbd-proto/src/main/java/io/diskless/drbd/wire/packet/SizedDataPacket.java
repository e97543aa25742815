package io.diskless.drbd.wire.packet;

import io.diskless.cluster.net.Octets;
import io.diskless.drbd.wire.DataFields;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;

/**
 * {@code P_TRIM}, {@code P_ZEROES} and {@code P_WSAME}, laid out as {@link DataFields} says.
 *
 * <p>Immutable.
 *
 * @param type which of the three
 * @param sector first sector
 * @param blockId handle, opaque
 * @param sequence packet sequence
 * @param flags DP constants of {@link DataFields}
 * @param size bytes affected, unsigned
 * @param content of WSAME: digest, if one is configured, then one logical block; else none
 */
public record SizedDataPacket(
        PacketType type, long sector, long blockId, int sequence, int flags, int size, Octets content)
        implements Packet {
    static SizedDataPacket read(PacketType type, ByteBuf b, int at, int length) {
        return new SizedDataPacket(
                type,
                DataFields.sector(b, at),
                DataFields.blockId(b, at),
                DataFields.sequence(b, at),
                DataFields.flags(b, at),
                (int) DataFields.size(b, at),
                Bytes.get(b, at + DataFields.SIZED_LENGTH, length - DataFields.SIZED_LENGTH));
    }

    @Override
    public int length() {
        return DataFields.SIZED_LENGTH + content.size();
    }

    @Override
    public void write(ByteBuf b, int at) {
        DataFields.writeSized(b, at, sector, blockId, sequence, flags, size);
        Bytes.set(b, at + DataFields.SIZED_LENGTH, content);
    }
}
