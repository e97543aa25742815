package io.diskless.drbd.wire;

import java.util.Arrays;

/**
 * All packets of protocols 86 to 101: the table that codec, validator and connection read (DRBD wire protocol §3).
 * Lengths count what follows the header.
 *
 * <p>Immutable.
 */
public enum PacketType {
    /** 0x00, data socket: a write of the application; answered by the acks of protocol A, B or C. */
    DATA(0x00, Sockets.DATA, Level.VOLUME, 24, Tail.DATA, 80, 0, Origin.ANY),
    /** 0x01, data socket: answer to {@link #DATA_REQUEST}. */
    DATA_REPLY(0x01, Sockets.DATA, Level.VOLUME, 24, Tail.DATA, 80, 0, Origin.ANY),
    /** 0x02, data socket: a block of the resync; answered by {@link #RS_WRITE_ACK} or {@link #NEG_ACK}. */
    RS_DATA_REPLY(0x02, Sockets.DATA, Level.VOLUME, 24, Tail.DATA, 80, 0, Origin.SYNC_SOURCE),
    /** 0x03, data socket: end of an epoch of writes; answered by {@link #BARRIER_ACK}. */
    BARRIER(0x03, Sockets.DATA, Level.CONNECTION, 8, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x04, data socket: a piece of the bitmap, or the end of it. */
    BITMAP(0x04, Sockets.DATA, Level.VOLUME, 0, Tail.WORDS, 80, 0, Origin.ANY),
    /** 0x05, data socket: historic, nobody sends it. */
    BECOME_SYNC_TARGET(0x05, Sockets.DATA, Level.VOLUME, 0, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x06, data socket: historic, nobody sends it. */
    BECOME_SYNC_SOURCE(0x06, Sockets.DATA, Level.VOLUME, 0, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x07, data socket: hint to start queued I/O; no answer. */
    UNPLUG_REMOTE(0x07, Sockets.DATA, Level.VOLUME, 0, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x08, data socket: a read of the application; answered by {@link #DATA_REPLY} or {@link #NEG_DREPLY}. */
    DATA_REQUEST(0x08, Sockets.DATA, Level.VOLUME, 24, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x09, data socket: wants a block of the resync; answered by {@link #RS_DATA_REPLY}, {@link #NEG_RS_DREPLY} or {@link #RS_CANCEL}. */
    RS_DATA_REQUEST(0x09, Sockets.DATA, Level.VOLUME, 24, Tail.NONE, 80, 0, Origin.SYNC_TARGET),
    /** 0x0a, data socket: settings of resync and verify, up to protocol 88. */
    SYNC_PARAM(0x0A, Sockets.DATA, Level.VOLUME, 4, Tail.ALGORITHM, 80, 0, Origin.ANY),
    /** 0x0b, data socket: settings of the connection. */
    PROTOCOL(0x0B, Sockets.DATA, Level.CONNECTION, 24, Tail.ALGORITHM, 80, 0, Origin.ANY),
    /** 0x0c, data socket: data generation identifiers. */
    UUIDS(0x0C, Sockets.DATA, Level.VOLUME, 48, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x0d, data socket: sizes of the device; longer by queue limits with {@link Dialect#FF_WSAME}. */
    SIZES(0x0D, Sockets.DATA, Level.VOLUME, 32, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x0e, data socket: the sender's state word. */
    STATE(0x0E, Sockets.DATA, Level.VOLUME, 4, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x0f, data socket: the resync may start. */
    SYNC_UUID(0x0F, Sockets.DATA, Level.VOLUME, 8, Tail.NONE, 80, 0, Origin.SYNC_SOURCE),
    /** 0x10, data socket: bytes to be authenticated with. */
    AUTH_CHALLENGE(0x10, Sockets.DATA, Level.CONNECTION, 0, Tail.CHALLENGE, 80, 0, Origin.ANY),
    /** 0x11, data socket: the code of a challenge. */
    AUTH_RESPONSE(0x11, Sockets.DATA, Level.CONNECTION, 0, Tail.RESPONSE, 80, 0, Origin.ANY),
    /** 0x12, data socket: asks for consent to a change of state; answered by {@link #STATE_CHG_REPLY}. */
    STATE_CHG_REQ(0x12, Sockets.DATA, Level.VOLUME, 8, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x13, meta socket: answered by {@link #PING_ACK}. */
    PING(0x13, Sockets.META, Level.CONNECTION, 0, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x14, meta socket: answer to {@link #PING}. */
    PING_ACK(0x14, Sockets.META, Level.CONNECTION, 0, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x15, meta socket: a write was received. */
    RECV_ACK(0x15, Sockets.META, Level.VOLUME, 24, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x16, meta socket: a write is on the peer's disk. */
    WRITE_ACK(0x16, Sockets.META, Level.VOLUME, 24, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x17, meta socket: a block is on the peer's disk and in sync. */
    RS_WRITE_ACK(0x17, Sockets.META, Level.VOLUME, 24, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x18, meta socket: a write lost against another of the answering side. */
    SUPERSEDED(0x18, Sockets.META, Level.VOLUME, 24, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x19, meta socket: a write failed at the peer. */
    NEG_ACK(0x19, Sockets.META, Level.VOLUME, 24, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x1a, meta socket: a read of the application failed at the peer. */
    NEG_DREPLY(0x1A, Sockets.META, Level.VOLUME, 24, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x1b, meta socket: a read of resync or verify failed at the peer. */
    NEG_RS_DREPLY(0x1B, Sockets.META, Level.VOLUME, 24, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x1c, meta socket: an epoch is on stable storage. */
    BARRIER_ACK(0x1C, Sockets.META, Level.CONNECTION, 8, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x1d, meta socket: answer to {@link #STATE_CHG_REQ}. */
    STATE_CHG_REPLY(0x1D, Sockets.META, Level.VOLUME, 4, Tail.NONE, 80, 0, Origin.ANY),
    /** 0x1e, data socket: wants the digest of a block; answered by {@link #OV_REPLY}. */
    OV_REQUEST(0x1E, Sockets.DATA, Level.VOLUME, 24, Tail.NONE, 88, 0, Origin.VERIFY_SOURCE),
    /** 0x1f, data socket: the digest of a block. */
    OV_REPLY(0x1F, Sockets.DATA, Level.VOLUME, 24, Tail.DIGEST, 88, 0, Origin.VERIFY_TARGET),
    /** 0x20, meta socket: verdict over a block. */
    OV_RESULT(0x20, Sockets.META, Level.VOLUME, 24, Tail.NONE, 88, 0, Origin.VERIFY_SOURCE),
    /** 0x21, data socket: wants a block unless its digest is this. */
    CSUM_RS_REQUEST(0x21, Sockets.DATA, Level.VOLUME, 24, Tail.DIGEST, 89, 0, Origin.SYNC_TARGET),
    /** 0x22, meta socket: the digest was equal. */
    RS_IS_IN_SYNC(0x22, Sockets.META, Level.VOLUME, 24, Tail.NONE, 89, 0, Origin.SYNC_SOURCE),
    /** 0x23, data socket: settings of resync and verify; 148 bytes since protocol 95. */
    SYNC_PARAM89(0x23, Sockets.DATA, Level.VOLUME, 132, Tail.NONE, 89, 0, Origin.ANY),
    /** 0x24, data socket: a piece of the bitmap as run lengths. */
    COMPRESSED_BITMAP(0x24, Sockets.DATA, Level.VOLUME, 0, Tail.CODE, 90, 0, Origin.ANY),
    /** 0x27, either socket: of 8.3.8 and 8.3.9 only; to be ignored. */
    DELAY_PROBE(0x27, Sockets.BOTH, Level.CONNECTION, 8, Tail.NONE, 93, 0, Origin.ANY),
    /** 0x28, data socket: a range that the peer does not get. */
    OUT_OF_SYNC(0x28, Sockets.DATA, Level.VOLUME, 16, Tail.NONE, 96, 0, Origin.ANY),
    /** 0x29, meta socket: refuses a request of the resync. */
    RS_CANCEL(0x29, Sockets.META, Level.VOLUME, 24, Tail.NONE, 95, 0, Origin.SYNC_SOURCE),
    /** 0x2a, data socket: asks for consent to a change for all volumes; answered by {@link #CONN_ST_CHG_REPLY}. */
    CONN_ST_CHG_REQ(0x2A, Sockets.DATA, Level.CONNECTION, 8, Tail.NONE, 100, 0, Origin.ANY),
    /** 0x2b, meta socket: answer to {@link #CONN_ST_CHG_REQ}. */
    CONN_ST_CHG_REPLY(0x2B, Sockets.META, Level.CONNECTION, 4, Tail.NONE, 100, 0, Origin.ANY),
    /** 0x2c, meta socket: a write is to be sent again, because it lost against another. */
    RETRY_WRITE(0x2C, Sockets.META, Level.VOLUME, 24, Tail.NONE, 100, 0, Origin.ANY),
    /** 0x2d, data socket: as {@link #PROTOCOL}, while connected. */
    PROTOCOL_UPDATE(0x2D, Sockets.DATA, Level.CONNECTION, 24, Tail.ALGORITHM, 100, 0, Origin.ANY),
    /** 0x31, data socket: discards a range. */
    TRIM(0x31, Sockets.DATA, Level.VOLUME, 28, Tail.NONE, 80, Dialect.FF_TRIM, Origin.ANY),
    /** 0x32, data socket: as {@link #RS_DATA_REQUEST}; a block of zeroes may be answered by {@link #RS_DEALLOCATED}. */
    RS_THIN_REQ(0x32, Sockets.DATA, Level.VOLUME, 24, Tail.NONE, 80, Dialect.FF_THIN_RESYNC, Origin.SYNC_TARGET),
    /** 0x33, data socket: the block is all zeroes; answered by {@link #RS_WRITE_ACK}. */
    RS_DEALLOCATED(0x33, Sockets.DATA, Level.VOLUME, 16, Tail.NONE, 80, Dialect.FF_THIN_RESYNC, Origin.SYNC_SOURCE),
    /** 0x34, data socket: writes one block over and over. */
    WSAME(0x34, Sockets.DATA, Level.VOLUME, 28, Tail.BLOCK, 80, Dialect.FF_WSAME, Origin.ANY),
    /** 0x36, data socket: writes zeroes. */
    ZEROES(0x36, Sockets.DATA, Level.VOLUME, 28, Tail.NONE, 80, Dialect.FF_WZEROES, Origin.ANY),
    /** 0x58, either socket: sent by DRBD 9.3 in a resync although nobody agreed on it; to be ignored. */
    DRBD9_58(0x58, Sockets.BOTH, Level.VOLUME, 0, Tail.OPAQUE, 80, 0, Origin.ANY),
    /** 0x59, either socket: sent by DRBD 9.3 in a resync although nobody agreed on it; to be ignored. */
    DRBD9_59(0x59, Sockets.BOTH, Level.VOLUME, 0, Tail.OPAQUE, 80, 0, Origin.ANY),
    /** 0xfff1, meta socket: first packet: this is the meta socket. */
    INITIAL_META(0xFFF1, Sockets.META, Level.CONNECTION, 0, Tail.NONE, 80, 0, Origin.ANY),
    /** 0xfff2, data socket: first packet: this is the data socket. */
    INITIAL_DATA(0xFFF2, Sockets.DATA, Level.CONNECTION, 0, Tail.NONE, 80, 0, Origin.ANY),
    /** 0xfffe, data socket: versions and features that the sender can do. */
    CONNECTION_FEATURES(0xFFFE, Sockets.DATA, Level.CONNECTION, 72, Tail.NONE, 80, 0, Origin.ANY),
    /** A command that is not in this table; never valid. */
    UNKNOWN(-1, Sockets.BOTH, Level.CONNECTION, 0, Tail.OPAQUE, Integer.MAX_VALUE, 0, Origin.ANY);

    /** Which side of a resync or verify a packet comes from. */
    public enum Origin {
        /** Either side. */
        ANY,
        /** The side that has the good data. */
        SYNC_SOURCE,
        /** The side that receives the data. */
        SYNC_TARGET,
        /** The side that started the verify. */
        VERIFY_SOURCE,
        /** The side that was asked to take part in the verify. */
        VERIFY_TARGET
    }

    /** What may follow the fixed part of a payload. */
    public enum Tail {
        /** Nothing. */
        NONE,
        /** A digest if one is configured, then data. */
        DATA,
        /** A digest of at most 64 bytes. */
        DIGEST,
        /** A digest if one is configured, then one logical block. */
        BLOCK,
        /** Name of an algorithm, at most 64 bytes with its NUL. */
        ALGORITHM,
        /** Whole 64-bit words of a bitmap. */
        WORDS,
        /** An encoding byte and at least one byte of code. */
        CODE,
        /** 64 to 128 bytes. */
        CHALLENGE,
        /** A message authentication code, at most 64 bytes. */
        RESPONSE,
        /** Any bytes. */
        OPAQUE
    }

    private enum Sockets {
        DATA,
        META,
        BOTH
    }

    private enum Level {
        CONNECTION,
        VOLUME
    }

    /** Buffer of the kernel for a packet without data, header included (spec §2.4). */
    static final int SMALL_PACKET = 4096;
    /** Largest digest that the kernel checks (spec §15). */
    static final int MAX_DIGEST = 64;
    /** Size of the name of an algorithm with its NUL (spec §5.1, §5.3). */
    static final int MAX_NAME = 64;
    /** Bounds of a challenge (spec §4.3). */
    static final int MIN_CHALLENGE = 64;

    static final int MAX_CHALLENGE = 128;
    /** Largest logical block, whose content a WSAME carries. */
    static final int MAX_LOGICAL_BLOCK = 4096;

    private static final int SYNC_PARAM_95 = 148;
    private static final int TABLE = 0x60;
    private static final int TOP = 0xFFF0;
    private static final PacketType[] LOW = new PacketType[TABLE];
    private static final PacketType[] HIGH = new PacketType[16];

    static {
        Arrays.fill(LOW, UNKNOWN);
        Arrays.fill(HIGH, UNKNOWN);
        for (PacketType type : values()) {
            if (type.code >= TOP) {
                HIGH[type.code - TOP] = type;
            } else if (type.code >= 0) {
                LOW[type.code] = type;
            }
        }
    }

    private final int code;
    private final Sockets sockets;
    private final Level level;
    private final int fixed;
    private final Tail tail;
    private final int since;
    private final int feature;
    private final Origin origin;

    PacketType(int code, Sockets sockets, Level level, int fixed, Tail tail, int since, int feature, Origin origin) {
        this.code = code;
        this.sockets = sockets;
        this.level = level;
        this.fixed = fixed;
        this.tail = tail;
        this.since = since;
        this.feature = feature;
        this.origin = origin;
    }

    /**
     * The packet of a command.
     *
     * @param command as in the header
     * @return its type; {@link #UNKNOWN} if there is none
     */
    public static PacketType of(int command) {
        if (command >= 0 && command < TABLE) {
            return LOW[command];
        }
        return command >= TOP && command < TOP + HIGH.length ? HIGH[command - TOP] : UNKNOWN;
    }

    /**
     * The command in the header.
     *
     * @return 0 to 0xFFFF; -1 for {@link #UNKNOWN}
     */
    public int code() {
        return code;
    }

    /**
     * Whether the packet travels on a socket.
     *
     * @param socket which one
     * @return true if it may
     */
    public boolean isOn(SocketKind socket) {
        return switch (sockets) {
            case DATA -> socket == SocketKind.DATA;
            case META -> socket == SocketKind.META;
            case BOTH -> true;
        };
    }

    /**
     * Whether the packet is about the connection rather than a volume. The volume number in its header means nothing then:
     * the kernel sends 0, DRBD 9 may send 0xFFFF.
     *
     * @return true if it is about the connection
     */
    public boolean isConnectionLevel() {
        return level == Level.CONNECTION;
    }

    /**
     * Whether the packet is to be read and ignored.
     *
     * @return true for probes of old and packets of new versions that mean nothing here
     */
    public boolean isIgnored() {
        return this == DELAY_PROBE || this == DRBD9_58 || this == DRBD9_59;
    }

    /**
     * What may follow the fixed part.
     *
     * @return the kind of the variable part
     */
    public Tail tail() {
        return tail;
    }

    /**
     * First protocol version that has it; features count on their own.
     *
     * @return 80 to 100
     */
    public int since() {
        return since;
    }

    /**
     * The feature that both sides need.
     *
     * @return one of the FF constants of {@link Dialect}, or 0
     */
    public int feature() {
        return feature;
    }

    /**
     * Which side sends it.
     *
     * @return the side
     */
    public Origin origin() {
        return origin;
    }

    /**
     * Whether the packet may be sent and received in a dialect.
     *
     * @param dialect what was agreed, or {@link Dialect#HANDSHAKE}
     * @return true if the dialect has it
     */
    public boolean existsIn(Dialect dialect) {
        return switch (this) {
            case INITIAL_DATA, INITIAL_META, CONNECTION_FEATURES -> !dialect.isAgreed();
            case UNKNOWN -> false;
            case SYNC_PARAM -> dialect.isAgreed() && dialect.version() <= Dialect.LAST_SYNC_PARAM;
            default -> dialect.isAgreed() && dialect.version() >= since && dialect.has(feature);
        };
    }

    /**
     * Bytes of the fixed part.
     *
     * @param dialect what was agreed
     * @return 0 or more
     */
    public int fixedLength(Dialect dialect) {
        return switch (this) {
            case SIZES -> dialect.has(Dialect.FF_WSAME) ? fixed + QueueLimits.LENGTH : fixed;
            case SYNC_PARAM89 -> dialect.version() >= Dialect.BIG_PACKETS ? SYNC_PARAM_95 : fixed;
            default -> fixed;
        };
    }

    /**
     * Whether something may follow the fixed part.
     *
     * @param dialect what was agreed
     * @return true if longer payloads are valid
     */
    public boolean hasTail(Dialect dialect) {
        return switch (this) {
            case PROTOCOL -> dialect.version() >= Dialect.INTEGRITY;
            case SYNC_PARAM -> dialect.version() >= Dialect.VERIFY;
            default -> tail != Tail.NONE;
        };
    }

    /**
     * The shortest valid payload.
     *
     * @param dialect what was agreed
     * @return 0 or more
     */
    public int minLength(Dialect dialect) {
        int length = fixedLength(dialect);
        if (!hasTail(dialect)) {
            return length;
        }
        return length
                + switch (tail) {
                    case DIGEST, ALGORITHM, RESPONSE -> 1;
                    case CODE -> 2;
                    case CHALLENGE -> MIN_CHALLENGE;
                    default -> 0;
                };
    }

    /**
     * The longest valid payload: what a receiver has to make room for.
     *
     * @param dialect what was agreed
     * @return {@link #minLength} or more
     */
    public int maxLength(Dialect dialect) {
        int length = fixedLength(dialect);
        if (!hasTail(dialect)) {
            return length;
        }
        return switch (tail) {
            case NONE -> length;
            case DATA -> length + MAX_DIGEST + dialect.maxData();
            case BLOCK -> length + MAX_DIGEST + MAX_LOGICAL_BLOCK;
            case DIGEST, RESPONSE -> length + MAX_DIGEST;
            case ALGORITHM -> length + MAX_NAME;
            case CHALLENGE -> length + MAX_CHALLENGE;
            case WORDS -> dialect.maxBitmapWords() * Long.BYTES;
            case CODE -> dialect.maxBitmapPayload();
            case OPAQUE -> SMALL_PACKET - dialect.shortHeader().length();
        };
    }

    /**
     * The name in the documents of the protocol.
     *
     * @return such as {@code P_DATA}
     */
    public String label() {
        return "P_" + name();
    }
}
