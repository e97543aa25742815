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
 * A machine without disks that runs guests. Immutable.
 *
 * @param id its name
 * @param machine name, ports and place
 * @param lifecycle where it is in its life
 * @param root the layer that holds its root file system
 * @param profile what it boots from the network
 * @param cpus virtual processors it can give to guests, at least 1
 * @param memoryBytes memory it can give to guests, at least 1
 * @param cpuBaseline the processor features that guests see; live migration wants them equal
 */
public record HardwareNode(
        NodeId id,
        Machine machine,
        Lifecycle lifecycle,
        Optional<LayerId> root,
        Optional<ProfileId> profile,
        int cpus,
        long memoryBytes,
        String cpuBaseline)
        implements Node {
    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if it has no processor or no memory
     */
    public HardwareNode {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(machine, "machine");
        Objects.requireNonNull(lifecycle, "lifecycle");
        Objects.requireNonNull(root, "root");
        Objects.requireNonNull(profile, "profile");
        Objects.requireNonNull(cpuBaseline, "cpuBaseline");
        if (cpus < 1 || memoryBytes < 1) {
            throw new IllegalArgumentException(
                    "a HardwareNode has processors and memory, got " + cpus + " and " + memoryBytes);
        }
    }

    /**
     * A ready node.
     *
     * @param machine name, ports and place; the host name is its name too
     * @param root name of the layer that holds its root file system
     * @param profile name of what it boots
     * @param cpus virtual processors it can give to guests
     * @param memoryBytes memory it can give to guests
     * @return the node
     */
    public static HardwareNode of(Machine machine, String root, String profile, int cpus, long memoryBytes) {
        return new HardwareNode(
                new NodeId(machine.hostname()),
                machine,
                Lifecycle.ready(),
                Optional.of(new LayerId(root)),
                Optional.of(new ProfileId(profile)),
                cpus,
                memoryBytes,
                "x86-64-v2");
    }

    @Override
    public Kind kind() {
        return Kind.HARDWARE_NODE;
    }

    @Override
    public HardwareNode lifecycle(Lifecycle next) {
        return new HardwareNode(id, machine, next, root, profile, cpus, memoryBytes, cpuBaseline);
    }

    @Override
    public HardwareNode machine(Machine next) {
        return new HardwareNode(id, next, lifecycle, root, profile, cpus, memoryBytes, cpuBaseline);
    }

    /**
     * The same node with other processor features.
     *
     * @param baseline what guests see
     * @return a new node
     */
    public HardwareNode cpuBaseline(String baseline) {
        return new HardwareNode(id, machine, lifecycle, root, profile, cpus, memoryBytes, baseline);
    }

    @Override
    public void describe(ClaimSink sink) {
        machine.describe(sink);
        root.ifPresent(sink::refers);
        profile.ifPresent(sink::refers);
        if (lifecycle.isServing()) {
            sink.claims(new Claim.ReadyHardwareNode(), memoryBytes);
        }
    }
}
