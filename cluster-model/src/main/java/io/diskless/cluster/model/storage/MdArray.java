package io.diskless.cluster.model.storage;

import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import java.util.List;
import java.util.Objects;

/**
 * A Linux software RAID. Immutable.
 *
 * @param id its name
 * @param level how members are combined
 * @param members layers it consists of, at least one
 * @param activeOn machines on which it is assembled
 * @param bitmap what it remembers of writes under way
 * @param adding layers that shall become members
 */
public record MdArray(
        LayerId id, Level level, List<LayerId> members, List<NodeId> activeOn, Bitmap bitmap, List<LayerId> adding)
        implements Layer {
    /** How members are combined. Immutable. */
    public enum Level {
        /** One after the other. */
        LINEAR,
        /** Striped. */
        RAID0,
        /** Mirrored. */
        RAID1,
        /** Striped with one parity. */
        RAID5,
        /** Striped with two parities. */
        RAID6,
        /** Mirrored and striped, two copies. */
        RAID10;

        /**
         * How many members may be missing, whichever they are.
         *
         * @param members how many there are
         * @return 0 or more
         */
        public int redundancy(int members) {
            return switch (this) {
                case LINEAR, RAID0 -> 0;
                case RAID1 -> members - 1;
                case RAID5, RAID10 -> 1;
                case RAID6 -> 2;
            };
        }

        /** {@return whether a member can be added while the array works and be used} */
        public boolean canGrowOnline() {
            return this != LINEAR && this != RAID0;
        }
    }

    /** What an array remembers of writes under way. Immutable. */
    public enum Bitmap {
        /** Nothing. */
        NONE,
        /** Kept for one host. */
        INTERNAL,
        /** Kept for several hosts that agree by corosync and dlm. */
        CLUSTERED
    }

    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if there is no member
     */
    public MdArray {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(level, "level");
        Objects.requireNonNull(bitmap, "bitmap");
        members = List.copyOf(members);
        activeOn = List.copyOf(activeOn);
        adding = List.copyOf(adding);
        if (members.isEmpty()) {
            throw new IllegalArgumentException("an array has a member, " + id + " has none");
        }
    }

    /**
     * A mirror with an internal bitmap, active on one machine.
     *
     * @param name its name
     * @param node name of the machine
     * @param members names of its members
     * @return the array
     */
    public static MdArray mirror(String name, String node, String... members) {
        List<LayerId> ids = List.of(members).stream().map(LayerId::new).toList();
        return new MdArray(new LayerId(name), Level.RAID1, ids, List.of(new NodeId(node)), Bitmap.INTERNAL, List.of());
    }

    /**
     * The same array, assembled elsewhere.
     *
     * @param nodes machines on which it is assembled
     * @return a new array
     */
    public MdArray activeOn(List<NodeId> nodes) {
        return new MdArray(id, level, members, nodes, bitmap, adding);
    }

    /**
     * The same array of other members.
     *
     * @param layers all of them, at least one
     * @return a new array
     */
    public MdArray members(List<LayerId> layers) {
        return new MdArray(id, level, layers, activeOn, bitmap, adding);
    }

    /**
     * The same array with layers that shall become members.
     *
     * @param layers all of them
     * @return a new array
     */
    public MdArray adding(List<LayerId> layers) {
        return new MdArray(id, level, members, activeOn, bitmap, layers);
    }

    @Override
    public Kind kind() {
        return Kind.MD_ARRAY;
    }

    @Override
    public List<LayerId> lower() {
        return members;
    }

    @Override
    public void describe(ClaimSink sink) {
        members.forEach(sink::refers);
        activeOn.forEach(sink::refers);
        adding.forEach(sink::refers);
    }
}
