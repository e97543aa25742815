package io.diskless.cluster.plan;

import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.rules.Finding;
import io.diskless.cluster.rules.Rule;
import java.util.Objects;

/**
 * Errors that an operation cannot avoid and that whoever asks for it has to accept, such as that guests live on one copy while
 * a machine is away. They are told with the proof, never hidden. Immutable.
 *
 * @param rule whose errors
 * @param last what the path of such a finding ends with
 * @param reason why they cannot be avoided
 */
public record Allowance(Rule rule, EntityId.Type last, String reason) {
    /** Insists on all. */
    public Allowance {
        Objects.requireNonNull(rule, "rule");
        Objects.requireNonNull(last, "last");
        Objects.requireNonNull(reason, "reason");
    }

    /**
     * While one StorageNode is away, guests would notice the loss of the next.
     *
     * @param reason why one is away
     * @return the allowance; it does not cover a guest without a complete path
     */
    public static Allowance lessRedundancy(String reason) {
        return new Allowance(Rule.STORAGE_NODE_MAY_STOP, EntityId.Type.NODE, reason);
    }

    /**
     * Whether a finding is one of those.
     *
     * @param finding which
     * @return whether it is accepted
     */
    public boolean covers(Finding finding) {
        return finding.rule() == rule
                && !finding.path().isEmpty()
                && finding.path().get(finding.path().size() - 1).type() == last;
    }
}
