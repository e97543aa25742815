package io.diskless.cluster.model.operation;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import java.util.List;
import java.util.Objects;

/** What can be asked of a site as a whole. Implementations are immutable. */
public sealed interface SiteOperation extends Operation {
    /**
     * What was read of a site's files becomes part of the model; no machine is touched.
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
