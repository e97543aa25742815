package io.diskless.cluster.model;

import io.diskless.cluster.model.id.EntityId;
import java.util.Objects;
import java.util.Optional;

/**
 * One thing that differs between two models. Immutable.
 *
 * @param id its name
 * @param before how it was; empty if it is new
 * @param after how it is; empty if it is gone
 */
public record Change(EntityId id, Optional<Entity> before, Optional<Entity> after) {
    /**
     * Insists on a difference.
     *
     * @throws IllegalArgumentException if before and after are equal
     */
    public Change {
        Objects.requireNonNull(id, "id");
        if (before.equals(after)) {
            throw new IllegalArgumentException("a change changes something, " + id + " stays as it is");
        }
    }

    /** {@return the change that undoes this one} */
    public Change reversed() {
        return new Change(id, after, before);
    }

    /** {@return such as {@code + node/h1}, {@code - node/h1} or {@code ~ node/h1}} */
    @Override
    public String toString() {
        return (before.isEmpty() ? "+ " : after.isEmpty() ? "- " : "~ ") + id;
    }
}
