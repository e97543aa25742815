package io.diskless.benchmarks.lab.live;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.BootKind;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.FencerId;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.ProfileId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.FencingDevice;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Machine;
import io.diskless.cluster.model.node.NetbootProfile;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Multipath;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * The site as a model. Machines have {@code eth0} on the LAN, where they boot and replicate; storage is on two segments of its own,
 * one for each storage node, and both serve one volume at one address.
 */
final class LiveModel {
    static final NodeId S1 = new NodeId("s1");
    static final NodeId S2 = new NodeId("s2");
    static final NodeId H2 = new NodeId("h2");
    static final NodeId CFG1 = new NodeId("cfg1");
    static final NodeId CFG2 = new NodeId("cfg2");
    static final LayerId VOLUME = new LayerId("web1-r");
    static final InstanceId GUEST = new InstanceId("web1");
    static final AoeAddress ADDRESS = AoeAddress.parse("e7.1");
    static final MacAddress NEW_CARD = MacAddress.parse("52:54:00:a0:00:33");
    /** On the LAN, and on the two segments of storage. */
    static final List<String> GUEST_CARDS = List.of("52:54:00:bb:00:01", "52:54:00:bb:00:02", "52:54:00:bb:00:03");

    static final List<String> SEGMENTS = List.of("lan", "san1", "san2");
    private static final ProfileId GUESTS = new ProfileId("guest");
    private static final ProfileId SERVERS = new ProfileId("server");
    private static final long GIB = 1L << 30;
    private static final String KERNEL_WORDS =
            "console=ttyS0 quiet no_timer_check tsc=reliable mitigations=off nokaslr net.ifnames=0 panic=-1";

    private LiveModel() {}

    static Model site(long diskBytes) {
        List<Entity> site = new ArrayList<>();
        SEGMENTS.forEach(name -> {
            Segment plain = Segment.of(name);
            site.add(new Segment(plain.id(), plain.vlan(), mtu(name), plain.speedMbps()));
        });
        site.add(new NetbootProfile(GUESTS, "vmlinuz", "initrd.img", KERNEL_WORDS + " lab.root=" + ADDRESS));
        site.add(new NetbootProfile(SERVERS, "vmlinuz", "initrd.img", KERNEL_WORDS));
        site.add(new FencingDevice(new FencerId("pdu"), "pdu", List.of(S1, S2), "p3"));
        for (int i = 1; i <= 2; i++) {
            site.add(ConfigNode.of(machine("cfg" + i, i), i == 1));
            site.add(StorageNode.of(machine("s" + i, 10 + i, "san" + i), "s" + i + "-root", SERVERS.name()));
            site.add(Disk.of("s" + i + "-root", "s" + i, "s" + i + "-root.img", diskBytes));
            site.add(HardwareNode.of(machine("h" + i, 20 + i, "san1", "san2"), "web1", SERVERS.name(), 4, 4 * GIB));
            site.add(Disk.of("web1-d" + i, "s" + i, "s" + i + "-web1.img", diskBytes));
            site.add(AoeExport.of("web1-e" + i, ADDRESS.toString(), "s" + i, "eth1", "san" + i, VOLUME.name()));
        }
        site.add(DrbdVolume.of(
                VOLUME.name(),
                DrbdPolicy.of("secrets/web1"),
                Replica.of("s1", 0, "web1-d1"),
                Replica.of("s2", 1, "web1-d2")));
        site.add(Multipath.of("web1", "web1-e1", "web1-e2"));
        site.add(Instance.of(GUEST.name(), 1, 256L << 20, "web1")
                .nic(GUEST_CARDS.get(0), "lan")
                .boot(new BootKind.NetworkBoot(GUESTS))
                .on("h1"));
        return Model.of(site.toArray(new Entity[0]));
    }

    private static Machine machine(String name, int number, String... sans) {
        List<Nic> nics = new ArrayList<>();
        nics.add(Nic.of("eth0", card(0, number), "lan").address(address(number)));
        for (String san : sans) {
            nics.add(Nic.of("eth" + nics.size(), card(nics.size(), number), san).mtu(mtu(san)));
        }
        return Machine.of(name, nics.toArray(new Nic[0])).in("r" + number, "p" + number, "w" + number);
    }

    /** Frames of storage carry two pages. */
    static int mtu(String segment) {
        return segment.equals("lan") ? 1500 : 9000;
    }

    static String card(int segment, int number) {
        return String.format("52:54:00:a%d:00:%02x", segment, number);
    }

    static String address(int number) {
        return "10.77.0." + number;
    }

    /** The server that is added while everything runs: a card's address, and what it is. */
    static HardwareNode added() {
        return HardwareNode.of(
                Machine.of("h3", Nic.of("eth0", NEW_CARD.toString(), "lan")), "web1", SERVERS.name(), 4, 4 * GIB);
    }
}
