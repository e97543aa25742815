package io.diskless.drbd.wire;

/**
 * Which of the two TCP connections (DRBD wire protocol §1).
 *
 * <p>Immutable.
 */
public enum SocketKind {
    /** Handshake, configuration, writes, reads, resync, bitmaps, verify. */
    DATA,
    /** Acknowledgements, pings, replies to state changes, results of verify. */
    META
}
