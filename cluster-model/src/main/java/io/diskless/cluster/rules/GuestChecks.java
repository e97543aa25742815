package io.diskless.cluster.rules;

import static io.diskless.cluster.model.Kind.*;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.GuestNic;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.compute.VolumeUse;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Rules about guests and the nodes they run on. Stateless. */
final class GuestChecks {
    private static final Set<Kind> NOTHING = Check.kinds();

    private GuestChecks() {}

    static List<Check> all() {
        return List.of(
                new Check.Each<>(
                        Rule.GUESTS_FIT,
                        HardwareNode.class,
                        Check.kinds(HARDWARE_NODE),
                        NOTHING,
                        Check.kinds(INSTANCE),
                        GuestChecks::fit),
                new Check.Each<>(
                                Rule.GUESTS_FIT,
                                Instance.class,
                                Check.kinds(INSTANCE),
                                NodeChecks.NODES,
                                NOTHING,
                                GuestChecks::onHardware)
                        .lookingAt(node -> node.lifecycle().getClass()),
                new Check.Site(Rule.GUESTS_FIT, Check.kinds(INSTANCE, HARDWARE_NODE), GuestChecks::survive),
                new Check.Each<>(
                                Rule.MIGRATION_POSSIBLE,
                                Instance.class,
                                Check.kinds(INSTANCE),
                                NodeChecks.with(NodeChecks.LAYERS, HARDWARE_NODE),
                                NOTHING,
                                GuestChecks::migration)
                        .lookingAt(node -> node instanceof HardwareNode host
                                ? List.of(host.cpuBaseline(), host.machine().nics())
                                : node));
    }

    private static void fit(Model model, HardwareNode node, Findings out) {
        long memory = model.amount(new Claim.Memory(node.id()));
        if (memory > node.memoryBytes()) {
            out.error(
                    List.of(node.id()),
                    "guests take " + mib(memory) + " MiB of " + mib(node.memoryBytes()) + " MiB",
                    "they will not all start; move or stop " + mib(memory - node.memoryBytes()) + " MiB of them");
        }
        long cpus = model.amount(new Claim.Cpus(node.id()));
        if (cpus > node.cpus()) {
            out.error(
                    List.of(node.id()),
                    "guests take " + cpus + " processors of " + node.cpus(),
                    "they will wait for each other; move or stop some");
        }
    }

    private static void onHardware(Model model, Instance guest, Findings out) {
        for (NodeId host : guest.placement().hosts()) {
            if (model.get(host).isPresent()
                    && model.get(host, HardwareNode.class).isEmpty()) {
                out.error(
                        List.of(guest.id(), host),
                        host.name() + " is no HardwareNode",
                        "only HardwareNodes run guests");
            }
            Optional<HardwareNode> node = model.get(host, HardwareNode.class);
            if (node.isPresent() && !node.get().lifecycle().isServing()) {
                out.error(
                        List.of(guest.id(), host),
                        host.name() + " is " + node.get().lifecycle().getClass().getSimpleName(),
                        "a guest cannot run there");
            }
        }
    }

    private static long mib(long bytes) {
        return bytes >> 20;
    }

    /** By sums: that the rest is large enough in all, not that every guest finds a hole that fits it. */
    private static void survive(Model model, Findings out) {
        int ready = model.claimantCount(new Claim.ReadyHardwareNode());
        long used = model.amount(new Claim.Running());
        if (ready == 0 || used == 0) {
            return;
        }
        long total = model.amount(new Claim.ReadyHardwareNode());
        HardwareNode[] largest = new HardwareNode[1];
        model.forEach(EntityId.Type.NODE, entity -> {
            if (entity instanceof HardwareNode node
                    && node.lifecycle().isServing()
                    && (largest[0] == null
                            || node.memoryBytes() > largest[0].memoryBytes()
                            || (node.memoryBytes() == largest[0].memoryBytes()
                                    && node.id().compareTo(largest[0].id()) < 0))) {
                largest[0] = node;
            }
        });
        long left = total - largest[0].memoryBytes();
        if (used > left) {
            out.warning(
                    List.<EntityId>of(largest[0].id()),
                    "without " + largest[0].id().name() + ", " + mib(left) + " MiB are left for guests of " + mib(used)
                            + " MiB",
                    "when it is lost some guests stay down");
        }
    }

    private static void migration(Model model, Instance guest, Findings out) {
        if (!(guest.placement() instanceof Placement.Migrating on)) {
            return;
        }
        Optional<HardwareNode> from = model.get(on.from(), HardwareNode.class);
        Optional<HardwareNode> to = model.get(on.to(), HardwareNode.class);
        if (from.isEmpty() || to.isEmpty()) {
            return;
        }
        List<EntityId> path = List.of(guest.id(), on.from(), on.to());
        if (!from.get().cpuBaseline().equals(to.get().cpuBaseline())) {
            out.error(
                    path,
                    "the processors are " + from.get().cpuBaseline() + " and "
                            + to.get().cpuBaseline(),
                    "the guest may use an instruction that is not there");
        }
        for (GuestNic nic : guest.nics()) {
            if (!to.get().machine().isOn(nic.segment())) {
                out.error(
                        path,
                        on.to().name() + " has no port on " + nic.segment().name(),
                        "the guest loses its network");
            }
        }
        List<VolumeUse> uncached = new ArrayList<>();
        boolean cached = false;
        for (VolumeUse use : guest.volumes()) {
            boolean safe = use.cache().isMigratable();
            cached |= !safe;
            uncached.add(safe ? use : new VolumeUse(use.layer(), use.writable(), VolumeUse.Cache.NONE));
            for (HardwareNode host : List.of(from.get(), to.get())) {
                if (model.contains(use.layer()) && !StoragePath.visible(model, use.layer(), host)) {
                    out.error(
                            List.of(guest.id(), use.layer(), host.id()),
                            host.id().name() + " cannot open it",
                            "a live migration needs one storage path on both hosts");
                }
            }
            leased(model, guest, use, on.token(), out);
        }
        if (cached) {
            out.error(
                    path,
                    "a volume is cached on the host",
                    "the other host does not see what is in that cache",
                    guest.volumes(uncached));
        }
    }

    private static void leased(Model model, Instance guest, VolumeUse use, long token, Findings out) {
        for (Layer layer : StoragePath.below(model, use.layer()).values()) {
            if (use.writable() && layer instanceof DrbdVolume volume) {
                boolean may = volume.dualPrimary() instanceof DualPrimary.ClusterFileSystem
                        || (volume.dualPrimary() instanceof DualPrimary.Leased lease && lease.token() == token);
                if (!may) {
                    out.error(
                            List.of(guest.id(), volume.id()),
                            "no lease of token " + token + " allows two writers",
                            "both hosts hold the volume open while the guest moves");
                }
            }
        }
    }
}
