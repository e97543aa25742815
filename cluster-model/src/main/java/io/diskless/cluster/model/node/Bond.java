package io.diskless.cluster.model.node;

import io.diskless.cluster.model.id.EntityId;
import java.util.List;
import java.util.Objects;

/**
 * Ports of one machine that are used as one. Immutable.
 *
 * @param name as the machine calls it, such as {@code bond0}
 * @param members names of ports of the same machine, at least one
 * @param mode whether the members add up
 */
public record Bond(String name, List<String> members, Mode mode) {
    /** Whether the members of a bond add up. Immutable. */
    public enum Mode {
        /** One works, the others wait. */
        ACTIVE_BACKUP,
        /** All work. */
        AGGREGATE
    }

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if the name is malformed or there is no member
     */
    public Bond {
        EntityId.check(name);
        members = List.copyOf(members);
        Objects.requireNonNull(mode, "mode");
        if (members.isEmpty()) {
            throw new IllegalArgumentException("a bond has a member, " + name + " has none");
        }
    }
}
