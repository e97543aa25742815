package io.diskless.cluster.model.id;

/**
 * The name of a template. Immutable.
 *
 * @param name see {@link EntityId}
 */
public record TemplateId(String name) implements EntityId {
    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if the name is not one
     */
    public TemplateId {
        EntityId.check(name);
    }

    @Override
    public Type type() {
        return Type.TEMPLATE;
    }

    /** {@return a hash that differs from that of another type with the same name, the same in every JVM} */
    @Override
    public int hashCode() {
        return name.hashCode() * 31 + 8;
    }

    /** {@return path form, {@code template/NAME}} */
    @Override
    public String toString() {
        return "template/" + name;
    }
}
