package io.diskless.drbd.wire.packet;

import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.PairFields;
import io.netty.buffer.ByteBuf;

/**
 * {@code P_BARRIER}, {@code P_BARRIER_ACK} and {@code P_DELAY_PROBE}: two words, laid out as {@link PairFields} says.
 *
 * <p>Immutable.
 *
 * @param type which of the three
 * @param barrier number of the epoch, opaque
 * @param second padding of a barrier, number of writes in an ack
 */
public record BarrierPacket(PacketType type, int barrier, int second) implements Packet {
    @Override
    public int length() {
        return PairFields.LENGTH;
    }

    @Override
    public void write(ByteBuf b, int at) {
        PairFields.write(b, at, barrier, second);
    }
}
