package io.diskless.drbd.wire.packet;

import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.FrameValidator;
import io.diskless.drbd.wire.HeaderFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/**
 * A whole packet: header and payload.
 *
 * <p>Immutable.
 *
 * @param format of the header
 * @param volume 0 to 0xFFFF; 0 where the format has none
 * @param packet the payload
 */
public record PacketFrame(HeaderFormat format, int volume, Packet packet) {
    /**
     * A packet behind the header that a dialect wants.
     *
     * @param dialect what was agreed
     * @param volume 0 to 0xFFFF; 0 where headers have none
     * @param packet the payload
     * @return the frame
     */
    public static PacketFrame of(Dialect dialect, int volume, Packet packet) {
        return new PacketFrame(dialect.headerFor(packet.length()), volume, packet);
    }

    /**
     * Takes a packet apart whose header {@link FrameValidator#header} accepted, or that a tool wants to look at anyway:
     * magic and length have to be right.
     *
     * @param dialect what was agreed
     * @param b holds the whole packet
     * @param at index of the header
     * @return header and payload
     * @throws IndexOutOfBoundsException if the buffer ends before the packet does
     * @throws IllegalArgumentException if there is no header of this dialect
     */
    public static PacketFrame decode(Dialect dialect, ByteBuf b, int at) {
        HeaderFormat format = FrameValidator.format(dialect, b, at);
        if (!format.matches(b, at) || format.padding(b, at) != 0) {
            throw new IllegalArgumentException("expected a header of protocol " + dialect + ", got "
                    + ByteBufUtil.hexDump(b, at, format.length()));
        }
        int payload = at + format.length();
        long length = format.payloadLength(b, at);
        if (length > b.writerIndex() - payload) {
            throw new IndexOutOfBoundsException(
                    "expected " + length + " bytes of payload, got " + (b.writerIndex() - payload));
        }
        Packet packet = Packet.decode(dialect, format.command(b, at), b, payload, (int) length);
        return new PacketFrame(format, format.volume(b, at), packet);
    }

    /**
     * Bytes of header and payload.
     *
     * @return 8 or more
     */
    public int length() {
        return format.length() + packet.length();
    }

    /**
     * Appends header and payload.
     *
     * @param b grows as needed
     */
    public void append(ByteBuf b) {
        int at = b.writerIndex();
        b.ensureWritable(length()).writerIndex(at + length());
        format.write(b, at, volume, packet.command(), packet.length());
        packet.write(b, at + format.length());
    }
}
