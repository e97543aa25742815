package io.diskless.cluster.model.storage;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A volume that DRBD keeps on several machines. Immutable.
 *
 * @param id its name, the resource's name too
 * @param replicas its copies, at least one
 * @param policy how it is replicated and guarded
 * @param dualPrimary whether two machines may write
 * @param numbers its minor and port; empty until they are given, see {@link DrbdNumbers#complete}
 */
public record DrbdVolume(
        LayerId id, List<Replica> replicas, DrbdPolicy policy, DualPrimary dualPrimary, Optional<DrbdNumbers> numbers)
        implements Layer {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there is no copy
     */
    public DrbdVolume {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(policy, "policy");
        Objects.requireNonNull(dualPrimary, "dualPrimary");
        Objects.requireNonNull(numbers, "numbers");
        replicas = List.copyOf(replicas);
        if (replicas.isEmpty()) {
            throw new IllegalArgumentException("a DRBD volume has a copy, " + id + " has none");
        }
    }

    /**
     * A volume that has no numbers yet.
     *
     * @param id its name, the resource's name too
     * @param replicas its copies, at least one
     * @param policy how it is replicated and guarded
     * @param dualPrimary whether two machines may write
     */
    public DrbdVolume(LayerId id, List<Replica> replicas, DrbdPolicy policy, DualPrimary dualPrimary) {
        this(id, replicas, policy, dualPrimary, Optional.empty());
    }

    /**
     * A volume that one machine writes, without numbers yet.
     *
     * @param name its name
     * @param policy how it is replicated and guarded
     * @param replicas its copies; the first machine writes
     * @return the volume
     */
    public static DrbdVolume of(String name, DrbdPolicy policy, Replica... replicas) {
        List<Replica> all = new java.util.ArrayList<>(List.of(replicas));
        if (!all.isEmpty()) {
            all.set(0, all.get(0).primary(true));
        }
        return new DrbdVolume(new LayerId(name), all, policy, new DualPrimary.Never());
    }

    /**
     * The same volume with another policy.
     *
     * @param next how it is replicated and guarded
     * @return a new volume
     */
    public DrbdVolume policy(DrbdPolicy next) {
        return new DrbdVolume(id, replicas, next, dualPrimary, numbers);
    }

    /**
     * The same volume with other copies.
     *
     * @param all its copies
     * @return a new volume
     */
    public DrbdVolume replicas(List<Replica> all) {
        return new DrbdVolume(id, all, policy, dualPrimary, numbers);
    }

    /**
     * The same volume with another answer.
     *
     * @param next whether two machines may write
     * @return a new volume
     */
    public DrbdVolume dualPrimary(DualPrimary next) {
        return new DrbdVolume(id, replicas, policy, next, numbers);
    }

    /**
     * The same volume with its numbers.
     *
     * @param given its minor and port
     * @return a new volume
     */
    public DrbdVolume numbers(DrbdNumbers given) {
        return new DrbdVolume(id, replicas, policy, dualPrimary, Optional.of(given));
    }

    /** {@return the machines that keep it} */
    public Set<NodeId> nodes() {
        Set<NodeId> nodes = new LinkedHashSet<>();
        replicas.forEach(replica -> nodes.add(replica.node()));
        return nodes;
    }

    /**
     * The copy of a machine.
     *
     * @param node which machine
     * @return the copy; empty if it has none
     */
    public Optional<Replica> replica(NodeId node) {
        for (Replica replica : replicas) {
            if (replica.node().equals(node)) {
                return Optional.of(replica);
            }
        }
        return Optional.empty();
    }

    /** {@return how many machines write} */
    public int primaries() {
        int count = 0;
        for (Replica replica : replicas) {
            count += replica.primary() ? 1 : 0;
        }
        return count;
    }

    @Override
    public Kind kind() {
        return Kind.DRBD_VOLUME;
    }

    @Override
    public List<LayerId> lower() {
        return replicas.stream().map(Replica::lower).toList();
    }

    @Override
    public void describe(ClaimSink sink) {
        for (Replica replica : replicas) {
            sink.refers(replica.node());
            sink.refers(replica.lower());
            if (numbers.isPresent()) {
                sink.claims(new Claim.DrbdMinor(replica.node(), numbers.get().minor()), 0);
                sink.claims(new Claim.DrbdPort(replica.node(), numbers.get().port()), 0);
            }
        }
        if (dualPrimary instanceof DualPrimary.ClusterFileSystem shared) {
            sink.refers(shared.cluster());
        }
    }
}
