package io.diskless.drbd.wire;

/**
 * The state of a volume in 32 bits, as in {@code P_STATE} and in the mask and value of state change requests (DRBD wire
 * protocol, {@code P_STATE}).
 *
 * <pre>
 *  31        23 22   21   20   19   18  17  16   13 12    9 8         4 3    2 1    0
 * |     0      |fen|nod |user|peer|aftr|susp| pdsk  | disk  |   conn    | peer | role |
 *               `-susp-'  `---- isp ---'
 * </pre>
 *
 * <p>In a mask all bits of a field are set or none. Static accessors over the word; no allocation. {@link VolumeState}
 * is the same as a value.
 */
public final class StateWord {
    /** Bits 0 and 1: the sender's role. */
    public static final int ROLE_MASK = 0x3;
    /** Bits 2 and 3: the role of its peer. */
    public static final int PEER_MASK = 0x3 << 2;
    /** Bits 4 to 8: connection state. */
    public static final int CONN_MASK = 0x1F << 4;
    /** Bits 9 to 12: the sender's disk. */
    public static final int DISK_MASK = 0xF << 9;
    /** Bits 13 to 16: the disk of its peer. */
    public static final int PDSK_MASK = 0xF << 13;
    /** Bit 17: I/O is suspended by the user. */
    public static final int SUSP = 1 << 17;
    /** Bit 18: resync is paused because another has to come first. */
    public static final int AFTR_ISP = 1 << 18;
    /** Bit 19: resync is paused by the peer. */
    public static final int PEER_ISP = 1 << 19;
    /** Bit 20: resync is paused by the local user. */
    public static final int USER_ISP = 1 << 20;
    /** Bit 21: I/O is suspended because no data is accessible. */
    public static final int SUSP_NOD = 1 << 21;
    /** Bit 22: I/O is suspended until the peer is fenced. */
    public static final int SUSP_FEN = 1 << 22;
    /** All bits that have a meaning in protocols 86 to 101. */
    public static final int ALL = (1 << 23) - 1;

    private static final int PEER = 2;
    private static final int CONN = 4;
    private static final int DISK = 9;
    private static final int PDSK = 13;

    private StateWord() {}

    /**
     * Packs the five fields; all flags are clear.
     *
     * @param role the sender's role
     * @param peer the role of its peer
     * @param connection connection state
     * @param disk the sender's disk
     * @param peerDisk the disk of its peer
     * @return the word
     * @throws IllegalArgumentException if one of them is UNRECOGNIZED
     */
    public static int of(Role role, Role peer, ConnectionState connection, DiskState disk, DiskState peerDisk) {
        int word = withRole(0, role);
        word = withPeer(word, peer);
        word = withConnection(word, connection);
        word = withDisk(word, disk);
        return withPeerDisk(word, peerDisk);
    }

    /**
     * The sender's role.
     *
     * @param word a state word
     * @return the role
     */
    public static Role role(int word) {
        return Role.of(word);
    }

    /**
     * The role of the sender's peer.
     *
     * @param word a state word
     * @return the role
     */
    public static Role peer(int word) {
        return Role.of(word >>> PEER);
    }

    /**
     * Connection state.
     *
     * @param word a state word
     * @return the state; {@link #connectionCode} tells those apart that are not recognized
     */
    public static ConnectionState connection(int word) {
        return ConnectionState.of(word >>> CONN);
    }

    /**
     * Connection state, as a number.
     *
     * @param word a state word
     * @return 0 to 31
     */
    public static int connectionCode(int word) {
        return (word & CONN_MASK) >>> CONN;
    }

    /**
     * The sender's disk.
     *
     * @param word a state word
     * @return the state; {@link #diskCode} tells those apart that are not recognized
     */
    public static DiskState disk(int word) {
        return DiskState.of(word >>> DISK);
    }

    /**
     * The sender's disk, as a number.
     *
     * @param word a state word
     * @return 0 to 15
     */
    public static int diskCode(int word) {
        return (word & DISK_MASK) >>> DISK;
    }

    /**
     * The disk of the sender's peer.
     *
     * @param word a state word
     * @return the state; {@link #peerDiskCode} tells those apart that are not recognized
     */
    public static DiskState peerDisk(int word) {
        return DiskState.of(word >>> PDSK);
    }

    /**
     * The disk of the sender's peer, as a number.
     *
     * @param word a state word
     * @return 0 to 15
     */
    public static int peerDiskCode(int word) {
        return (word & PDSK_MASK) >>> PDSK;
    }

    /**
     * Whether flags are set.
     *
     * @param word a state word
     * @param flags one or more of {@link #SUSP} to {@link #SUSP_FEN}
     * @return true if all of them are
     */
    public static boolean has(int word, int flags) {
        return (word & flags) == flags;
    }

    /**
     * The word with another role.
     *
     * @param word a state word
     * @param role the sender's role
     * @return the new word
     * @throws IllegalArgumentException if it is {@link Role#UNRECOGNIZED}
     */
    public static int withRole(int word, Role role) {
        return (word & ~ROLE_MASK) | code(role.code(), role);
    }

    /**
     * The word with another role of the peer.
     *
     * @param word a state word
     * @param peer the peer's role
     * @return the new word
     * @throws IllegalArgumentException if it is {@link Role#UNRECOGNIZED}
     */
    public static int withPeer(int word, Role peer) {
        return (word & ~PEER_MASK) | (code(peer.code(), peer) << PEER);
    }

    /**
     * The word with another connection state.
     *
     * @param word a state word
     * @param connection the connection state
     * @return the new word
     * @throws IllegalArgumentException if it is {@link ConnectionState#UNRECOGNIZED}
     */
    public static int withConnection(int word, ConnectionState connection) {
        return (word & ~CONN_MASK) | (code(connection.code(), connection) << CONN);
    }

    /**
     * The word with another state of the sender's disk.
     *
     * @param word a state word
     * @param disk the disk's state
     * @return the new word
     * @throws IllegalArgumentException if it is {@link DiskState#UNRECOGNIZED}
     */
    public static int withDisk(int word, DiskState disk) {
        return (word & ~DISK_MASK) | (code(disk.code(), disk) << DISK);
    }

    /**
     * The word with another state of the peer's disk.
     *
     * @param word a state word
     * @param disk the disk's state
     * @return the new word
     * @throws IllegalArgumentException if it is {@link DiskState#UNRECOGNIZED}
     */
    public static int withPeerDisk(int word, DiskState disk) {
        return (word & ~PDSK_MASK) | (code(disk.code(), disk) << PDSK);
    }

    /**
     * The word with flags set or cleared.
     *
     * @param word a state word
     * @param flags one or more of {@link #SUSP} to {@link #SUSP_FEN}
     * @param on whether they are to be set
     * @return the new word
     */
    public static int withFlags(int word, int flags, boolean on) {
        return on ? word | flags : word & ~flags;
    }

    /**
     * Puts what a peer sent into the terms of DRBD 8: a DRBD 9 peer does not always translate its numbering of disk
     * states, whose 9 is UpToDate, and uses bit 23 for its quorum (spec §14). Disk states above 8 become 8, bits without a
     * meaning are cleared. Not for masks, whose disk fields are 15.
     *
     * @param word as received
     * @return a word whose disks are recognized
     */
    public static int fromPeer(int word) {
        int clean = word & ALL;
        if (disk(clean) == DiskState.UNRECOGNIZED) {
            clean = withDisk(clean, DiskState.UP_TO_DATE);
        }
        if (peerDisk(clean) == DiskState.UNRECOGNIZED) {
            clean = withPeerDisk(clean, DiskState.UP_TO_DATE);
        }
        return clean;
    }

    /**
     * The word as DRBD prints it; a code that nobody has assigned shows as its number and a question mark.
     *
     * @param word a state word
     * @return such as {@code cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate}, then the flags that are set
     */
    public static String describe(int word) {
        StringBuilder text = new StringBuilder(72);
        text.append("cs:").append(name(connection(word).label(), connectionCode(word)));
        text.append(" ro:").append(name(role(word).label(), word & ROLE_MASK));
        text.append('/').append(name(peer(word).label(), (word & PEER_MASK) >>> PEER));
        text.append(" ds:").append(name(disk(word).label(), diskCode(word)));
        text.append('/').append(name(peerDisk(word).label(), peerDiskCode(word)));
        flag(text, word, SUSP, "susp");
        flag(text, word, AFTR_ISP, "aftr_isp");
        flag(text, word, PEER_ISP, "peer_isp");
        flag(text, word, USER_ISP, "user_isp");
        flag(text, word, SUSP_NOD, "susp_nod");
        flag(text, word, SUSP_FEN, "susp_fen");
        if ((word & ~ALL) != 0) {
            text.append(" +0x").append(Integer.toHexString(word & ~ALL));
        }
        return text.toString();
    }

    private static void flag(StringBuilder text, int word, int flag, String name) {
        if (has(word, flag)) {
            text.append(' ').append(name);
        }
    }

    static String name(String label, int code) {
        return label.equals("?") ? code + "?" : label;
    }

    private static int code(int code, Enum<?> value) {
        if (code < 0) {
            throw new IllegalArgumentException(
                    value.getDeclaringClass().getSimpleName() + "." + value + " has no code");
        }
        return code;
    }
}
