package io.diskless.cluster.plan;

import static io.diskless.cluster.model.SampleSite.GIB;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.FencerId;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.PairId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.model.node.FencingDevice;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Machine;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.model.operation.GuestOperation;
import io.diskless.cluster.model.operation.NodeOperation;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.model.operation.SiteOperation;
import io.diskless.cluster.model.operation.VolumeOperation;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Replica;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Every operation, each with a site at which it can be planned. */
public final class SamplePlans {
    public static final NodeId H1 = new NodeId("h1");
    public static final NodeId H2 = new NodeId("h2");
    public static final NodeId S1 = new NodeId("s1");
    public static final InstanceId WEB1 = new InstanceId("web1");
    public static final Policy POLICY = Policy.of(7, Instant.parse("2026-01-01T00:00:00Z"));

    private SamplePlans() {}

    /** A site and what is asked for. */
    public record Sample(Model site, List<Operation> operations) {
        public Planning plan() {
            return Planner.plan(Cluster.of(site), operations, POLICY);
        }
    }

    /** The sample site with a second guest on h1 and a device that can cut off h1. */
    public static Model site() {
        return SampleSite.good()
                .with(SampleSite.volume("web2", 11, 40 * GIB))
                .with(Instance.of("web2", 2, 4 * GIB, "web2")
                        .nic("52:54:00:bb:00:02", "lan")
                        .on("h1"))
                .with(new FencingDevice(new FencerId("ipmi"), "ipmi", List.of(H1, S1), "p3"));
    }

    public static Model with(Lifecycle life, String node) {
        Model site = site();
        return site.with(site.get(new NodeId(node), Node.class).orElseThrow().lifecycle(life));
    }

    public static HardwareNode h3() {
        Machine machine = Machine.of(
                        "h3",
                        Nic.of("eth0", "52:54:00:a0:00:33", "lan").address("10.0.0.133"),
                        Nic.of("eth1", "52:54:00:a1:00:33", "san"))
                .in("r3", "p3", "s3");
        return HardwareNode.of(machine, "h3-root", "linux", 16, 64 * GIB);
    }

    private static Model failed() {
        Model site = site();
        DrbdVolume volume = site.get(new LayerId("web1-r"), DrbdVolume.class).orElseThrow();
        return site.with(volume.replicas(volume.replicas().stream()
                .map(copy -> copy.node().equals(S1) ? copy.state(Replica.State.FAILED) : copy)
                .toList()));
    }

    public static Map<String, Sample> all() {
        Map<String, Sample> all = new LinkedHashMap<>();
        Model site = site();
        LayerId volume = new LayerId("h3-root-r");
        Operation create = new VolumeOperation.CreateVolume(
                volume, 20 * GIB, List.of(S1, new NodeId("s2")), DrbdPolicy.of("secrets/h3"));
        Operation publish = new VolumeOperation.PublishVolume(volume, new LayerId("h3-root"), new SegmentId("san"));
        all.put("create volume", new Sample(site, List.of(create)));
        all.put("publish volume", new Sample(create.applyTo(site), List.of(publish)));
        all.put(
                "unpublish volume",
                new Sample(
                        publish.applyTo(create.applyTo(site)),
                        List.of(new VolumeOperation.UnpublishVolume(new LayerId("h3-root")))));
        all.put(
                "grow volume",
                new Sample(site, List.of(new VolumeOperation.GrowVolume(new LayerId("web1"), 100 * GIB))));
        all.put(
                "replace disk",
                new Sample(
                        failed(),
                        List.of(new VolumeOperation.ReplaceDisk(new LayerId("web1-d1"), "/dev/vg/web1", 40 * GIB))));
        all.put(
                "replace member",
                new Sample(
                        site, List.of(new VolumeOperation.ReplaceDisk(new LayerId("cfg1-a"), "/dev/sdc", 100 * GIB))));
        Model rooted = publish.applyTo(create.applyTo(site));
        all.put("tag node", new Sample(rooted, List.of(new NodeOperation.TagNode(h3()))));
        all.put(
                "add node",
                new Sample(site, List.of(create, publish, new NodeOperation.AddNode(h3(), Optional.empty()))));
        all.put("retire node", new Sample(site, List.of(new NodeOperation.RetireNode(H2))));
        all.put("start", new Sample(stopped(), List.of(new Operation.StartInstance(WEB1, H2))));
        all.put("stop", new Sample(site, List.of(new Operation.StopInstance(WEB1))));
        all.put("copy", new Sample(site, List.of(new GuestOperation.CopyInstance(WEB1, new InstanceId("copy1")))));
        all.put("migrate", new Sample(site, List.of(new GuestOperation.LiveMigrate(WEB1, H2))));
        all.put("drain storage", new Sample(site, List.of(new NodeOperation.DrainStorageNode(S1))));
        all.put("drain hardware", new Sample(site, List.of(new NodeOperation.DrainHardwareNode(H1, Map.of()))));
        Operation over = new NodeOperation.FailoverConfigNode(new PairId("cfg"), new NodeId("cfg2"), 7);
        all.put("fail over", new Sample(site, List.of(over)));
        Lifecycle lost = new Lifecycle.Lost(Instant.EPOCH, "no answer");
        all.put("fail over from a lost node", new Sample(with(lost, "cfg1"), List.of(over)));
        all.put("fence hardware", new Sample(with(lost, "h1"), List.of(new NodeOperation.FenceNode(H1, 7))));
        all.put("fence storage", new Sample(with(lost, "s1"), List.of(new NodeOperation.FenceNode(S1, 7))));
        Model off = new NodeOperation.DrainStorageNode(S1).applyTo(site);
        Operation back = new NodeOperation.AddNode(site.get(S1, Node.class).orElseThrow(), Optional.empty());
        all.put("return of a drained node", new Sample(off, List.of(back)));
        Model cut = new NodeOperation.FenceNode(S1, 6).applyTo(with(lost, "s1"));
        all.put("return of a fenced node", new Sample(cut, List.of(back)));
        List<Entity> read = List.of(Segment.of("old"), Instance.of("old1", 1, GIB));
        all.put("import", new Sample(site, List.of(new SiteOperation.Import(read))));
        Model later = new Operation.StopInstance(WEB1)
                .applyTo(new GuestOperation.LiveMigrate(new InstanceId("web2"), H2).applyTo(site.with(read)));
        all.put("roll back", new Sample(later, List.of(new SiteOperation.Rollback(site))));
        all.put("roll back a drain", new Sample(off, List.of(new SiteOperation.Rollback(site))));
        all.put("roll back a fencing", new Sample(cut, List.of(new SiteOperation.Rollback(site))));
        Model served = over.applyTo(with(lost, "cfg1"));
        all.put("roll back a fail-over", new Sample(served, List.of(new SiteOperation.Rollback(site))));
        return all;
    }

    private static Model stopped() {
        return new Operation.StopInstance(WEB1).applyTo(site());
    }
}
