package io.diskless.cluster.plan;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.OcfsId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.HaPair;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.node.StorageNode;
import io.diskless.cluster.model.operation.NodeOperation;
import io.diskless.cluster.model.operation.VolumeOperation;
import io.diskless.cluster.model.storage.AoeExport;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.DualPrimary;
import io.diskless.cluster.model.storage.OcfsCluster;
import io.diskless.cluster.model.storage.Replica;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Steps for machines: they come, go, are cut off, and serve in place of each other. Stateless. */
final class Nodes {
    private static final Duration FENCING = Duration.ofSeconds(10);
    private static final Duration HAND_OVER = Duration.ofSeconds(2);
    private static final Impact LESS = new Impact(Impact.Kind.LESS_REDUNDANCY, Duration.ZERO);

    private Nodes() {}

    static Node node(Draft draft, NodeId id) {
        return draft.now()
                .get(id, Node.class)
                .orElseThrow(() -> new Draft.Refusal("there is no " + id + " in the model"));
    }

    /** Tells a machine what it is; the number of the step, or 0 if it was told before. */
    static int tag(Draft draft, Node as) {
        Optional<Node> old = draft.now().get(as.id(), Node.class);
        if (old.isPresent() && old.get().lifecycle().isMember()) {
            return 0;
        }
        if (old.isPresent() && old.get().lifecycle() instanceof Lifecycle.Retired) {
            throw new Draft.Refusal(as.id() + " is retired for good; a machine that comes back has another name");
        }
        Entity tagged = as.lifecycle(new Lifecycle.Tagged());
        return draft.step(Verb.WRITE_HOST_ENTRY, as.id())
                .edit(new Edit.Becomes(as.id(), old.map(Entity.class::cast), Optional.of(tagged)))
                .add();
    }

    static void add(Draft draft, NodeOperation.AddNode operation) {
        NodeId id = operation.node().id();
        int ready = tag(draft, operation.node());
        Lifecycle life = node(draft, id).lifecycle();
        Node as = operation.node().lifecycle(life);
        if (!node(draft, id).equals(as)) {
            ready = Lives.entry(draft, as);
        }
        for (int written :
                operation.joins().map(ocfs -> join(draft, operation, ocfs)).orElse(List.of())) {
            ready = Math.max(ready, written);
        }
        if (!(life instanceof Lifecycle.Ready)) {
            Lives.boot(draft, id, ready);
        }
        Lives.fill(draft, id);
    }

    /** Every member's file lists the new one before it boots. */
    private static List<Integer> join(Draft draft, NodeOperation.AddNode operation, OcfsId id) {
        OcfsCluster old = draft.now()
                .get(id, OcfsCluster.class)
                .orElseThrow(() -> new Draft.Refusal("there is no " + id + " in the model"));
        OcfsCluster wish =
                operation.applyTo(draft.now()).get(id, OcfsCluster.class).orElseThrow();
        return Becoming.cluster(draft, old, wish);
    }

    static void retire(Draft draft, NodeId id) {
        List<String> kept = new ArrayList<>();
        for (EntityId who : draft.now().referrers(id)) {
            Entity user = draft.now().get(who).orElse(null);
            if (user instanceof DrbdVolume || user instanceof AoeExport || user instanceof HaPair) {
                kept.add(who.toString());
            }
        }
        if (!kept.isEmpty()) {
            throw new Draft.Refusal(id + " still serves " + String.join(", ", kept) + "; move these first");
        }
        Lifecycle life = node(draft, id).lifecycle();
        if (life.isServing()) {
            drain(draft, id, List.of());
        }
        life = node(draft, id).lifecycle();
        Lives.insist(id, life, new Lifecycle.Retired());
        draft.step(Verb.RECORD, id)
                .edit(new Edit.Lives(id, life, new Lifecycle.Retired()))
                .requires(new Condition.HasNoGuests(id))
                .noReturn("a retired machine does not come back")
                .add();
    }

    /** Takes a machine out of service whose guests are gone or go. */
    static void drain(Draft draft, NodeId id, List<Integer> moved) {
        Lifecycle life = node(draft, id).lifecycle();
        if (life instanceof Lifecycle.Ready) {
            begin(draft, id);
        } else if (!(life instanceof Lifecycle.Draining)) {
            throw new Draft.Refusal(id + " is " + life.getClass().getSimpleName() + ", it cannot be drained");
        }
        List<Integer> quiet = new ArrayList<>(moved);
        quiet.addAll(handOver(draft, id));
        off(draft, id, quiet);
    }

    static int begin(Draft draft, NodeId id) {
        return draft.step(Verb.RECORD, id)
                .edit(new Edit.Lives(id, new Lifecycle.Ready(), new Lifecycle.Draining("drained by plan")))
                .add();
    }

    /** Other copies take over, a few volumes at a time. */
    private static List<Integer> handOver(Draft draft, NodeId id) {
        List<Integer> ends = new ArrayList<>();
        for (DrbdVolume volume : volumes(draft, id)) {
            Replica own = volume.replica(id).orElseThrow();
            List<Instance> guests = draft.guestsAbove(volume.id());
            Optional<Replica> heir = VolumeOperation.otherGoodCopy(draft.now(), volume, id);
            if (heir.isEmpty() && !guests.isEmpty()) {
                throw new Draft.Refusal(volume.id() + " has no good copy elsewhere, and "
                        + guests.get(0).id() + " uses it");
            }
            if (!guests.isEmpty()) {
                draft.allow(Allowance.lessRedundancy(id + " is away"));
            }
            boolean moves = own.primary() && heir.isPresent();
            int lane = ends.size() < draft.policy().lanes()
                    ? 0
                    : ends.get(ends.size() - draft.policy().lanes());
            int last = lane;
            for (AoeExport export : Making.exports(draft.now(), volume.id(), id)) {
                last = draft.step(Verb.WITHDRAW, export.id(), id)
                        .requires(new Condition.WorksWithout(volume.id(), id))
                        .hurts(guests, LESS)
                        .after(last)
                        .add();
            }
            if (own.primary()) {
                last = demote(draft, volume, id, last);
            }
            if (moves) {
                last = promote(draft, volume, heir.get().node(), last);
            }
            ends.add(last);
        }
        return ends;
    }

    /** Ends that a machine writes; guests stand still until another one does. */
    static int demote(Draft draft, DrbdVolume volume, NodeId node, int after) {
        return draft.step(Verb.DEMOTE, volume.id(), node)
                .edit(new Edit.Writes(volume.id(), node, false))
                .hurts(draft.guestsAbove(volume.id()), new Impact(Impact.Kind.PAUSE, HAND_OVER))
                .after(after)
                .add();
    }

    static int promote(Draft draft, DrbdVolume volume, NodeId heir, int after) {
        if (draft.now()
                .get(volume.id(), DrbdVolume.class)
                .orElseThrow()
                .replica(heir)
                .orElseThrow()
                .primary()) {
            return after;
        }
        Draft.Next next = draft.step(Verb.PROMOTE, volume.id(), heir)
                .edit(new Edit.Writes(volume.id(), heir, true))
                .requires(new Condition.IsGood(volume.id(), heir))
                .requires(new Condition.Works(heir))
                .after(after);
        boolean alone =
                draft.now().get(volume.id(), DrbdVolume.class).orElseThrow().dualPrimary() instanceof DualPrimary.Never;
        return (alone ? next.requires(new Condition.HasNoWriter(volume.id())) : next).add();
    }

    static List<DrbdVolume> volumes(Draft draft, NodeId id) {
        List<DrbdVolume> found = new ArrayList<>();
        for (EntityId who : draft.now().referrers(id)) {
            draft.now()
                    .get(who, DrbdVolume.class)
                    .filter(volume -> volume.replica(id).isPresent())
                    .ifPresent(found::add);
        }
        return found;
    }

    private static void off(Draft draft, NodeId id, List<Integer> after) {
        int quiet = draft.step(Verb.AWAIT_QUIET, id)
                .requires(new Condition.HasNoGuests(id))
                .after(after)
                .add();
        Draft.Next next = draft.step(Verb.POWER_OFF, id)
                .edit(new Edit.Lives(id, node(draft, id).lifecycle(), new Lifecycle.Maintenance()))
                .takes(Duration.ofSeconds(60))
                .after(quiet);
        volumes(draft, id).forEach(volume -> next.hurts(draft.guestsAbove(volume.id()), LESS));
        boolean misses = outdate(draft, id, next);
        if (misses) {
            next.noReturn("its copies miss what is written from then on");
        }
        next.add();
    }

    /** A copy of a machine that is off misses writes; whether there is one. */
    private static boolean outdate(Draft draft, NodeId id, Draft.Next next) {
        boolean any = false;
        for (DrbdVolume volume : volumes(draft, id)) {
            Replica own = volume.replica(id).orElseThrow();
            boolean heir =
                    VolumeOperation.otherGoodCopy(draft.now(), volume, id).isPresent();
            if (own.primary()) {
                next.edit(new Edit.Writes(volume.id(), id, false));
            }
            if (heir && own.state() == Replica.State.UP_TO_DATE) {
                any = true;
                next.edit(new Edit.Holds(volume.id(), id, Replica.State.UP_TO_DATE, Replica.State.OUTDATED));
            }
        }
        return any;
    }

    /** Cuts a machine off; its guests are down, and what it wrote is written elsewhere. The number of the last step. */
    static int fence(Draft draft, NodeOperation.FenceNode operation) {
        NodeId id = operation.node();
        Node old = node(draft, id);
        Lifecycle cut =
                operation.applyTo(draft.now()).get(id, Node.class).orElseThrow().lifecycle();
        Lives.insist(id, old.lifecycle(), cut);
        List<EntityId> operands = new ArrayList<>(List.of(id));
        operation.devices(draft.now()).forEach(device -> operands.add(device.id()));
        List<DrbdVolume> handed = new ArrayList<>();
        for (DrbdVolume volume : volumes(draft, id)) {
            if (volume.replica(id).orElseThrow().primary()) {
                handed.add(volume);
            }
        }
        Draft.Next next = draft.step(Verb.FENCE, operands)
                .edit(new Edit.Lives(id, old.lifecycle(), cut))
                .takes(FENCING)
                .noReturn("the machine is off");
        for (DrbdVolume volume : volumes(draft, id)) {
            next.hurts(draft.guestsAbove(volume.id()), without(draft, volume, id));
        }
        outdate(draft, id, next);
        for (EntityId who : draft.now().referrers(id)) {
            Instance guest = draft.now().get(who, Instance.class).orElse(null);
            if (guest != null) {
                if (!(guest.placement() instanceof Placement.On on)) {
                    throw new Draft.Refusal(guest.id() + " is " + guest.placement() + "; end that migration first");
                }
                next.edit(new Edit.Runs(guest.id(), on, new Placement.Stopped()))
                        .hurts(List.of(guest), new Impact(Impact.Kind.OUTAGE, FENCING));
            }
        }
        if (old instanceof StorageNode) {
            draft.allow(Allowance.lessRedundancy(id + " is cut off"));
        }
        int last = next.add();
        for (DrbdVolume volume : handed) {
            Optional<Replica> heir = VolumeOperation.otherGoodCopy(draft.now(), volume, id);
            if (heir.isPresent()) {
                promote(draft, volume, heir.get().node(), last);
            }
        }
        return last;
    }

    /** What guests notice of a volume when a machine that keeps a copy is cut off. */
    private static Impact without(Draft draft, DrbdVolume volume, NodeId id) {
        if (VolumeOperation.otherGoodCopy(draft.now(), volume, id).isEmpty()) {
            return new Impact(Impact.Kind.OUTAGE, FENCING);
        }
        boolean writer = volume.replica(id).orElseThrow().primary();
        return writer ? new Impact(Impact.Kind.PAUSE, FENCING.plus(HAND_OVER)) : LESS;
    }

    static void failover(Draft draft, NodeOperation.FailoverConfigNode operation) {
        ConfigNode old = operation.active(draft.now());
        NodeId next = operation.to();
        HaPair pair = operation.pair(draft.now());
        Optional<DrbdVolume> shared = draft.now().get(pair.sharedVolume(), DrbdVolume.class);
        int last = 0;
        if (old.lifecycle() instanceof Lifecycle.Lost) {
            last = fence(draft, new NodeOperation.FenceNode(old.id(), operation.token()));
        }
        boolean answers = draft.now()
                .get(old.id(), ConfigNode.class)
                .orElseThrow()
                .lifecycle()
                .isServing();
        if (old.servesBoot()) {
            last = serveBoot(draft, old.id(), false, last);
        }
        if (answers) {
            last = draft.step(Verb.DROP_ADDRESS, pair.id(), old.id())
                    .after(last)
                    .add();
            if (shared.isPresent()) {
                last = draft.step(Verb.UNMOUNT, shared.get().id(), old.id())
                        .after(last)
                        .add();
            }
        }
        if (shared.isPresent()) {
            for (Replica copy : draft.now()
                    .get(shared.get().id(), DrbdVolume.class)
                    .orElseThrow()
                    .replicas()) {
                if (copy.primary() && !copy.node().equals(next)) {
                    last = demote(draft, shared.get(), copy.node(), last);
                }
            }
            last = promote(draft, shared.get(), next, last);
            last = draft.step(Verb.MOUNT, shared.get().id(), next).after(last).add();
        }
        last = draft.step(Verb.TAKE_ADDRESS, pair.id(), next).after(last).add();
        if (!draft.now().get(next, ConfigNode.class).orElseThrow().servesBoot()) {
            serveBoot(draft, next, true, last);
        }
    }

    /** A machine begins or ends to answer boot requests; of one that is cut off it is only written down. */
    static int serveBoot(Draft draft, NodeId id, boolean serves, int after) {
        boolean answers = node(draft, id).lifecycle().isServing();
        Verb verb = serves ? Verb.SERVE_BOOT : answers ? Verb.END_BOOT : Verb.RECORD;
        Draft.Next next = draft.step(verb, id).edit(new Edit.Serves(id, serves)).after(after);
        return (serves ? next.requires(new Condition.Works(id)) : next).add();
    }
}
