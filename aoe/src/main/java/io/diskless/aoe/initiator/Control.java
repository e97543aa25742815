package io.diskless.aoe.initiator;

import io.diskless.aoe.link.Frame;
import org.jspecify.annotations.Nullable;

/**
 * A message that is not a part of a request: queries, probes, operations on config string, masks and reservations. It has
 * its own retransmission and takes no place in a window. Cold: it may allocate. Confined to the event loop.
 */
abstract class Control {
    /** First wait for an answer; doubles up to {@link #LONGEST_WAIT} (as the data timeout's bounds, spec §11). */
    static final long FIRST_WAIT = 200_000_000L;

    static final long LONGEST_WAIT = 1_000_000_000L;

    final RemoteTarget target;
    /** The only path to use, or null for any. */
    final @Nullable Path only;

    /** Transmissions so far. */
    int attempts;

    long wait = FIRST_WAIT;
    /** When to send again or to give up. */
    long nextAt;
    /** When to give up. */
    long deadline;

    boolean ended;

    /** Copies with valid tags, newest first. */
    @Nullable
    Copy copies;

    Control(RemoteTarget target, @Nullable Path only, long now, long patience) {
        this.target = target;
        this.only = only;
        nextAt = now;
        deadline = now + patience;
    }

    /** The AoE command of request and response. */
    abstract int command();

    /**
     * Writes everything behind the AoE header.
     *
     * @return the length of the frame before padding
     */
    abstract int write(Frame frame, Path path);

    /**
     * Takes an answer. The frame has flag E, or its command's fields are inside it.
     *
     * @return whether it was one; if not it is counted as malformed and waited on
     */
    abstract boolean answered(Frame frame, Path path, long now);

    /** Whether an answer says that small frames pass. */
    boolean isSmall() {
        return true;
    }

    /** No answer before the deadline. */
    abstract void gaveUp(long now);

    /** The initiator or disk was closed. */
    abstract void closed();
}
