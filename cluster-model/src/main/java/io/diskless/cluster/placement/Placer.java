package io.diskless.cluster.placement;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.GuestNic;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.rules.Checked;
import io.diskless.cluster.rules.Finding;
import io.diskless.cluster.rules.Rule;
import io.diskless.cluster.rules.StoragePath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Finds the node on which a guest should run: filters say where it can, of which the rules are the last, and a score says
 * where it is best. The same site gives the same answer everywhere. Stateless.
 */
public final class Placer {
    private static final Comparator<Candidate> ORDER = Comparator.comparing(Candidate::isPossible)
            .reversed()
            .thenComparing(
                    Comparator.comparingInt((Candidate candidate) -> candidate.isPossible() ? candidate.score() : 0)
                            .reversed())
            .thenComparing(Candidate::node);

    private Placer() {}

    /**
     * Weighs every HardwareNode.
     *
     * @param site the site with its findings; the guest is in it, stopped or running
     * @param instance which guest
     * @param strategy what is best
     * @return the decision with all candidates
     * @throws IllegalArgumentException if there is no such guest
     */
    public static Decision place(Checked site, InstanceId instance, Strategy strategy) {
        Instance guest = guest(site.model(), instance);
        List<Candidate> all = new ArrayList<>();
        for (HardwareNode node : nodes(site.model())) {
            all.add(weigh(site, guest, node, strategy));
        }
        all.sort(ORDER);
        Optional<NodeId> best =
                all.stream().filter(Candidate::isPossible).map(Candidate::node).findFirst();
        return new Decision(instance, best, all);
    }

    /**
     * Finds the best node and leaves the others unexplained, which takes far less time at a large site.
     *
     * @param site the site with its findings; the guest is in it, stopped or running
     * @param instance which guest
     * @param strategy what is best
     * @return what {@link #place} would choose
     * @throws IllegalArgumentException if there is no such guest
     */
    public static Optional<NodeId> choose(Checked site, InstanceId instance, Strategy strategy) {
        if (strategy == Strategy.N_PLUS_ONE) {
            return place(site, instance, strategy).chosen();
        }
        Model model = site.model();
        Instance guest = guest(model, instance);
        List<HardwareNode> nodes = nodes(model);
        nodes.sort(Comparator.comparingInt((HardwareNode node) -> -score(model, guest, node, strategy))
                .thenComparing(HardwareNode::id));
        return nodes.stream()
                .filter(node -> rejections(site, guest, node).isEmpty())
                .map(HardwareNode::id)
                .findFirst();
    }

    private static Instance guest(Model model, InstanceId id) {
        return model.get(id, Instance.class)
                .orElseThrow(() -> new IllegalArgumentException("there is no " + id + " in the model"));
    }

    static List<HardwareNode> nodes(Model model) {
        List<HardwareNode> found = new ArrayList<>();
        model.forEach(EntityId.Type.NODE, (Entity entity) -> {
            if (entity instanceof HardwareNode node) {
                found.add(node);
            }
        });
        found.sort(Comparator.comparing(HardwareNode::id));
        return found;
    }

    private static Candidate weigh(Checked site, Instance guest, HardwareNode node, Strategy strategy) {
        int score = score(site.model(), guest, node, strategy);
        List<Candidate.Rejection> rejections = rejections(site, guest, node);
        if (strategy == Strategy.N_PLUS_ONE && rejections.isEmpty() && !survives(site, guest, node)) {
            // A place without a spare is better than none, and worse than any with one.
            score -= 1001;
        }
        return new Candidate(node.id(), rejections, score);
    }

    private static boolean survives(Checked site, Instance guest, HardwareNode node) {
        return after(site, guest, node).findings().stream()
                .noneMatch(finding -> finding.rule() == Rule.GUESTS_FIT && !finding.isError());
    }

    private static Checked after(Checked site, Instance guest, HardwareNode node) {
        return site.update(site.model().with(guest.placement(new Placement.On(node.id()))));
    }

    /** How much of the node's memory is free with the guest on it, in thousandths; or how much is taken. */
    private static int score(Model model, Instance guest, HardwareNode node, Strategy strategy) {
        long taken = model.amount(new Claim.Memory(node.id()));
        if (!guest.placement().hosts().contains(node.id())) {
            taken += guest.memoryBytes();
        }
        int free = (int) Math.max(0, 1000 - Math.round(1000.0 * taken / node.memoryBytes()));
        return strategy == Strategy.PACK ? 1000 - free : free;
    }

    static List<Candidate.Rejection> rejections(Checked site, Instance guest, HardwareNode node) {
        List<Candidate.Rejection> found = new ArrayList<>();
        if (!(node.lifecycle() instanceof Lifecycle.Ready)) {
            String life = node.lifecycle().getClass().getSimpleName();
            found.add(new Candidate.Rejection("life", "the node is " + life + ", not Ready"));
            return found;
        }
        for (GuestNic nic : guest.nics()) {
            if (!node.machine().isOn(nic.segment())) {
                found.add(new Candidate.Rejection(
                        "segment", "has no port on " + nic.segment().name() + " for " + nic.mac()));
            }
        }
        for (Finding finding : site.added(after(site, guest, node))) {
            if (finding.isError() && !isNoFaultOfTheNode(site.model(), finding)) {
                found.add(new Candidate.Rejection(finding.rule().id(), finding.message()));
            }
        }
        return found;
    }

    /** While a StorageNode is away, that the loss of the next would be noticed is so wherever the guest runs. */
    private static boolean isNoFaultOfTheNode(Model model, Finding finding) {
        return finding.rule() == Rule.STORAGE_NODE_MAY_STOP
                && finding.path().size() == 3
                && finding.path().get(1) instanceof LayerId volume
                && !StoragePath.away(model, volume).isEmpty();
    }
}
