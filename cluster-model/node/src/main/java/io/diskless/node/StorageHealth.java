package io.diskless.node;

import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.VolumeState;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How a storage node is. Immutable.
 *
 * @param node which
 * @param volumes state of each volume that runs, as replication sees it from here
 * @param served the exports that answer now
 * @param troubles what does not work, and why
 */
public record StorageHealth(
        NodeId node, Map<LayerId, VolumeState> volumes, Set<LayerId> served, Map<LayerId, String> troubles) {
    /** Copies the collections. */
    public StorageHealth {
        volumes = Collections.unmodifiableMap(new TreeMap<>(volumes));
        served = Collections.unmodifiableSet(new TreeSet<>(served));
        troubles = Collections.unmodifiableMap(new TreeMap<>(troubles));
    }

    /** {@return whether nothing is in trouble and both copies of each volume are good} */
    public boolean isGood() {
        return troubles.isEmpty()
                && volumes.values().stream()
                        .allMatch(state ->
                                state.disk() == DiskState.UP_TO_DATE && state.peerDisk() == DiskState.UP_TO_DATE);
    }

    /**
     * Whether both sides of a volume write now.
     *
     * @param volume which
     * @return whether
     */
    public boolean hasTwoWriters(LayerId volume) {
        VolumeState state = volumes.get(volume);
        return state != null && state.role() == Role.PRIMARY && state.peer() == Role.PRIMARY;
    }
}
