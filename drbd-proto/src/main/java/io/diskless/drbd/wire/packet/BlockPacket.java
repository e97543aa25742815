package io.diskless.drbd.wire.packet;

import io.diskless.cluster.net.Octets;
import io.diskless.drbd.wire.BlockFields;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;

/**
 * All acks and all requests for blocks, laid out as {@link BlockFields} says.
 *
 * <p>Immutable.
 *
 * @param type the command
 * @param sector first sector
 * @param blockId handle, opaque
 * @param size bytes, unsigned
 * @param sequence packet sequence of an ack, padding of a request
 * @param digest of {@code P_OV_REPLY} and {@code P_CSUM_RS_REQUEST}; else none
 */
public record BlockPacket(PacketType type, long sector, long blockId, int size, int sequence, Octets digest)
        implements Packet {
    static BlockPacket read(PacketType type, ByteBuf b, int at, int length) {
        return new BlockPacket(
                type,
                BlockFields.sector(b, at),
                BlockFields.blockId(b, at),
                (int) BlockFields.size(b, at),
                BlockFields.sequence(b, at),
                Bytes.get(b, at + BlockFields.LENGTH, length - BlockFields.LENGTH));
    }

    @Override
    public int length() {
        return BlockFields.LENGTH + digest.size();
    }

    @Override
    public void write(ByteBuf b, int at) {
        BlockFields.write(b, at, sector, blockId, size, sequence);
        Bytes.set(b, at + BlockFields.LENGTH, digest);
    }
}
