package io.diskless.drbd.wire.packet;

import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;

/**
 * A packet without a payload: pings, first packets, {@code P_UNPLUG_REMOTE}.
 *
 * <p>Immutable.
 *
 * @param type the command
 */
public record SignalPacket(PacketType type) implements Packet {
    @Override
    public int length() {
        return 0;
    }

    @Override
    public void write(ByteBuf b, int at) {}
}
