package io.diskless.cluster.simulate;

import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.VolumeUse;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.model.operation.GuestOperation;
import io.diskless.cluster.model.operation.NodeOperation;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Layer;
import io.diskless.cluster.model.storage.Replica;
import io.diskless.cluster.rules.StoragePath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A segment falls apart. Who serves boot decides: what it does not hear on any segment is lost and cut off, so that no guest
 * runs twice; a machine that no device cuts off may still write, so its guests are left to it. Guests that only lost their
 * paths move to a host that has them, or the StorageNodes that they do not see hand over to those that they see. Not
 * thread-safe.
 */
final class SplitSegment {
    private final World world;
    private final Scenario.SplitSegment scenario;

    SplitSegment(World world, Scenario.SplitSegment scenario) {
        this.world = world;
        this.scenario = scenario;
    }

    void run() {
        if (world.base().get(scenario.segment(), Segment.class).isEmpty()) {
            throw new IllegalArgumentException("there is no " + scenario.segment() + " in the model");
        }
        for (NodeId id : scenario.part()) {
            if (world.base().get(id, Node.class).isEmpty()) {
                throw new IllegalArgumentException("there is no " + id + " in the model");
            }
        }
        Cut cut = new Cut(scenario.segment(), new HashSet<>(scenario.part()));
        world.tell(TimelineEvent.Kind.NETWORK, scenario.segment(), "falls apart");
        world.cut(cut);
        Duration begin = world.now();
        world.pass(begin.plus(world.about(world.physics().detection(), "detection")));
        Hands hands = new Hands(world);
        Rescue rescue = new Rescue(world, hands);
        Set<NodeId> off = new TreeSet<>(unheard(cut));
        // They may well work, so until they are cut off nothing is said of them, and nothing is started on them.
        rescue.fence(off);
        rescue.restart(off);
        move(hands, cut);
        off.addAll(drain(hands));
        Duration end = begin.plus(scenario.length());
        if (end.compareTo(world.now()) > 0) {
            world.pass(end);
        }
        world.tell(TimelineEvent.Kind.NETWORK, scenario.segment(), "is whole again");
        world.cut(null);
        rescue.comeBack(off, world.now().minus(begin));
    }

    /** The machines that whoever decides does not hear. */
    private List<NodeId> unheard(Cut cut) {
        Optional<NodeId> decides = world.model().all(ConfigNode.class).stream()
                .filter(node -> node.servesBoot() && node.lifecycle().isServing())
                .map(ConfigNode::id)
                .findFirst();
        List<NodeId> unheard = new ArrayList<>();
        if (decides.isPresent()) {
            for (Node node : world.model().all(Node.class)) {
                if (node.lifecycle().isServing() && !cut.reaches(world.model(), decides.get(), node.id())) {
                    unheard.add(node.id());
                }
            }
        } else {
            world.tell(TimelineEvent.Kind.PLAN, null, "no ConfigNode serves, so nobody decides");
        }
        return unheard;
    }

    /** Guests that stand still move to the first host that sees a writable path and against which no rule speaks. */
    private void move(Hands hands, Cut cut) {
        for (InstanceId id : standing()) {
            Instance guest = world.model().get(id, Instance.class).orElseThrow();
            Optional<NodeId> better = world.model().all(HardwareNode.class).stream()
                    .map(HardwareNode::id)
                    .filter(host ->
                            Sight.of(world.model(), guest.on(host.name()), cut).works())
                    .filter(host -> world.checked()
                            .whyNot(new Operation.StartInstance(id, host))
                            .isPossible())
                    .findFirst();
            if (better.isPresent()) {
                hands.carryOut("move " + id, List.of(new GuestOperation.LiveMigrate(id, better.get())));
            } else {
                world.tell(TimelineEvent.Kind.PLAN, id, "has no host that sees a writable path");
            }
        }
    }

    /** StorageNodes that write for guests which do not see them hand over to the others; those that are off then. */
    private List<NodeId> drain(Hands hands) {
        Set<NodeId> writers = new TreeSet<>();
        for (InstanceId id : standing()) {
            for (VolumeUse use :
                    world.model().get(id, Instance.class).orElseThrow().volumes()) {
                for (Layer layer : StoragePath.below(world.model(), use.layer()).values()) {
                    if (layer instanceof DrbdVolume volume) {
                        volume.replicas().stream()
                                .filter(Replica::primary)
                                .map(Replica::node)
                                .forEach(writers::add);
                    }
                }
            }
        }
        List<NodeId> drained = new ArrayList<>();
        for (NodeId id : writers) {
            boolean storage = world.model().get(id, StorageNode.class).isPresent();
            if (storage && hands.carryOut("drain " + id, List.of(new NodeOperation.DrainStorageNode(id)))) {
                drained.add(id);
            }
        }
        return drained;
    }

    private List<InstanceId> standing() {
        List<InstanceId> found = new ArrayList<>();
        for (InstanceId id : world.guests()) {
            boolean runs = world.model().get(id, Instance.class).stream()
                    .anyMatch(guest -> guest.placement().isRunning());
            if (runs && !world.works(id)) {
                found.add(id);
            }
        }
        return found;
    }
}
