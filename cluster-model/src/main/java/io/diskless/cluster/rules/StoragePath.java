package io.diskless.cluster.rules;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.VolumeUse;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.FileSystem;
import io.diskless.cluster.model.storage.Layer;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Multipath;
import io.diskless.cluster.model.storage.Replica;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Questions about the storage path. A circle of layers, which only a wrong model has, ends after {@link #DEEPEST} steps with
 * the answer that nothing works. Stateless.
 */
public final class StoragePath {
    /** Twice as many layers as any sensible path has. */
    private static final int DEEPEST = 16;

    private StoragePath() {}

    /**
     * Whether a layer can be read and written while exactly these nodes work.
     *
     * @param model the site
     * @param id the layer
     * @param up which nodes work
     * @return whether there is a way to the data, and quorum where it is asked for
     */
    public static boolean works(Model model, LayerId id, Predicate<NodeId> up) {
        return works(model, id, up, DEEPEST);
    }

    private static boolean works(Model model, LayerId id, Predicate<NodeId> up, int left) {
        Entity layer = left == 0 ? null : model.get(id).orElse(null);
        if (layer instanceof Disk disk) {
            return up.test(disk.node());
        }
        if (layer instanceof MdArray array) {
            int good = 0;
            for (LayerId member : array.members()) {
                good += !array.failed().contains(member) && works(model, member, up, left - 1) ? 1 : 0;
            }
            return good
                            >= array.members().size()
                                    - array.level().redundancy(array.members().size())
                    && good > 0;
        }
        if (layer instanceof DrbdVolume volume) {
            return replicated(model, volume, up, left);
        }
        if (layer instanceof AoeExport export) {
            return up.test(export.node())
                    && works(model, export.served(), up, left - 1)
                    && (!(model.get(export.served()).orElse(null) instanceof DrbdVolume volume)
                            || answers(volume, export.node(), up));
        }
        if (layer instanceof Multipath multipath) {
            for (LayerId path : multipath.paths()) {
                if (works(model, path, up, left - 1)) {
                    return true;
                }
            }
            return false;
        }
        return layer instanceof FileSystem files && works(model, files.device(), up, left - 1);
    }

    /** An export of a volume answers where it is Primary, or may become so: no other that works is. */
    private static boolean answers(DrbdVolume volume, NodeId node, Predicate<NodeId> up) {
        if (volume.replica(node).isEmpty()) {
            return false;
        }
        for (Replica copy : volume.replicas()) {
            if (copy.node().equals(node) && copy.primary()) {
                return true;
            }
        }
        return !(volume.dualPrimary() instanceof DualPrimary.Never)
                || volume.replicas().stream().noneMatch(copy -> copy.primary() && up.test(copy.node()));
    }

    /** The site when machines are back and what they missed is copied. */
    static Model filled(Model model, LayerId id, Collection<NodeId> back) {
        Model next = model;
        for (Layer layer : below(model, id).values()) {
            if (layer instanceof DrbdVolume volume) {
                next = next.with(volume.replicas(volume.replicas().stream()
                        .map(copy -> back.contains(copy.node()) && copy.state() != Replica.State.FAILED
                                ? copy.state(Replica.State.UP_TO_DATE)
                                : copy)
                        .toList()));
            }
        }
        return next;
    }

    private static boolean replicated(Model model, DrbdVolume volume, Predicate<NodeId> up, int left) {
        int votes = 0;
        boolean good = false;
        for (Replica replica : volume.replicas()) {
            if (up.test(replica.node())) {
                votes++;
                good |= replica.state() == Replica.State.UP_TO_DATE && works(model, replica.lower(), up, left - 1);
            }
        }
        int all = volume.replicas().size();
        DrbdPolicy.Quorum quorum = volume.policy().quorum();
        boolean enough =
                quorum == DrbdPolicy.Quorum.OFF || (quorum == DrbdPolicy.Quorum.ALL ? votes == all : 2 * votes > all);
        return good && enough;
    }

    /**
     * Whether a node is there and serves.
     *
     * @param model the site
     * @param id the node
     * @return whether it is ready or draining
     */
    public static boolean serves(Model model, NodeId id) {
        Entity node = model.get(id).orElse(null);
        return node instanceof Node there && there.lifecycle().isServing();
    }

    /**
     * The StorageNodes below a layer that do not serve now: while one is away, that the loss of the next would be noticed is
     * no fault of whoever uses the layer.
     *
     * @param model the site
     * @param id the layer
     * @return sorted
     */
    public static Set<NodeId> away(Model model, LayerId id) {
        Set<NodeId> nodes = storageNodes(model, id);
        nodes.removeIf(node -> serves(model, node));
        return nodes;
    }

    /**
     * The StorageNodes that a layer goes over: those of its exports, disks and copies.
     *
     * @param model the site
     * @param id the layer
     * @return sorted, and the caller's own
     */
    public static Set<NodeId> storageNodes(Model model, LayerId id) {
        Set<NodeId> nodes = new TreeSet<>();
        for (Layer layer : below(model, id).values()) {
            if (layer instanceof AoeExport export) {
                nodes.add(export.node());
            } else if (layer instanceof Disk disk) {
                nodes.add(disk.node());
            } else if (layer instanceof DrbdVolume drbd) {
                drbd.replicas().forEach(replica -> nodes.add(replica.node()));
            }
        }
        nodes.removeIf(node -> model.get(node, StorageNode.class).isEmpty());
        return nodes;
    }

    /**
     * A layer and everything below it, each once.
     *
     * @param model the site
     * @param id the layer
     * @return from the layer down; without what is missing
     */
    public static Map<LayerId, Layer> below(Model model, LayerId id) {
        Map<LayerId, Layer> found = new LinkedHashMap<>();
        collect(model, id, found);
        return found;
    }

    private static void collect(Model model, LayerId id, Map<LayerId, Layer> found) {
        if (!found.containsKey(id) && model.get(id).orElse(null) instanceof Layer layer) {
            found.put(id, layer);
            for (LayerId lower : layer.lower()) {
                collect(model, lower, found);
            }
        }
    }

    /** How a running guest comes to a volume. */
    record Writer(Instance instance, boolean clusterFileSystem) {}

    /**
     * The running guests that write a layer, over anything but another DRBD volume; the walk up is what rules count by
     * file systems, multipath devices, exports, arrays and guests. Sorted.
     */
    static Map<EntityId, Writer> writers(Model model, LayerId id) {
        Map<EntityId, Writer> found = new TreeMap<>();
        climb(model, id, false, found, DEEPEST);
        return found;
    }

    private static void climb(Model model, LayerId id, boolean shared, Map<EntityId, Writer> found, int left) {
        if (left == 0) {
            return;
        }
        model.forEachReferrer(id, who -> {
            Entity user = model.get(who).orElse(null);
            if (user instanceof Instance guest) {
                if (guest.placement().isRunning() && writes(guest, id)) {
                    found.put(who, new Writer(guest, shared));
                }
            } else if (user instanceof FileSystem files) {
                climb(model, files.id(), shared || files.cluster().isPresent(), found, left - 1);
            } else if (user instanceof Layer layer && !(user instanceof DrbdVolume)) {
                climb(model, layer.id(), shared, found, left - 1);
            }
        });
    }

    private static boolean writes(Instance guest, LayerId id) {
        for (VolumeUse use : guest.volumes()) {
            if (use.writable() && use.layer().equals(id)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a host can open a layer: its own, its replica, or what it sees on a segment. */
    static boolean visible(Model model, LayerId id, Node host) {
        return visible(model, id, host, DEEPEST);
    }

    private static boolean visible(Model model, LayerId id, Node host, int left) {
        Entity layer = left == 0 ? null : model.get(id).orElse(null);
        if (layer instanceof Disk disk) {
            return disk.node().equals(host.id());
        }
        if (layer instanceof DrbdVolume volume) {
            return volume.replica(host.id()).isPresent();
        }
        if (layer instanceof AoeExport export) {
            return host.machine().isOn(export.segment());
        }
        if (layer instanceof MdArray array) {
            return array.members().stream().allMatch(member -> visible(model, member, host, left - 1));
        }
        if (layer instanceof Multipath multipath) {
            return multipath.paths().stream().allMatch(path -> visible(model, path, host, left - 1));
        }
        return layer instanceof FileSystem files && visible(model, files.device(), host, left - 1);
    }

    /** How much a layer holds; empty if something below is missing. */
    static OptionalLong size(Model model, LayerId id) {
        return size(model, id, DEEPEST);
    }

    private static OptionalLong size(Model model, LayerId id, int left) {
        Entity layer = left == 0 ? null : model.get(id).orElse(null);
        if (layer instanceof Disk disk) {
            return OptionalLong.of(disk.sizeBytes());
        }
        if (layer instanceof FileSystem files) {
            return OptionalLong.of(files.sizeBytes());
        }
        if (!(layer instanceof Layer above)) {
            return OptionalLong.empty();
        }
        long smallest = Long.MAX_VALUE;
        long sum = 0;
        for (LayerId lower : above.lower()) {
            OptionalLong one = size(model, lower, left - 1);
            if (one.isEmpty()) {
                return one;
            }
            smallest = Math.min(smallest, one.getAsLong());
            sum += one.getAsLong();
        }
        if (!(layer instanceof MdArray array)) {
            return OptionalLong.of(smallest);
        }
        int members = array.members().size();
        return OptionalLong.of(
                switch (array.level()) {
                    case LINEAR -> sum;
                    case RAID0 -> smallest * members;
                    case RAID1 -> smallest;
                    case RAID5 -> smallest * Math.max(1, members - 1);
                    case RAID6 -> smallest * Math.max(1, members - 2);
                    case RAID10 -> smallest * members / 2;
                });
    }
}
