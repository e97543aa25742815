package io.diskless.cluster.model.id;

import java.util.Comparator;
import java.util.Objects;

/**
 * The name of one thing of a site, unique within its {@link #type() type}: 1 to 64 of {@code A-Z a-z 0-9 . _ -}, the first a
 * letter or digit. Implementations are immutable; equal names of one type are equal.
 */
public sealed interface EntityId extends Comparable<EntityId>
        permits NodeId, SegmentId, LayerId, InstanceId, PairId, FencerId, ProfileId, TemplateId, OcfsId {
    /** What a name can name. Names of two types never meet, whatever their text. Immutable. */
    enum Type {
        /** A machine: ConfigNode, StorageNode or HardwareNode. */
        NODE,
        /** An Ethernet broadcast domain. */
        SEGMENT,
        /** One layer between a platter and a guest. */
        LAYER,
        /** A guest. */
        INSTANCE,
        /** Two ConfigNodes that stand in for each other. */
        PAIR,
        /** Something that can cut a machine off. */
        FENCER,
        /** What a machine boots from the network. */
        PROFILE,
        /** What new guests are made of. */
        TEMPLATE,
        /** An OCFS2 cluster. */
        OCFS
    }

    /** {@return the text of the name} */
    String name();

    /** {@return what it names} */
    Type type();

    /**
     * Orders by type, then by name.
     *
     * @param other another name
     * @return as {@link Comparable} says
     */
    @Override
    default int compareTo(EntityId other) {
        return Comparator.comparing(EntityId::type)
                .thenComparing(EntityId::name)
                .compare(this, other);
    }

    /**
     * Reads the path form.
     *
     * @param path {@code node/h1}, as {@code toString()} prints it
     * @return the name
     * @throws IllegalArgumentException if the type is unknown or the name is not one
     */
    static EntityId parse(String path) {
        Objects.requireNonNull(path, "path");
        int slash = path.indexOf('/');
        String name = path.substring(slash + 1);
        return switch (slash < 0 ? "" : path.substring(0, slash)) {
            case "node" -> new NodeId(name);
            case "segment" -> new SegmentId(name);
            case "layer" -> new LayerId(name);
            case "instance" -> new InstanceId(name);
            case "pair" -> new PairId(name);
            case "fencer" -> new FencerId(name);
            case "profile" -> new ProfileId(name);
            case "template" -> new TemplateId(name);
            case "ocfs" -> new OcfsId(name);
            default -> throw new IllegalArgumentException("expected a path such as node/h1, got \"" + path + "\"");
        };
    }

    /**
     * Insists on a well-formed name.
     *
     * @param name the text
     * @throws IllegalArgumentException if it is not 1 to 64 of the permitted characters
     */
    static void check(String name) {
        Objects.requireNonNull(name, "name");
        boolean good = !name.isEmpty() && name.length() <= 64;
        for (int i = 0; good && i < name.length(); i++) {
            char c = name.charAt(i);
            boolean sign = c == '.' || c == '_' || c == '-';
            good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (sign && i > 0);
        }
        if (!good) {
            throw new IllegalArgumentException(
                    "a name is 1 to 64 of A-Z a-z 0-9 . _ -, the first a letter or digit, got \"" + name + "\"");
        }
    }
}
