package io.diskless.cluster.model.id;

/**
 * The name of a layer of the storage path. Immutable.
 *
 * @param name see {@link EntityId}
 */
public record LayerId(String name) implements EntityId {
    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if the name is not one
     */
    public LayerId {
        EntityId.check(name);
    }

    @Override
    public Type type() {
        return Type.LAYER;
    }

    /** {@return a hash that differs from that of another type with the same name, the same in every JVM} */
    @Override
    public int hashCode() {
        return name.hashCode() * 31 + 3;
    }

    /** {@return path form, {@code layer/NAME}} */
    @Override
    public String toString() {
        return "layer/" + name;
    }
}
