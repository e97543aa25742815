package io.diskless.drbd.wire;

import io.netty.buffer.ByteBuf;

/**
 * The three headers of a packet (DRBD wire protocol §2), big-endian. Which one is used when says {@link Dialect}.
 *
 * <pre>
 *        0         2         4         6         8                   12        16
 *  H80   | 0x83740267        | command | length  |
 *  H95   | 0x835a  | command | length            |
 *  H100  | 0x8620ec20        | volume  | command | length            | padding, 0 |
 * </pre>
 *
 * <p>{@code length} counts everything behind the header. Accessors take the index of the header's first byte and allocate
 * nothing.
 *
 * <p>Immutable.
 */
public enum HeaderFormat {
    /** 8 bytes, payload up to 65535 bytes; all packets before the version is agreed, and below protocol 100. */
    H80(8, 0x83740267),
    /** 8 bytes, "big" packets of protocols 95 to 99. */
    H95(8, 0x835A),
    /** 16 bytes with a volume number; all packets from protocol 100 on. */
    H100(16, 0x8620EC20);

    /** Bytes of the longest header. */
    public static final int MAX_LENGTH = 16;
    /** What a header80 can say at most. */
    public static final int MAX_H80_PAYLOAD = 0xFFFF;

    private static final int H80_COMMAND = 4;
    private static final int H80_LENGTH = 6;
    private static final int H95_COMMAND = 2;
    private static final int H95_LENGTH = 4;
    private static final int H100_VOLUME = 4;
    private static final int H100_COMMAND = 6;
    private static final int H100_LENGTH = 8;
    private static final int H100_PADDING = 12;

    private final int length;
    private final int magic;

    HeaderFormat(int length, int magic) {
        this.length = length;
        this.magic = magic;
    }

    /**
     * Bytes of this header.
     *
     * @return 8 or 16
     */
    public int length() {
        return length;
    }

    /**
     * The magic number: 32 bits, for {@link #H95} 16.
     *
     * @return the number that the header starts with
     */
    public int magic() {
        return magic;
    }

    /**
     * Whether a header starts with the magic of this format.
     *
     * @param b at least {@link #length} bytes from {@code at} on
     * @param at index of the header
     * @return true if it does
     */
    public boolean matches(ByteBuf b, int at) {
        return this == H95 ? b.getUnsignedShort(at) == magic : b.getInt(at) == magic;
    }

    /**
     * Command.
     *
     * @param b holds a header of this format
     * @param at index of the header
     * @return 0 to 0xFFFF, see {@link PacketType#of}
     */
    public int command(ByteBuf b, int at) {
        return b.getUnsignedShort(at
                + switch (this) {
                    case H80 -> H80_COMMAND;
                    case H95 -> H95_COMMAND;
                    case H100 -> H100_COMMAND;
                });
    }

    /**
     * Payload length.
     *
     * @param b holds a header of this format
     * @param at index of the header
     * @return 0 to 0xFFFFFFFF
     */
    public long payloadLength(ByteBuf b, int at) {
        return switch (this) {
            case H80 -> b.getUnsignedShort(at + H80_LENGTH);
            case H95 -> b.getUnsignedInt(at + H95_LENGTH);
            case H100 -> b.getUnsignedInt(at + H100_LENGTH);
        };
    }

    /**
     * Volume number.
     *
     * @param b holds a header of this format
     * @param at index of the header
     * @return 0 to 0xFFFF; 0 where the format has none
     */
    public int volume(ByteBuf b, int at) {
        return this == H100 ? b.getUnsignedShort(at + H100_VOLUME) : 0;
    }

    /**
     * Padding behind the fields, which must be zero.
     *
     * @param b holds a header of this format
     * @param at index of the header
     * @return any; 0 where the format has none
     */
    public int padding(ByteBuf b, int at) {
        return this == H100 ? b.getInt(at + H100_PADDING) : 0;
    }

    /**
     * Writes a header.
     *
     * @param b room for {@link #length} bytes from {@code at} on
     * @param at index of the header
     * @param volume 0 to 0xFFFF; 0 where the format has none
     * @param command 0 to 0xFFFF
     * @param payloadLength 0 or more; up to {@link #MAX_H80_PAYLOAD} in {@link #H80}
     * @throws IllegalArgumentException if the format cannot say it
     */
    public void write(ByteBuf b, int at, int volume, int command, int payloadLength) {
        if (payloadLength < 0 || (this == H80 && payloadLength > MAX_H80_PAYLOAD)) {
            throw new IllegalArgumentException(this + " cannot say a payload length of " + payloadLength);
        }
        if ((command | volume) >>> 16 != 0 || (this != H100 && volume != 0)) {
            throw new IllegalArgumentException(this + " cannot say command " + command + " for volume " + volume);
        }
        switch (this) {
            case H80 -> {
                b.setInt(at, magic);
                b.setShort(at + H80_COMMAND, command);
                b.setShort(at + H80_LENGTH, payloadLength);
            }
            case H95 -> {
                b.setShort(at, magic);
                b.setShort(at + H95_COMMAND, command);
                b.setInt(at + H95_LENGTH, payloadLength);
            }
            case H100 -> {
                b.setInt(at, magic);
                b.setShort(at + H100_VOLUME, volume);
                b.setShort(at + H100_COMMAND, command);
                b.setInt(at + H100_LENGTH, payloadLength);
                b.setInt(at + H100_PADDING, 0);
            }
        }
    }
}
