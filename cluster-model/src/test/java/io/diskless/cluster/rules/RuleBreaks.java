package io.diskless.cluster.rules;

import static io.diskless.cluster.model.SampleSite.GIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.conf.drbd.DrbdDialect;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.compute.VolumeUse;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.OcfsId;
import io.diskless.cluster.model.id.PairId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.HaPair;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Machine;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.model.node.Software;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.DrbdNumbers;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.FileSystem;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Multipath;
import io.diskless.cluster.model.storage.OcfsCluster;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.net.Ipv4Address;
import io.diskless.cluster.net.MacAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** The ways to break each rule that its tests try. Immutable: no state. */
final class RuleBreaks {
    private static final LayerId DRBD = new LayerId("web1-r");

    private RuleBreaks() {}

    /** One way to break a rule; {@code repairable} if the finding's own repair makes it vanish. */
    record Break(Rule rule, String what, boolean repairable, UnaryOperator<Model> change) {
        @Override
        public String toString() {
            return rule.number() + " " + what;
        }
    }

    private static Break sure(Rule rule, String what, UnaryOperator<Model> change) {
        return new Break(rule, what, true, change);
    }

    private static Break open(Rule rule, String what, UnaryOperator<Model> change) {
        return new Break(rule, what, false, change);
    }

    private static <E extends Entity> UnaryOperator<Model> put(Class<E> sort, EntityId id, UnaryOperator<E> change) {
        return model -> {
            E before = model.get(id, sort).orElseThrow();
            E after = change.apply(before);
            assertThat(after).isNotEqualTo(before);
            return model.with(after);
        };
    }

    private static UnaryOperator<Model> drbd(UnaryOperator<DrbdVolume> change) {
        return put(DrbdVolume.class, DRBD, change);
    }

    private static UnaryOperator<Model> policy(UnaryOperator<DrbdPolicy> change) {
        return drbd(volume -> volume.policy(change.apply(volume.policy())));
    }

    private static UnaryOperator<Model> web1(UnaryOperator<Instance> change) {
        return put(Instance.class, new InstanceId("web1"), change);
    }

    private static UnaryOperator<Model> node(String name, UnaryOperator<Node> change) {
        return put(Node.class, new NodeId(name), change);
    }

    private static UnaryOperator<Model> machine(String name, UnaryOperator<Machine> change) {
        return node(name, node -> node.machine(change.apply(node.machine())));
    }

    private static UnaryOperator<Model> export(UnaryOperator<AoeExport> change) {
        return put(AoeExport.class, new LayerId("web1-e1"), change);
    }

    static UnaryOperator<Model> migrating(UnaryOperator<Model> first) {
        return first.andThen(
                web1(guest -> guest.placement(new Placement.Migrating(new NodeId("h1"), new NodeId("h2"), 7))))::apply;
    }

    static UnaryOperator<Model> leased() {
        return drbd(volume -> volume.dualPrimary(new DualPrimary.Leased("web1", 7, Instant.EPOCH)));
    }

    static MdArray array(MdArray.Level level) {
        return new MdArray(
                new LayerId("md"),
                level,
                List.of(new LayerId("s1-root")),
                List.of(new NodeId("s1")),
                MdArray.Bitmap.NONE,
                List.of(),
                List.of());
    }

    /** An export at the address that exports of the sample volume share. */
    private static AoeExport export(String name, String node, String served, boolean readOnly) {
        AoeExport made = AoeExport.of(name, "e7.1", node, "eth1", "san", served);
        return new AoeExport(
                made.id(),
                made.address(),
                made.node(),
                made.nic(),
                made.segment(),
                made.served(),
                made.access(),
                readOnly,
                made.mtu(),
                0);
    }

    /** Both ends of the guest's disk at one address. */
    static Model oneAddress(Model model) {
        return model.with(
                List.of(export("web1-e1", "s1", DRBD.name(), false), export("web1-e2", "s2", DRBD.name(), false)));
    }

    static FileSystem files(long bytes, int bits, int slots, FileSystem.Format format) {
        Optional<OcfsId> cluster =
                format == FileSystem.Format.OCFS2 ? Optional.of(new OcfsId("apps")) : Optional.empty();
        return new FileSystem(new LayerId("fs"), format, new LayerId("web1"), bytes, bits, slots, cluster);
    }

    static OcfsCluster apps(String... nodes) {
        List<OcfsCluster.Member> members = new ArrayList<>();
        for (String node : nodes) {
            int number = members.size();
            members.add(new OcfsCluster.Member(
                    new NodeId(node), number, Ipv4Address.parse("10.0.1." + (1 + number)), 7777));
        }
        return OcfsCluster.of("apps", members);
    }

    private static UnaryOperator<Model> member(int number, String address, int port) {
        return model -> {
            OcfsCluster two = apps("h1", "h2");
            List<OcfsCluster.Member> members = new ArrayList<>(two.members());
            members.set(1, new OcfsCluster.Member(new NodeId("h2"), number, Ipv4Address.parse(address), port));
            return model.with(two.members(members).written());
        };
    }

    /** {@return every way, by the number of the rule} */
    static Stream<Break> all() {
        return Stream.of(
                open(Rule.REFERENCES_RESOLVE, "a volume is missing", model -> model.without(new LayerId("web1"))),
                sure(
                        Rule.ONE_BOOT_SERVER,
                        "both serve",
                        put(ConfigNode.class, new NodeId("cfg2"), n -> n.servesBoot(true))),
                open(Rule.ONE_BOOT_SERVER, "no pair", model -> model.without(new PairId("cfg"))),
                open(
                        Rule.ONE_BOOT_SERVER,
                        "the pair shares nothing",
                        put(
                                HaPair.class,
                                new PairId("cfg"),
                                p -> new HaPair(
                                        p.id(),
                                        p.first(),
                                        p.second(),
                                        p.serviceAddress(),
                                        DRBD,
                                        p.fencing(),
                                        p.stack()))),
                open(
                        Rule.INFRASTRUCTURE_FIRST,
                        "no ConfigNode",
                        node("cfg1", n -> n.lifecycle(new Lifecycle.Maintenance()))
                                .andThen(node("cfg2", n -> n.lifecycle(new Lifecycle.Maintenance())))::apply),
                open(
                        Rule.ROOT_ON_STORAGE,
                        "a root on a ConfigNode",
                        put(
                                HardwareNode.class,
                                new NodeId("h1"),
                                n -> new HardwareNode(
                                        n.id(),
                                        n.machine(),
                                        n.lifecycle(),
                                        Optional.of(new LayerId("cfg1-a")),
                                        n.profile(),
                                        8,
                                        GIB,
                                        ""))),
                open(
                        Rule.ROOT_ON_STORAGE,
                        "no root",
                        put(
                                HardwareNode.class,
                                new NodeId("h1"),
                                n -> new HardwareNode(
                                        n.id(),
                                        n.machine(),
                                        n.lifecycle(),
                                        Optional.empty(),
                                        n.profile(),
                                        8,
                                        GIB,
                                        ""))),
                open(
                        Rule.NO_BOOT_CYCLE,
                        "each boots from the other",
                        model -> model.with(List.of(
                                boot(model, "s1", "a-e2"),
                                boot(model, "s2", "a-e1"),
                                AoeExport.of("a-e1", "e9.1", "s1", "eth1", "san", "s1-root"),
                                AoeExport.of("a-e2", "e9.2", "s2", "eth1", "san", "s2-root")))),
                sure(
                        Rule.DUAL_PRIMARY_GUARDED,
                        "two Primaries for ever",
                        drbd(v -> v.replicas(
                                v.replicas().stream().map(r -> r.primary(true)).toList()))),
                sure(
                        Rule.DUAL_PRIMARY_GUARDED,
                        "protocol A",
                        leased().andThen(policy(p -> p.protocol(DrbdPolicy.Protocol.A)))::apply),
                sure(
                        Rule.DUAL_PRIMARY_GUARDED,
                        "no fencing",
                        leased().andThen(policy(p -> p.fencing(DrbdPolicy.Fencing.DONT_CARE)))::apply),
                open(
                        Rule.DUAL_PRIMARY_GUARDED,
                        "one path",
                        leased().andThen(model -> model.with(Multipath.of("web1", "web1-e1")))::apply),
                open(
                        Rule.ONE_WRITER,
                        "a second guest",
                        model -> model.with(Instance.of("web2", 1, GIB, "web1").on("h2"))),
                open(
                        Rule.ONE_WRITER,
                        "a second guest on another way",
                        model -> model.with(
                                Instance.of("web2", 1, GIB, "web1-e2").on("h2"))),
                sure(
                        Rule.MD_ON_ONE_HOST,
                        "two hosts",
                        model -> model.with(
                                array(MdArray.Level.RAID1).activeOn(List.of(new NodeId("s1"), new NodeId("s2"))))),
                open(Rule.STORAGE_NODE_MAY_STOP, "one path", model -> model.with(Multipath.of("web1", "web1-e1"))),
                open(Rule.STORAGE_NODE_MAY_STOP, "quorum of two", policy(p -> p.quorum(DrbdPolicy.Quorum.MAJORITY))),
                open(
                        Rule.STORAGE_NODE_MAY_STOP,
                        "one copy is old",
                        drbd(v -> v.replicas(
                                List.of(v.replicas().get(0), v.replicas().get(1).state(Replica.State.OUTDATED))))),
                open(
                        Rule.STORAGE_NODE_MAY_STOP,
                        "one node is lost",
                        node("s2", n -> n.lifecycle(new Lifecycle.Lost(Instant.EPOCH, "silent")))),
                open(
                        Rule.STORAGE_NODE_MAY_STOP,
                        "one node is away by plan",
                        node("s2", n -> n.lifecycle(new Lifecycle.Maintenance()))),
                open(
                        Rule.STORAGE_NODE_MAY_STOP,
                        "the one path ends where another writes",
                        model -> model.with(Multipath.of("web1", "web1-e2"))),
                sure(
                        Rule.AOE_FITS_SEGMENT,
                        "an address twice",
                        export(e -> e.address(io.diskless.cluster.net.AoeAddress.parse("e2.1")))),
                sure(
                        Rule.AOE_FITS_SEGMENT,
                        "a volume's address twice on one machine",
                        model -> oneAddress(model).with(export("web1-e3", "s1", DRBD.name(), false))),
                sure(
                        Rule.AOE_FITS_SEGMENT,
                        "a disk's address twice",
                        model -> model.with(
                                List.of(export("a", "s1", "s1-root", false), export("b", "s2", "s1-root", false)))),
                sure(
                        Rule.AOE_FITS_SEGMENT,
                        "one of an address refuses writes",
                        model -> oneAddress(model).with(export("web1-e2", "s2", DRBD.name(), true))),
                sure(
                        Rule.AOE_FITS_SEGMENT,
                        "both of an address write for ever",
                        model -> oneAddress(model)
                                .with(oneAddress(model)
                                        .get(DRBD, DrbdVolume.class)
                                        .map(v -> v.replicas(v.replicas().stream()
                                                .map(copy -> copy.primary(true))
                                                .toList()))
                                        .orElseThrow())),
                sure(
                        Rule.AOE_FITS_SEGMENT,
                        "frames too long",
                        model -> model.with(new Segment(new SegmentId("san"), 0, 1500, 10_000))),
                open(
                        Rule.AOE_FITS_SEGMENT,
                        "a port elsewhere",
                        machine("s1", m -> m.nics(List.of(m.nics().get(0))))),
                open(
                        Rule.AOE_FITS_SEGMENT,
                        "a host elsewhere",
                        machine("h1", m -> m.nics(List.of(m.nics().get(0))))),
                sure(
                        Rule.ALLOW_LIST_FOLLOWS,
                        "a fixed list",
                        export(e -> e.access(
                                new AoeExport.Access.StaticList(List.of(MacAddress.parse("52:54:00:a1:00:15")))))),
                open(Rule.ONE_HOST_ENTRY, "a MAC twice", web1(g -> g.nic("52:54:00:a0:00:01", "lan"))),
                open(Rule.ONE_HOST_ENTRY, "a multicast MAC", web1(g -> g.nic("01:54:00:a0:00:01", "lan"))),
                open(
                        Rule.ONE_HOST_ENTRY,
                        "an address twice",
                        machine(
                                "h1",
                                m -> m.nics(List.of(
                                        m.nics().get(0).address("10.0.0.122"),
                                        m.nics().get(1))))),
                open(
                        Rule.ONE_HOST_ENTRY,
                        "no address",
                        machine("h1", m -> m.nics(List.of(m.nics().get(1))))),
                open(
                        Rule.ONE_HOST_ENTRY,
                        "no profile",
                        put(
                                StorageNode.class,
                                new NodeId("s1"),
                                n -> new StorageNode(n.id(), n.machine(), n.lifecycle(), n.root(), Optional.empty()))),
                open(
                        Rule.GUESTS_FIT,
                        "too much memory",
                        model -> model.with(Instance.of("big", 1, 61 * GIB).on("h1"))),
                open(
                        Rule.GUESTS_FIT,
                        "too many processors",
                        model -> model.with(Instance.of("big", 15, GIB).on("h1"))),
                open(
                        Rule.GUESTS_FIT,
                        "not without one node",
                        model -> model.with(Instance.of("big", 1, 61 * GIB).on("h2"))),
                open(Rule.GUESTS_FIT, "on a StorageNode", web1(g -> g.on("s1"))),
                open(
                        Rule.GUESTS_FIT,
                        "on a node that is away",
                        node("h1", n -> n.lifecycle(new Lifecycle.Maintenance()))),
                open(Rule.MIGRATION_POSSIBLE, "no lease", migrating(UnaryOperator.identity())),
                open(
                        Rule.MIGRATION_POSSIBLE,
                        "another processor",
                        migrating(
                                leased().andThen(put(
                                        HardwareNode.class, new NodeId("h2"), n -> n.cpuBaseline("x86-64-v4")))
                                        ::apply)),
                open(
                        Rule.MIGRATION_POSSIBLE,
                        "no segment",
                        migrating(leased().andThen(machine(
                                "h2", m -> m.nics(List.of(m.nics().get(1)))))::apply)),
                open(
                        Rule.MIGRATION_POSSIBLE,
                        "a local disk",
                        migrating(leased().andThen(web1(g -> g.volumes(List.of(VolumeUse.of("s1-root")))))::apply)),
                sure(
                        Rule.MIGRATION_POSSIBLE,
                        "a cache",
                        migrating(
                                leased().andThen(web1(g -> g.volumes(
                                        List.of(new VolumeUse(new LayerId("web1"), true, VolumeUse.Cache.WRITE_BACK)))))
                                        ::apply)),
                sure(
                        Rule.FILE_SYSTEM_SIZE,
                        "over 16 TiB",
                        model -> model.with(files(17L << 40, 32, 1, FileSystem.Format.EXT3))),
                sure(
                        Rule.FILE_SYSTEM_SIZE,
                        "over 80 %",
                        model -> model.with(files(13L << 40, 32, 1, FileSystem.Format.EXT3))),
                open(
                        Rule.OCFS2_LIMITS,
                        "a long name",
                        model -> model.with(OcfsCluster.of(
                                "a-very-long-cluster-name", apps("h1").members()))),
                sure(
                        Rule.OCFS2_LIMITS,
                        "a wrong count",
                        model -> model.with(new OcfsCluster(
                                new OcfsId("apps"),
                                7,
                                false,
                                List.of(),
                                apps("h1", "h2").members(),
                                apps("h1", "h2").copies()))),
                open(Rule.OCFS2_LIMITS, "a number too high", member(255, "10.0.1.2", 7777)),
                open(Rule.OCFS2_LIMITS, "a number twice", member(0, "10.0.1.2", 7777)),
                open(Rule.OCFS2_LIMITS, "an address twice", member(1, "10.0.1.1", 7777)),
                open(Rule.OCFS2_LIMITS, "a port too high", member(1, "10.0.1.2", 65_535)),
                open(
                        Rule.OCFS2_LIMITS,
                        "no region",
                        model -> model.with(new OcfsCluster(
                                new OcfsId("apps"),
                                1,
                                true,
                                List.of(),
                                apps("h1").members(),
                                apps("h1").copies()))),
                sure(
                        Rule.OCFS2_LIMITS,
                        "too few slots",
                        model ->
                                model.with(List.of(apps("h1", "h2"), files(40 * GIB, 64, 1, FileSystem.Format.OCFS2)))),
                sure(
                        Rule.OCFS2_FILES_CURRENT,
                        "a new member",
                        model -> model.with(new OcfsCluster(
                                new OcfsId("apps"),
                                2,
                                false,
                                List.of(),
                                apps("h1", "h2").members(),
                                apps("h1").copies()))),
                sure(
                        Rule.GROW_GOES_OFFLINE,
                        "a larger volume",
                        model ->
                                model.with(List.of(apps("h1", "h2"), files(20 * GIB, 64, 2, FileSystem.Format.OCFS2)))),
                sure(
                        Rule.HOT_ADD_POSSIBLE,
                        "a stripe",
                        model -> model.with(array(MdArray.Level.RAID0).adding(List.of(new LayerId("s1-root"))))),
                open(Rule.TRAFFIC_FITS, "exports", export(e -> e.trafficMbps(10_001))),
                open(Rule.TRAFFIC_FITS, "guests", web1(g -> g.storageMbps(20_001))),
                open(
                        Rule.TRAFFIC_FITS,
                        "a slow port",
                        machine(
                                "s1",
                                m -> m.nics(m.nics().stream()
                                        .map(nic -> nic.speed(100))
                                        .toList()))),
                sure(Rule.VERIFY_SCHEDULED, "no digest", policy(p -> p.digests("", "weekly", ""))),
                sure(Rule.VERIFY_SCHEDULED, "no schedule", policy(p -> p.digests("sha256", "", ""))),
                sure(Rule.VERIFY_SCHEDULED, "packet digests", policy(p -> p.digests("sha256", "weekly", "crc32c"))),
                open(Rule.PEERS_AUTHENTICATE, "not at all", policy(p -> p.authentication(Optional.empty()))),
                open(Rule.PEERS_AUTHENTICATE, "no algorithm", policy(p -> p.authentication(auth("", "s", 8)))),
                open(Rule.PEERS_AUTHENTICATE, "no secret", policy(p -> p.authentication(auth("sha256", "", 0)))),
                open(Rule.PEERS_AUTHENTICATE, "a long secret", policy(p -> p.authentication(auth("sha256", "s", 64)))),
                sure(Rule.PEERS_AUTHENTICATE, "md5", policy(p -> p.authentication(auth("md5", "s", 8)))),
                sure(
                        Rule.DRBD_VERSIONS_AGREE,
                        "old files",
                        machine("s1", m -> m.software(new Software(DrbdDialect.V9, DrbdDialect.V9, DrbdDialect.V8_3)))),
                open(Rule.REPLICAS_APART, "one rack", machine("s2", m -> m.in("r1", "p2", "s2"))),
                open(Rule.REPLICAS_APART, "one feed", machine("s2", m -> m.in("r2", "p1", "s2"))),
                open(
                        Rule.FILES_ACCEPTED,
                        "a resource that is a number",
                        model -> model.with(DrbdVolume.of(
                                "17",
                                DrbdPolicy.of("secrets/x"),
                                Replica.of("s1", 0, "s1-root"),
                                Replica.of("s2", 1, "s2-root")))),
                open(Rule.FILES_ACCEPTED, "a minor twice", drbd(v -> v.numbers(new DrbdNumbers(0, 8000)))),
                open(Rule.FILES_ACCEPTED, "a port twice", drbd(v -> v.numbers(new DrbdNumbers(50, 7789)))),
                open(
                        Rule.FILES_ACCEPTED,
                        "a node-id of 40",
                        drbd(v -> v.replicas(List.of(v.replicas().get(0), Replica.of("s2", 40, "web1-d2"))))),
                open(
                        Rule.EXPORT_WHERE_PRIMARY,
                        "a machine without a copy",
                        export(e -> AoeExport.of("web1-e1", "e1.10", "h2", "eth1", "san", DRBD.name()))),
                open(
                        Rule.EXPORT_WHERE_PRIMARY,
                        "another machine's disk",
                        model -> model.with(export("a", "s1", "s2-root", false))),
                open(
                        Rule.EXPORT_WHERE_PRIMARY,
                        "an array that is active elsewhere",
                        model -> model.with(List.of(array(MdArray.Level.RAID1), export("a", "s2", "md", false)))),
                sure(
                        Rule.EXPORT_WHERE_PRIMARY,
                        "nobody exports where it is written",
                        model -> model.with(Multipath.of("web1", "web1-e2")).without(new LayerId("web1-e1"))),
                open(
                        Rule.FILES_ACCEPTED,
                        "a region that is no UUID",
                        model -> model.with(new OcfsCluster(
                                new OcfsId("apps"),
                                1,
                                true,
                                List.of("a-b"),
                                apps("h1").members(),
                                apps("h1").copies()))));
    }

    private static Optional<DrbdPolicy.Authentication> auth(String algorithm, String secret, int bytes) {
        return Optional.of(new DrbdPolicy.Authentication(algorithm, secret, bytes));
    }

    private static StorageNode boot(Model model, String name, String root) {
        StorageNode node = model.get(new NodeId(name), StorageNode.class).orElseThrow();
        return new StorageNode(
                node.id(), node.machine(), node.lifecycle(), Optional.of(new LayerId(root)), node.profile());
    }
}
