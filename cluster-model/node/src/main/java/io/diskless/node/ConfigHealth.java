package io.diskless.node;

import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.store.FencingToken;
import java.util.Objects;
import java.util.Optional;

/**
 * How a ConfigNode is. Immutable.
 *
 * @param node which
 * @param serving the lease under which it answers boot requests; empty while it stands by
 * @param revision of the site that it knows
 * @param trouble what does not work; empty if nothing
 */
public record ConfigHealth(NodeId node, Optional<FencingToken> serving, long revision, String trouble) {
    /** Insists on all. */
    public ConfigHealth {
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(serving, "serving");
        Objects.requireNonNull(trouble, "trouble");
    }
}
