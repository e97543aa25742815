package io.diskless.netboot.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.BootKind;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.PairId;
import io.diskless.cluster.model.id.ProfileId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.HaPair;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Machine;
import io.diskless.cluster.model.node.NetbootProfile;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Multipath;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.Ipv4Address;
import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.dhcp.DhcpHeader;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A site as it stands decides what its machines boot. */
class ClusterHostsTest {
    private static final String CONFIG = "52:54:00:a0:00:01";
    private static final String STORAGE = "52:54:00:a0:00:02";
    private static final String DISK = "52:54:00:a0:00:03";
    private static final String KERNEL = "52:54:00:a0:00:04";
    private static final String GUEST = "52:54:00:a0:00:05";
    private static final String LOCAL_GUEST = "52:54:00:a0:00:06";
    private static final BootAnswer LINUX = new BootAnswer.Kernel("vmlinuz", List.of("initrd.img"), "quiet");

    private final HardwareNode disk = new HardwareNode(
            new NodeId("h1"),
            machine("h1", DISK, 11),
            Lifecycle.ready(),
            Optional.of(new LayerId("h1-root")),
            Optional.empty(),
            4,
            1 << 30,
            "x86-64-v2");
    private final AtomicReference<Cluster> site = new AtomicReference<>(Cluster.of(Model.of(
            Segment.of("lan"),
            new NetbootProfile(new ProfileId("linux"), "vmlinuz", "initrd.img", "quiet"),
            ConfigNode.of(machine("cfg1", CONFIG, 1), true),
            ConfigNode.of(machine("cfg2", "52:54:00:a0:00:07", 2), false),
            new HaPair(
                    new PairId("cfg"),
                    new NodeId("cfg1"),
                    new NodeId("cfg2"),
                    Ipv4Address.parse("10.0.0.99"),
                    new LayerId("shared"),
                    List.of(),
                    HaPair.Stack.EMBEDDED),
            StorageNode.of(machine("s1", STORAGE, 10), "s1-root", "linux"),
            AoeExport.of("e1", "e1.7", "s1", "eth0", "lan", "h1-r"),
            AoeExport.of("e2", "e2.7", "s2", "eth0", "lan", "h1-r"),
            Multipath.of("h1-root", "e1", "e2"),
            disk,
            HardwareNode.of(machine("h2", KERNEL, 12), "h2-root", "linux", 4, 1 << 30),
            Instance.of("web1", 1, 1 << 20, "v")
                    .nic(GUEST, "lan")
                    .boot(new BootKind.NetworkBoot(new ProfileId("linux"))),
            Instance.of("web2", 1, 1 << 20, "v").nic(LOCAL_GUEST, "lan"))));
    private final StandardPolicy policy = StandardPolicy.of(new ClusterHosts(site::get), Map.of());

    private static Machine machine(String name, String mac, int last) {
        return Machine.of(name, Nic.of("eth0", mac, "lan").address("10.0.0." + last));
    }

    private BootDecision decide(String mac, BootStage stage) {
        return policy.decide(BootFacts.of(MacAddress.parse(mac), stage, OptionalInt.empty()));
    }

    private BootAnswer ipxe(String mac) {
        return decide(mac, BootStage.IPXE).answer();
    }

    @Test
    void everyRoleGetsWhatTheSiteSays() {
        assertThat(ipxe(CONFIG)).as("it boots from its own disks").isEqualTo(new BootAnswer.LocalDisk());
        assertThat(ipxe(STORAGE)).isEqualTo(LINUX);
        assertThat(ipxe(KERNEL)).isEqualTo(LINUX);
        assertThat(ipxe(DISK))
                .isEqualTo(
                        new BootAnswer.AoeRoot(AoeAddress.parse("e1.7"), Optional.of(AoeAddress.parse("e2.7")), false));
        assertThat(ipxe(GUEST)).isEqualTo(LINUX);
        assertThat(ipxe(LOCAL_GUEST)).isEqualTo(new BootAnswer.AddressOnly());
        assertThat(ipxe("52:54:00:99:99:99")).isInstanceOf(BootAnswer.Ignore.class);
        assertThat(decide(DISK, BootStage.PXE_FIRMWARE).answer()).isEqualTo(new BootAnswer.Program("undionly.kpxe"));
    }

    @Test
    void hostsAreWhatTheirNodesAre() {
        Host host = decide(DISK, BootStage.IPXE).host().orElseThrow();
        assertThat(host.name()).isEqualTo("h1");
        assertThat(host.tag()).isEqualTo(HostTag.HARDWARE_NODE);
        assertThat(host.address()).contains(DhcpHeader.address(0x0A00000B));
        assertThat(decide(GUEST, BootStage.IPXE).host().orElseThrow().tag()).isEqualTo(HostTag.INSTANCE);
    }

    @Test
    void aChangeTakesEffectAtTheNextQuestion() {
        site.updateAndGet(now -> now.desire(model -> model.with(disk.lifecycle(new Lifecycle.Retired()))));
        assertThat(ipxe(DISK)).isEqualTo(new BootAnswer.Deny("node/h1 is retired"));
        site.updateAndGet(now ->
                now.desire(model -> model.with(StorageNode.of(machine("h1", DISK, 11), "r", "linux"))));
        assertThat(ipxe(DISK)).isEqualTo(LINUX);
        site.updateAndGet(now -> now.desire(model -> model.without(disk.id())));
        assertThat(ipxe(DISK)).isInstanceOf(BootAnswer.Ignore.class);
    }

    @Test
    void ofTwoWithOneCardNeitherIsServed() {
        site.updateAndGet(now ->
                now.desire(model -> model.with(StorageNode.of(machine("twin", DISK, 50), "r", "linux"))));
        assertThat(ipxe(DISK)).isInstanceOf(BootAnswer.Ignore.class);
    }

    @Test
    void addressesAreKept() {
        MacAddress own = MacAddress.parse(DISK);
        assertThat(policy.isKeptFromOthers(DhcpHeader.address(0x0A00000B), own)).isFalse();
        assertThat(policy.isKeptFromOthers(DhcpHeader.address(0x0A00000B), MacAddress.parse(GUEST)))
                .isTrue();
        assertThat(policy.isKeptFromOthers(DhcpHeader.address(0x0A000063), own))
                .as("a pair's service address")
                .isTrue();
        assertThat(policy.isKeptFromOthers(DhcpHeader.address(0x0A000070), own)).isFalse();
    }

    @Test
    void aRolesProfileIsForNodesThatSayNothing() {
        BootAnswer other = new BootAnswer.Kernel("other", List.of(), "");
        StandardPolicy withRole = StandardPolicy.of(
                new ClusterHosts(site::get),
                Map.of(HostTag.HARDWARE_NODE, BootProfile.ipxe(other).build()));
        site.updateAndGet(now -> now.desire(model -> model.without(new LayerId("h1-root"))));
        BootFacts bare = BootFacts.of(MacAddress.parse(DISK), BootStage.IPXE, OptionalInt.empty());
        BootFacts kernel = BootFacts.of(MacAddress.parse(KERNEL), BootStage.IPXE, OptionalInt.empty());
        assertThat(withRole.decide(bare).answer()).isEqualTo(other);
        assertThat(withRole.decide(kernel).answer()).isEqualTo(LINUX);
    }
}
