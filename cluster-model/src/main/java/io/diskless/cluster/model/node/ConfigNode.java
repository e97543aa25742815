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
 * A machine that boots the others: DHCP, TFTP, HTTP. It boots from its own disks. Immutable.
 *
 * @param id its name
 * @param machine name, ports and place
 * @param lifecycle where it is in its life
 * @param servesBoot whether it answers boot requests; one of a pair does
 */
public record ConfigNode(NodeId id, Machine machine, Lifecycle lifecycle, boolean servesBoot) implements Node {
    /** Insists on all. */
    public ConfigNode {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(machine, "machine");
        Objects.requireNonNull(lifecycle, "lifecycle");
    }

    /**
     * A ready node.
     *
     * @param machine name, ports and place; the host name is its name too
     * @param servesBoot whether it answers boot requests
     * @return the node
     */
    public static ConfigNode of(Machine machine, boolean servesBoot) {
        return new ConfigNode(new NodeId(machine.hostname()), machine, Lifecycle.ready(), servesBoot);
    }

    @Override
    public Kind kind() {
        return Kind.CONFIG_NODE;
    }

    @Override
    public Optional<LayerId> root() {
        return Optional.empty();
    }

    @Override
    public Optional<ProfileId> profile() {
        return Optional.empty();
    }

    @Override
    public ConfigNode lifecycle(Lifecycle next) {
        return new ConfigNode(id, machine, next, servesBoot);
    }

    @Override
    public ConfigNode machine(Machine next) {
        return new ConfigNode(id, next, lifecycle, servesBoot);
    }

    /**
     * The same node, answering boot requests or not.
     *
     * @param serves whether it does
     * @return a new node
     */
    public ConfigNode servesBoot(boolean serves) {
        return new ConfigNode(id, machine, lifecycle, serves);
    }

    @Override
    public void describe(ClaimSink sink) {
        machine.describe(sink);
        if (lifecycle.isServing()) {
            sink.claims(new Claim.ReadyConfigNode(), 0);
            if (servesBoot) {
                sink.claims(new Claim.ServesBoot(), 0);
            }
        }
    }
}
