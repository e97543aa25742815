package io.diskless.cluster.model.compute;

import io.diskless.cluster.model.id.LayerId;
import java.util.Objects;

/**
 * How a guest uses a layer of the storage path. Immutable.
 *
 * @param layer which
 * @param writable whether it writes
 * @param cache how its host caches
 */
public record VolumeUse(LayerId layer, boolean writable, Cache cache) {
    /** How a host caches a guest's volume. Immutable. */
    public enum Cache {
        /** Not at all; safe for live migration. */
        NONE,
        /** Every write waits for the medium; safe for live migration. */
        DIRECT_SYNC,
        /** Reads are cached. */
        WRITE_THROUGH,
        /** Writes are cached; a host that dies loses them. */
        WRITE_BACK;

        /** {@return whether a second host sees what the first wrote} */
        public boolean isMigratable() {
            return this == NONE || this == DIRECT_SYNC;
        }
    }

    /** Insists on all. */
    public VolumeUse {
        Objects.requireNonNull(layer, "layer");
        Objects.requireNonNull(cache, "cache");
    }

    /**
     * A volume that is written and not cached.
     *
     * @param layer its name
     * @return the use
     */
    public static VolumeUse of(String layer) {
        return new VolumeUse(new LayerId(layer), true, Cache.NONE);
    }
}
