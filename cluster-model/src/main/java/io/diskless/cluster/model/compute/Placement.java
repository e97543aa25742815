package io.diskless.cluster.model.compute;

import io.diskless.cluster.model.id.NodeId;
import java.util.List;
import java.util.Objects;

/** Where a guest runs. Implementations are immutable. */
public sealed interface Placement {
    /** Nowhere. */
    record Stopped() implements Placement {}

    /**
     * On one node.
     *
     * @param node which
     */
    record On(NodeId node) implements Placement {
        /** Insists on a node. */
        public On {
            Objects.requireNonNull(node, "node");
        }
    }

    /**
     * On its way from one node to another, while both hold its disks open.
     *
     * @param from where it still runs
     * @param to where it will run, another node
     * @param token the lease that allows two writers for that time
     */
    record Migrating(NodeId from, NodeId to, long token) implements Placement {
        /**
         * Insists on two nodes.
         *
         * @throws IllegalArgumentException if both are one node
         */
        public Migrating {
            if (from.equals(to)) {
                throw new IllegalArgumentException("a guest migrates between two nodes, got " + from + " twice");
            }
        }
    }

    /** {@return the nodes whose memory it takes: none, one or two} */
    default List<NodeId> hosts() {
        if (this instanceof On on) {
            return List.of(on.node());
        }
        return this instanceof Migrating m ? List.of(m.from(), m.to()) : List.of();
    }

    /** {@return whether it runs anywhere} */
    default boolean isRunning() {
        return !(this instanceof Stopped);
    }
}
