package io.diskless.drbd.wire.packet;

import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.FrameValidator;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;

/**
 * The payload of a packet taken apart. It keeps padding and opaque bytes, so that {@link #write} gives back exactly the
 * bytes that {@link #decode} was given.
 *
 * <p>Decoding refuses nothing: what does not have the layout of its command becomes an {@link OpaquePacket}. Whether a
 * packet may be acted on is for {@link FrameValidator} to say.
 *
 * <p>Implementations are immutable.
 */
public sealed interface Packet
        permits SignalPacket,
                FeaturesPacket,
                AuthPacket,
                ProtocolPacket,
                SyncParamPacket,
                SizesPacket,
                UuidsPacket,
                SyncUuidPacket,
                StatePacket,
                StateRequestPacket,
                StateReplyPacket,
                DataPacket,
                SizedDataPacket,
                BarrierPacket,
                BlockPacket,
                RangePacket,
                BitmapPacket,
                OpaquePacket {
    /**
     * The command in the header.
     *
     * @return its type; {@link PacketType#UNKNOWN} if the table does not have it
     */
    PacketType type();

    /**
     * The command in the header, as a number.
     *
     * @return 0 to 0xFFFF
     */
    default int command() {
        return type().code();
    }

    /**
     * Bytes of the payload.
     *
     * @return 0 or more
     */
    int length();

    /**
     * Writes the payload.
     *
     * @param b has room for {@link #length} bytes
     * @param at index of the first
     */
    void write(ByteBuf b, int at);

    /**
     * Takes a payload apart.
     *
     * @param dialect what was agreed
     * @param command of the header, 0 to 0xFFFF
     * @param b holds the payload
     * @param at index of its first byte
     * @param length its bytes
     * @return the packet
     */
    static Packet decode(Dialect dialect, int command, ByteBuf b, int at, int length) {
        return PacketReader.read(dialect, command, b, at, length);
    }

    /**
     * Appends the whole packet to a buffer, behind the header that the dialect wants.
     *
     * @param dialect what was agreed
     * @param volume 0 to 0xFFFF; 0 where headers have none
     * @param b grows as needed
     */
    default void append(Dialect dialect, int volume, ByteBuf b) {
        PacketFrame.of(dialect, volume, this).append(b);
    }
}
