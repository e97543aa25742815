package io.diskless.cluster.simulate;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.FencerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.FencingDevice;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Machine;
import io.diskless.cluster.model.node.Nic;
import java.util.ArrayList;
import java.util.List;

/** The sample site with more hosts and guests, half of them in each rack, and a device that cuts off every machine. */
final class LargerSite {
    private LargerSite() {}

    static Model of(int hosts, int guests) {
        List<Entity> more = new ArrayList<>();
        List<NodeId> reached = new ArrayList<>();
        for (String node : List.of("cfg1", "cfg2", "s1", "s2", "h1", "h2")) {
            reached.add(new NodeId(node));
        }
        for (int h = 3; h <= hosts; h++) {
            String name = "h" + h;
            String last = String.format("%02x", 0x40 + h);
            int rack = 2 - h % 2;
            more.add(HardwareNode.of(
                    Machine.of(
                                    name,
                                    Nic.of("eth0", "52:54:00:a0:00:" + last, "lan")
                                            .address("10.0.0." + (200 + h)),
                                    Nic.of("eth1", "52:54:00:a1:00:" + last, "san"))
                            .in("r" + rack, "p" + rack, "s" + rack),
                    name + "-root",
                    "linux",
                    16,
                    64 * SampleSite.GIB));
            more.addAll(SampleSite.volume(name + "-root", 100 + h, 20 * SampleSite.GIB));
            reached.add(new NodeId(name));
        }
        for (int g = 2; g <= guests; g++) {
            String name = "web" + g;
            more.addAll(SampleSite.volume(name, 10 + g, 40 * SampleSite.GIB));
            more.add(Instance.of(name, 2, 4 * SampleSite.GIB, name)
                    .nic("52:54:00:bb:00:" + String.format("%02x", g), "lan")
                    .on("h" + (1 + g % hosts)));
        }
        more.add(new FencingDevice(new FencerId("ipmi"), "ipmi", reached, "p3"));
        return SampleSite.good().with(more);
    }
}
