package io.diskless.benchmarks.lab.cloud;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
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

/** The cloud of the story as a model: two of each kind of node, one replicated volume at one address, one guest. */
final class CloudModel {
    static final NodeId S1 = new NodeId("s1");
    static final NodeId S2 = new NodeId("s2");
    static final NodeId H2 = new NodeId("h2");
    static final NodeId CFG1 = new NodeId("cfg1");
    static final NodeId CFG2 = new NodeId("cfg2");
    static final LayerId VOLUME = new LayerId("web1-r");
    static final InstanceId GUEST = new InstanceId("web1");
    static final AoeAddress ADDRESS = AoeAddress.parse("e7.1");
    static final MacAddress GUEST_CARD = MacAddress.parse("52:54:00:bb:00:01");
    static final MacAddress NEW_CARD = MacAddress.parse("52:54:00:a0:00:33");
    private static final ProfileId LINUX = new ProfileId("linux");
    private static final long GIB = 1L << 30;

    private CloudModel() {}

    static Model site(long diskBytes) {
        List<Entity> site = new ArrayList<>();
        site.add(Segment.of("san"));
        site.add(Segment.of("lan"));
        site.add(new NetbootProfile(LINUX, "vmlinuz", "initrd.img", "root=aoe:e7.1"));
        site.add(new FencingDevice(new FencerId("pdu"), "pdu", List.of(S1, S2), "p3"));
        for (int i = 1; i <= 2; i++) {
            site.add(ConfigNode.of(machine("cfg" + i, i), i == 1));
            site.add(StorageNode.of(machine("s" + i, 10 + i), "s" + i + "-root", LINUX.name()));
            site.add(Disk.of("s" + i + "-root", "s" + i, "root.img", diskBytes));
            site.add(HardwareNode.of(machine("h" + i, 20 + i), "web1", LINUX.name(), 4, 4 * GIB));
            site.add(Disk.of("web1-d" + i, "s" + i, "s" + i + "-web1.img", diskBytes));
            site.add(AoeExport.of("web1-e" + i, ADDRESS.toString(), "s" + i, "eth1", "san", VOLUME.name()));
        }
        site.add(DrbdVolume.of(
                VOLUME.name(),
                DrbdPolicy.of("secrets/web1"),
                Replica.of("s1", 0, "web1-d1"),
                Replica.of("s2", 1, "web1-d2")));
        site.add(Multipath.of("web1", "web1-e1", "web1-e2"));
        site.add(Instance.of(GUEST.name(), 1, GIB, "web1")
                .nic(GUEST_CARD.toString(), "lan")
                .boot(new io.diskless.cluster.model.compute.BootKind.NetworkBoot(LINUX))
                .on("h1"));
        return Model.of(site.toArray(new Entity[0]));
    }

    private static Machine machine(String name, int number) {
        String last = String.format("%02x", number);
        return Machine.of(
                        name,
                        Nic.of("eth0", "52:54:00:a0:00:" + last, "lan").address("10.77.0." + number),
                        Nic.of("eth1", "52:54:00:a1:00:" + last, "san"))
                .in("r" + number, "p" + number, "w" + number);
    }

    /** The server that is added while everything runs: a card's address, and what it is. */
    static HardwareNode added() {
        return HardwareNode.of(
                Machine.of("h3", Nic.of("eth0", NEW_CARD.toString(), "lan")), "web1", LINUX.name(), 4, 4 * GIB);
    }
}
