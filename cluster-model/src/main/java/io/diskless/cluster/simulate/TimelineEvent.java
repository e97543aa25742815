package io.diskless.cluster.simulate;

import io.diskless.cluster.model.id.EntityId;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * Something that happened in a simulation. Immutable.
 *
 * @param at when, from its begin
 * @param kind of what sort
 * @param subject to what; empty if to the site
 * @param text in words
 */
public record TimelineEvent(Duration at, Kind kind, Optional<EntityId> subject, String text) {
    /** What sort of thing happened. Immutable. */
    public enum Kind {
        /** Power or a machine went or came. */
        POWER,
        /** A segment fell apart or healed. */
        NETWORK,
        /** A machine came one step further on its way up. */
        BOOT,
        /** A plan was made, refused or ended. */
        PLAN,
        /** A step of a plan was done or failed. */
        STEP,
        /** A copy of a volume was filled. */
        SYNC,
        /** A guest stood still, was down, or went on. */
        GUEST
    }

    /** Insists on all. */
    public TimelineEvent {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(subject, "subject");
        Objects.requireNonNull(text, "text");
    }

    /** {@return one line: seconds with three digits, the sort, whom, what} */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d.%03d %s %s%s",
                at.toSeconds(),
                at.toMillisPart(),
                kind.name().toLowerCase(Locale.ROOT),
                subject.map(id -> id + " ").orElse(""),
                text);
    }
}
