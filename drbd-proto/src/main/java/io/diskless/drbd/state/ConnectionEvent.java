package io.diskless.drbd.state;

/**
 * What moves the connection state of a volume (semantics spec §2.1).
 *
 * <p>Immutable.
 */
public enum ConnectionEvent {
    /** An administrator wants a connection. */
    CONNECT("connect"),
    /** An administrator wants none any more, or the two do not fit together. */
    DISCONNECT("disconnect"),
    /** The last connection is cleared away. */
    CLEARED("cleared"),
    /** The listener is there, and the pause of a second is over. */
    LISTEN("listen"),
    /** Both sockets are up, versions agreed, the peer has authenticated. */
    AUTHENTICATED("authenticated"),
    /** A request or a ping was not answered for too long. */
    TIMED_OUT("timed out"),
    /** The connection was closed. */
    CLOSED("closed"),
    /** The connection was lost. */
    LOST("lost"),
    /** The peer broke the rules. */
    VIOLATED("violated"),
    /** The peer has asked for the end, and was granted it. */
    PEER_DISCONNECTS("peer disconnects"),
    /** The first states are exchanged: both hold the same, or one holds nothing. */
    SAME_DATA("same data"),
    /** The generations say that this side is the source. */
    BE_SOURCE("be source"),
    /** The generations say that this side is the target. */
    BE_TARGET("be target"),
    /** Both agree that the peer's data is to be copied here again. */
    INVALIDATE("invalidate"),
    /** Both agree that this side's data is to be copied to the peer again. */
    INVALIDATE_REMOTE("invalidate remote"),
    /** All bits are set on stable storage. */
    ALL_BITS_SET("all bits set"),
    /** Both bitmaps are exchanged. */
    BITMAPS_EXCHANGED("bitmaps exchanged"),
    /** P_SYNC_UUID arrived. */
    SYNC_UUID("sync uuid"),
    /** A dependency or a user here or there wants the resync to pause. */
    PAUSE("pause"),
    /** A resync begins that somebody wants to pause. */
    BEGINS_PAUSED("begins paused"),
    /** The volume has become larger, and this side has what is new. */
    GROWN("grown"),
    /** The volume has become larger, and the peer has what is new. */
    PEER_GREW("peer grew"),
    /** Nobody wants it to pause any more. */
    RESUME("resume"),
    /** Resync or verify is through, or lost a disk. */
    FINISHED("finished"),
    /** Both agree on an online verify that this side runs. */
    VERIFY("verify"),
    /** Both agree on an online verify that the peer runs. */
    PEER_VERIFIES("peer verifies"),
    /** Too much is under way to the peer: only note what it misses. */
    CONGESTED("congested"),
    /** The peer only notes what this side misses. */
    PEER_AHEAD("peer ahead"),
    /** What was under way has arrived. */
    DRAINED("drained"),
    /** The handshake is to be made again. */
    RENEGOTIATE("renegotiate");

    private final String words;

    ConnectionEvent(String words) {
        this.words = words;
    }

    /**
     * The event in a word or two.
     *
     * @return for a table or a drawing
     */
    public String words() {
        return words;
    }
}
