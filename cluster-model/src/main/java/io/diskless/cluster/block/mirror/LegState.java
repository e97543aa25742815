package io.diskless.cluster.block.mirror;

/** How far a leg may be trusted. The codes are what the superblock stores. */
public enum LegState {
    /** Takes no part: missing, failed, or not yet admitted. */
    OUT(0),
    /** Receives every write, and the regions that it missed are being copied to it; serves no reads. */
    RECOVERING(1),
    /** Holds every write that was acknowledged; serves reads. */
    IN_SYNC(2);

    private final int code;

    LegState(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static LegState ofCode(int code) {
        // What a later version may add is, to this one, a leg that it must not trust.
        return code == IN_SYNC.code ? IN_SYNC : code == RECOVERING.code ? RECOVERING : OUT;
    }
}
