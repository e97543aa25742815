package io.diskless.drbd.session;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.wire.VolumeState;

/** What happens to a resource. Immutable. */
public sealed interface DrbdEvent {
    /** {@return the name of the resource} */
    String resource();

    /**
     * The state of a volume changed.
     *
     * @param resource its resource
     * @param volume its number
     * @param before what it was
     * @param after what it is
     * @param why what led to it
     */
    record StateChanged(String resource, int volume, VolumeState before, VolumeState after, String why)
            implements DrbdEvent {}

    /**
     * Both sides agreed on how to talk.
     *
     * @param resource the resource
     * @param dialect version and features
     * @param authenticated whether both sides have proven that they know the secret
     */
    record Agreed(String resource, String dialect, boolean authenticated) implements DrbdEvent {}

    /**
     * The connection ended, and is tried again unless {@link #standAlone}.
     *
     * @param resource the resource
     * @param cause what ended it
     * @param standAlone whether it stays so until {@link DrbdResource#connect()}
     */
    record ConnectionLost(String resource, DrbdException cause, boolean standAlone) implements DrbdEvent {}

    /**
     * The two sides compared what they hold.
     *
     * @param resource the resource
     * @param volume the volume
     * @param explanation both sets of identifiers, the rule, and what follows
     */
    record Compared(String resource, int volume, String explanation) implements DrbdEvent {}

    /**
     * Something worth a line in a log.
     *
     * @param resource the resource
     * @param volume the volume, or -1
     * @param words what
     */
    record Note(String resource, int volume, String words) implements DrbdEvent {}
}
