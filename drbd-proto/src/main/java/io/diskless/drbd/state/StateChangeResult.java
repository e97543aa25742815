package io.diskless.drbd.state;

import java.util.Optional;

/**
 * What became of a wish to change the state, as in P_STATE_CHG_REPLY and P_CONN_ST_CHG_REPLY (wire spec §7.3).
 *
 * <p>Immutable.
 */
public enum StateChangeResult {
    /** 2: it is so already. */
    NOTHING_TO_DO(2, "nothing to do"),
    /** 1: done. */
    SUCCESS(1, "success"),
    /** 0: no reason given. */
    UNKNOWN_ERROR(0, "unknown error"),
    /** -1: both would be Primary, and allow-two-primaries is off. */
    TWO_PRIMARIES(-1, "both would be Primary, which is not allowed"),
    /** -2: nobody would have the current data. */
    NO_UP_TO_DATE_DISK(-2, "an UpToDate disk is needed"),
    /** -4: there is no disk here. */
    NO_LOCAL_DISK(-4, "a local disk is needed"),
    /** -5: there is no disk at the peer. */
    NO_REMOTE_DISK(-5, "a disk at the peer is needed"),
    /** -6: a connected disk does not become Outdated. */
    CONNECTED_OUTDATES(-6, "refusing to be Outdated while connected"),
    /** -7: fencing, and the peer may hold newer data. */
    PRIMARY_NOP(-7, "refusing to be Primary while the peer is not outdated"),
    /** -8: one at a time. */
    RESYNC_RUNNING(-8, "a resync or a verify is running already"),
    /** -9: there is nothing to disconnect. */
    ALREADY_STAND_ALONE(-9, "already StandAlone"),
    /** -10: the peer said no. */
    REFUSED_BY_PEER(-10, "refused by the peer"),
    /** -11: there is no disk. */
    IS_DISKLESS(-11, "there is no disk"),
    /** -12: somebody holds the device open. */
    DEVICE_IN_USE(-12, "the device is in use"),
    /** -13: there is no peer to connect to. */
    NO_NET_CONFIG(-13, "there is no network configuration"),
    /** -14: verify-alg is not set. */
    NO_VERIFY_ALG(-14, "verify-alg is not set"),
    /** -15: that takes a peer. */
    NEED_CONNECTION(-15, "a connection is needed"),
    /** -16: what is worse than Outdated does not become Outdated. */
    LOWER_THAN_OUTDATED(-16, "the disk is worse than Outdated already"),
    /** -17: the agreed protocol does not have it. */
    NOT_SUPPORTED(-17, "the peer does not support it"),
    /** -18: something is under way; the requester tries again. */
    IN_TRANSIENT_STATE(-18, "in a transient state, try again"),
    /** -19: both sides asked at once, and this one decides ties. */
    CONCURRENT_CHANGE(-19, "both sides want a change at the same time, try again"),
    /** -20: the peer is Primary of another volume. */
    OTHER_VOLUME_PRIMARY(-20, "another volume has a Primary peer"),
    /** -21: a graceful outdate takes a connection. */
    OUTDATE_NEEDS_CONNECTION(-21, "outdating gracefully needs a connection");

    private static final StateChangeResult[] VALUES = values();

    private final int code;
    private final String words;

    StateChangeResult(int code, String words) {
        this.code = code;
        this.words = words;
    }

    /**
     * The result of a code.
     *
     * @param code as in the reply
     * @return the result, or empty if nobody has assigned the code
     */
    public static Optional<StateChangeResult> ofCode(int code) {
        for (StateChangeResult r : VALUES) {
            if (r.code == code) {
                return Optional.of(r);
            }
        }
        return Optional.empty();
    }

    /**
     * The code in the reply.
     *
     * @return 2 to -21
     */
    public int code() {
        return code;
    }

    /**
     * The result in words.
     *
     * @return for a log or an administrator
     */
    public String words() {
        return words;
    }

    /**
     * Whether the change is done.
     *
     * @return true for 1 and 2
     */
    public boolean isSuccess() {
        return code >= 1;
    }

    /**
     * Whether it may well work a moment later.
     *
     * @return true for what is transient or concurrent
     */
    public boolean isWorthARetry() {
        return this == IN_TRANSIENT_STATE || this == CONCURRENT_CHANGE;
    }
}
