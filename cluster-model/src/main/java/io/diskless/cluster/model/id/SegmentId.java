package io.diskless.cluster.model.id;

/**
 * The name of an Ethernet segment. Immutable.
 *
 * @param name see {@link EntityId}
 */
public record SegmentId(String name) implements EntityId {
    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if the name is not one
     */
    public SegmentId {
        EntityId.check(name);
    }

    @Override
    public Type type() {
        return Type.SEGMENT;
    }

    /** {@return a hash that differs from that of another type with the same name, the same in every JVM} */
    @Override
    public int hashCode() {
        return name.hashCode() * 31 + 2;
    }

    /** {@return path form, {@code segment/NAME}} */
    @Override
    public String toString() {
        return "segment/" + name;
    }
}
