package io.diskless.cluster.store;

import io.diskless.cluster.model.Change;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Observation;
import io.diskless.cluster.model.id.EntityId;
import java.util.Objects;

/** One thing that happened to a site, the only way it changes. Implementations are immutable. */
public sealed interface Event {
    /** {@return whom it is about} */
    EntityId about();

    /**
     * Something else is wanted.
     *
     * @param change before and after; before is what must stand in the site
     */
    record Wish(Change change) implements Event {
        /** Insists on a change. */
        public Wish {
            Objects.requireNonNull(change, "change");
        }

        @Override
        public EntityId about() {
            return change.id();
        }
    }

    /**
     * A thing was seen.
     *
     * @param entity how
     * @param evidence who looked, and when
     */
    record Seen(Entity entity, Observation.Evidence evidence) implements Event {
        /** Insists on both. */
        public Seen {
            Objects.requireNonNull(entity, "entity");
            Objects.requireNonNull(evidence, "evidence");
        }

        @Override
        public EntityId about() {
            return entity.id();
        }
    }

    /**
     * A thing was looked for and is not there.
     *
     * @param id its name
     * @param evidence who looked, and when
     */
    record Absent(EntityId id, Observation.Evidence evidence) implements Event {
        /** Insists on both. */
        public Absent {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(evidence, "evidence");
        }

        @Override
        public EntityId about() {
            return id;
        }
    }

    /**
     * What was known of a thing ceased to count.
     *
     * @param id its name
     */
    record Forgotten(EntityId id) implements Event {
        /** Insists on a name. */
        public Forgotten {
            Objects.requireNonNull(id, "id");
        }

        @Override
        public EntityId about() {
            return id;
        }
    }
}
