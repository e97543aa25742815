package io.diskless.cluster.rules;

import java.util.Locale;

/**
 * What must hold at a site, numbered for ever. The origin is the sentence or fact a rule comes from: a how-to of 2008 for a
 * home-brewed cloud (S), what a tool does, what others paid for, or what the parts of this project do (Diskless). Immutable.
 */
public enum Rule {
    /** Everything that is referred to exists. */
    REFERENCES_RESOLVE(0, "whatever is referred to exists", "linstor-server#311: one bad row stopped the start"),
    /** One ConfigNode at a time answers boot requests, and a pair shares a replicated volume. */
    ONE_BOOT_SERVER(
            1,
            "one ConfigNode at a time serves boot requests; a pair shares a replicated volume and an address",
            "S: normal: 2 sys {Primary/Slave} with software raid + drbd + heartbeat"),
    /** Guests need one node of each kind. */
    INFRASTRUCTURE_FIRST(
            2,
            "a ConfigNode, a StorageNode and a HardwareNode are ready before a guest runs",
            "S: min: 1 sys each; once the infrastructure is 'running'"),
    /** Roots live on StorageNodes. */
    ROOT_ON_STORAGE(
            3,
            "every node but ConfigNodes has its root on a StorageNode",
            "S: All node (except ConfigNode) use SNODE as root filesystem"),
    /** The site can be switched on. */
    NO_BOOT_CYCLE(4, "no node needs itself to boot; there is an order of power-on", "follows from 3"),
    /** Two writers need protocol C, fencing, a reason and two-path clients. */
    DUAL_PRIMARY_GUARDED(
            5,
            "two Primaries need protocol C, fencing, a lease or a cluster file system, and two-path clients",
            "S: {Primary/Primary} ... MD-device Multipathing is required from clients to preserve the P/P coherence"),
    /** One guest writes a volume. */
    ONE_WRITER(6, "at most one guest writes a volume, and on two nodes only under a lease", "cloudstack#2890, #10799"),
    /** Plain md is active on one host. */
    MD_ON_ONE_HOST(
            7,
            "an md array is active on one host unless its bitmap is clustered",
            "S: the two-host mdadm --create / --assemble recipe; plain md does not coordinate hosts"),
    /** Any one StorageNode may stop. While the other is in maintenance that it may not is a warning. */
    STORAGE_NODE_MAY_STOP(
            8,
            "stopping any one StorageNode leaves every running guest a complete path with quorum",
            "S: a storage node can be shutdown without impacting running instances"),
    /**
     * AoE addresses and frames fit their segment. One address is for one disk: only exports of one DRBD volume, on different
     * machines, alike in whether they refuse writes, may share it, while one machine writes the volume or it may have two
     * writers. They are then the paths of one disk, of which that at the Primary answers.
     */
    AOE_FITS_SEGMENT(
            9,
            "an AoE address is one disk in its segment, frames fit it, and initiator and target share it",
            "S: vblade 0 1 ... vblade 1 1"),
    /** Lists that cannot follow a guest. */
    ALLOW_LIST_FOLLOWS(
            10,
            "who may use an export can change when its guest moves",
            "S: the list is then static. Using ebtables seem to be a valid alternative"),
    /** Each machine has one entry for DHCP. */
    ONE_HOST_ENTRY(
            11,
            "MAC and IP addresses are unique and unicast; a tagged machine has an address and a profile",
            "S: adding the MAC addrs in the dhcp configuration and tagging it as HNODE; dhcpd accepts duplicates"),
    /** Guests fit their nodes. */
    GUESTS_FIT(
            12,
            "guests fit their HardwareNode, and all of them fit when any one HardwareNode is lost",
            "S: Currently limited to the underlying HNODE resources"),
    /** A live migration can work. */
    MIGRATION_POSSIBLE(
            13,
            "both hosts of a live migration see the volumes and segments and give the same processor",
            "S: running on shared storage, they can be migrated LIVE without downtime"),
    /** File systems with 32-bit block numbers end at 16 TiB. */
    FILE_SYSTEM_SIZE(
            14, "a file system with 32-bit block numbers is at most 16 TiB", "S: there seem to be a limit @ 16TB"),
    /** OCFS2's limits hold. */
    OCFS2_LIMITS(
            15,
            "OCFS2: names, numbers, ports, node count, regions and slots are in their ranges and equal on all nodes",
            "S: both nodes' cluster.conf; the reader accepts violations"),
    /** Every member's cluster.conf lists every member. */
    OCFS2_FILES_CURRENT(
            16,
            "every member's cluster.conf lists every member as the model does",
            "S: it is still a very good idea to modify each cluster.conf file"),
    /** Growing OCFS2 stops its users. */
    GROW_GOES_OFFLINE(
            17,
            "growing an OCFS2 takes all its mounts offline",
            "S: you need to take OCFS2 offline to issue a resize command"),
    /** Some md levels take no new member while they work. */
    HOT_ADD_POSSIBLE(
            18,
            "a member is added only to an md level that can take one while it works",
            "S: hot-added up to a certain point, depending on the underlying raid type"),
    /** Storage traffic fits the network. */
    TRAFFIC_FITS(
            19,
            "storage traffic fits the ports that carry it; replication wants 1 Gb/s",
            "S: Do not even try if your max speed is 100Mb/s; link aggregation is your friend"),
    /** Replicas are verified. */
    VERIFY_SCHEDULED(
            20,
            "replicas are verified online on a schedule; packet digests are off in production",
            "S: online verify allow me to remove the data-integrity-alg"),
    /** Replicas authenticate each other. */
    PEERS_AUTHENTICATE(
            21,
            "replicas authenticate each other with a digest that is not md5 and a secret of at most 63 bytes",
            "S: cram-hmac-alg md5; shared-secret password; the 9 parser refuses more than 63 bytes"),
    /** DRBD's parts agree. */
    DRBD_VERSIONS_AGREE(
            22,
            "kernel module, programs and files of a node speak one DRBD dialect",
            "S: the unstable is not a working version of DRBD"),
    /** Replicas do not fail together. */
    REPLICAS_APART(23, "replicas of one volume are in different failure domains", "S: good raid + redundancy"),
    /** What would be written is accepted by the tools. */
    FILES_ACCEPTED(
            24,
            "the files that would be written are accepted by their tools, and by us without a warning",
            "192 sample files: the tools let 44 wrong ones through"),
    /** Exports serve what their machine keeps, and a volume in use is exported where it is written. */
    EXPORT_WHERE_PRIMARY(
            25,
            "an export serves what its machine keeps, and a replicated volume in use is exported where it is Primary",
            "Diskless: an export of a DRBD volume answers while its machine is Primary, or nobody would");

    private final int number;
    private final String title;
    private final String origin;

    Rule(int number, String title, String origin) {
        this.number = number;
        this.title = title;
        this.origin = origin;
    }

    /** {@return 0 to 25, the same for ever} */
    public int number() {
        return number;
    }

    /** {@return stable name such as {@code one-writer}} */
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** {@return what must hold, in one sentence} */
    public String title() {
        return title;
    }

    /** {@return where the rule comes from} */
    public String origin() {
        return origin;
    }
}
