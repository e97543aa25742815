package io.diskless.cluster.model.operation;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.EntityId;
import java.util.List;
import java.util.Objects;

/** What can be asked of a site as a whole. Implementations are immutable. */
public sealed interface SiteOperation extends Operation {
    /**
     * What was read of a site's files becomes part of the model; no machine is touched. What is there already and differs is
     * not overwritten but refused.
     *
     * @param entities what was read
     */
    record Import(List<Entity> entities) implements SiteOperation {
        /** Copies the list. */
        public Import {
            entities = List.copyOf(entities);
        }

        @Override
        public Model applyTo(Model model) {
            List<EntityId> differ = entities.stream()
                    .filter(entity -> model.get(entity.id())
                            .filter(there -> !there.equals(entity))
                            .isPresent())
                    .map(Entity::id)
                    .sorted()
                    .toList();
            if (!differ.isEmpty()) {
                throw new IllegalArgumentException(
                        "an import adds and changes nothing, and these are there and differ: " + differ);
            }
            return model.with(entities);
        }

        @Override
        public String toString() {
            return "import " + entities.size() + " entities";
        }
    }

    /**
     * The site becomes again as it was.
     *
     * @param target how it was
     */
    record Rollback(Model target) implements SiteOperation {
        /** Insists on a target. */
        public Rollback {
            Objects.requireNonNull(target, "target");
        }

        @Override
        public Model applyTo(Model model) {
            return target;
        }

        @Override
        public String toString() {
            return "roll back to " + target;
        }
    }
}
