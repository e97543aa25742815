package io.diskless.aoe.initiator;

/** How a path is seen just now. */
public enum PathState {
    /** In use. */
    UP,
    /** Two timeouts in a row: avoided while there is a better one, and probed until it answers. */
    SUSPECT,
    /** The local port is down or gone. */
    DOWN
}
