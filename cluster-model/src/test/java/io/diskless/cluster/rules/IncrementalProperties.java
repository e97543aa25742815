package io.diskless.cluster.rules;

import static io.diskless.cluster.model.SampleSite.GIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.conf.drbd.DrbdDialect;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.SampleSite;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.compute.VolumeUse;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.OcfsId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Machine;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.model.node.Software;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdPolicy;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.FileSystem;
import io.diskless.cluster.model.storage.MdArray;
import io.diskless.cluster.model.storage.Multipath;
import io.diskless.cluster.model.storage.OcfsCluster;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.net.Ipv4Address;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Asking again only where the answer can differ gives the answer of asking everywhere. */
class IncrementalProperties {
    /** Random sites over few names, so that most references meet and most claims clash. */
    private static final class Chaos {
        private final Random random;

        Chaos(long seed) {
            this.random = new Random(seed);
        }

        private int below(int bound) {
            return random.nextInt(bound);
        }

        @SafeVarargs
        private <T> T any(T... values) {
            return values[below(values.length)];
        }

        private String layer() {
            return "l" + below(14);
        }

        private String node() {
            return "n" + below(7);
        }

        private Lifecycle life() {
            return any(
                    Lifecycle.ready(),
                    Lifecycle.ready(),
                    Lifecycle.ready(),
                    new Lifecycle.Maintenance(),
                    new Lifecycle.Announced());
        }

        private Machine machine(String name) {
            List<Nic> nics = new ArrayList<>();
            for (int i = 0; i < 1 + below(2); i++) {
                nics.add(Nic.of("eth" + i, any("52", "53") + ":54:00:00:00:0" + below(6), "g" + below(2))
                        .address("10.0.0." + (1 + below(8)))
                        .speed(any(100, 10_000)));
            }
            Software old = new Software(DrbdDialect.V9, DrbdDialect.V9, DrbdDialect.V8_4);
            return Machine.of(name, nics.toArray(new Nic[0]))
                    .in("r" + below(3), "p" + below(3), "")
                    .software(any(Software.DRBD_9, old));
        }

        private Node anyNode() {
            String name = node();
            NodeId id = new NodeId(name);
            Optional<LayerId> root = below(5) == 0 ? Optional.empty() : Optional.of(new LayerId(layer()));
            return switch (below(3)) {
                case 0 -> new ConfigNode(id, machine(name), life(), random.nextBoolean());
                case 1 -> new StorageNode(id, machine(name), life(), root, Optional.empty());
                default ->
                    new HardwareNode(id, machine(name), life(), root, Optional.empty(), 4, 8 * GIB, any("a", "b"));
            };
        }

        private Placement placement() {
            NodeId on = new NodeId(node());
            NodeId to = new NodeId(node());
            return below(4) == 0 || on.equals(to)
                    ? any(new Placement.Stopped(), new Placement.On(on))
                    : any(new Placement.On(on), new Placement.Migrating(on, to, below(2)));
        }

        private Entity anyLayer() {
            LayerId id = new LayerId(layer());
            return switch (below(7)) {
                case 0 -> Disk.of(id.name(), node(), "/dev/sda", (1 + below(4)) * GIB);
                case 1 ->
                    MdArray.mirror(id.name(), node(), layer(), layer())
                            .activeOn(below(2) == 0 ? List.of(new NodeId("n0"), new NodeId("n1")) : List.of());
                case 2, 3 -> drbd(id);
                case 4 ->
                    AoeExport.of(id.name(), "e0." + below(3), node(), "eth0", "g" + below(2), layer())
                            .trafficMbps(any(0, 200, 6000))
                            .access(any(new AoeExport.Access.Open(), new AoeExport.Access.StaticList(List.of())));
                case 5 -> Multipath.of(id.name(), layer(), layer());
                default ->
                    new FileSystem(
                            id,
                            any(FileSystem.Format.OCFS2, FileSystem.Format.EXT4),
                            new LayerId(layer()),
                            any(GIB, 3 * GIB),
                            64,
                            1 + below(2),
                            below(2) == 0 ? Optional.empty() : Optional.of(new OcfsId("o")));
            };
        }

        private DrbdVolume drbd(LayerId id) {
            DualPrimary dual = any(
                    new DualPrimary.Never(),
                    new DualPrimary.Leased("x", below(2), Instant.EPOCH),
                    new DualPrimary.ClusterFileSystem(new OcfsId("o")));
            DrbdPolicy policy = DrbdPolicy.of("s")
                    .quorum(any(DrbdPolicy.Quorum.values()))
                    .protocol(any(DrbdPolicy.Protocol.values()));
            return DrbdVolume.of(id.name(), policy, Replica.of(node(), 0, layer()), Replica.of(node(), 1, layer()))
                    .dualPrimary(dual);
        }

        private Entity entity() {
            return switch (below(8)) {
                case 0, 1 -> anyNode();
                case 2 -> new Segment(new SegmentId("g" + below(2)), 0, any(1500, 9000), 1000);
                case 3, 4, 5 -> anyLayer();
                case 6 ->
                    Instance.of("i" + below(4), 1 + below(3), (1 + below(6)) * GIB)
                            .volumes(List.of(VolumeUse.of(layer())))
                            .nic("52:54:00:00:00:0" + below(6), "g" + below(2))
                            .placement(placement())
                            .storageMbps(any(0, 11_000));
                default ->
                    OcfsCluster.of(
                            "o",
                            List.of(new OcfsCluster.Member(
                                    new NodeId(node()), below(2), Ipv4Address.parse("10.0.0.1"), 7777)));
            };
        }

        Model change(Model model, int steps) {
            return model.edit(editor -> {
                for (int i = 0; i < steps; i++) {
                    Entity entity = entity();
                    if (below(4) == 0) {
                        editor.remove(entity.id());
                    } else {
                        editor.put(entity);
                    }
                }
            });
        }
    }

    @Property(tries = 100)
    void aChangeOfARandomSite(@ForAll long seed) {
        Chaos chaos = new Chaos(seed);
        Checked checked = Checked.of(chaos.change(Model.empty(), 60));
        for (int i = 0; i < 12; i++) {
            Model after = chaos.change(checked.model(), 1 + chaos.below(3));
            Checked updated = checked.update(after);
            assertThat(updated.findings())
                    .containsExactlyElementsOf(Checked.of(after).findings());
            assertThat(updated).isEqualTo(Checked.of(after));
            checked = updated;
        }
    }

    @Property(tries = 25)
    void aGoodSiteThatFallsApart(@ForAll long seed) {
        Random random = new Random(seed);
        Checked checked = Checked.of(SampleSite.good());
        List<Entity> all = checked.model().all(Entity.class);
        for (int i = 0; i < 15; i++) {
            Entity one = all.get(random.nextInt(all.size()));
            // What is away comes back at times.
            Model after = checked.model().contains(one.id())
                    ? checked.model().without(one.id())
                    : checked.model().with(one);
            Checked updated = checked.update(after);
            assertThat(updated.findings())
                    .containsExactlyElementsOf(Checked.of(after).findings());
            checked = updated;
        }
    }
}
