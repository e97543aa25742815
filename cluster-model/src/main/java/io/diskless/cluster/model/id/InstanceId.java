package io.diskless.cluster.model.id;

/**
 * The name of a guest. Immutable.
 *
 * @param name see {@link EntityId}
 */
public record InstanceId(String name) implements EntityId {
    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if the name is not one
     */
    public InstanceId {
        EntityId.check(name);
    }

    @Override
    public Type type() {
        return Type.INSTANCE;
    }

    /** {@return a hash that differs from that of another type with the same name, the same in every JVM} */
    @Override
    public int hashCode() {
        return name.hashCode() * 31 + 4;
    }

    /** {@return path form, {@code instance/NAME}} */
    @Override
    public String toString() {
        return "instance/" + name;
    }
}
