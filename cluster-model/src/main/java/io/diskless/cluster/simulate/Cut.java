package io.diskless.cluster.simulate;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.SegmentId;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Node;
import java.util.HashSet;
import java.util.Set;

/**
 * A segment in two parts. Immutable.
 *
 * @param segment which
 * @param part the machines of one part
 */
record Cut(SegmentId segment, Set<NodeId> part) {
    Cut {
        part = Set.copyOf(part);
    }

    /** Whether two machines hear each other on a segment that both are on. */
    boolean hears(SegmentId on, NodeId a, NodeId b) {
        return !on.equals(segment) || part.contains(a) == part.contains(b);
    }

    /** Whether two machines hear each other anywhere. */
    boolean reaches(Model model, NodeId a, NodeId b) {
        if (a.equals(b)) {
            return true;
        }
        Set<SegmentId> there = new HashSet<>();
        model.get(b, Node.class)
                .ifPresent(
                        node -> node.machine().nics().stream().map(Nic::segment).forEach(there::add));
        return model.get(a, Node.class).stream()
                .flatMap(node -> node.machine().nics().stream())
                .map(Nic::segment)
                .anyMatch(on -> there.contains(on) && hears(on, a, b));
    }
}
