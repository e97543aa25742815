package io.diskless.cluster.model.storage;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.NodeId;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;

/**
 * The numbers that a DRBD volume has on every machine that keeps it: given once, so that its files stay as they are whatever
 * becomes of other volumes. Immutable.
 *
 * @param minor its device's, 0 to 1048575 (the kernel's 20 bits); no other volume of these machines has it
 * @param port where its copies listen, 1 to 65535; no other volume of these machines has it
 */
public record DrbdNumbers(int minor, int port) {
    /** The port that DRBD's manuals give to the first resource. */
    public static final int FIRST_PORT = 7789;

    private static final int LAST_MINOR = (1 << 20) - 1;
    private static final int LAST_PORT = 65_535;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a number is out of its range
     */
    public DrbdNumbers {
        if (minor < 0 || minor > LAST_MINOR || port < 1 || port > LAST_PORT) {
            throw new IllegalArgumentException("a minor of 0 to " + LAST_MINOR + " and a port of 1 to " + LAST_PORT
                    + ", got " + minor + " and " + port);
        }
    }

    /**
     * The lowest numbers that no volume of some machines has. The same for the same site.
     *
     * @param model the site; its volumes without numbers are taken to have those that {@link #complete} gives them
     * @param nodes the machines
     * @return free numbers
     * @throws IllegalArgumentException if every port of these machines is taken
     */
    public static DrbdNumbers free(Model model, Set<NodeId> nodes) {
        Model numbered = complete(model);
        return new DrbdNumbers(
                first(
                        0,
                        LAST_MINOR,
                        nodes,
                        minor -> nodes.stream()
                                .anyMatch(node -> numbered.claimantCount(new Claim.DrbdMinor(node, minor)) > 0)),
                first(
                        FIRST_PORT,
                        LAST_PORT,
                        nodes,
                        port -> nodes.stream()
                                .anyMatch(node -> numbered.claimantCount(new Claim.DrbdPort(node, port)) > 0)));
    }

    private static int first(int from, int last, Set<NodeId> nodes, IntPredicate taken) {
        for (int next = from; next <= last; next++) {
            if (!taken.test(next)) {
                return next;
            }
        }
        throw noneLeft(from, last, nodes);
    }

    private static IllegalArgumentException noneLeft(int from, int last, Set<NodeId> nodes) {
        return new IllegalArgumentException(
                "every number from " + from + " to " + last + " is taken by volumes of " + new TreeSet<>(nodes));
    }

    /**
     * A site whose volumes all have numbers: those that have none get the lowest that are free on their machines, one after
     * the other by name. What has numbers keeps them, and so does what is given them here and written down.
     *
     * @param model the site
     * @return the same site if nothing was missing
     * @throws IllegalArgumentException if a machine keeps more volumes than there are ports
     */
    public static Model complete(Model model) {
        List<DrbdVolume> without = new ArrayList<>();
        model.forEach(EntityId.Type.LAYER, layer -> {
            if (layer instanceof DrbdVolume volume && volume.numbers().isEmpty()) {
                without.add(volume);
            }
        });
        if (without.isEmpty()) {
            return model;
        }
        without.sort(Comparator.comparing(DrbdVolume::id));
        Map<NodeId, BitSet> minors = new HashMap<>();
        Map<NodeId, BitSet> ports = new HashMap<>();
        model.forEach(EntityId.Type.LAYER, layer -> {
            if (layer instanceof DrbdVolume volume) {
                volume.numbers().ifPresent(numbers -> numbers.mark(volume.nodes(), minors, ports));
            }
        });
        List<Entity> given = new ArrayList<>();
        for (DrbdVolume volume : without) {
            Set<NodeId> nodes = volume.nodes();
            DrbdNumbers next = new DrbdNumbers(
                    firstClear(0, LAST_MINOR, nodes, minors), firstClear(FIRST_PORT, LAST_PORT, nodes, ports));
            next.mark(nodes, minors, ports);
            given.add(volume.numbers(next));
        }
        return model.with(given);
    }

    private void mark(Set<NodeId> nodes, Map<NodeId, BitSet> minors, Map<NodeId, BitSet> ports) {
        for (NodeId node : nodes) {
            minors.computeIfAbsent(node, id -> new BitSet()).set(minor);
            ports.computeIfAbsent(node, id -> new BitSet()).set(port);
        }
    }

    /** Steps over what one machine has taken, until all of them have the number free. */
    private static int firstClear(int from, int last, Set<NodeId> nodes, Map<NodeId, BitSet> taken) {
        int next = from;
        int before = -1;
        while (next != before) {
            before = next;
            for (NodeId node : nodes) {
                BitSet set = taken.get(node);
                next = set == null ? next : set.nextClearBit(next);
            }
        }
        if (next > last) {
            throw noneLeft(from, last, nodes);
        }
        return next;
    }
}
