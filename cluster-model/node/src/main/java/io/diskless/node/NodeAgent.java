package io.diskless.node;

import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.plan.run.Outcome;
import java.util.concurrent.CompletionStage;

/**
 * A node as {@link SiteExecutor} sees it: a runtime of this process, or whatever reaches one elsewhere. Implementations are
 * thread-safe, keep the keys of what they did and the highest token that they saw, and refuse lower ones.
 */
public interface NodeAgent {
    /** {@return which node it is} */
    NodeId id();

    /**
     * Does the node's part of a step, or takes it back.
     *
     * @param order what is to be done
     * @return completes with the outcome; completed with an exception it counts as failed without certainty
     */
    CompletionStage<Outcome> perform(NodeOrder order);
}
