package io.diskless.cluster.model.storage;

import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import java.util.Objects;

/**
 * One copy of a DRBD volume. Immutable.
 *
 * @param node the machine that keeps it
 * @param number its node-id, stable for ever; DRBD holds 0 to 31
 * @param lower the layer it is kept on
 * @param primary whether that machine writes
 * @param state whether the copy is good
 */
public record Replica(NodeId node, int number, LayerId lower, boolean primary, State state) {
    /** Whether a copy is good. Immutable. */
    public enum State {
        /** It has everything. */
        UP_TO_DATE,
        /** It had everything once. */
        OUTDATED,
        /** A resync is under way into it. */
        INCONSISTENT,
        /** Its disk is gone. */
        FAILED,
        /** Nobody knows. */
        UNKNOWN
    }

    /** Insists on all. */
    public Replica {
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(lower, "lower");
        Objects.requireNonNull(state, "state");
    }

    /**
     * A good copy that is not written from its machine.
     *
     * @param node name of the machine
     * @param number its node-id
     * @param lower name of the layer it is kept on
     * @return the copy
     */
    public static Replica of(String node, int number, String lower) {
        return new Replica(new NodeId(node), number, new LayerId(lower), false, State.UP_TO_DATE);
    }

    /**
     * The same copy in another role.
     *
     * @param writes whether its machine writes
     * @return a new copy
     */
    public Replica primary(boolean writes) {
        return new Replica(node, number, lower, writes, state);
    }

    /**
     * The same copy in another state.
     *
     * @param next whether it is good
     * @return a new copy
     */
    public Replica state(State next) {
        return new Replica(node, number, lower, primary, next);
    }
}
