package io.diskless.cluster.model;

import java.time.Instant;
import java.util.Objects;

/** What is known of one thing in reality; not knowing is a value too. Implementations are immutable. */
public sealed interface Observation {
    /** Nobody looked, or nobody could. */
    record Unknown() implements Observation {}

    /**
     * It was looked for and is not there.
     *
     * @param evidence who looked, and when
     */
    record Absent(Evidence evidence) implements Observation {
        /** Insists on evidence. */
        public Absent {
            Objects.requireNonNull(evidence, "evidence");
        }
    }

    /**
     * It was seen.
     *
     * @param entity how
     * @param evidence who looked, and when
     */
    record Seen(Entity entity, Evidence evidence) implements Observation {
        /** Insists on both. */
        public Seen {
            Objects.requireNonNull(entity, "entity");
            Objects.requireNonNull(evidence, "evidence");
        }
    }

    /**
     * Who looked, and when.
     *
     * @param source who, such as {@code agent h1}
     * @param at when
     */
    record Evidence(String source, Instant at) {
        /** Insists on both. */
        public Evidence {
            Objects.requireNonNull(source, "source");
            Objects.requireNonNull(at, "at");
        }
    }
}
