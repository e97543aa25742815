package io.diskless.aoe.link;

/** What a link can do just now. A link that is not up comes back by itself when its interface does. */
public enum LinkState {
    /** Frames can be received and sent. */
    UP,
    /** The interface exists and is administratively down or has no carrier; what is sent is dropped and counted. */
    DOWN,
    /** The interface does not exist (any more). */
    GONE,
    /** The link was closed. */
    CLOSED
}
