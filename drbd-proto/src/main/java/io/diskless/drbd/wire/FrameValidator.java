package io.diskless.drbd.wire;

import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * The door: says of a received header and payload whether they may be used, before anything else looks at them. The
 * reader takes three steps:
 *
 * <ol>
 *   <li>{@link #header}, as soon as {@code dialect.shortHeader().length()} bytes are there. Behind an accepting verdict
 *       {@link #format} says where the fields are, the command is one of the table that this socket and dialect have,
 *       and the length is one that the command may have: at most {@link PacketType#maxLength}, about 1 MiB;
 *   <li>{@link #payload} when the payload, or for packets with data its fixed part, is there;
 *   <li>{@link #range} for what names a part of the volume, once its size is known.
 * </ol>
 *
 * <p>What depends on the connection is left to it: whether the volume exists, whether the packet is expected in the
 * present state, the length of digests of a configured algorithm, the number of words of a piece of the bitmap.
 * Stateless, thread-safe; allocates nothing.
 */
public final class FrameValidator {
    /** Bytes of a sector. */
    public static final int SECTOR = 512;
    /** No offset in bytes is beyond this many sectors. */
    public static final long MAX_SECTORS = Long.MAX_VALUE / SECTOR;

    private static final int CODE_RLE_VLI = 2;
    private static final int CODE_MASK = 0xF;
    private static final int SYNC_PARAM_VERIFY = 4;
    private static final int SYNC_PARAM_CSUMS = SYNC_PARAM_VERIFY + PacketType.MAX_NAME;

    private FrameValidator() {}

    /**
     * The first packet of a TCP connection, 8 bytes (spec §1.1).
     *
     * @param b holds it
     * @param at index of its first byte
     * @return which socket the connection is to be; empty if these are other bytes
     */
    public static Optional<SocketKind> first(ByteBuf b, int at) {
        for (SocketKind socket : SocketKind.values()) {
            PacketType type = socket == SocketKind.DATA ? PacketType.INITIAL_DATA : PacketType.INITIAL_META;
            if (header(Dialect.HANDSHAKE, socket, b, at).isAccepted()
                    && HeaderFormat.H80.command(b, at) == type.code()) {
                return Optional.of(socket);
            }
        }
        return Optional.empty();
    }

    /**
     * The format of a header that {@link #header} accepted.
     *
     * @param dialect what was agreed
     * @param b holds the header
     * @param at index of its first byte
     * @return the format by its magic
     */
    public static HeaderFormat format(Dialect dialect, ByteBuf b, int at) {
        HeaderFormat usual = dialect.shortHeader();
        return usual == HeaderFormat.H80 && HeaderFormat.H95.matches(b, at) ? HeaderFormat.H95 : usual;
    }

    /**
     * Judges a header.
     *
     * @param dialect what was agreed, or {@link Dialect#HANDSHAKE}
     * @param socket where it came from
     * @param b at least {@code dialect.shortHeader().length()} bytes from {@code at} on
     * @param at index of its first byte
     * @return {@link Verdict#ACCEPTED}, or why not
     */
    public static Verdict header(Dialect dialect, SocketKind socket, ByteBuf b, int at) {
        HeaderFormat format = format(dialect, b, at);
        if (!format.matches(b, at) || !dialect.accepts(format)) {
            return Verdict.BAD_MAGIC;
        }
        if (format.padding(b, at) != 0) {
            return Verdict.BAD_PADDING;
        }
        PacketType type = PacketType.of(format.command(b, at));
        if (type == PacketType.UNKNOWN) {
            return Verdict.UNKNOWN_COMMAND;
        }
        if (!type.isOn(socket)) {
            return Verdict.WRONG_SOCKET;
        }
        if (!type.existsIn(dialect)) {
            return Verdict.NOT_IN_DIALECT;
        }
        long length = format.payloadLength(b, at);
        if (length < type.minLength(dialect)) {
            return Verdict.TOO_SHORT;
        }
        return length > type.maxLength(dialect) ? Verdict.TOO_LONG : Verdict.ACCEPTED;
    }

    /**
     * Judges the fields of a payload behind a header that was accepted. Where data or a digest follows, it need not be
     * there yet.
     *
     * @param dialect what was agreed
     * @param type the packet
     * @param b holds the payload, at least its fixed part and names
     * @param at index of its first byte
     * @param length the header's
     * @param digest bytes of the configured data-integrity-alg, 0 without one
     * @return {@link Verdict#ACCEPTED}, or why not
     */
    public static Verdict payload(Dialect dialect, PacketType type, ByteBuf b, int at, int length, int digest) {
        return switch (type) {
            case DATA, DATA_REPLY, RS_DATA_REPLY -> data(dialect, type, b, at, length, digest);
            case TRIM, ZEROES -> block(DataFields.sector(b, at), DataFields.size(b, at), dialect.maxDiscard());
            case WSAME -> writeSame(dialect, b, at, length, digest);
            case DATA_REQUEST, RS_DATA_REQUEST, RS_THIN_REQ, OV_REQUEST, OV_REPLY, CSUM_RS_REQUEST ->
                block(BlockFields.sector(b, at), BlockFields.size(b, at), dialect.maxData());
            case RECV_ACK,
                    WRITE_ACK,
                    RS_WRITE_ACK,
                    SUPERSEDED,
                    NEG_ACK,
                    NEG_DREPLY,
                    NEG_RS_DREPLY,
                    RS_IS_IN_SYNC,
                    RS_CANCEL,
                    OV_RESULT,
                    RETRY_WRITE -> ack(dialect, b, at);
            case OUT_OF_SYNC, RS_DEALLOCATED ->
                block(RangeFields.sector(b, at), RangeFields.size(b, at), dialect.maxDiscard());
            case SIZES -> sizes(b, at);
            case PROTOCOL, PROTOCOL_UPDATE -> tailName(dialect, type, b, at, length);
            case SYNC_PARAM -> tailName(dialect, type, b, at, length);
            case SYNC_PARAM89 ->
                hasNul(b, at + SYNC_PARAM_VERIFY, PacketType.MAX_NAME)
                                && hasNul(b, at + SYNC_PARAM_CSUMS, PacketType.MAX_NAME)
                        ? Verdict.ACCEPTED
                        : Verdict.UNTERMINATED_NAME;
            case BITMAP -> length % Long.BYTES == 0 ? Verdict.ACCEPTED : Verdict.BAD_WORDS;
            case COMPRESSED_BITMAP ->
                (b.getByte(at) & CODE_MASK) == CODE_RLE_VLI ? Verdict.ACCEPTED : Verdict.BAD_ENCODING;
            default -> Verdict.ACCEPTED;
        };
    }

    /**
     * Judges a part of a volume.
     *
     * @param sector its first sector
     * @param size bytes, 0 or more
     * @param capacity size of the volume in sectors
     * @return {@link Verdict#ACCEPTED}, {@link Verdict#BAD_SECTOR} or {@link Verdict#OUT_OF_DEVICE}
     */
    public static Verdict range(long sector, long size, long capacity) {
        if (sector < 0 || sector > capacity) {
            return Verdict.BAD_SECTOR;
        }
        long sectors = size / SECTOR + (size % SECTOR == 0 ? 0 : 1);
        return size < 0 || sectors > capacity - sector ? Verdict.OUT_OF_DEVICE : Verdict.ACCEPTED;
    }

    private static Verdict data(Dialect dialect, PacketType type, ByteBuf b, int at, int length, int digest) {
        int size = length - DataFields.LENGTH - digest;
        if (size < 0) {
            return Verdict.NO_DIGEST;
        }
        if (size == 0 && type == PacketType.DATA && (DataFields.flags(b, at) & DataFields.DP_FLUSH) != 0) {
            return Verdict.ACCEPTED;
        }
        return block(DataFields.sector(b, at), size, dialect.maxData());
    }

    private static Verdict writeSame(Dialect dialect, ByteBuf b, int at, int length, int digest) {
        int blockLength = length - DataFields.SIZED_LENGTH - digest;
        if (blockLength < 0) {
            return Verdict.NO_DIGEST;
        }
        long size = DataFields.size(b, at);
        if (blockLength < SECTOR
                || blockLength % SECTOR != 0
                || blockLength > PacketType.MAX_LOGICAL_BLOCK
                || size % blockLength != 0) {
            return Verdict.BAD_SIZE;
        }
        return block(DataFields.sector(b, at), size, dialect.maxDiscard());
    }

    private static Verdict ack(Dialect dialect, ByteBuf b, int at) {
        long sector = BlockFields.sector(b, at);
        long size = BlockFields.size(b, at);
        if (size == 0) { // of an empty write
            return sector < 0 || sector > MAX_SECTORS ? Verdict.BAD_SECTOR : Verdict.ACCEPTED;
        }
        return block(sector, size, dialect.maxDiscard());
    }

    private static Verdict block(long sector, long size, long max) {
        if (size <= 0 || size % SECTOR != 0 || size > max) {
            return Verdict.BAD_SIZE;
        }
        return sector < 0 || sector > MAX_SECTORS - size / SECTOR ? Verdict.BAD_SECTOR : Verdict.ACCEPTED;
    }

    private static Verdict sizes(ByteBuf b, int at) {
        for (int field = 0; field < 3; field++) {
            long sectors = b.getLong(at + field * Long.BYTES);
            if (sectors < 0 || sectors > MAX_SECTORS) {
                return Verdict.BAD_SECTOR;
            }
        }
        return Verdict.ACCEPTED;
    }

    private static Verdict tailName(Dialect dialect, PacketType type, ByteBuf b, int at, int length) {
        int fixed = type.fixedLength(dialect);
        return !type.hasTail(dialect) || hasNul(b, at + fixed, length - fixed)
                ? Verdict.ACCEPTED
                : Verdict.UNTERMINATED_NAME;
    }

    private static boolean hasNul(ByteBuf b, int at, int length) {
        for (int i = 0; i < length; i++) {
            if (b.getByte(at + i) == 0) {
                return true;
            }
        }
        return false;
    }
}
