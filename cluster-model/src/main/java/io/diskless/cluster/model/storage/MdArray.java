package io.diskless.cluster.model.storage;

import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A Linux software RAID. Immutable.
 *
 * @param id its name
 * @param level how members are combined
 * @param members layers it consists of, at least one
 * @param activeOn machines on which it is assembled
 * @param bitmap what it remembers of writes under way
 * @param adding layers that shall become members
 * @param failed members that are broken or taken out, in the order of the members
 */
public record MdArray(
        LayerId id,
        Level level,
        List<LayerId> members,
        List<NodeId> activeOn,
        Bitmap bitmap,
        List<LayerId> adding,
        List<LayerId> failed)
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
     * @throws IllegalArgumentException if there is no member, or what failed is none
     */
    public MdArray {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(level, "level");
        Objects.requireNonNull(bitmap, "bitmap");
        members = List.copyOf(members);
        activeOn = List.copyOf(activeOn);
        adding = List.copyOf(adding);
        if (!members.containsAll(failed)) {
            throw new IllegalArgumentException("of " + id + " fail members, got " + failed);
        }
        failed = members.stream().filter(Set.copyOf(failed)::contains).toList();
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
        return new MdArray(
                new LayerId(name), Level.RAID1, ids, List.of(new NodeId(node)), Bitmap.INTERNAL, List.of(), List.of());
    }

    /**
     * The same array, assembled elsewhere.
     *
     * @param nodes machines on which it is assembled
     * @return a new array
     */
    public MdArray activeOn(List<NodeId> nodes) {
        return new MdArray(id, level, members, nodes, bitmap, adding, failed);
    }

    /**
     * The same array of other members; one that is none any more has not failed either.
     *
     * @param layers all of them, at least one
     * @return a new array
     */
    public MdArray members(List<LayerId> layers) {
        List<LayerId> still = failed.stream().filter(layers::contains).toList();
        return new MdArray(id, level, layers, activeOn, bitmap, adding, still);
    }

    /**
     * The same array with layers that shall become members.
     *
     * @param layers all of them
     * @return a new array
     */
    public MdArray adding(List<LayerId> layers) {
        return new MdArray(id, level, members, activeOn, bitmap, layers, failed);
    }

    /**
     * The same array with a member that fails or is back.
     *
     * @param member which, one of the members
     * @param fails whether it is broken or taken out
     * @return a new array
     */
    public MdArray failed(LayerId member, boolean fails) {
        List<LayerId> all = new ArrayList<>(failed);
        all.remove(member);
        if (fails) {
            all.add(member);
        }
        return new MdArray(id, level, members, activeOn, bitmap, adding, all);
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
