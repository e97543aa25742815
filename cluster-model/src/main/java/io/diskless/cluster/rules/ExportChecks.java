package io.diskless.cluster.rules;

import static io.diskless.cluster.model.Kind.*;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.Layer;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Replica;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Rules about exports: their address, their frames, and that they serve what their machine has and may write.
 *
 * <p>One address for two exports is right in exactly one case, the disk with two paths whose ends are the machines that keep
 * it: both serve the same DRBD volume, on different machines, alike in whether writes are refused, and at most one machine
 * writes the volume unless it may have two writers. An export of a volume answers while its machine is Primary, so then one
 * answers and the other takes over its address with the role; and where two are Primary, for a lease or under a cluster file
 * system, what one has confirmed the other has too (protocol C, which rule 5 asks for). Two exports of anything else that is
 * not one volume are two disks that an initiator takes for one. Stateless.
 */
final class ExportChecks {
    private static final Set<Kind> NOTHING = Check.kinds();

    private ExportChecks() {}

    static List<Check> all() {
        return List.of(
                new Check.Shared<>(
                        Rule.AOE_FITS_SEGMENT,
                        Claim.Aoe.class,
                        Check.kinds(DISK, MD_ARRAY, DRBD_VOLUME, MULTIPATH, FILE_SYSTEM),
                        ExportChecks::oneDisk),
                new Check.Each<>(
                                Rule.AOE_FITS_SEGMENT,
                                AoeExport.class,
                                Check.kinds(AOE_EXPORT),
                                NodeChecks.with(NodeChecks.NODES, SEGMENT),
                                NOTHING,
                                ExportChecks::exportFits)
                        .lookingAt(node -> node.machine().nics()),
                new Check.Each<>(
                        Rule.EXPORT_WHERE_PRIMARY,
                        AoeExport.class,
                        Check.kinds(AOE_EXPORT),
                        Check.kinds(DISK, MD_ARRAY, DRBD_VOLUME),
                        NOTHING,
                        ExportChecks::servesItsOwn),
                new Check.Each<>(
                                Rule.EXPORT_WHERE_PRIMARY,
                                DrbdVolume.class,
                                Check.kinds(DRBD_VOLUME),
                                NodeChecks.NODES,
                                PathChecks.UPWARDS,
                                ExportChecks::somebodyAnswers)
                        .lookingAt(node -> node.lifecycle().isServing()));
    }

    private static void oneDisk(Model model, Claim.Aoe claim, Findings out) {
        List<AoeExport> owners = model.claimants(claim).stream()
                .flatMap(id -> model.get(id, AoeExport.class).stream())
                .toList();
        for (int i = 1; i < owners.size(); i++) {
            AoeExport export = owners.get(i);
            for (AoeExport first : owners.subList(0, i)) {
                String why = apart(model, first, export);
                if (!why.isEmpty()) {
                    out.error(
                            List.<EntityId>of(export.id(), first.id()),
                            claim.address() + " on " + claim.segment() + " is " + first.id() + " too" + why,
                            "an initiator takes both for one disk and destroys their data",
                            // Which address is free depends on more than this claim, so the operation finds out.
                            new Operation.ReaddressExport(export.id()));
                    break;
                }
            }
        }
    }

    /** Why two exports are not two ends of one disk; empty if they are. */
    private static String apart(Model model, AoeExport one, AoeExport other) {
        if (!one.served().equals(other.served())) {
            return ", which serves another disk";
        }
        Optional<DrbdVolume> volume = model.get(one.served(), DrbdVolume.class);
        if (volume.isEmpty()) {
            return ", and nothing keeps " + one.served() + " alike on both";
        }
        if (one.node().equals(other.node())) {
            return ", on the same machine";
        }
        if (one.readOnly() != other.readOnly()) {
            return ", and one of them refuses writes";
        }
        return volume.get().primaries() > 1 && volume.get().dualPrimary() instanceof DualPrimary.Never
                ? ", and both write without a lease"
                : "";
    }

    private static void exportFits(Model model, AoeExport export, Findings out) {
        Optional<Node> node = model.get(export.node(), Node.class);
        Optional<Segment> segment = model.get(export.segment(), Segment.class);
        if (node.isEmpty() || segment.isEmpty()) {
            return;
        }
        Optional<Nic> nic = node.get().machine().nics().stream()
                .filter(port -> port.name().equals(export.nic()))
                .findFirst();
        if (nic.isEmpty() || !nic.get().segment().equals(export.segment())) {
            out.error(
                    List.of(export.id(), export.node()),
                    "port " + export.nic() + " is not on " + export.segment(),
                    "nobody there sees the export");
            return;
        }
        int longest = Math.min(segment.get().mtu(), nic.get().mtu());
        if (export.mtu() > longest) {
            out.error(
                    List.of(export.id(), export.segment()),
                    "sends frames of " + export.mtu() + " bytes where " + longest + " fit",
                    "switches drop them without a word",
                    export.mtu(longest));
        }
    }

    private static void servesItsOwn(Model model, AoeExport export, Findings out) {
        Layer layer = model.get(export.served(), Layer.class).orElse(null);
        boolean own = true;
        if (layer instanceof Disk disk) {
            own = disk.node().equals(export.node());
        } else if (layer instanceof MdArray array) {
            own = array.activeOn().contains(export.node());
        } else if (layer instanceof DrbdVolume volume) {
            own = volume.replica(export.node()).isPresent();
        }
        if (!own) {
            out.error(
                    List.of(export.id(), export.served(), export.node()),
                    "serves " + export.served() + ", of which " + export.node().name() + " has nothing",
                    "a machine can export what it keeps; this export never answers");
        }
    }

    /** Of a volume that running guests use over exports, one that is Primary must be exported. */
    private static void somebodyAnswers(Model model, DrbdVolume volume, Findings out) {
        if (!(volume.dualPrimary() instanceof DualPrimary.Never)) {
            return;
        }
        Optional<Replica> writer = volume.replicas().stream()
                .filter(copy -> copy.primary() && StoragePath.serves(model, copy.node()))
                .findFirst();
        if (writer.isEmpty()) {
            return;
        }
        AoeExport elsewhere = null;
        for (EntityId user : model.referrers(volume.id())) {
            AoeExport export = model.get(user, AoeExport.class).orElse(null);
            if (export != null && isPrimary(volume, export.node())) {
                return;
            }
            elsewhere = export == null ? elsewhere : export;
        }
        if (elsewhere == null || StoragePath.writers(model, volume.id()).isEmpty()) {
            return;
        }
        NodeId there = elsewhere.node();
        List<EntityId> path = List.of(volume.id(), elsewhere.id(), writer.get().node());
        String message = "is Primary on " + writer.get().node().name() + " and exported on " + there.name();
        String cause = "an export answers while its machine is Primary: nobody answers the guests";
        if (volume.replica(there)
                        .filter(copy -> copy.state() == Replica.State.UP_TO_DATE)
                        .isPresent()
                && StoragePath.serves(model, there)) {
            out.error(path, message, cause, volume.replicas(only(volume, there)));
        } else {
            out.error(path, message, cause);
        }
    }

    private static boolean isPrimary(DrbdVolume volume, NodeId node) {
        return volume.replica(node).filter(Replica::primary).isPresent();
    }

    private static List<Replica> only(DrbdVolume volume, NodeId writer) {
        return volume.replicas().stream()
                .map(copy -> copy.primary(copy.node().equals(writer)))
                .toList();
    }
}
