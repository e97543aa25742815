package io.diskless.aoe.cli;

/** When a write of a client that never flushes becomes durable; the Linux kernel is such a client. */
enum Sync {
    /** Before it is answered. */
    THROUGH,
    /** Within a fraction of a second, and at every flush of the client. */
    FLUSH,
    /** When the client flushes, or the system feels like it. */
    BUFFERED
}
