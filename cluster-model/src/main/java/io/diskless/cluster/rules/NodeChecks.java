package io.diskless.cluster.rules;

import static io.diskless.cluster.model.Kind.*;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.GuestNic;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.HaPair;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.node.Software;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.FileSystem;
import io.diskless.cluster.model.storage.Layer;
import io.diskless.cluster.model.storage.MdArray;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Rules about machines: who serves boot requests, what they boot, who they are. Stateless. */
final class NodeChecks {
    static final Set<Kind> LAYERS = Check.kinds(DISK, MD_ARRAY, DRBD_VOLUME, AOE_EXPORT, MULTIPATH, FILE_SYSTEM);
    static final Set<Kind> NODES = Check.kinds(CONFIG_NODE, STORAGE_NODE, HARDWARE_NODE);
    private static final Set<Kind> NOTHING = Check.kinds();

    private NodeChecks() {}

    static List<Check> all() {
        return List.of(
                new Check.Site(Rule.ONE_BOOT_SERVER, Check.kinds(CONFIG_NODE, HA_PAIR), NodeChecks::oneServes),
                new Check.Each<>(
                                Rule.ONE_BOOT_SERVER,
                                HaPair.class,
                                Check.kinds(HA_PAIR),
                                with(LAYERS, CONFIG_NODE, STORAGE_NODE, HARDWARE_NODE),
                                NOTHING,
                                NodeChecks::pairShares)
                        .lookingAt(Node::kind),
                new Check.Site(Rule.INFRASTRUCTURE_FIRST, with(NODES, INSTANCE), NodeChecks::infrastructure),
                new Check.Each<>(
                                Rule.ROOT_ON_STORAGE,
                                Node.class,
                                Check.kinds(STORAGE_NODE, HARDWARE_NODE),
                                with(LAYERS, CONFIG_NODE, STORAGE_NODE, HARDWARE_NODE),
                                NOTHING,
                                NodeChecks::rootOnStorage)
                        .lookingAt(Node::kind),
                new Check.Each<>(
                                Rule.NO_BOOT_CYCLE,
                                Node.class,
                                Check.kinds(STORAGE_NODE, HARDWARE_NODE),
                                with(LAYERS, CONFIG_NODE, STORAGE_NODE, HARDWARE_NODE),
                                NOTHING,
                                NodeChecks::canBoot)
                        .lookingAt(Node::root),
                new Check.Shared<>(
                        Rule.ONE_HOST_ENTRY,
                        Claim.Mac.class,
                        (model, claim, out) -> shared(
                                "MAC address " + claim.address(),
                                "switches and DHCP take the owners for one",
                                model,
                                claim,
                                out)),
                new Check.Shared<>(
                        Rule.ONE_HOST_ENTRY,
                        Claim.Address.class,
                        (model, claim, out) -> shared(
                                "IP address " + claim.address(),
                                "each owner answers for the others",
                                model,
                                claim,
                                out)),
                new Check.Shared<>(
                        Rule.ONE_HOST_ENTRY,
                        Claim.Hostname.class,
                        (model, claim, out) -> shared(
                                "host name " + claim.hostname(), "files name a machine by it", model, claim, out)),
                new Check.Each<>(Rule.ONE_HOST_ENTRY, Node.class, NODES, NOTHING, NOTHING, NodeChecks::hostEntry),
                new Check.Each<>(
                        Rule.ONE_HOST_ENTRY,
                        Instance.class,
                        Check.kinds(INSTANCE),
                        NOTHING,
                        NOTHING,
                        NodeChecks::guestMacs),
                new Check.Each<>(Rule.DRBD_VERSIONS_AGREE, Node.class, NODES, NOTHING, NOTHING, NodeChecks::versions));
    }

    static Set<Kind> with(Set<Kind> kinds, Kind... more) {
        Set<Kind> all = Check.kinds(more);
        all.addAll(kinds);
        return all;
    }

    private static void oneServes(Model model, Findings out) {
        List<EntityId> serving = model.claimants(new Claim.ServesBoot());
        for (EntityId id : serving.subList(Math.min(1, serving.size()), serving.size())) {
            ConfigNode node = model.get(id, ConfigNode.class).orElseThrow();
            out.error(
                    List.of(id, serving.get(0)),
                    "both answer boot requests",
                    "a machine may get two different answers",
                    node.servesBoot(false));
        }
        List<EntityId> ready = model.claimants(new Claim.ReadyConfigNode());
        if (ready.size() > 1) {
            for (EntityId id : ready) {
                boolean paired = model.referrers(id).stream().anyMatch(who -> who.type() == EntityId.Type.PAIR);
                if (!paired) {
                    out.error(
                            List.of(id),
                            "is one of " + ready.size() + " ConfigNodes and belongs to no pair",
                            "nothing decides who serves when the other dies");
                }
            }
        }
    }

    private static void pairShares(Model model, HaPair pair, Findings out) {
        for (NodeId id : List.of(pair.first(), pair.second())) {
            if (model.get(id).isPresent() && model.get(id, ConfigNode.class).isEmpty()) {
                out.error(List.of(pair.id(), id), "is no ConfigNode", "only a ConfigNode can serve boot requests");
            }
        }
        boolean replicated = StoragePath.below(model, pair.sharedVolume()).values().stream()
                .anyMatch(layer -> layer instanceof DrbdVolume volume
                        && volume.replica(pair.first()).isPresent()
                        && volume.replica(pair.second()).isPresent());
        if (!replicated && model.contains(pair.sharedVolume())) {
            out.error(
                    List.of(pair.id(), pair.sharedVolume()),
                    "the volume has no replica on both nodes of the pair",
                    "the standby has no leases and boot files when it takes over");
        }
    }

    private static void infrastructure(Model model, Findings out) {
        int guests = model.claimantCount(new Claim.Running());
        if (guests > 0) {
            need(model, new Claim.ReadyConfigNode(), "ConfigNode", guests, out);
            need(model, new Claim.ReadyStorageNode(), "StorageNode", guests, out);
            need(model, new Claim.ReadyHardwareNode(), "HardwareNode", guests, out);
        }
    }

    private static void need(Model model, Claim claim, String what, int guests, Findings out) {
        if (model.claimantCount(claim) == 0) {
            out.error(List.of(), "no " + what + " is ready", guests + " guests are meant to run");
        }
    }

    private static void rootOnStorage(Model model, Node node, Findings out) {
        if (!node.lifecycle().isMember()) {
            return;
        }
        Optional<LayerId> root = node.root();
        if (root.isEmpty()) {
            out.error(List.of(node.id()), "has no root file system", "it cannot boot");
            return;
        }
        for (Layer layer : StoragePath.below(model, root.get()).values()) {
            if (layer instanceof Disk disk
                    && model.contains(disk.node())
                    && model.get(disk.node(), StorageNode.class).isEmpty()) {
                out.error(
                        List.of(node.id(), root.get(), disk.id()),
                        "the root is on a disk of " + disk.node() + ", which is no StorageNode",
                        "only StorageNodes keep data");
            }
        }
    }

    private static void canBoot(Model model, Node node, Findings out) {
        if (!node.lifecycle().isMember()
                || node.root().isEmpty()
                || !model.contains(node.root().get())) {
            return;
        }
        if (!boots(model, node, new HashSet<>())) {
            out.error(
                    List.of(node.id(), node.root().get()),
                    "no order of power-on makes the root available",
                    "every path to it needs this node, or one that waits for it");
        }
    }

    private static boolean boots(Model model, Node node, Set<NodeId> waiting) {
        if (node instanceof ConfigNode || node.root().isEmpty()) {
            return true;
        }
        if (!waiting.add(node.id())) {
            return false;
        }
        LayerId root = node.root().get();
        boolean can = local(model, root, node.id(), 0)
                || StoragePath.works(
                        model,
                        root,
                        id -> model.get(id, Node.class)
                                .map(other -> boots(model, other, waiting))
                                .orElse(false));
        waiting.remove(node.id());
        return can;
    }

    /** Whether a layer stands on disks of one node without going over the network. */
    private static boolean local(Model model, LayerId id, NodeId node, int depth) {
        Layer layer = depth > 8 ? null : model.get(id, Layer.class).orElse(null);
        if (layer instanceof Disk disk) {
            return disk.node().equals(node);
        }
        if (layer instanceof MdArray array) {
            return array.members().stream().allMatch(member -> local(model, member, node, depth + 1));
        }
        return layer instanceof FileSystem files && local(model, files.device(), node, depth + 1);
    }

    private static void shared(String what, String cause, Model model, Claim claim, Findings out) {
        List<EntityId> owners = model.claimants(claim);
        if (owners.size() > 1) {
            out.error(owners, what + " belongs to " + owners.size(), cause);
        }
    }

    private static void hostEntry(Model model, Node node, Findings out) {
        Set<Object> seen = new HashSet<>();
        List<Nic> better = new ArrayList<>();
        for (Nic nic : node.machine().nics()) {
            if (nic.mac().isMulticast()) {
                out.error(
                        List.of(node.id()),
                        nic.name() + " has the multicast address " + nic.mac(),
                        "no frame can come from it, and no DHCP server answers it");
            }
            if (nic.address().isPresent() && !nic.address().get().isUnicast()) {
                out.error(
                        List.of(node.id()),
                        nic.name() + " has " + nic.address().get() + ", which is no host's address",
                        "nobody can reach it");
            }
            if (!seen.add(nic.mac())) {
                out.error(List.of(node.id()), nic.name() + " repeats " + nic.mac(), "switches take both ports for one");
            }
            better.add(nic);
        }
        boolean boots = !(node instanceof ConfigNode) && node.lifecycle().isMember();
        if (boots && better.stream().noneMatch(nic -> nic.address().isPresent())) {
            out.error(List.of(node.id()), "is tagged and has no address", "DHCP has nothing to give it");
        }
        if (boots && node.profile().isEmpty()) {
            out.error(
                    List.of(node.id()),
                    "is tagged and has no netboot profile",
                    "it gets an address and nothing to boot");
        }
    }

    private static void guestMacs(Model model, Instance guest, Findings out) {
        Set<Object> seen = new HashSet<>();
        for (GuestNic nic : guest.nics()) {
            if (nic.mac().isMulticast() || !seen.add(nic.mac())) {
                out.error(
                        List.of(guest.id()),
                        nic.mac() + (nic.mac().isMulticast() ? " is a multicast address" : " is there twice"),
                        "no frame can come from it alone");
            }
        }
    }

    private static void versions(Model model, Node node, Findings out) {
        Software software = node.machine().software();
        if (software.module() != software.tools() || software.module() != software.configuration()) {
            out.error(
                    List.of(node.id()),
                    "the DRBD module is " + software.module().release() + ", the programs "
                            + software.tools().release() + ", the files "
                            + software.configuration().release(),
                    "a command or a file may mean something else than what was meant",
                    node.machine(node.machine()
                            .software(new Software(software.module(), software.module(), software.module()))));
        }
    }
}
