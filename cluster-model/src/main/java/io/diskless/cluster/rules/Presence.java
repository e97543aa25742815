package io.diskless.cluster.rules;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.node.Lifecycle;
import io.diskless.cluster.model.node.Node;

/** What of a node's life the storage path depends on. Immutable. */
enum Presence {
    /** It serves. */
    HERE,
    /** It was emptied and switched off on purpose, or boots again; its copies are filled when it is back. */
    AWAY_BY_PLAN,
    /** It is not there, and nobody meant it. */
    AWAY;

    static Presence of(Lifecycle life) {
        return life.isServing() ? HERE : isComing(life) ? AWAY_BY_PLAN : AWAY;
    }

    private static boolean isComing(Lifecycle life) {
        return life instanceof Lifecycle.Maintenance || life instanceof Lifecycle.Booting;
    }

    static Presence of(Model model, NodeId id) {
        return model.get(id, Node.class).map(node -> of(node.lifecycle())).orElse(AWAY);
    }
}
