package io.diskless.cluster.model.storage;

import io.diskless.cluster.model.id.OcfsId;
import java.time.Instant;
import java.util.Objects;

/** Whether two machines may write one volume. Implementations are immutable. */
public sealed interface DualPrimary {
    /** Never. */
    record Never() implements DualPrimary {}

    /**
     * For one operation, for a while.
     *
     * @param operation which, such as the guest that migrates
     * @param token fencing token of the lease
     * @param until when it ends at the latest
     */
    record Leased(String operation, long token, Instant until) implements DualPrimary {
        /** Insists on all. */
        public Leased {
            Objects.requireNonNull(operation, "operation");
            Objects.requireNonNull(until, "until");
        }
    }

    /**
     * Always, because a cluster file system is on it.
     *
     * @param cluster whose members may write
     */
    record ClusterFileSystem(OcfsId cluster) implements DualPrimary {
        /** Insists on a cluster. */
        public ClusterFileSystem {
            Objects.requireNonNull(cluster, "cluster");
        }
    }
}
