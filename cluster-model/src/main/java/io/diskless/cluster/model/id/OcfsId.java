package io.diskless.cluster.model.id;

/**
 * The name of an OCFS2 cluster. Immutable.
 *
 * @param name see {@link EntityId}
 */
public record OcfsId(String name) implements EntityId {
    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if the name is not one
     */
    public OcfsId {
        EntityId.check(name);
    }

    @Override
    public Type type() {
        return Type.OCFS;
    }

    /** {@return a hash that differs from that of another type with the same name, the same in every JVM} */
    @Override
    public int hashCode() {
        return name.hashCode() * 31 + 9;
    }

    /** {@return path form, {@code ocfs/NAME}} */
    @Override
    public String toString() {
        return "ocfs/" + name;
    }
}
