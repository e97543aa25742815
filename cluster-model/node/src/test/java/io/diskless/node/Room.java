package io.diskless.node;

import io.diskless.aoe.initiator.AoeDisk;
import io.diskless.aoe.initiator.AoeInitiator;
import io.diskless.aoe.initiator.DiskOptions;
import io.diskless.aoe.initiator.InitiatorOptions;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.EthernetSegment;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.FileDevice;
import io.diskless.cluster.block.FileOptions;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.id.FencerId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.ProfileId;
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
import io.diskless.drbd.auth.SharedSecret;
import io.diskless.drbd.session.SyncOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** Two storage nodes that replicate over loopback and export on one Ethernet in memory, and machines that use it. */
final class Room implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(Integer.getInteger("diskless.patience", 120));
    static final int SIZE = 8 << 20;
    static final LayerId VOLUME = new LayerId("web1-r");
    static final NodeId S1 = new NodeId("s1");
    static final NodeId S2 = new NodeId("s2");
    static final NodeId H1 = new NodeId("h1");
    static final NodeId H2 = new NodeId("h2");
    static final AoeAddress ADDRESS = AoeAddress.parse("e7.1");

    final EthernetSegment san = EthernetSegment.realTime();
    final Path folder;
    private final ExecutorService disks = Executors.newFixedThreadPool(2);
    private final Map<NodeId, SocketAddress> ends = new ConcurrentHashMap<>();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Map<NodeId, Power> powers = new ConcurrentHashMap<>();
    private int machines;

    Room(Path folder) {
        this.folder = folder;
    }

    static ConditionFactory await() {
        return Awaitility.await().atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(20));
    }

    /** Both nodes serve one volume at one address; s1 writes. */
    static Model site() {
        List<Entity> site = new ArrayList<>();
        site.add(Segment.of("san"));
        site.add(new NetbootProfile(new ProfileId("linux"), "vmlinuz", "initrd.img", "root=aoe"));
        for (int s = 1; s <= 2; s++) {
            String node = "s" + s;
            site.add(StorageNode.of(
                    Machine.of(node, Nic.of("eth1", "52:54:00:a1:00:0" + s, "san"))
                            .in("r" + s, "p" + s, "s" + s),
                    node + "-root",
                    "linux"));
            site.add(Disk.of(node + "-root", node, "root.img", SIZE));
            site.add(Disk.of("web1-d" + s, node, node + "-web1.img", SIZE));
            site.add(AoeExport.of("web1-e" + s, ADDRESS.toString(), node, "eth1", "san", VOLUME.name()));
            site.add(HardwareNode.of(
                    Machine.of("h" + s, Nic.of("eth1", "52:54:00:a1:00:2" + s, "san")), "web1", "linux", 4, 1L << 32));
        }
        site.add(DrbdVolume.of(
                VOLUME.name(),
                DrbdPolicy.of("secrets/web1").fencing(DrbdPolicy.Fencing.RESOURCE_AND_STONITH),
                Replica.of("s1", 0, "web1-d1"),
                Replica.of("s2", 1, "web1-d2")));
        site.add(new FencingDevice(new FencerId("pdu"), "pdu", List.of(S1, S2), "p3"));
        site.add(Multipath.of("web1", "web1-e1", "web1-e2"));
        site.add(Instance.of("web1", 1, 1L << 28, "web1").on("h1"));
        return Model.of(site.toArray(new Entity[0]));
    }

    /** Files of the folder, ports of the segment, TCP on loopback. */
    private final class Parts implements StorageParts {
        private final Power power;

        Parts(Power power) {
            this.power = power;
        }

        private Path file(Disk disk) {
            return folder.resolve(disk.device());
        }

        @Override
        public BlockDevice disk(Disk disk) throws IOException {
            FileOptions how = Files.exists(file(disk)) ? FileOptions.defaults() : FileOptions.create(disk.sizeBytes());
            return power.disk(FileDevice.open(file(disk), how));
        }

        @Override
        public void create(Disk disk) throws IOException {
            disk(disk).close();
        }

        @Override
        public void grow(Disk disk) throws IOException {
            throw new IOException("disks of this room do not grow");
        }

        @Override
        public void remove(Disk disk) throws IOException {
            Files.deleteIfExists(file(disk));
        }

        @Override
        public EthernetLink port(Nic nic) {
            return power.port(san.attach(nic.name(), nic.mac(), nic.mtu()));
        }

        @Override
        public SocketAddress replication(NodeId node, LayerId volume) throws IOException {
            synchronized (ends) {
                SocketAddress end = ends.get(node);
                if (end == null) {
                    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                        end = new InetSocketAddress(InetAddress.getLoopbackAddress(), free.getLocalPort());
                    }
                    ends.put(node, end);
                }
                return end;
            }
        }

        @Override
        public SharedSecret secret(String reference) {
            return SharedSecret.of(reference.getBytes(StandardCharsets.UTF_8));
        }
    }

    StorageOptions.Builder options(NodeId node) {
        Power power = new Power();
        powers.put(node, power);
        return StorageOptions.builder(new Parts(power))
                .transport(power.transport())
                .disks(disks)
                .initialise(true)
                .net(net -> net.ping(Duration.ofSeconds(2), Duration.ofSeconds(20))
                        .connectInterval(Duration.ofMillis(300))
                        .settle(Duration.ofMillis(20)))
                .sync(SyncOptions.fixed(1_000_000));
    }

    StorageNodeRuntime start(Model model, NodeId node) throws NodeException {
        return start(model, node, options(node));
    }

    StorageNodeRuntime start(Model model, NodeId node, StorageOptions.Builder options) throws NodeException {
        StorageNodeRuntime runtime = StorageNodeRuntime.open(model, node, options.build());
        Power power = powers.get(node);
        open.push(power == null ? runtime : () -> power.end(runtime));
        return runtime;
    }

    /** Pulls a node's plug: from now on nothing of it reaches a disk or a wire, and nothing tells it so. */
    void kill(NodeId node) throws IOException {
        Power power = powers.remove(node);
        if (power != null) {
            power.cut();
        }
    }

    /** A machine without disks. */
    AoeDisk client() throws IOException {
        EthernetLink port = san.attach("client" + machines, MacAddress.of(0x5254_00c0_0000L + machines++), 9000);
        AoeInitiator initiator = AoeInitiator.open(
                        List.of(port),
                        InitiatorOptions.builder()
                                .discoveryInterval(Duration.ofMillis(200))
                                .build())
                .start();
        open.push(initiator);
        return initiator.disk(
                ADDRESS,
                DiskOptions.builder().deadline(PATIENCE).openTimeout(PATIENCE).build());
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (AutoCloseable each : open) {
            try {
                each.close();
            } catch (Exception e) {
                failure = new IOException("not closed cleanly", e);
            }
        }
        disks.shutdown();
        if (failure != null) {
            throw failure;
        }
    }
}
