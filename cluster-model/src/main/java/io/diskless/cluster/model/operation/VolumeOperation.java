package io.diskless.cluster.model.operation;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdNumbers;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.FileSystem;
import io.diskless.cluster.model.storage.Layer;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Multipath;
import io.diskless.cluster.model.storage.Replica;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** What can be asked of the storage path. Implementations are immutable. */
public sealed interface VolumeOperation extends Operation {
    /** {@return which layer} */
    LayerId subject();

    /**
     * A replicated volume is made, on one new disk of each node.
     *
     * @param volume its name; the disks are called the same with {@code -d1}, {@code -d2} and so on
     * @param sizeBytes at least 512
     * @param nodes which machines keep a copy; the first writes
     * @param policy how it is replicated and guarded
     */
    record CreateVolume(LayerId volume, long sizeBytes, List<NodeId> nodes, DrbdPolicy policy)
            implements VolumeOperation {
        /**
         * Copies the list.
         *
         * @throws IllegalArgumentException if there is no node or a node is named twice
         */
        public CreateVolume {
            Objects.requireNonNull(volume, "volume");
            Objects.requireNonNull(policy, "policy");
            nodes = List.copyOf(nodes);
            if (nodes.isEmpty() || Set.copyOf(nodes).size() != nodes.size()) {
                throw new IllegalArgumentException("a volume is kept on different nodes, got " + nodes);
            }
        }

        @Override
        public LayerId subject() {
            return volume;
        }

        @Override
        public Model applyTo(Model model) {
            if (model.contains(volume)) {
                return model;
            }
            List<Entity> made = new ArrayList<>();
            List<Replica> copies = new ArrayList<>();
            for (int i = 0; i < nodes.size(); i++) {
                String name = volume.name() + "-d" + (i + 1);
                String node = nodes.get(i).name();
                made.add(Disk.of(Names.free(model, new LayerId(name)).name(), node, "/dev/vg/" + name, sizeBytes));
                copies.add(Replica.of(node, i, name).primary(i == 0));
            }
            made.add(new DrbdVolume(volume, copies, policy, new DualPrimary.Never())
                    .numbers(DrbdNumbers.free(model, Set.copyOf(nodes))));
            return model.with(made);
        }

        @Override
        public String toString() {
            return "create " + volume + " of " + sizeBytes + " bytes";
        }
    }

    /**
     * Everything below and above a layer is made larger, from the disks up to its file systems.
     *
     * @param layer which
     * @param sizeBytes how large each disk shall be, and each file system at least
     */
    record GrowVolume(LayerId layer, long sizeBytes) implements VolumeOperation {
        /** Insists on a layer. */
        public GrowVolume {
            Objects.requireNonNull(layer, "layer");
        }

        @Override
        public LayerId subject() {
            return layer;
        }

        @Override
        public Model applyTo(Model model) {
            require(model, layer);
            Map<LayerId, Layer> concerned = new LinkedHashMap<>();
            collectBelow(model, layer, concerned);
            collectAbove(model, layer, concerned);
            List<Entity> grown = new ArrayList<>();
            for (Layer one : concerned.values()) {
                if (one instanceof Disk disk && disk.sizeBytes() < sizeBytes) {
                    grown.add(new Disk(disk.id(), disk.node(), disk.device(), sizeBytes));
                } else if (one instanceof FileSystem files && files.sizeBytes() < sizeBytes) {
                    grown.add(new FileSystem(
                            files.id(),
                            files.format(),
                            files.device(),
                            sizeBytes,
                            files.blockNumberBits(),
                            files.slots(),
                            files.cluster()));
                }
            }
            return model.with(grown);
        }

        private static void collectAbove(Model model, LayerId id, Map<LayerId, Layer> found) {
            model.forEachReferrer(id, who -> {
                Layer above = model.get(who, Layer.class).orElse(null);
                if (above != null && found.putIfAbsent(above.id(), above) == null) {
                    collectAbove(model, above.id(), found);
                }
            });
        }

        @Override
        public String toString() {
            return "grow " + layer + " to " + sizeBytes + " bytes";
        }
    }

    /**
     * A replicated volume is exported by each node that keeps a copy, and the exports become one device of several paths.
     *
     * @param volume which; the exports are called the same with {@code -e1}, {@code -e2} and so on
     * @param device name of the device of several paths
     * @param segment where it is exported
     */
    record PublishVolume(LayerId volume, LayerId device, SegmentId segment) implements VolumeOperation {
        /** Insists on all. */
        public PublishVolume {
            Objects.requireNonNull(volume, "volume");
            Objects.requireNonNull(device, "device");
            Objects.requireNonNull(segment, "segment");
        }

        @Override
        public LayerId subject() {
            return volume;
        }

        @Override
        public Model applyTo(Model model) {
            if (model.get(device, Multipath.class).isPresent()) {
                return model;
            }
            DrbdVolume drbd = model.get(volume, DrbdVolume.class)
                    .orElseThrow(() -> new IllegalArgumentException("there is no DRBD volume " + volume));
            int segmentMtu = model.get(segment, Segment.class).map(Segment::mtu).orElse(Integer.MAX_VALUE);
            Model now = model;
            List<LayerId> paths = new ArrayList<>();
            for (Replica copy : drbd.replicas()) {
                LayerId name = Names.free(model, new LayerId(volume.name() + "-e" + (paths.size() + 1)));
                Nic port = Names.port(model, copy.node(), segment);
                AoeExport export = new AoeExport(
                        name,
                        Names.freeAddress(now, segment, paths.size() + 1),
                        copy.node(),
                        port.name(),
                        segment,
                        volume,
                        new AoeExport.Access.PacketFilter(),
                        false,
                        Math.min(port.mtu(), segmentMtu),
                        0);
                now = now.with(export);
                paths.add(name);
            }
            return now.with(new Multipath(Names.free(model, device), paths));
        }

        @Override
        public String toString() {
            return "publish " + volume + " as " + device;
        }
    }

    /**
     * A device of several paths is taken apart, and its exports end.
     *
     * @param device which
     */
    record UnpublishVolume(LayerId device) implements VolumeOperation {
        /** Insists on a device. */
        public UnpublishVolume {
            Objects.requireNonNull(device, "device");
        }

        @Override
        public LayerId subject() {
            return device;
        }

        @Override
        public Model applyTo(Model model) {
            if (!model.contains(device)) {
                return model;
            }
            Multipath old = model.get(device, Multipath.class)
                    .orElseThrow(() -> new IllegalArgumentException(device + " is no multipath device"));
            return model.edit(editor -> {
                editor.remove(device);
                old.paths().forEach(editor::remove);
            });
        }

        @Override
        public String toString() {
            return "unpublish " + device;
        }
    }

    /**
     * A disk is taken out and another put in its place; copies and arrays on it are filled again.
     *
     * @param disk which
     * @param device path of the new one
     * @param sizeBytes size of the new one, at least that of the old
     */
    record ReplaceDisk(LayerId disk, String device, long sizeBytes) implements VolumeOperation {
        /** Insists on all. */
        public ReplaceDisk {
            Objects.requireNonNull(disk, "disk");
            Objects.requireNonNull(device, "device");
        }

        @Override
        public LayerId subject() {
            return disk;
        }

        @Override
        public Model applyTo(Model model) {
            Disk old = model.get(disk, Disk.class)
                    .orElseThrow(() -> new IllegalArgumentException("there is no disk " + disk + " in the model"));
            if (sizeBytes < old.sizeBytes()) {
                throw new IllegalArgumentException(
                        "the new disk has " + sizeBytes + " bytes, the old " + old.sizeBytes());
            }
            Model now = model.with(new Disk(disk, old.node(), device, sizeBytes));
            for (DrbdVolume volume : volumesOn(model, disk)) {
                now = now.with(volume.replicas(volume.replicas().stream()
                        .map(copy -> copy.lower().equals(disk) ? copy.state(Replica.State.UP_TO_DATE) : copy)
                        .toList()));
            }
            for (var who : model.referrers(disk)) {
                MdArray array = now.get(who, MdArray.class).orElse(null);
                if (array != null && array.failed().contains(disk)) {
                    now = now.with(array.failed(disk, false));
                }
            }
            return now;
        }

        @Override
        public String toString() {
            return "replace " + disk + " by " + device;
        }
    }

    /**
     * The DRBD volumes with a copy directly on a layer.
     *
     * @param model the site
     * @param lower the layer
     * @return the volumes, sorted
     */
    static List<DrbdVolume> volumesOn(Model model, LayerId lower) {
        List<DrbdVolume> found = new ArrayList<>();
        for (var who : model.referrers(lower)) {
            model.get(who, DrbdVolume.class).ifPresent(found::add);
        }
        return found;
    }

    /**
     * The copy that can take over: good, on a machine that works, and not on the one that is left out. The first of them.
     *
     * @param model the site
     * @param volume whose copies
     * @param without the machine that is left out
     * @return the copy; empty if there is none
     */
    static Optional<Replica> otherGoodCopy(Model model, DrbdVolume volume, NodeId without) {
        for (Replica copy : volume.replicas()) {
            boolean serves = model.get(copy.node(), Node.class)
                    .map(node -> node.lifecycle().isServing())
                    .orElse(false);
            if (!copy.node().equals(without) && copy.state() == Replica.State.UP_TO_DATE && serves) {
                return Optional.of(copy);
            }
        }
        return Optional.empty();
    }

    /**
     * Whether a machine's copy missed something that another copy can give it.
     *
     * @param model the site
     * @param volume whose copy
     * @param node the machine
     * @return whether its copy is outdated or half filled, and a good one is on another machine that works
     */
    static boolean isBehind(Model model, DrbdVolume volume, NodeId node) {
        return volume.replica(node)
                        .filter(copy ->
                                copy.state() == Replica.State.OUTDATED || copy.state() == Replica.State.INCONSISTENT)
                        .isPresent()
                && otherGoodCopy(model, volume, node).isPresent();
    }

    private static void require(Model model, LayerId id) {
        if (!model.contains(id)) {
            throw new IllegalArgumentException("there is no " + id + " in the model");
        }
    }

    /** A layer and everything below it, each once. */
    private static void collectBelow(Model model, LayerId id, Map<LayerId, Layer> found) {
        Layer layer = model.get(id, Layer.class).orElse(null);
        if (layer != null && found.putIfAbsent(id, layer) == null) {
            layer.lower().forEach(lower -> collectBelow(model, lower, found));
        }
    }
}
