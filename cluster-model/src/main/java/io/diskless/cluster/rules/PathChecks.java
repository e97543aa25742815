package io.diskless.cluster.rules;

import static io.diskless.cluster.model.Kind.*;
import static io.diskless.cluster.rules.NodeChecks.LAYERS;
import static io.diskless.cluster.rules.NodeChecks.with;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.VolumeUse;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Layer;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Replica;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Rules about the way from a disk to a guest: arrays, exports, redundancy, traffic. Stateless. */
final class PathChecks {
    private static final Set<Kind> NOTHING = Check.kinds();
    /** What leads from a disk up to its users without another DRBD volume. */
    static final Set<Kind> UPWARDS = Check.kinds(MD_ARRAY, AOE_EXPORT, MULTIPATH, FILE_SYSTEM, INSTANCE);

    private PathChecks() {}

    static List<Check> all() {
        return List.of(
                new Check.Each<>(
                        Rule.MD_ON_ONE_HOST,
                        MdArray.class,
                        Check.kinds(MD_ARRAY),
                        NOTHING,
                        NOTHING,
                        PathChecks::oneHost),
                new Check.Each<>(
                        Rule.HOT_ADD_POSSIBLE,
                        MdArray.class,
                        Check.kinds(MD_ARRAY),
                        NOTHING,
                        NOTHING,
                        PathChecks::hotAdd),
                new Check.Each<>(
                                Rule.STORAGE_NODE_MAY_STOP,
                                Instance.class,
                                Check.kinds(INSTANCE),
                                with(LAYERS, CONFIG_NODE, STORAGE_NODE, HARDWARE_NODE),
                                NOTHING,
                                PathChecks::storageMayStop)
                        .lookingAt(node -> Presence.of(node.lifecycle())),
                new Check.Each<>(
                                Rule.AOE_FITS_SEGMENT,
                                Instance.class,
                                Check.kinds(INSTANCE),
                                with(NodeChecks.NODES, AOE_EXPORT, MULTIPATH, FILE_SYSTEM),
                                NOTHING,
                                PathChecks::hostSharesSegment)
                        .lookingAt(node -> node.machine().nics()),
                new Check.Each<>(
                        Rule.ALLOW_LIST_FOLLOWS,
                        AoeExport.class,
                        Check.kinds(AOE_EXPORT),
                        NOTHING,
                        UPWARDS,
                        PathChecks::listFollows),
                new Check.Each<>(
                        Rule.ONE_WRITER,
                        Layer.class,
                        Check.kinds(DISK, MD_ARRAY, DRBD_VOLUME),
                        NOTHING,
                        UPWARDS,
                        PathChecks::oneWriter),
                new Check.Each<>(
                        Rule.TRAFFIC_FITS,
                        Node.class,
                        Check.kinds(STORAGE_NODE, HARDWARE_NODE),
                        NOTHING,
                        Check.kinds(AOE_EXPORT, INSTANCE),
                        PathChecks::trafficFits),
                new Check.Each<>(
                                Rule.TRAFFIC_FITS,
                                DrbdVolume.class,
                                Check.kinds(DRBD_VOLUME),
                                NodeChecks.NODES,
                                NOTHING,
                                PathChecks::replicationFast)
                        .lookingAt(node -> node.machine().nics()));
    }

    private static void oneHost(Model model, MdArray array, Findings out) {
        if (array.activeOn().size() > 1 && array.bitmap() != MdArray.Bitmap.CLUSTERED) {
            out.error(
                    List.<EntityId>of(array.id()),
                    "is active on " + names(array.activeOn()) + " with a bitmap that is " + array.bitmap(),
                    "md does not coordinate hosts: each keeps its own dirty bits, and the copies drift apart unseen",
                    array.activeOn(array.activeOn().subList(0, 1)));
        }
    }

    private static String names(List<NodeId> nodes) {
        return String.join(", ", nodes.stream().map(NodeId::name).toList());
    }

    private static void hotAdd(Model model, MdArray array, Findings out) {
        if (!array.adding().isEmpty() && !array.level().canGrowOnline()) {
            out.error(
                    List.<EntityId>of(array.id(), array.adding().get(0)),
                    "shall take " + array.adding().size() + " more members and is " + array.level(),
                    "this level takes no member while it works",
                    array.adding(List.of()));
        }
    }

    private static void storageMayStop(Model model, Instance guest, Findings out) {
        if (!guest.placement().isRunning()) {
            return;
        }
        for (VolumeUse use : guest.volumes()) {
            LayerId volume = use.layer();
            if (!model.contains(volume)) {
                continue;
            }
            if (!StoragePath.works(model, volume, id -> StoragePath.serves(model, id))) {
                out.error(
                        List.of(guest.id(), volume),
                        "no path from a good copy to the guest is complete",
                        "the guest runs and its volume does not work");
                continue;
            }
            for (NodeId node : StoragePath.storageNodes(model, volume)) {
                if (StoragePath.serves(model, node)
                        && !StoragePath.works(model, volume, id -> !id.equals(node) && StoragePath.serves(model, id))) {
                    onlyOne(model, guest, volume, node, out);
                }
            }
        }
    }

    /** The guest needs the node. Where others are away by plan, and would do, that is known and ends with their return. */
    private static void onlyOne(Model model, Instance guest, LayerId volume, NodeId node, Findings out) {
        List<NodeId> back = StoragePath.storageNodes(model, volume).stream()
                .filter(id -> Presence.of(model, id) == Presence.AWAY_BY_PLAN)
                .toList();
        boolean then = !back.isEmpty()
                && StoragePath.works(
                        StoragePath.filled(model, volume, back),
                        volume,
                        id -> !id.equals(node) && (back.contains(id) || StoragePath.serves(model, id)));
        List<EntityId> path = List.of(guest.id(), volume, node);
        String message = "stopping " + node.name() + " stops the guest";
        if (then) {
            out.warning(path, message, "while " + names(back) + " is away by plan there is no second path");
        } else {
            out.error(path, message, "no second path leads to a good copy with quorum");
        }
    }

    private static void hostSharesSegment(Model model, Instance guest, Findings out) {
        for (NodeId host : guest.placement().hosts()) {
            Optional<Node> node = model.get(host, Node.class);
            if (node.isEmpty()) {
                continue;
            }
            Set<SegmentId> missing = new LinkedHashSet<>();
            for (VolumeUse use : guest.volumes()) {
                exportsAbove(model, use.layer(), node.get(), missing, 0);
            }
            for (SegmentId segment : missing) {
                out.error(
                        List.of(guest.id(), host, segment),
                        host.name() + " has no port on " + segment.name(),
                        "it cannot see the exports of the guest's volumes");
            }
        }
    }

    /** Stops at exports: what they serve is their node's own affair. */
    private static void exportsAbove(Model model, LayerId id, Node host, Set<SegmentId> missing, int depth) {
        Entity layer = depth > 8 ? null : model.get(id).orElse(null);
        if (layer instanceof AoeExport export) {
            if (!host.machine().isOn(export.segment())) {
                missing.add(export.segment());
            }
        } else if (layer instanceof Layer above && (above.kind() == MULTIPATH || above.kind() == FILE_SYSTEM)) {
            above.lower().forEach(lower -> exportsAbove(model, lower, host, missing, depth + 1));
        }
    }

    private static void listFollows(Model model, AoeExport export, Findings out) {
        if (export.access() instanceof AoeExport.Access.StaticList list) {
            for (StoragePath.Writer writer :
                    StoragePath.writers(model, export.id()).values()) {
                out.warning(
                        List.of(export.id(), writer.instance().id()),
                        "has a fixed list of " + list.macs().size()
                                + " addresses, and is used by a guest that can move",
                        "after a migration the guest is refused until the export restarts; a packet filter can follow it",
                        export.access(new AoeExport.Access.PacketFilter()));
                return;
            }
        }
    }

    private static void oneWriter(Model model, Layer layer, Findings out) {
        List<StoragePath.Writer> writers =
                List.copyOf(StoragePath.writers(model, layer.id()).values());
        boolean shared = layer instanceof DrbdVolume volume
                && volume.dualPrimary() instanceof io.diskless.cluster.model.storage.DualPrimary.ClusterFileSystem;
        boolean allClustered = writers.stream().allMatch(StoragePath.Writer::clusterFileSystem);
        if (writers.size() > 1 && !shared && !allClustered) {
            out.error(
                    List.of(
                            layer.id(),
                            writers.get(0).instance().id(),
                            writers.get(1).instance().id()),
                    writers.size() + " guests write it",
                    "file systems that do not know of each other destroy what they share");
        }
    }

    private static void trafficFits(Model model, Node node, Findings out) {
        Set<SegmentId> segments = new LinkedHashSet<>();
        node.machine().nics().forEach(nic -> segments.add(nic.segment()));
        long all = 0;
        for (SegmentId segment : segments) {
            long speed = node.machine().speedMbps(segment);
            all += speed;
            long exports = model.amount(new Claim.ExportTraffic(node.id(), segment));
            if (exports > speed) {
                out.error(
                        List.of(node.id(), segment),
                        "exports shall carry " + exports + " Mb/s over ports of " + speed + " Mb/s",
                        "requests wait and time out; aggregate ports or move exports");
            }
        }
        long guests = model.amount(new Claim.GuestTraffic(node.id()));
        if (guests > all) {
            out.error(
                    List.of(node.id()),
                    "guests were promised " + guests + " Mb/s of storage over ports of " + all + " Mb/s",
                    "requests wait and time out; aggregate ports or move guests");
        }
    }

    private static void replicationFast(Model model, DrbdVolume volume, Findings out) {
        for (Replica replica : volume.replicas()) {
            int fastest = model.get(replica.node(), Node.class)
                    .map(node -> node.machine().nics().stream()
                            .mapToInt(Nic::speedMbps)
                            .max()
                            .orElse(0))
                    .orElse(1000);
            if (fastest < 1000) {
                out.error(
                        List.of(volume.id(), replica.node()),
                        "is replicated over a port of " + fastest + " Mb/s",
                        "every write waits for it; 1000 Mb/s is the least");
            }
        }
    }
}
