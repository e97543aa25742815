package io.diskless.cluster.model;

import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.FencerId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.PairId;
import io.diskless.cluster.model.id.ProfileId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.FencingDevice;
import io.diskless.cluster.model.node.HaPair;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Machine;
import io.diskless.cluster.model.node.NetbootProfile;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdNumbers;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Multipath;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.net.Ipv4Address;
import java.util.ArrayList;
import java.util.List;

/** A small site with nothing wrong: two of every node, replicated roots and one guest {@code web1} on {@code h1}. */
public final class SampleSite {
    public static final long GIB = 1L << 30;

    private SampleSite() {}

    public static Model good() {
        List<Entity> site = new ArrayList<>();
        site.add(Segment.of("san"));
        site.add(Segment.of("lan"));
        site.add(new NetbootProfile(new ProfileId("linux"), "vmlinuz", "initrd.img", "root=aoe"));

        site.add(ConfigNode.of(machine("cfg1", 1).in("r1", "p1", "s1"), true));
        site.add(ConfigNode.of(machine("cfg2", 2).in("r2", "p2", "s2"), false));
        site.add(MdArray.mirror("cfg1-md", "cfg1", "cfg1-a", "cfg1-b"));
        site.add(MdArray.mirror("cfg2-md", "cfg2", "cfg2-a", "cfg2-b"));
        for (String node : List.of("cfg1", "cfg2")) {
            site.add(Disk.of(node + "-a", node, "/dev/sda", 100 * GIB));
            site.add(Disk.of(node + "-b", node, "/dev/sdb", 100 * GIB));
        }
        site.add(DrbdVolume.of(
                "cfg",
                DrbdPolicy.of("secrets/cfg"),
                Replica.of("cfg1", 0, "cfg1-md"),
                Replica.of("cfg2", 1, "cfg2-md")));
        site.add(new FencingDevice(new FencerId("pdu"), "pdu", List.of(new NodeId("cfg1"), new NodeId("cfg2")), "p3"));
        site.add(new HaPair(
                new PairId("cfg"),
                new NodeId("cfg1"),
                new NodeId("cfg2"),
                Ipv4Address.parse("10.0.0.2"),
                new LayerId("cfg"),
                List.of(new FencerId("pdu")),
                HaPair.Stack.EMBEDDED));

        site.add(StorageNode.of(machine("s1", 11).in("r1", "p1", "s1"), "s1-root", "linux"));
        site.add(StorageNode.of(machine("s2", 12).in("r2", "p2", "s2"), "s2-root", "linux"));
        site.add(Disk.of("s1-root", "s1", "/dev/sda", 20 * GIB));
        site.add(Disk.of("s2-root", "s2", "/dev/sda", 20 * GIB));
        for (int h = 1; h <= 2; h++) {
            String node = "h" + h;
            site.add(HardwareNode.of(
                    machine(node, 20 + h).in("r" + h, "p" + h, "s" + h), node + "-root", "linux", 16, 64 * GIB));
            site.addAll(volume(node + "-root", h, 20 * GIB));
        }
        site.addAll(volume("web1", 10, 40 * GIB));
        site.add(Instance.of("web1", 2, 4 * GIB, "web1")
                .nic("52:54:00:bb:00:01", "lan")
                .on("h1"));
        return DrbdNumbers.complete(Model.of(site.toArray(new Entity[0])));
    }

    private static Machine machine(String name, int number) {
        String last = String.format("%02x", number);
        return Machine.of(
                name,
                Nic.of("eth0", "52:54:00:a0:00:" + last, "lan").address("10.0.0." + (100 + number)),
                Nic.of("eth1", "52:54:00:a1:00:" + last, "san"));
    }

    /** A volume on both storage nodes with two paths: disks, DRBD, exports, and a multipath device of the given name. */
    public static List<Entity> volume(String name, int slot, long bytes) {
        List<Entity> path = new ArrayList<>();
        for (int s = 1; s <= 2; s++) {
            path.add(Disk.of(name + "-d" + s, "s" + s, "/dev/vg/" + name, bytes));
            path.add(AoeExport.of(name + "-e" + s, "e" + s + "." + slot, "s" + s, "eth1", "san", name + "-r"));
        }
        path.add(DrbdVolume.of(
                name + "-r",
                DrbdPolicy.of("secrets/" + name),
                Replica.of("s1", 0, name + "-d1"),
                Replica.of("s2", 1, name + "-d2")));
        path.add(Multipath.of(name, name + "-e1", name + "-e2"));
        return path;
    }
}
