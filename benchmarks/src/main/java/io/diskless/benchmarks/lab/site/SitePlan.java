package io.diskless.benchmarks.lab.site;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.List;
import java.util.Optional;

/**
 * The site of the lab: storage nodes glouton and jade, application nodes ruby and crystal, one Ethernet. Immutable.
 *
 * @param storage the storage nodes, in the order of the mirror's legs
 * @param writer the application node that writes
 * @param reader the application node that checks
 * @param mtu of every port
 */
public record SitePlan(List<NodePlan> storage, NodePlan writer, NodePlan reader, int mtu) {
    /** Smallest MTU of the lab; one sector with the AoE and ATA headers (10 and 12 bytes) needs 534. */
    public static final int SMALLEST_MTU = 576;

    /** Largest MTU of the lab: what real jumbo hardware agrees on. */
    public static final int LARGEST_MTU = 9000;

    /** Checks and copies. */
    public SitePlan {
        if (mtu < SMALLEST_MTU || mtu > LARGEST_MTU) {
            throw new IllegalArgumentException(
                    "the MTU is " + SMALLEST_MTU + " to " + LARGEST_MTU + " bytes, got " + mtu);
        }
        storage = List.copyOf(storage);
    }

    /**
     * The site of the README.
     *
     * @param mtu of every port
     * @return the plan
     */
    public static SitePlan standard(int mtu) {
        return new SitePlan(
                List.of(storageNode("glouton", 1, new AoeAddress(0, 1)), storageNode("jade", 2, new AoeAddress(1, 1))),
                new NodePlan("ruby", mac(3), Optional.empty()),
                new NodePlan("crystal", mac(4), Optional.empty()),
                mtu);
    }

    /**
     * The storage node of this name.
     *
     * @param name its host name
     * @return its plan
     * @throws IllegalArgumentException if there is none
     */
    public NodePlan storageNode(String name) {
        return storage.stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no storage node \"" + name + "\", there are "
                        + storage.stream().map(NodePlan::name).toList()));
    }

    /**
     * All nodes, storage first.
     *
     * @return four nodes
     */
    public List<NodePlan> nodes() {
        return List.of(storage.get(0), storage.get(1), writer, reader);
    }

    private static NodePlan storageNode(String name, int number, AoeAddress address) {
        return new NodePlan(name, mac(number), Optional.of(address));
    }

    private static MacAddress mac(int number) {
        // The local bit is set; no maker of cards owns these.
        return MacAddress.of(0x02D1_5C00_0000L + number);
    }
}
