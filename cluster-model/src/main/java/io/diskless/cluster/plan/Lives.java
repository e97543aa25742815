package io.diskless.cluster.plan;

import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.operation.VolumeOperation;
import io.diskless.cluster.model.storage.DrbdVolume;
import io.diskless.cluster.model.storage.Replica;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Steps that lead a machine from one state of its life to another. Stateless. */
final class Lives {
    private static final Duration HEALTHY = Duration.ofSeconds(30);

    private Lives() {}

    static void insist(NodeId id, Lifecycle from, Lifecycle to) {
        if (!from.canBecome(to)) {
            throw new Draft.Refusal(id + " is " + from.getClass().getSimpleName() + ", which cannot become "
                    + to.getClass().getSimpleName());
        }
    }

    /** Boots a machine that is new, off or cut off, and waits until it is healthy. */
    static void boot(Draft draft, NodeId id, int after) {
        Lifecycle life = Nodes.node(draft, id).lifecycle();
        for (DrbdVolume volume : Nodes.volumes(draft, id)) {
            if (!draft.guestsAbove(volume.id()).isEmpty()) {
                draft.allow(Allowance.lessRedundancy(id + " comes back, and its copies are to be filled"));
            }
        }
        Lifecycle booting = new Lifecycle.Booting();
        int boots = after;
        if (!(life instanceof Lifecycle.Booting)) {
            insist(id, life, booting);
            boots = draft.step(Verb.BOOT, id)
                    .edit(new Edit.Lives(id, life, booting))
                    .takes(draft.policy().boot())
                    .after(after)
                    .add();
        }
        draft.step(Verb.AWAIT_HEALTH, id)
                .edit(new Edit.Lives(id, booting, Lifecycle.ready()))
                .takes(HEALTHY)
                .after(boots)
                .add();
    }

    /** What the copies of a machine missed is written to them, a few at a time. */
    static void fill(Draft draft, NodeId id) {
        List<Integer> ends = new ArrayList<>();
        int lanes = draft.policy().lanes();
        for (DrbdVolume volume : Nodes.volumes(draft, id)) {
            if (VolumeOperation.isBehind(draft.now(), volume, id)) {
                int lane = ends.size() < lanes ? 0 : ends.get(ends.size() - lanes);
                ends.add(fill(draft, volume, volume.replica(id).orElseThrow(), lane));
            }
        }
    }

    /** Puts a copy on its disk and waits until it is good; the number of the last step. */
    static int fill(Draft draft, DrbdVolume volume, Replica copy, int after) {
        int attached = after;
        if (copy.state() != Replica.State.INCONSISTENT) {
            attached = draft.step(Verb.ATTACH, volume.id(), copy.node())
                    .edit(new Edit.Holds(volume.id(), copy.node(), copy.state(), Replica.State.INCONSISTENT))
                    .requires(new Condition.Works(copy.node()))
                    .after(after)
                    .add();
        }
        long whole = Making.size(draft.now(), copy.lower());
        boolean behind = copy.state() == Replica.State.OUTDATED;
        return Making.sync(
                draft,
                volume.id(),
                copy.node(),
                behind ? Math.min(whole, draft.policy().missedBytes()) : whole,
                attached);
    }

    /** Whatever leads a machine to a state of its life; that it works is said to be so when it is seen. */
    static void become(Draft draft, NodeId id, Lifecycle wish) {
        Lifecycle life = Nodes.node(draft, id).lifecycle();
        if (life.equals(wish)) {
            return;
        }
        if (wish.isServing() && life.isServing()) {
            record(draft, id, wish);
        } else if (wish.isServing()) {
            boot(draft, id, 0);
            if (wish instanceof Lifecycle.Draining) {
                record(draft, id, wish);
            }
        } else if (wish instanceof Lifecycle.Booting) {
            insist(id, life, wish);
            draft.step(Verb.BOOT, id)
                    .edit(new Edit.Lives(id, life, wish))
                    .takes(draft.policy().boot())
                    .add();
        } else if (wish instanceof Lifecycle.Maintenance && life.isServing()) {
            Nodes.drain(draft, id, List.of());
        } else if (wish instanceof Lifecycle.Retired) {
            Nodes.retire(draft, id);
        } else if (wish instanceof Lifecycle.Announced || wish instanceof Lifecycle.Tagged) {
            insist(id, life, wish);
            entry(draft, Nodes.node(draft, id).lifecycle(wish));
        } else if (wish instanceof Lifecycle.Fenced) {
            throw new Draft.Refusal(id + " is " + life.getClass().getSimpleName()
                    + ", and is cut off by no step but that of an operation that fences it");
        } else {
            // That a machine was lost is what somebody saw; that one that is cut off rests is what somebody decides.
            record(draft, id, wish);
        }
    }

    private static void record(Draft draft, NodeId id, Lifecycle wish) {
        Lifecycle life = Nodes.node(draft, id).lifecycle();
        insist(id, life, wish);
        draft.step(Verb.RECORD, id).edit(new Edit.Lives(id, life, wish)).add();
    }

    /** Writes the host entry of a machine that is known. */
    static int entry(Draft draft, Node as) {
        Node old = Nodes.node(draft, as.id());
        if (old.equals(as)) {
            return 0;
        }
        return draft.step(Verb.WRITE_HOST_ENTRY, as.id())
                .edit(new Edit.Becomes(as.id(), Optional.of((Entity) old), Optional.of((Entity) as)))
                .add();
    }

    /** Switches a machine off that shall not be known any more, and takes its host entry away. */
    static void forget(Draft draft, NodeId id) {
        if (Nodes.node(draft, id).lifecycle().isServing()) {
            Nodes.drain(draft, id, List.of());
        }
        draft.step(Verb.WRITE_HOST_ENTRY, id)
                .edit(Edit.Becomes.gone(Nodes.node(draft, id)))
                .add();
    }
}
