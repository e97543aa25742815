package io.diskless.aoe.initiator;

/** How a path is seen just now. */
public enum PathState {
    /** In use. */
    UP,
    /**
     * Two timeouts in a row: avoided while there is a better one, and probed until it answers. Or nothing but a promise
     * so far: not used before IDENTIFY by this path has told that it leads to the same disk.
     */
    SUSPECT,
    /** The local port is down or gone. */
    DOWN
}
