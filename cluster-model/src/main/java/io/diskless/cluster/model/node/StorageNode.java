package io.diskless.cluster.model.node;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.ProfileId;
import java.util.Objects;
import java.util.Optional;

/**
 * A machine with disks that others use. Immutable.
 *
 * @param id its name
 * @param machine name, ports and place
 * @param lifecycle where it is in its life
 * @param root the layer that holds its root file system; may be a disk of its own
 * @param profile what it boots from the network; empty if it boots from a disk of its own
 */
public record StorageNode(
        NodeId id, Machine machine, Lifecycle lifecycle, Optional<LayerId> root, Optional<ProfileId> profile)
        implements Node {
    /** Insists on all. */
    public StorageNode {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(machine, "machine");
        Objects.requireNonNull(lifecycle, "lifecycle");
        Objects.requireNonNull(root, "root");
        Objects.requireNonNull(profile, "profile");
    }

    /**
     * A ready node.
     *
     * @param machine name, ports and place; the host name is its name too
     * @param root name of the layer that holds its root file system
     * @param profile name of what it boots
     * @return the node
     */
    public static StorageNode of(Machine machine, String root, String profile) {
        return new StorageNode(
                new NodeId(machine.hostname()),
                machine,
                Lifecycle.ready(),
                Optional.of(new LayerId(root)),
                Optional.of(new ProfileId(profile)));
    }

    @Override
    public Kind kind() {
        return Kind.STORAGE_NODE;
    }

    @Override
    public StorageNode lifecycle(Lifecycle next) {
        return new StorageNode(id, machine, next, root, profile);
    }

    @Override
    public StorageNode machine(Machine next) {
        return new StorageNode(id, next, lifecycle, root, profile);
    }

    @Override
    public void describe(ClaimSink sink) {
        machine.describe(sink);
        root.ifPresent(sink::refers);
        profile.ifPresent(sink::refers);
        if (lifecycle.isServing()) {
            sink.claims(new Claim.ReadyStorageNode(), 0);
        }
    }
}
