package io.diskless.cluster.render;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.FileSystem;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Multipath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What layers are called on a machine, and over which addresses machines reach each other. Stateless. */
final class Devices {
    private Devices() {}

    static Node node(Model model, NodeId id) {
        return model.get(id, Node.class)
                .orElseThrow(() -> new IllegalArgumentException("there is no " + id + " in the model"));
    }

    static String host(Model model, NodeId id) {
        return node(model, id).machine().hostname();
    }

    /** The path of a layer's device on a machine; empty if it has none there. */
    static Optional<String> path(Model model, LayerId id, NodeId on) {
        Entity layer = model.get(id).orElse(null);
        if (layer instanceof Disk disk && disk.node().equals(on)) {
            return Optional.of(disk.device());
        }
        if (layer instanceof MdArray array && array.activeOn().contains(on)) {
            return Optional.of("/dev/md/" + id.name());
        }
        if (layer instanceof DrbdVolume volume && volume.replica(on).isPresent()) {
            // As udev names it, whatever its minor number is.
            return Optional.of("/dev/drbd/by-res/" + id.name() + "/0");
        }
        if (layer instanceof AoeExport export
                && !export.node().equals(on)
                && node(model, on).machine().isOn(export.segment())) {
            // As the kernel's aoe driver names it.
            return Optional.of("/dev/etherd/" + export.address());
        }
        if (layer instanceof Multipath multipath) {
            boolean seen = multipath.paths().stream()
                    .anyMatch(path -> path(model, path, on).isPresent());
            return seen ? Optional.of("/dev/mapper/" + id.name()) : Optional.empty();
        }
        return layer instanceof FileSystem files ? path(model, files.device(), on) : Optional.empty();
    }

    static String need(Model model, LayerId id, NodeId on, String user) {
        return path(model, id, on)
                .orElseThrow(
                        () -> new IllegalArgumentException(user + " uses " + id + ", which has no device on " + on));
    }

    /** An address of each machine on one segment that all of them are on, for each such segment; in the first one's order. */
    static List<List<String>> addresses(Model model, List<NodeId> nodes) {
        List<List<String>> rings = new ArrayList<>();
        for (Nic nic : node(model, nodes.get(0)).machine().nics()) {
            List<String> ring = new ArrayList<>();
            for (NodeId id : nodes) {
                address(model, id, nic.segment()).ifPresent(ring::add);
            }
            if (ring.size() == nodes.size()) {
                rings.add(ring);
            }
        }
        return rings;
    }

    private static Optional<String> address(Model model, NodeId id, SegmentId segment) {
        return node(model, id).machine().nics().stream()
                .filter(nic -> nic.segment().equals(segment))
                .flatMap(nic -> nic.address().stream())
                .map(Object::toString)
                .findFirst();
    }

    static List<String> commonAddresses(Model model, List<NodeId> nodes, String user) {
        return addresses(model, nodes).stream()
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        user + ": " + nodes + " have no segment on which all of them have an address"));
    }
}
