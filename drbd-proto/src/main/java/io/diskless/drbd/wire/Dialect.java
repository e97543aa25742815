package io.diskless.drbd.wire;

import java.util.Optional;

/**
 * How two peers talk: the agreed protocol version and features, and all that follows from them for the format (DRBD wire
 * protocol §2.4, §4.1, §13). Everything that depends on the version asks here rather than to compare numbers.
 *
 * <p>Immutable.
 *
 * @param version 86 to 101, or 80 before the agreement
 * @param features the features that both sides can do
 */
public record Dialect(int version, int features) {
    /** The oldest version that we speak. */
    public static final int MIN_VERSION = 86;
    /** The newest version that we speak. */
    public static final int MAX_VERSION = 101;

    /** Feature: {@code P_TRIM}. */
    public static final int FF_TRIM = 1;
    /** Feature: {@code P_RS_THIN_REQ} and {@code P_RS_DEALLOCATED}. */
    public static final int FF_THIN_RESYNC = 2;
    /** Feature: {@code P_WSAME}, queue limits in {@code P_SIZES}, discards up to 128 MiB. */
    public static final int FF_WSAME = 4;
    /** Feature: {@code P_ZEROES}; {@code P_TRIM} then means a real discard. */
    public static final int FF_WZEROES = 8;
    /** All features of these versions. */
    public static final int FF_ALL = FF_TRIM | FF_THIN_RESYNC | FF_WSAME | FF_WZEROES;

    /** Before anything is agreed: the first packets and {@code P_CONNECTION_FEATURES}, behind a header80. */
    public static final Dialect HANDSHAKE = new Dialect(80, 0);

    /** Since 87: data-integrity-alg. */
    static final int INTEGRITY = 87;
    /** Since 88: online verify. */
    static final int VERIFY = 88;
    /** Up to 88: {@code P_SYNC_PARAM}; from 89 on {@code P_SYNC_PARAM89} and checksum based resync. */
    static final int LAST_SYNC_PARAM = 88;

    private static final int COMPRESSED_BITMAP = 90;
    private static final int DRY_RUN = 92;
    /** Since 95: header95, flush and discard flags, controller settings, explicit end of resync. */
    static final int BIG_PACKETS = 95;

    private static final int AHEAD_BEHIND = 96;
    private static final int STOP_SECTOR_83 = 97;
    private static final int VOLUMES = 100;
    private static final int STOP_SECTOR_84 = 101;

    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;

    /**
     * What two offers agree on.
     *
     * @param minVersion our oldest version
     * @param maxVersion our newest version
     * @param features our features
     * @param peerMin the peer's oldest version
     * @param peerMax the peer's newest version; 0 means the same as the oldest
     * @param peerFeatures the peer's features
     * @return the dialect; empty if there is no common version
     */
    public static Optional<Dialect> agree(
            int minVersion, int maxVersion, int features, int peerMin, int peerMax, int peerFeatures) {
        int theirMax = peerMax == 0 ? peerMin : peerMax;
        if (Integer.compareUnsigned(theirMax, minVersion) < 0 || Integer.compareUnsigned(peerMin, maxVersion) > 0) {
            return Optional.empty();
        }
        int version = Integer.compareUnsigned(maxVersion, theirMax) < 0 ? maxVersion : theirMax;
        return Optional.of(new Dialect(version, features & peerFeatures));
    }

    /**
     * Whether a version was agreed.
     *
     * @return false for {@link #HANDSHAKE}
     */
    public boolean isAgreed() {
        return version >= MIN_VERSION;
    }

    /**
     * Whether features were agreed.
     *
     * @param mask one or more of the FF constants, or 0
     * @return true if all of them were
     */
    public boolean has(int mask) {
        return (features & mask) == mask;
    }

    /**
     * The header for a packet that is to be sent.
     *
     * @param payloadLength bytes behind the header
     * @return the format
     */
    public HeaderFormat headerFor(int payloadLength) {
        if (version >= VOLUMES) {
            return HeaderFormat.H100;
        }
        return version >= BIG_PACKETS && payloadLength > 32 * KIB ? HeaderFormat.H95 : HeaderFormat.H80;
    }

    /**
     * The header of small packets, such as all on the meta socket; received headers have its length, whatever their
     * format.
     *
     * @return H80 or H100
     */
    public HeaderFormat shortHeader() {
        return version >= VOLUMES ? HeaderFormat.H100 : HeaderFormat.H80;
    }

    /**
     * Whether a received header may have a format.
     *
     * @param format the format by its magic
     * @return true if the dialect has it
     */
    public boolean accepts(HeaderFormat format) {
        return switch (format) {
            case H80 -> version < VOLUMES;
            case H95 -> isAgreed() && version < VOLUMES;
            case H100 -> version >= VOLUMES;
        };
    }

    /**
     * Whether headers carry a volume number; without it there is exactly one volume.
     *
     * @return true since protocol 100
     */
    public boolean hasVolumes() {
        return version >= VOLUMES;
    }

    /**
     * Largest content of one write or reply with data.
     *
     * @return bytes: 32 KiB, 128 KiB or 1 MiB
     */
    public int maxData() {
        if (version >= VOLUMES) {
            return MIB;
        }
        return version >= BIG_PACKETS ? 128 * KIB : 32 * KIB;
    }

    /**
     * Largest discard or range of zeroes in one packet.
     *
     * @return bytes: 4 MiB or 128 MiB
     */
    public int maxDiscard() {
        return has(FF_WSAME) ? 128 * MIB : 4 * MIB;
    }

    /**
     * Largest payload of a packet with a piece of the bitmap.
     *
     * @return bytes: 4088 or 4080
     */
    public int maxBitmapPayload() {
        return PacketType.SMALL_PACKET - shortHeader().length();
    }

    /**
     * How many 64-bit words a {@code P_BITMAP} carries while there are as many left.
     *
     * @return 511 or 510
     */
    public int maxBitmapWords() {
        return maxBitmapPayload() / Long.BYTES;
    }

    /**
     * The packet for settings of resync and verify.
     *
     * @return {@link PacketType#SYNC_PARAM} or {@link PacketType#SYNC_PARAM89}
     */
    public PacketType syncParamType() {
        return version <= LAST_SYNC_PARAM ? PacketType.SYNC_PARAM : PacketType.SYNC_PARAM89;
    }

    /**
     * Whether the settings carry those of the adaptive rate controller.
     *
     * @return true since protocol 95
     */
    public boolean hasController() {
        return version >= BIG_PACKETS;
    }

    /**
     * Whether a data-integrity-alg can be agreed on, whose name is at the end of {@code P_PROTOCOL}.
     *
     * @return true since protocol 87
     */
    public boolean hasIntegrity() {
        return version >= INTEGRITY;
    }

    /**
     * Whether there is online verify.
     *
     * @return true since protocol 88
     */
    public boolean hasVerify() {
        return version >= VERIFY;
    }

    /**
     * Whether a verify may start elsewhere than at sector 0.
     *
     * @return true since protocol 90
     */
    public boolean hasVerifyStart() {
        return version >= COMPRESSED_BITMAP;
    }

    /**
     * Whether a verify may stop before the end, which its starter then announces.
     *
     * @return true for 97 and since 101
     */
    public boolean hasVerifyStop() {
        return version == STOP_SECTOR_83 || version >= STOP_SECTOR_84;
    }

    /**
     * Whether there is checksum based resync.
     *
     * @return true since protocol 89
     */
    public boolean hasChecksumResync() {
        return version > LAST_SYNC_PARAM;
    }

    /**
     * Whether a compressed bitmap may be sent, and the initial resync may be skipped.
     *
     * @return true since protocol 90
     */
    public boolean hasCompressedBitmap() {
        return version >= COMPRESSED_BITMAP;
    }

    /**
     * Whether the word of flags in {@code P_PROTOCOL} has more than "discard my data".
     *
     * @return true since protocol 92
     */
    public boolean hasDryRun() {
        return version >= DRY_RUN;
    }

    /**
     * Whether writes carry flags for flush, FUA and discard, and the target says when a resync is finished.
     *
     * @return true since protocol 95
     */
    public boolean hasWriteFlags() {
        return version >= BIG_PACKETS;
    }

    /**
     * Whether there is Ahead and Behind, and {@code P_OUT_OF_SYNC}.
     *
     * @return true since protocol 96
     */
    public boolean hasAheadBehind() {
        return version >= AHEAD_BEHIND;
    }

    /**
     * Whether the acks of a write are asked for in its flags rather than by the protocol of the connection.
     *
     * @return true since protocol 100
     */
    public boolean hasAckFlags() {
        return version >= VOLUMES;
    }

    /** {@return such as {@code 101 with TRIM, WSAME}} */
    @Override
    public String toString() {
        if (!isAgreed()) {
            return "handshake";
        }
        return features == 0 ? Integer.toString(version) : version + " with " + featureNames(features);
    }

    /**
     * Names of features.
     *
     * @param features any flags
     * @return such as {@code TRIM, WSAME}; flags without a name as hex; empty if there is none
     */
    public static String featureNames(int features) {
        StringBuilder text = new StringBuilder();
        append(text, features, FF_TRIM, "TRIM");
        append(text, features, FF_THIN_RESYNC, "THIN_RESYNC");
        append(text, features, FF_WSAME, "WSAME");
        append(text, features, FF_WZEROES, "WZEROES");
        int rest = features & ~FF_ALL;
        append(text, rest, rest, "0x" + Integer.toHexString(rest));
        return text.toString();
    }

    private static void append(StringBuilder text, int features, int flag, String name) {
        if (flag != 0 && (features & flag) == flag) {
            text.append(text.isEmpty() ? "" : ", ").append(name);
        }
    }
}
