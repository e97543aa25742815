package io.diskless.aoe.initiator;

import org.jspecify.annotations.Nullable;

/**
 * One transmission with a tag of its own: of an {@link Io}, or of a {@link Control}. Its tag stays valid until it is
 * answered or its quarantine is over. Pooled; confined to the event loop.
 */
final class Copy {
    @Nullable
    Copy poolNext;

    int tag;

    @Nullable
    Io io;

    @Nullable
    Control control;

    @Nullable
    Path path;

    /** Next copy of the same I/O. */
    @Nullable
    Copy ioNext;

    /** The path's list in the order of sending, or the target's limbo in the order of giving up. */
    @Nullable
    CopyList list;

    @Nullable
    Copy prev;

    @Nullable
    Copy next;

    long sentAt;
    /** When it counts as lost, or, in limbo, when its quarantine is over. */
    long expiry;
    /** Answers to copies sent later on the same path. */
    int overtaken;
    /** Counted as lost and not in the path's window any more. */
    boolean lost;
    /** Counted as lost because it was overtaken, not because its time was over. */
    boolean lostByOvertaking;
}
