package io.diskless.drbd.wire;

/**
 * Who may write to a volume: two bits of the state word (DRBD wire protocol, {@code P_STATE}).
 *
 * <p>Immutable.
 */
public enum Role {
    /** 0: not known, because there is no connection. */
    UNKNOWN(0, "Unknown"),
    /** 1: may be opened for writing. */
    PRIMARY(1, "Primary"),
    /** 2: only follows. */
    SECONDARY(2, "Secondary"),
    /** A code that nobody has assigned (3). */
    UNRECOGNIZED(-1, "?");

    private static final Role[] BY_CODE = {UNKNOWN, PRIMARY, SECONDARY, UNRECOGNIZED};

    private final int code;
    private final String label;

    Role(int code, String label) {
        this.code = code;
        this.label = label;
    }

    /**
     * The role of a code.
     *
     * @param code the lowest two bits count
     * @return a role; {@link #UNRECOGNIZED} for 3
     */
    public static Role of(int code) {
        return BY_CODE[code & 3];
    }

    /**
     * The code on the wire.
     *
     * @return 0 to 2; -1 for {@link #UNRECOGNIZED}
     */
    public int code() {
        return code;
    }

    /**
     * The name that DRBD prints.
     *
     * @return such as {@code Primary}
     */
    public String label() {
        return label;
    }
}
