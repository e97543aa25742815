package io.diskless.drbd.wire;

/**
 * State of a disk: four bits of the state word, in the numbering of DRBD 8 (DRBD wire protocol, {@code P_STATE}). DRBD 9
 * counts differently from 2 on; see {@link StateWord#fromPeer}. The order of the codes means something: a disk that is
 * better has the higher code.
 *
 * <p>Immutable.
 */
public enum DiskState {
    /** 0: there is none. */
    DISKLESS(0, "Diskless"),
    /** 1: is being attached. */
    ATTACHING(1, "Attaching"),
    /** 2: failed, or is about to be detached. */
    FAILED(2, "Failed"),
    /** 3: attached while connected; its state is being found out. */
    NEGOTIATING(3, "Negotiating"),
    /** 4: holds no usable data, as between begin and end of a resync. */
    INCONSISTENT(4, "Inconsistent"),
    /** 5: holds consistent but old data. */
    OUTDATED(5, "Outdated"),
    /** 6: the peer's disk, while there is no connection. */
    D_UNKNOWN(6, "DUnknown"),
    /** 7: holds consistent data; whether it is old is not known without a connection. */
    CONSISTENT(7, "Consistent"),
    /** 8: holds the current data. */
    UP_TO_DATE(8, "UpToDate"),
    /** A code that nobody has assigned (9 to 15). */
    UNRECOGNIZED(-1, "?");

    private static final DiskState[] VALUES = values();
    private static final int ASSIGNED = VALUES.length - 1;

    private final int code;
    private final String label;

    DiskState(int code, String label) {
        this.code = code;
        this.label = label;
    }

    /**
     * The state of a code.
     *
     * @param code the lowest four bits count
     * @return a state; {@link #UNRECOGNIZED} for 9 to 15
     */
    public static DiskState of(int code) {
        return VALUES[Math.min(code & 0xF, ASSIGNED)];
    }

    /**
     * The code on the wire.
     *
     * @return 0 to 8; -1 for {@link #UNRECOGNIZED}
     */
    public int code() {
        return code;
    }

    /**
     * The name that DRBD prints.
     *
     * @return such as {@code UpToDate}
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
    public boolean isAtLeast(DiskState other) {
        return code >= other.code;
    }
}
