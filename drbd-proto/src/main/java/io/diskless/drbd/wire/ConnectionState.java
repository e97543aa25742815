package io.diskless.drbd.wire;

/**
 * State of the connection of a volume: five bits of the state word (DRBD wire protocol, {@code P_STATE}). The order of
 * the codes means something: from {@link #CONNECTED} on the two sides replicate.
 *
 * <p>Immutable.
 */
public enum ConnectionState {
    /** 0: no network configuration, or refused for good. */
    STAND_ALONE(0, "StandAlone"),
    /** 1: on the way to StandAlone, at the wish of this side. */
    DISCONNECTING(1, "Disconnecting"),
    /** 2: about to look for the peer. */
    UNCONNECTED(2, "Unconnected"),
    /** 3: the peer did not answer in time. */
    TIMEOUT(3, "Timeout"),
    /** 4: the connection was closed. */
    BROKEN_PIPE(4, "BrokenPipe"),
    /** 5: the connection was lost. */
    NETWORK_FAILURE(5, "NetworkFailure"),
    /** 6: the peer broke the rules. */
    PROTOCOL_ERROR(6, "ProtocolError"),
    /** 7: the peer is closing the connection. */
    TEAR_DOWN(7, "TearDown"),
    /** 8: looking for the peer. */
    WF_CONNECTION(8, "WFConnection"),
    /** 9: connected; waits for the first state of the peer. */
    WF_REPORT_PARAMS(9, "WFReportParams"),
    /** 10: in normal operation. */
    CONNECTED(10, "Connected"),
    /** 11: a full resync with this side as source was agreed. */
    STARTING_SYNC_S(11, "StartingSyncS"),
    /** 12: a full resync with this side as target was agreed. */
    STARTING_SYNC_T(12, "StartingSyncT"),
    /** 13: future source, in the exchange of bitmaps. */
    WF_BITMAP_S(13, "WFBitMapS"),
    /** 14: future target, in the exchange of bitmaps. */
    WF_BITMAP_T(14, "WFBitMapT"),
    /** 15: future target, waits for P_SYNC_UUID. */
    WF_SYNC_UUID(15, "WFSyncUUID"),
    /** 16: resync runs, this side has the good data. */
    SYNC_SOURCE(16, "SyncSource"),
    /** 17: resync runs, this side receives. */
    SYNC_TARGET(17, "SyncTarget"),
    /** 18: online verify runs, started here. */
    VERIFY_S(18, "VerifyS"),
    /** 19: online verify runs, started by the peer. */
    VERIFY_T(19, "VerifyT"),
    /** 20: source of a resync that is paused. */
    PAUSED_SYNC_S(20, "PausedSyncS"),
    /** 21: target of a resync that is paused. */
    PAUSED_SYNC_T(21, "PausedSyncT"),
    /** 22: does not replicate because of congestion, only notes what the peer misses; since protocol 96. */
    AHEAD(22, "Ahead"),
    /** 23: the peer is Ahead; since protocol 96. */
    BEHIND(23, "Behind"),
    /** A code that nobody has assigned (24 to 31). */
    UNRECOGNIZED(-1, "?");

    private static final ConnectionState[] VALUES = values();
    private static final int ASSIGNED = VALUES.length - 1;

    private final int code;
    private final String label;

    ConnectionState(int code, String label) {
        this.code = code;
        this.label = label;
    }

    /**
     * The state of a code.
     *
     * @param code the lowest five bits count
     * @return a state; {@link #UNRECOGNIZED} for 24 to 31
     */
    public static ConnectionState of(int code) {
        return VALUES[Math.min(code & 0x1F, ASSIGNED)];
    }

    /**
     * The code on the wire.
     *
     * @return 0 to 23; -1 for {@link #UNRECOGNIZED}
     */
    public int code() {
        return code;
    }

    /**
     * The name that DRBD prints.
     *
     * @return such as {@code SyncSource}
     */
    public String label() {
        return label;
    }

    /**
     * Whether this state is another or comes after it in the order of the codes.
     *
     * @param other an assigned state
     * @return true if the code is at least that of the other
     */
    public boolean isAtLeast(ConnectionState other) {
        return code >= other.code;
    }
}
