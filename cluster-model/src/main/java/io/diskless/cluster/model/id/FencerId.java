package io.diskless.cluster.model.id;

/**
 * The name of a fencing device. Immutable.
 *
 * @param name see {@link EntityId}
 */
public record FencerId(String name) implements EntityId {
    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if the name is not one
     */
    public FencerId {
        EntityId.check(name);
    }

    @Override
    public Type type() {
        return Type.FENCER;
    }

    /** {@return a hash that differs from that of another type with the same name, the same in every JVM} */
    @Override
    public int hashCode() {
        return name.hashCode() * 31 + 6;
    }

    /** {@return path form, {@code fencer/NAME}} */
    @Override
    public String toString() {
        return "fencer/" + name;
    }
}
