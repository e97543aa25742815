package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockException;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.state.SyncHandshake;
import io.diskless.drbd.wire.VolumeState;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What happens to a resource. Immutable. */
public sealed interface DrbdEvent {
    /** {@return the name of the resource} */
    String resource();

    /**
     * The event as text in the manner of {@code drbdsetup events2}: a verb, a kind of object, {@code name:value}s. A
     * change of a volume's state makes one line for each object that changed; one whose {@code before} is its
     * {@code after} says all there is, with the verb {@code exists}.
     *
     * @return lines without their ends, at least one
     */
    default List<String> lines() {
        return EventLines.lines(this);
    }

    /**
     * The event as names and values, for JSON or a structured log.
     *
     * @return values of type String, Long, Boolean, or again such a map, in a fixed order
     */
    default Map<String, Object> fields() {
        return EventLines.fields(this);
    }

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
            implements DrbdEvent {
        /** {@return what it is, as names and values in the manner of {@link #fields}} */
        public Map<String, Object> state() {
            return EventLines.fields(after);
        }
    }

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
     * @param handlers whom an administrator may want to be told, in that order; mostly nobody
     */
    record Compared(String resource, int volume, String explanation, List<SyncHandshake.Handler> handlers)
            implements DrbdEvent {
        /** Takes a copy of the handlers. */
        public Compared {
            handlers = List.copyOf(handlers);
        }
    }

    /**
     * A resync or verify is under way; about once a second.
     *
     * @param resource the resource
     * @param progress how far it is
     */
    record Progress(String resource, SyncProgress progress) implements DrbdEvent {}

    /**
     * A resync or verify ended.
     *
     * @param resource the resource
     * @param volume the volume
     * @param last how far it came
     * @param complete whether nothing was left to do; otherwise it was interrupted, or blocks could not be read or written
     */
    record SyncEnded(String resource, int volume, SyncProgress last, boolean complete) implements DrbdEvent {}

    /**
     * The disk of a volume, or its meta-data, could not be read or written.
     *
     * @param resource the resource
     * @param volume the volume
     * @param cause what failed
     * @param detached whether the disk is given up now; otherwise what it lacks is known, and the peer serves it
     */
    record IoError(String resource, int volume, BlockException cause, boolean detached) implements DrbdEvent {}

    /**
     * A {@link FenceHandler} has answered.
     *
     * @param resource the resource
     * @param outcome what it said; empty if it failed
     * @param heeded whether that changes anything; not if it failed, or if the peer came back before it answered
     * @param words it in words, with the failure if it was one
     */
    record Fenced(String resource, Optional<FenceHandler.Outcome> outcome, boolean heeded, String words)
            implements DrbdEvent {}

    /**
     * Something worth a line in a log.
     *
     * @param resource the resource
     * @param volume the volume, or -1
     * @param words what
     */
    record Note(String resource, int volume, String words) implements DrbdEvent {}
}
