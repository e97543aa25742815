package io.diskless.cluster.model.id;

/**
 * The name of a pair of ConfigNodes. Immutable.
 *
 * @param name see {@link EntityId}
 */
public record PairId(String name) implements EntityId {
    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if the name is not one
     */
    public PairId {
        EntityId.check(name);
    }

    @Override
    public Type type() {
        return Type.PAIR;
    }

    /** {@return a hash that differs from that of another type with the same name, the same in every JVM} */
    @Override
    public int hashCode() {
        return name.hashCode() * 31 + 5;
    }

    /** {@return path form, {@code pair/NAME}} */
    @Override
    public String toString() {
        return "pair/" + name;
    }
}
