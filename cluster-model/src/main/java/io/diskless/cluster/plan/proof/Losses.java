package io.diskless.cluster.plan.proof;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.HaPair;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;
import io.diskless.cluster.model.operation.NodeOperation;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.rules.Rule;
import io.diskless.cluster.rules.StoragePath;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What becomes of a site when a machine is lost between two steps of a plan. Of the rules those count that keep data and boot
 * requests in one hand: what else a loss breaks, such as that a guest is down, is the loss itself. Immutable.
 */
final class Losses {
    /** What must hold even then. */
    static final Set<Rule> RULES = EnumSet.of(Rule.ONE_BOOT_SERVER, Rule.DUAL_PRIMARY_GUARDED, Rule.ONE_WRITER);

    private final Plan plan;
    private final Leases leases;
    private final Set<NodeId> nodes = new TreeSet<>();

    Losses(Plan plan, Leases leases) {
        this.plan = plan;
        this.leases = leases;
        plan.steps().forEach(step -> {
            for (EntityId id : step.operands()) {
                if (id instanceof NodeId node) {
                    nodes.add(node);
                }
            }
        });
    }

    /** Machines that the plan names and that work. */
    List<NodeId> candidates(Model model) {
        List<NodeId> found = new ArrayList<>(nodes);
        found.removeIf(id -> !StoragePath.serves(model, id));
        return found;
    }

    /** It does not answer, and may still write. */
    Model lost(Model model, NodeId id) {
        Node node = model.get(id, Node.class).orElseThrow();
        return model.with(node.lifecycle(new Lifecycle.Lost(Instant.EPOCH, "injected")));
    }

    /** What whoever runs the site does next. */
    Model rescued(Model lost, NodeId id) {
        Model now = leases.ended(lost);
        NodeOperation.FenceNode fence = new NodeOperation.FenceNode(id, plan.token() + 1);
        if (fence.devices(now).isEmpty()) {
            return now;
        }
        Optional<NodeId> standby = standby(now, id);
        if (standby.isEmpty()) {
            return fence.applyTo(now);
        }
        HaPair pair = pair(now, id).orElseThrow();
        return new NodeOperation.FailoverConfigNode(pair.id(), standby.get(), plan.token() + 1).applyTo(now);
    }

    private static Optional<HaPair> pair(Model model, NodeId id) {
        return model.all(HaPair.class).stream()
                .filter(pair -> pair.first().equals(id) || pair.second().equals(id))
                .findFirst();
    }

    private static Optional<NodeId> standby(Model model, NodeId id) {
        return pair(model, id)
                .map(pair -> pair.first().equals(id) ? pair.second() : pair.first())
                .filter(other -> StoragePath.serves(model, other)
                        && model.get(other, ConfigNode.class).isPresent());
    }
}
