package io.diskless.cluster.plan;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.operation.GuestOperation;
import io.diskless.cluster.model.operation.NodeOperation;
import io.diskless.cluster.model.operation.Operation;
import io.diskless.cluster.model.operation.SiteOperation;
import io.diskless.cluster.model.operation.VolumeOperation;
import io.diskless.cluster.placement.Placer;
import io.diskless.cluster.placement.Strategy;
import io.diskless.cluster.rules.Checked;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Makes plans. A plan leads from a site as it is to what operations wish, and asking again after it gives an empty plan. That
 * it keeps the rules on its way is for {@link io.diskless.cluster.plan.proof.Prover} to say. Stateless.
 */
public final class Planner {
    private Planner() {}

    /**
     * Plans operations, one after the other; steps of different ones that touch nothing in common may be done at once.
     *
     * @param site as it is
     * @param operations what is asked for
     * @param policy under which lease and how boldly
     * @return a plan, empty if everything is as it is asked for; or why there is none
     */
    public static Planning plan(Cluster site, List<? extends Operation> operations, Policy policy) {
        Draft draft = new Draft(site.desired(), policy);
        for (Operation operation : operations) {
            try {
                // What is so already needs no step.
                if (!operation.applyTo(draft.now()).equals(draft.now())) {
                    plan(draft, operation);
                }
            } catch (Draft.Refusal | IllegalArgumentException refused) {
                return new Planning.Refused(List.of(operation + ": " + refused.getMessage()));
            }
        }
        return new Planning.Planned(new Plan(
                site.desired(),
                List.copyOf(operations),
                draft.steps(),
                draft.allowances(),
                policy.token(),
                site.revision()));
    }

    private static void plan(Draft draft, Operation operation) {
        if (operation instanceof NodeOperation node) {
            plan(draft, node);
        } else if (operation instanceof GuestOperation.LiveMigrate move) {
            Guests.migrate(draft, move.instance(), move.node(), 0);
        } else if (operation instanceof GuestOperation.CopyInstance copy) {
            Guests.copy(draft, copy);
        } else if (operation instanceof Operation.StartInstance start) {
            Guests.startOrMove(draft, start.instance(), start.node());
        } else if (operation instanceof Operation.StopInstance stop) {
            Guests.stop(draft, stop.instance());
        } else if (operation instanceof VolumeOperation.UnpublishVolume unpublish) {
            Volumes.unpublish(draft, unpublish.device());
        } else if (operation instanceof VolumeOperation.GrowVolume grow) {
            Volumes.grow(draft, grow);
        } else if (operation instanceof VolumeOperation.ReplaceDisk replace) {
            Volumes.replaceDisk(draft, replace);
        } else if (operation instanceof SiteOperation.Import) {
            draft.now().diff(operation.applyTo(draft.now())).changes().forEach(c -> Making.record(draft, c));
        } else if (operation instanceof SiteOperation.Rollback back) {
            Wish.leadBack(draft, back.target());
        } else {
            // To create, to publish, to put, to remove: all is said by what differs.
            Wish.lead(draft, operation.applyTo(draft.now()));
        }
    }

    private static void plan(Draft draft, NodeOperation operation) {
        if (operation instanceof NodeOperation.TagNode tag) {
            Nodes.tag(draft, tag.node());
        } else if (operation instanceof NodeOperation.AddNode add) {
            Nodes.add(draft, add);
        } else if (operation instanceof NodeOperation.RetireNode retire) {
            retire(draft, retire.node());
        } else if (operation instanceof NodeOperation.DrainStorageNode drain) {
            Nodes.drain(draft, drain.node(), List.of());
        } else if (operation instanceof NodeOperation.DrainHardwareNode drain) {
            drainHardware(draft, drain);
        } else if (operation instanceof NodeOperation.FenceNode fence) {
            Nodes.fence(draft, fence);
        } else {
            Nodes.failover(draft, (NodeOperation.FailoverConfigNode) operation);
        }
    }

    private static void retire(Draft draft, NodeId id) {
        if (Nodes.node(draft, id) instanceof HardwareNode node
                && node.lifecycle().isServing()) {
            drainHardware(draft, new NodeOperation.DrainHardwareNode(id, java.util.Map.of()));
        }
        Nodes.retire(draft, id);
    }

    /** Guests go a few at a time, each to where it is placed after those before it. */
    private static void drainHardware(Draft draft, NodeOperation.DrainHardwareNode operation) {
        NodeId id = operation.node();
        if (Nodes.node(draft, id).lifecycle() instanceof Lifecycle.Ready) {
            Nodes.begin(draft, id);
        }
        List<Integer> ends = new ArrayList<>();
        int lanes = draft.policy().lanes();
        for (Instance guest : guests(draft.now(), id)) {
            NodeId to = operation.targets().get(guest.id());
            int lane = ends.size() < lanes ? 0 : ends.get(ends.size() - lanes);
            ends.add(Guests.migrate(draft, guest.id(), to == null ? place(draft, guest) : to, lane));
        }
        Nodes.drain(draft, id, ends);
    }

    private static List<Instance> guests(Model model, NodeId id) {
        List<Instance> found = new ArrayList<>();
        for (EntityId who : model.referrers(id)) {
            model.get(who, Instance.class).ifPresent(found::add);
        }
        found.sort(Comparator.comparing(Instance::id));
        return found;
    }

    private static NodeId place(Draft draft, Instance guest) {
        // Without the guest where it is: a node that it leaves is no reason for or against another.
        Instance waiting = guest.placement(new Placement.Stopped());
        Checked without = draft.checked().update(draft.now().with(waiting));
        Strategy strategy = draft.policy().strategy();
        return Placer.choose(without, waiting.id(), strategy)
                .orElseThrow(() -> new Draft.Refusal("no node takes "
                        + guest.id() + ": "
                        + Placer.place(without, waiting.id(), strategy).explain()));
    }
}
