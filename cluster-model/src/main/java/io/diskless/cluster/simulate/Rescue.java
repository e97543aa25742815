package io.diskless.cluster.simulate;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.HaPair;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.operation.NodeOperation;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.placement.Decision;
import io.diskless.cluster.placement.Placer;
import io.diskless.cluster.placement.Strategy;
import io.diskless.cluster.rules.Checked;
import io.diskless.cluster.rules.StoragePath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** What is done when machines are gone, and when they come back. Not thread-safe. */
final class Rescue {
    private final World world;
    private final Hands hands;

    Rescue(World world, Hands hands) {
        this.world = world;
        this.hands = hands;
    }

    /** The machines do not answer any more; what they were doing stands in the model until they are cut off. */
    void lose(List<NodeId> nodes, String evidence) {
        Lifecycle lost = new Lifecycle.Lost(hands.instant(), evidence);
        List<Entity> gone = new ArrayList<>();
        for (NodeId id : nodes) {
            world.model()
                    .get(id, Node.class)
                    .filter(node -> node.lifecycle().canBecome(lost))
                    .ifPresent(node -> gone.add(node.lifecycle(lost)));
            world.tell(TimelineEvent.Kind.POWER, id, evidence);
        }
        world.become(world.model().with(gone));
    }

    /** Another ConfigNode serves where the one that served is lost. */
    void failOver() {
        for (HaPair pair : world.model().all(HaPair.class)) {
            for (NodeId id : List.of(pair.first(), pair.second())) {
                NodeId other = id.equals(pair.first()) ? pair.second() : pair.first();
                boolean lost = world.model().get(id, ConfigNode.class).stream()
                        .anyMatch(node -> node.servesBoot() && node.lifecycle() instanceof Lifecycle.Lost);
                if (lost && StoragePath.serves(world.model(), other)) {
                    hands.carryOut(
                            "fail over " + pair.id(),
                            List.of(new NodeOperation.FailoverConfigNode(pair.id(), other, hands.nextToken())));
                }
            }
        }
    }

    /** Cuts machines off, each by a plan of its own, so that one that no device reaches holds up no other. */
    void fence(Iterable<NodeId> nodes) {
        for (NodeId id : nodes) {
            boolean open = world.model().get(id, Node.class).stream()
                    .anyMatch(node -> !(node.lifecycle() instanceof Lifecycle.Fenced));
            if (open) {
                hands.carryOut("fence " + id, List.of(new NodeOperation.FenceNode(id, hands.nextToken())));
            }
        }
    }

    /**
     * Starts the guests that ran at the begin and are stopped now, each where it is placed after those before it.
     *
     * @param never machines of which nobody knows whether they work
     */
    void restart(Collection<NodeId> never) {
        List<Operation> starts = new ArrayList<>();
        Lifecycle lost = new Lifecycle.Lost(hands.instant(), "is not heard");
        Checked now = world.checked()
                .update(world.model()
                        .with(never.stream()
                                .flatMap(id -> world.model().get(id, Node.class).stream())
                                .filter(node -> node.lifecycle().isServing())
                                .map(node -> node.lifecycle(lost))
                                .toList()));
        for (InstanceId id : world.guests()) {
            Instance guest = now.model().get(id, Instance.class).orElse(null);
            if (guest == null || !(guest.placement() instanceof Placement.Stopped)) {
                continue;
            }
            Optional<NodeId> node = Placer.choose(now, id, Strategy.SPREAD);
            if (node.isEmpty()) {
                Decision why = Placer.place(now, id, Strategy.SPREAD);
                world.tell(TimelineEvent.Kind.PLAN, id, "has no place: " + why.explain());
                continue;
            }
            Operation start = new Operation.StartInstance(id, node.get());
            starts.add(start);
            now = now.update(start.applyTo(now.model()));
        }
        if (!starts.isEmpty()) {
            hands.carryOut("start " + starts.size() + " guests", starts);
        }
    }

    /** Boots machines that are off and fills their copies with what they missed. */
    void comeBack(Collection<NodeId> nodes, Duration missed) {
        for (NodeId id : nodes) {
            Node node = world.model().get(id, Node.class).orElseThrow();
            hands.carryOut(
                    "return of " + id, List.of(new NodeOperation.AddNode(node, Optional.empty())), Optional.of(missed));
        }
    }
}
