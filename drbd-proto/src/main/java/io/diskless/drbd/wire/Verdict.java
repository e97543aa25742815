package io.diskless.drbd.wire;

/**
 * What {@link FrameValidator} says of a header or payload. Each rejection is its own constant, so that it can be counted.
 *
 * <p>Immutable.
 */
public enum Verdict {
    /** May be used. */
    ACCEPTED,

    /** Header: not the magic of the agreed version. */
    BAD_MAGIC,
    /** Header: padding that is not zero. */
    BAD_PADDING,
    /** Header: a command that is in no table. */
    UNKNOWN_COMMAND,
    /** Header: a command that has no business on this socket. */
    WRONG_SOCKET,
    /** Header: a command that the agreed version and features do not have. */
    NOT_IN_DIALECT,
    /** Header: the payload is shorter than the fixed part of the command. */
    TOO_SHORT,
    /** Header: the payload is longer than the command allows. */
    TOO_LONG,

    /** Payload: a sector whose byte offset no number holds, or behind the end of the device. */
    BAD_SECTOR,
    /** Payload: a size that is zero, no multiple of 512 or more than the version allows. */
    BAD_SIZE,
    /** Payload: sector and size each are fine, but the range ends behind the end of the device. */
    OUT_OF_DEVICE,
    /** Payload: less data than the configured digest needs. */
    NO_DIGEST,
    /** Payload: a name without its NUL. */
    UNTERMINATED_NAME,
    /** Payload: a piece of the bitmap that is no whole number of words, or another number than is dictated. */
    BAD_WORDS,
    /** Payload: an unknown encoding of a piece of the bitmap, or no code. */
    BAD_ENCODING,
    /** Payload: code that ends inside of a run length, or a run that goes beyond the last bit. */
    BAD_CODE,
    /** A packet that has no business in the present state. */
    NOT_EXPECTED;

    /**
     * Whether the payload or header may be used.
     *
     * @return true for {@link #ACCEPTED}
     */
    public boolean isAccepted() {
        return this == ACCEPTED;
    }

    /**
     * Whether a kernel gives up for good when it sees this, rather than to connect again (spec §2.4, §4.1).
     *
     * @param socket where it came from
     * @param type the packet; {@link PacketType#UNKNOWN} if it is none
     * @return true for an unknown command on the meta socket and for features of a wrong length
     */
    public boolean isFinal(SocketKind socket, PacketType type) {
        return switch (this) {
            case UNKNOWN_COMMAND, WRONG_SOCKET, NOT_IN_DIALECT -> socket == SocketKind.META;
            case TOO_SHORT, TOO_LONG -> type == PacketType.CONNECTION_FEATURES;
            default -> false;
        };
    }
}
