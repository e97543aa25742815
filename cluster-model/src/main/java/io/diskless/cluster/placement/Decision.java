package io.diskless.cluster.placement;

import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.NodeId;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Where a guest should run, with everything that was weighed. Immutable.
 *
 * @param instance which guest
 * @param chosen the best node; empty if none can take it
 * @param candidates every HardwareNode: possible ones first, the best first, then by name
 */
public record Decision(InstanceId instance, Optional<NodeId> chosen, List<Candidate> candidates) {
    /** Copies the list. */
    public Decision {
        Objects.requireNonNull(instance, "instance");
        Objects.requireNonNull(chosen, "chosen");
        candidates = List.copyOf(candidates);
    }

    /** {@return every candidate with its score or what is in its way} */
    public String explain() {
        return String.join("; ", candidates.stream().map(Candidate::toString).toList());
    }
}
