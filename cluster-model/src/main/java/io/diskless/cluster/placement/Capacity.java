package io.diskless.cluster.placement;

import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.rules.Checked;
import io.diskless.cluster.rules.Finding;
import io.diskless.cluster.rules.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/**
 * How many more guests of a shape fit. Their volumes are not counted: a model does not say how much of a StorageNode's disks
 * is free. Immutable.
 *
 * @param more how many in all
 * @param byNode how many each node takes; those that take none are there too
 * @param stops what stops the next one, for each node that could take one but for that, or {@code site} for the site
 */
public record Capacity(long more, Map<NodeId, Integer> byNode, Map<String, List<Candidate.Rejection>> stops) {
    /** More than any node takes; where this is reached, nothing of the model says no. */
    private static final int MOST = 1 << 20;

    private static final InstanceId PROBE = new InstanceId("capacity.probe");

    /** Copies the maps. */
    public Capacity {
        byNode = Collections.unmodifiableMap(new TreeMap<>(byNode));
        stops = Collections.unmodifiableMap(new TreeMap<>(stops));
    }

    /**
     * Counts.
     *
     * @param site the site with its findings
     * @param shape of which guests
     * @param spare whether all guests must still fit when any one node is lost
     * @return how many fit, and what stops the next
     */
    public static Capacity of(Checked site, Shape shape, boolean spare) {
        Map<NodeId, Integer> byNode = new TreeMap<>();
        Map<String, List<Candidate.Rejection>> stops = new TreeMap<>();
        long total = 0;
        for (HardwareNode node : Placer.nodes(site.model())) {
            int most = largest(most(shape), count -> isFree(site, shape, node, count));
            byNode.put(node.id(), most);
            total += most;
            if (most < most(shape)) {
                stops.put(node.id().name(), Placer.rejections(site, shape.times(most + 1, PROBE), node));
            }
        }
        if (spare && !survives(site, shape, byNode, total)) {
            long left = 0;
            long right = total;
            while (left < right) {
                long middle = (left + right + 1) >>> 1;
                if (survives(site, shape, byNode, middle)) {
                    left = middle;
                } else {
                    right = middle - 1;
                }
            }
            stops.clear();
            stops.put("site", warnings(with(site, shape, byNode, left + 1)));
            return new Capacity(left, cut(byNode, left), stops);
        }
        return new Capacity(total, byNode, stops);
    }

    private static int most(Shape shape) {
        long cpus = Integer.MAX_VALUE / shape.vcpus();
        long memory = Long.MAX_VALUE / 2 / shape.memoryBytes();
        long traffic = shape.storageMbps() == 0 ? MOST : Integer.MAX_VALUE / shape.storageMbps();
        return (int) Math.min(Math.min(cpus, memory), Math.min(traffic, MOST)) - 1;
    }

    /** The largest count that is right, where all smaller ones are too; 0 if none is. */
    private static int largest(int most, IntPredicate right) {
        int low = 0;
        int high = 1;
        while (high < most && right.test(high)) {
            low = high;
            high = (int) Math.min(most, 2L * high);
        }
        if (high == most && right.test(most)) {
            return most;
        }
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (right.test(middle)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static boolean isFree(Checked site, Shape shape, HardwareNode node, int count) {
        return Placer.rejections(site, shape.times(count, PROBE), node).isEmpty();
    }

    /** As many as there are, the first nodes filled first: which ones is all the same to a rule of sums. */
    private static Map<NodeId, Integer> cut(Map<NodeId, Integer> byNode, long count) {
        Map<NodeId, Integer> taken = new TreeMap<>();
        long left = count;
        for (Map.Entry<NodeId, Integer> node : byNode.entrySet()) {
            int here = (int) Math.min(left, node.getValue());
            taken.put(node.getKey(), here);
            left -= here;
        }
        return taken;
    }

    private static Checked with(Checked site, Shape shape, Map<NodeId, Integer> byNode, long count) {
        List<Instance> guests = new ArrayList<>();
        cut(byNode, count).forEach((node, here) -> {
            if (here > 0) {
                InstanceId name = new InstanceId("capacity.probe." + guests.size());
                Shape plain = new Shape(shape.vcpus(), shape.memoryBytes(), shape.storageMbps(), List.of());
                guests.add(plain.times(here, name).placement(new Placement.On(node)));
            }
        });
        return site.update(site.model().with(guests));
    }

    private static boolean survives(Checked site, Shape shape, Map<NodeId, Integer> byNode, long count) {
        return warnings(with(site, shape, byNode, count)).isEmpty();
    }

    private static List<Candidate.Rejection> warnings(Checked after) {
        List<Candidate.Rejection> found = new ArrayList<>();
        for (Finding finding : after.findings()) {
            if (finding.rule() == Rule.GUESTS_FIT && !finding.isError()) {
                found.add(new Candidate.Rejection(finding.rule().id(), finding.message()));
            }
        }
        return found;
    }
}
