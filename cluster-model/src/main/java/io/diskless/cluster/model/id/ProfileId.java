package io.diskless.cluster.model.id;

/**
 * The name of a netboot profile. Immutable.
 *
 * @param name see {@link EntityId}
 */
public record ProfileId(String name) implements EntityId {
    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if the name is not one
     */
    public ProfileId {
        EntityId.check(name);
    }

    @Override
    public Type type() {
        return Type.PROFILE;
    }

    /** {@return a hash that differs from that of another type with the same name, the same in every JVM} */
    @Override
    public int hashCode() {
        return name.hashCode() * 31 + 7;
    }

    /** {@return path form, {@code profile/NAME}} */
    @Override
    public String toString() {
        return "profile/" + name;
    }
}
