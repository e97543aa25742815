package io.diskless.cluster.model.node;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.id.FencerId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.PairId;
import io.diskless.cluster.net.Ipv4Address;
import java.util.List;
import java.util.Objects;

/**
 * Two ConfigNodes of which one serves and the other can take over. Immutable.
 *
 * @param id its name
 * @param first one node
 * @param second the other, a different one
 * @param serviceAddress where the one that serves is found
 * @param sharedVolume the replicated volume with leases and boot files
 * @param fencing devices that can cut off either
 * @param stack what decides who serves
 */
public record HaPair(
        PairId id,
        NodeId first,
        NodeId second,
        Ipv4Address serviceAddress,
        LayerId sharedVolume,
        List<FencerId> fencing,
        Stack stack)
        implements Entity {
    /** What decides who serves. Immutable. */
    public enum Stack {
        /** Heartbeat with ha.cf and haresources. */
        HEARTBEAT,
        /** Corosync and Pacemaker. */
        COROSYNC_PACEMAKER,
        /** This project's own store. */
        EMBEDDED
    }

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if both are one node
     */
    public HaPair {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(serviceAddress, "serviceAddress");
        Objects.requireNonNull(sharedVolume, "sharedVolume");
        Objects.requireNonNull(stack, "stack");
        fencing = List.copyOf(fencing);
        if (first.equals(second)) {
            throw new IllegalArgumentException("a pair is two nodes, got " + first + " twice");
        }
    }

    @Override
    public Kind kind() {
        return Kind.HA_PAIR;
    }

    @Override
    public void describe(ClaimSink sink) {
        sink.refers(first);
        sink.refers(second);
        sink.refers(sharedVolume);
        fencing.forEach(sink::refers);
        sink.claims(new Claim.Address(serviceAddress), 0);
    }
}
