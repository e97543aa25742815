package io.diskless.cluster.simulate;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.compute.VolumeUse;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.Disk;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Layer;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.rules.StoragePath;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.TreeMap;

/**
 * Power is back, and everything boots at once. A machine goes through firmware, the question who it is (which waits 4, 8, 16
 * and 32 s for an answer and then begins with the firmware again, as the PXE specification 2.1 has it), the boot files from
 * the ConfigNode, its kernel, and its root; then its guests read their volumes. A wait for a root or volume ends with the
 * second in which a way to it is complete. Streams share the ports and disks that they go over.
 *
 * <p>Not thread-safe.
 */
final class BootStorm {
    private static final Duration SECOND = Duration.ofSeconds(1);
    /** PXE 2.1, section 2.2.1: the waits for an offer. */
    private static final List<Duration> OFFERS =
            List.of(Duration.ofSeconds(4), Duration.ofSeconds(8), Duration.ofSeconds(16), Duration.ofSeconds(32));

    private static final long BYTES_OF_A_MEGABIT = 125_000;

    private record Timed(Duration at, long number, Runnable what) {}

    /** A way from who reads to what it reads: the export, or nothing if the disk is its own. */
    private record Way(Optional<AoeExport> export, NodeId disks) {}

    private final World world;
    private final Physics physics;
    private final Flows flows = new Flows();
    private final PriorityQueue<Timed> queue =
            new PriorityQueue<>(Comparator.comparing(Timed::at).thenComparing(Timed::number));
    private final Map<NodeId, Integer> tries = new TreeMap<>();
    private long numbers;

    BootStorm(World world) {
        this.world = world;
        this.physics = world.physics();
    }

    void run() {
        List<Node> machines = world.base().all(Node.class).stream()
                .filter(node -> node.lifecycle().isServing())
                .toList();
        List<Entity> off = new ArrayList<>();
        for (Node node : machines) {
            off.add(node.lifecycle(new Lifecycle.Lost(Instant.EPOCH, "no power")));
            capacities(node);
        }
        for (InstanceId id : world.guests()) {
            world.base().get(id, Instance.class).ifPresent(guest -> off.add(guest.placement(new Placement.Stopped())));
        }
        world.become(world.model().with(off));
        world.tell(TimelineEvent.Kind.POWER, null, "is back: " + machines.size() + " machines start");
        machines.forEach(node -> firmware(node.id()));
        while (step()) {
            // Each event may bring others.
        }
    }

    private void capacities(Node node) {
        flows.capacity("disks " + node.id(), physics.diskBytesPerSecond());
        flows.capacity("boot " + node.id(), physics.bootBytesPerSecond());
        for (Nic nic : node.machine().nics()) {
            long bytes = node.machine().speedMbps(nic.segment()) * BYTES_OF_A_MEGABIT;
            flows.capacity(port("in", node.id(), nic.segment()), bytes);
            flows.capacity(port("out", node.id(), nic.segment()), bytes);
        }
    }

    private static String port(String way, NodeId node, SegmentId segment) {
        return way + " " + node + " " + segment;
    }

    /** Whatever is next: something whose time has come, or the end of a stream. */
    private boolean step() {
        OptionalLong stream = flows.next();
        Timed timed = queue.peek();
        if (timed == null && stream.isEmpty()) {
            return false;
        }
        long untilTimed =
                timed == null ? Long.MAX_VALUE : timed.at().minus(world.now()).toNanos();
        long untilStream = stream.orElse(Long.MAX_VALUE);
        long nanos = Math.min(untilTimed, untilStream);
        world.pass(world.now().plusNanos(nanos));
        flows.pass(nanos);
        if (timed != null && untilTimed <= untilStream) {
            queue.remove(timed);
            timed.what().run();
        }
        return true;
    }

    private void after(Duration wait, Runnable what) {
        queue.add(new Timed(world.now().plus(wait), numbers++, what));
    }

    private boolean isPatient() {
        return world.now().compareTo(physics.patience()) < 0;
    }

    private Node node(NodeId id) {
        return world.model().get(id, Node.class).orElseThrow();
    }

    private void firmware(NodeId id) {
        int again = tries.merge(id, 1, Integer::sum);
        after(world.about(physics.firmware(), "firmware " + again + " " + id), () -> {
            if (node(id) instanceof ConfigNode) {
                // It has disks of its own: whoever tells the others what they are cannot ask.
                kernel(id);
            } else {
                ask(id, 0);
            }
        });
    }

    private void ask(NodeId id, int offer) {
        Optional<NodeId> server = server(id);
        if (server.isPresent()) {
            world.tell(TimelineEvent.Kind.BOOT, id, "fetches its boot files from " + server.get());
            SegmentId over = common(id, server.get()).orElseThrow();
            flows.begin(
                    physics.bootBytes(),
                    List.of(
                            "disks " + server.get(),
                            port("out", server.get(), over),
                            port("in", id, over),
                            "boot " + id),
                    () -> kernel(id));
        } else if (!isPatient()) {
            world.tell(TimelineEvent.Kind.BOOT, id, "gives up: no ConfigNode answers");
        } else if (offer < OFFERS.size()) {
            after(OFFERS.get(offer), () -> ask(id, offer + 1));
        } else {
            world.tell(TimelineEvent.Kind.BOOT, id, "got no offer and begins again");
            firmware(id);
        }
    }

    /** The ConfigNode that answers a machine. */
    private Optional<NodeId> server(NodeId client) {
        return world.model().all(ConfigNode.class).stream()
                .filter(node -> node.servesBoot() && node.lifecycle().isServing())
                .map(ConfigNode::id)
                .filter(id -> common(client, id).isPresent())
                .findFirst();
    }

    private Optional<SegmentId> common(NodeId a, NodeId b) {
        return node(a).machine().nics().stream()
                .map(Nic::segment)
                .filter(segment -> node(b).machine().isOn(segment))
                .findFirst();
    }

    private void kernel(NodeId id) {
        after(world.about(physics.kernel(), "kernel " + id), () -> root(id, true));
    }

    private void root(NodeId id, boolean first) {
        Optional<Way> way = node(id).root().isPresent()
                ? way(id, node(id).root().get())
                : Optional.of(new Way(Optional.empty(), id));
        if (way.isPresent()) {
            flows.begin(physics.rootBytes(), over(id, way.get()), () -> ready(id));
            return;
        }
        if (first) {
            world.tell(TimelineEvent.Kind.BOOT, id, "waits for its root");
        }
        if (isPatient()) {
            after(SECOND, () -> root(id, false));
        } else {
            world.tell(TimelineEvent.Kind.BOOT, id, "gives up: no way to its root is complete");
        }
    }

    private static List<String> over(NodeId reader, Way way) {
        List<String> over = new ArrayList<>(List.of("disks " + way.disks()));
        way.export().ifPresent(export -> {
            over.add(port("out", export.node(), export.segment()));
            over.add(port("in", reader, export.segment()));
        });
        return over;
    }

    /** Which way a machine reads a layer now: its own disks, else an export that leads to good data, a writer's first. */
    private Optional<Way> way(NodeId reader, LayerId layer) {
        Model model = world.model();
        Map<LayerId, Layer> below = StoragePath.below(model, layer);
        List<AoeExport> exports = new ArrayList<>();
        for (Layer one : below.values()) {
            if (one instanceof AoeExport export && node(reader).machine().isOn(export.segment())) {
                exports.add(export);
            }
        }
        if (exports.isEmpty()) {
            boolean own = below.values().stream().anyMatch(Disk.class::isInstance)
                    && StoragePath.works(model, layer, node -> node.equals(reader) || StoragePath.serves(model, node));
            return own ? Optional.of(new Way(Optional.empty(), reader)) : Optional.empty();
        }
        return exports.stream()
                .filter(export -> StoragePath.works(model, export.id(), node -> StoragePath.serves(model, node)))
                .min(Comparator.comparing((AoeExport export) -> !writes(model, export))
                        .thenComparing(AoeExport::id))
                .map(export -> new Way(Optional.of(export), export.node()));
    }

    private static boolean writes(Model model, AoeExport export) {
        return model.get(export.served(), DrbdVolume.class)
                .flatMap(volume -> volume.replica(export.node()))
                .filter(Replica::primary)
                .isPresent();
    }

    private void ready(NodeId id) {
        Node node = node(id);
        world.become(world.model().with(node.lifecycle(Lifecycle.ready())));
        world.tell(TimelineEvent.Kind.BOOT, id, "is ready");
        world.booted(node.getClass().getSimpleName(), world.now());
        for (InstanceId guest : world.guests()) {
            Instance there = world.base().get(guest, Instance.class).orElseThrow();
            if (there.placement().hosts().get(0).equals(id)) {
                guest(there, id, true);
            }
        }
    }

    private void guest(Instance guest, NodeId host, boolean first) {
        List<Way> ways = new ArrayList<>();
        for (VolumeUse use : guest.volumes()) {
            way(host, use.layer()).ifPresent(ways::add);
        }
        if (ways.size() == guest.volumes().size()) {
            if (ways.isEmpty()) {
                started(guest, host);
            } else {
                // The first volume is what it boots from.
                flows.begin(physics.guestBytes(), over(host, ways.get(0)), () -> started(guest, host));
            }
        } else if (isPatient()) {
            if (first) {
                world.tell(TimelineEvent.Kind.BOOT, guest.id(), "waits for its volumes");
            }
            after(SECOND, () -> guest(guest, host, false));
        } else {
            world.tell(TimelineEvent.Kind.BOOT, guest.id(), "gives up: no way to its volumes is complete");
        }
    }

    private void started(Instance guest, NodeId host) {
        Instance stopped = world.model().get(guest.id(), Instance.class).orElseThrow();
        world.become(world.model().with(stopped.placement(new Placement.On(host))));
        if (world.works(guest.id())) {
            world.booted("Instance", world.now());
        }
    }
}
