package io.diskless.cluster.rules;

import static io.diskless.cluster.model.Kind.*;

import io.diskless.cluster.conf.ConfigDocument;
import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.conf.dhcp.DhcpdConfig;
import io.diskless.cluster.conf.ocfs2.Ocfs2Config;
import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.FileSystem;
import io.diskless.cluster.model.storage.OcfsCluster;
import io.diskless.cluster.model.storage.OcfsCluster.Member;
import io.diskless.cluster.net.Ipv4Address;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/** Rules about file systems and about the files that would be written. Stateless. */
final class FileChecks {
    private static final Set<Kind> NOTHING = Check.kinds();
    /** 2^32 blocks of 4 KiB. */
    private static final long LARGEST_32_BIT = 1L << 44;

    private FileChecks() {}

    static List<Check> all() {
        Set<Kind> files = Check.kinds(FILE_SYSTEM);
        Set<Kind> ocfs = Check.kinds(OCFS_CLUSTER);
        return List.of(
                new Check.Each<>(Rule.FILE_SYSTEM_SIZE, FileSystem.class, files, NOTHING, NOTHING, FileChecks::size),
                new Check.Each<>(Rule.OCFS2_LIMITS, OcfsCluster.class, ocfs, NOTHING, NOTHING, FileChecks::limits),
                new Check.Each<>(Rule.OCFS2_LIMITS, FileSystem.class, files, ocfs, NOTHING, FileChecks::slots),
                new Check.Each<>(
                        Rule.OCFS2_FILES_CURRENT, OcfsCluster.class, ocfs, NOTHING, NOTHING, FileChecks::current),
                new Check.Each<>(
                        Rule.GROW_GOES_OFFLINE, FileSystem.class, files, NodeChecks.LAYERS, NOTHING, FileChecks::grows),
                new Check.Each<>(
                                Rule.FILES_ACCEPTED,
                                OcfsCluster.class,
                                ocfs,
                                NodeChecks.NODES,
                                NOTHING,
                                FileChecks::clusterConf)
                        .lookingAt(node -> node.machine().hostname()),
                new Check.Shared<>(
                        Rule.FILES_ACCEPTED,
                        Claim.DrbdMinor.class,
                        (model, claim, out) -> numberUnique(model, claim, "minor " + claim.minor(), claim.node(), out)),
                new Check.Shared<>(
                        Rule.FILES_ACCEPTED,
                        Claim.DrbdPort.class,
                        (model, claim, out) -> numberUnique(model, claim, "port " + claim.port(), claim.node(), out)),
                new Check.Each<>(
                        Rule.FILES_ACCEPTED, Node.class, NodeChecks.NODES, NOTHING, NOTHING, FileChecks::hostLines),
                new Check.Each<>(
                                Rule.FILES_ACCEPTED,
                                DrbdVolume.class,
                                Check.kinds(DRBD_VOLUME),
                                NodeChecks.NODES,
                                NOTHING,
                                new ResourceFiles()::check)
                        .lookingAt(node -> List.of(
                                node.machine().hostname(),
                                node.machine().software().configuration())));
    }

    private static void numberUnique(Model model, Claim claim, String number, NodeId node, Findings out) {
        List<EntityId> owners = model.claimants(claim);
        for (EntityId id : owners.subList(Math.min(1, owners.size()), owners.size())) {
            out.error(
                    List.of(id, owners.get(0), node),
                    "has " + number + " on " + node + ", and so has " + owners.get(0),
                    "its program would refuse drbd.conf");
        }
    }

    private static void size(Model model, FileSystem files, Findings out) {
        if (files.blockNumberBits() == 64 || files.sizeBytes() <= LARGEST_32_BIT / 5 * 4) {
            return;
        }
        FileSystem wide = new FileSystem(
                files.id(), files.format(), files.device(), files.sizeBytes(), 64, files.slots(), files.cluster());
        String message = "holds " + (files.sizeBytes() >> 30) + " GiB with 32-bit block numbers";
        if (files.sizeBytes() > LARGEST_32_BIT) {
            out.error(List.of(files.id()), message, "they end at 16 TiB; make it with 64 bits or use several", wide);
        } else {
            out.warning(List.of(files.id()), message, "they end at 16 TiB, and 80 % are passed", wide);
        }
    }

    private static void limits(Model model, OcfsCluster cluster, Findings out) {
        List<EntityId> path = List.of(cluster.id());
        String name = cluster.id().name();
        if (name.length() > 16 || !name.chars().allMatch(Character::isLetterOrDigit)) {
            out.error(path, "the name \"" + name + "\" is not 1 to 16 letters and digits", "o2cb refuses it");
        }
        if (cluster.nodeCount() != cluster.members().size()) {
            out.error(
                    path,
                    "node_count is " + cluster.nodeCount() + ", members are "
                            + cluster.members().size(),
                    "the reader does not compare, and the kernel counts by it",
                    new OcfsCluster(
                            cluster.id(),
                            cluster.members().size(),
                            cluster.globalHeartbeat(),
                            cluster.regions(),
                            cluster.members(),
                            cluster.copies()));
        }
        if (cluster.regions().size() > 32) {
            out.error(path, "has " + cluster.regions().size() + " heartbeat regions", "32 is the limit");
        }
        if (cluster.globalHeartbeat() && cluster.regions().isEmpty()) {
            out.error(path, "has a global heartbeat and no region", "no heartbeat can start");
        }
        Set<Object> numbers = new HashSet<>();
        Set<Object> addresses = new HashSet<>();
        for (Member member : cluster.members()) {
            List<EntityId> at = List.of(cluster.id(), member.node());
            if (member.number() < 0 || member.number() > 254) {
                out.error(at, "has number " + member.number(), "numbers are 0 to 254");
            }
            if (member.port() < 1 || member.port() > 65_534) {
                out.error(at, "has port " + member.port(), "ports are 1 to 65534; the kernel refuses 0 and 65535");
            }
            if (!numbers.add(member.number()) || !addresses.add(member.address())) {
                out.error(at, "repeats a number or an address", "the reader accepts it, the kernel ends with EEXIST");
            }
        }
    }

    private static void slots(Model model, FileSystem files, Findings out) {
        Optional<OcfsCluster> cluster = files.cluster().flatMap(id -> model.get(id, OcfsCluster.class));
        int members = cluster.map(found -> found.members().size()).orElse(0);
        if (members > files.slots()) {
            out.error(
                    List.of(files.id(), cluster.orElseThrow().id()),
                    "has " + files.slots() + " slots for " + members + " members",
                    "mounting fails when the slots are taken",
                    new FileSystem(
                            files.id(),
                            files.format(),
                            files.device(),
                            files.sizeBytes(),
                            files.blockNumberBits(),
                            members,
                            files.cluster()));
        }
    }

    private static void current(Model model, OcfsCluster cluster, Findings out) {
        for (Member member : cluster.members()) {
            Optional<OcfsCluster.Copy> copy = cluster.copies().stream()
                    .filter(file -> file.holder().equals(member.node()))
                    .findFirst();
            if (copy.isEmpty() || !Set.copyOf(copy.get().members()).equals(Set.copyOf(cluster.members()))) {
                out.warning(
                        List.of(cluster.id(), member.node()),
                        copy.isEmpty() ? "has no cluster.conf" : "has a cluster.conf that differs from the model",
                        "a member that is not listed everywhere is cut off, and numbers must never differ",
                        cluster.written());
            }
        }
    }

    private static void grows(Model model, FileSystem files, Findings out) {
        OptionalLong below = StoragePath.size(model, files.device());
        if (files.format() == FileSystem.Format.OCFS2 && below.isPresent() && below.getAsLong() > files.sizeBytes()) {
            out.warning(
                    List.of(files.id(), files.device()),
                    "can grow from " + files.sizeBytes() + " to " + below.getAsLong() + " bytes",
                    "resizing an OCFS2 takes it offline on all " + files.slots() + " mounts",
                    new FileSystem(
                            files.id(),
                            files.format(),
                            files.device(),
                            below.getAsLong(),
                            files.blockNumberBits(),
                            files.slots(),
                            files.cluster()));
        }
    }

    private static void clusterConf(Model model, OcfsCluster cluster, Findings out) {
        StringBuilder text = new StringBuilder();
        text.append("cluster:\n\tname = ")
                .append(cluster.id().name())
                .append("\n\theartbeat_mode = ")
                .append(cluster.globalHeartbeat() ? "global" : "local")
                .append("\n\tnode_count = ")
                .append(cluster.nodeCount())
                .append("\n\n");
        for (String region : cluster.regions()) {
            text.append("heartbeat:\n\tcluster = ")
                    .append(cluster.id().name())
                    .append("\n\tregion = ")
                    .append(region)
                    .append("\n\n");
        }
        for (Member member : cluster.members()) {
            String host = model.get(member.node(), Node.class)
                    .map(node -> node.machine().hostname())
                    .orElse(member.node().name());
            text.append("node:\n\tcluster = ")
                    .append(cluster.id().name())
                    .append("\n\tnumber = ")
                    .append(member.number())
                    .append("\n\tip_port = ")
                    .append(member.port())
                    .append("\n\tip_address = ")
                    .append(member.address())
                    .append("\n\tname = ")
                    .append(host)
                    .append("\n\n");
        }
        tell(cluster.id(), Ocfs2Config.parse(ConfigText.of("cluster.conf", text.toString())), out);
    }

    /** Hosts as they would be written; the subnets stand for the site's. */
    private static void hostLines(Model model, Node node, Findings out) {
        StringBuilder hosts = new StringBuilder();
        Set<Integer> subnets = new TreeSet<>();
        for (Nic nic : node.machine().nics()) {
            if (nic.address().isPresent()) {
                Ipv4Address address = nic.address().get();
                subnets.add(address.bits() & 0xFFFF_FF00);
                hosts.append("host ")
                        .append(node.machine().hostname())
                        .append(hosts.isEmpty() ? "" : "-" + nic.name())
                        .append(" {\n  hardware ethernet ")
                        .append(nic.mac())
                        .append(";\n  fixed-address ")
                        .append(address)
                        .append(";\n}\n");
            }
        }
        StringBuilder text = new StringBuilder();
        for (int subnet : subnets) {
            text.append("subnet ").append(Ipv4Address.of(subnet)).append(" netmask 255.255.255.0 { }\n");
        }
        if (!hosts.isEmpty()) {
            tell(
                    node.id(),
                    DhcpdConfig.parse(
                            ConfigText.of("dhcpd.conf", text.append(hosts).toString())),
                    out);
        }
    }

    static void tell(EntityId id, ConfigDocument document, Findings out) {
        for (Diagnostic diagnostic : document.diagnostics()) {
            String file = diagnostic.position().file();
            if (diagnostic.isError()) {
                out.error(List.of(id), diagnostic.message(), "its program would refuse " + file);
            } else {
                out.warning(List.of(id), diagnostic.message(), "its program would accept " + file + " all the same");
            }
        }
    }
}
