package io.diskless.cluster.model.node;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.ProfileId;
import java.util.Optional;

/** A machine of the site. Implementations are immutable. */
public sealed interface Node extends Entity permits ConfigNode, StorageNode, HardwareNode {
    @Override
    NodeId id();

    /** {@return name, ports and place} */
    Machine machine();

    /** {@return where it is in its life} */
    Lifecycle lifecycle();

    /** {@return the layer that holds its root file system; empty if it boots from disks of its own} */
    Optional<LayerId> root();

    /** {@return what it boots from the network; empty if it does not} */
    Optional<ProfileId> profile();

    /**
     * The same node in another state.
     *
     * @param next the other state; whether it may follow is a question for {@link Lifecycle#canBecome}
     * @return a new node
     */
    Node lifecycle(Lifecycle next);

    /**
     * The same node with another machine below.
     *
     * @param next the other machine
     * @return a new node
     */
    Node machine(Machine next);
}
