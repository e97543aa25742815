package io.diskless.drbd.meta;

/** The flags of a superblock, bits of the word at offset 56 (drbd-semantics §9.2). Immutable. */
public enum MetaFlag {
    /** The data is the whole of one moment, not the middle of a resync. */
    CONSISTENT(1),
    /** This node is, or was when it crashed, Primary: extents in the activity log may differ from the peer. */
    PRIMARY_IND(2),
    /** The peer was connected. */
    CONNECTED_IND(4),
    /** A full resync has been decided and its bits are not all on disk yet. */
    FULL_SYNC(8),
    /** The data was the newest when last seen. */
    WAS_UP_TO_DATE(16),
    /** The peer is known to be outdated. */
    PEER_OUTDATED(32),
    /** The node crashed while Primary; the next handshake has to know it. */
    CRASHED_PRIMARY(64),
    /** The activity log has been applied and re-initialised; the 8.4 kernel attaches nothing without it. */
    AL_CLEAN(128),
    /** The node runs without an activity log: after a crash everything is dirty. */
    AL_DISABLED(256);

    private final int mask;

    MetaFlag(int mask) {
        this.mask = mask;
    }

    /**
     * The flag's bit.
     *
     * @return a power of two
     */
    public int mask() {
        return mask;
    }
}
