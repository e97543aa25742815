package io.diskless.node;

import io.diskless.cluster.model.id.LayerId;
import io.diskless.drbd.session.DrbdEvent;
import java.util.Objects;

/** What happens on a storage node. Implementations are immutable. */
public sealed interface StorageEvent {
    /** {@return the volume, disk or export that it is about} */
    LayerId about();

    /**
     * Replication of a volume says something.
     *
     * @param about the volume
     * @param event what
     */
    record Replication(LayerId about, DrbdEvent event) implements StorageEvent {
        /** Insists on both. */
        public Replication {
            Objects.requireNonNull(about, "about");
            Objects.requireNonNull(event, "event");
        }
    }

    /**
     * An export is served from now on, or is not any more.
     *
     * @param about the export
     * @param served whether
     */
    record Export(LayerId about, boolean served) implements StorageEvent {
        /** Insists on a name. */
        public Export {
            Objects.requireNonNull(about, "about");
        }
    }

    /**
     * The time of a lease for two writers is over: from now on this side does not become a second writer.
     *
     * @param about the volume
     * @param operation what the lease was for
     * @param demoted whether this side was the second writer, and writes no more
     */
    record LeaseEnded(LayerId about, String operation, boolean demoted) implements StorageEvent {
        /** Insists on both names. */
        public LeaseEnded {
            Objects.requireNonNull(about, "about");
            Objects.requireNonNull(operation, "operation");
        }
    }

    /**
     * Something does not work; everything else goes on.
     *
     * @param about what
     * @param why with the remedy, if there is one
     */
    record Trouble(LayerId about, String why) implements StorageEvent {
        /** Insists on both. */
        public Trouble {
            Objects.requireNonNull(about, "about");
            Objects.requireNonNull(why, "why");
        }
    }
}
