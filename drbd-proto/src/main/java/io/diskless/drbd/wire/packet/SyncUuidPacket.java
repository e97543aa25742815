package io.diskless.drbd.wire.packet;

import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;

/**
 * {@code P_SYNC_UUID}: the resync may start (DRBD wire protocol §5.7).
 *
 * <p>Immutable.
 *
 * @param uuid generation of the target during the resync
 */
public record SyncUuidPacket(long uuid) implements Packet {
    /** Bytes of the payload. */
    public static final int LENGTH = 8;

    @Override
    public PacketType type() {
        return PacketType.SYNC_UUID;
    }

    @Override
    public int length() {
        return LENGTH;
    }

    @Override
    public void write(ByteBuf b, int at) {
        b.setLong(at, uuid);
    }

    /** {@return the identifier in hex} */
    @Override
    public String toString() {
        return String.format("SyncUuidPacket[uuid=%016X]", uuid);
    }
}
