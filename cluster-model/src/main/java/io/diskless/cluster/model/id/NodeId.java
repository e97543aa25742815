package io.diskless.cluster.model.id;

/**
 * The name of a machine. Immutable.
 *
 * @param name see {@link EntityId}
 */
public record NodeId(String name) implements EntityId {
    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if the name is not one
     */
    public NodeId {
        EntityId.check(name);
    }

    @Override
    public Type type() {
        return Type.NODE;
    }

    /** {@return a hash that differs from that of another type with the same name, the same in every JVM} */
    @Override
    public int hashCode() {
        return name.hashCode() * 31 + 1;
    }

    /** {@return path form, {@code node/NAME}} */
    @Override
    public String toString() {
        return "node/" + name;
    }
}
