package io.diskless.cluster.block.mirror;

/** Where on each leg the mirror keeps its superblocks and its write-intent bitmap. */
public enum MetadataPlacement {
    /** In front of the data. Legs may grow at any time. The default. */
    START,
    /**
     * Behind the data, so that the data of a leg starts at its first byte and can be read without the mirror.
     *
     * <p>The metadata is found by the size of the leg and by nothing else, so such a mirror does not grow with its legs:
     * whatever moved the metadata, a power cut after the legs have grown and before it has moved would leave it where
     * nobody can compute its place. The growth of a leg is ignored and told as {@link MirrorEvent.GrowthIgnored}; from then
     * on the leg must be opened as a slice of its former size
     * ({@link io.diskless.cluster.block.SliceDevice}), or else {@link Mirror#open} refuses it. To use the new room, make a
     * new mirror and copy.
     */
    END
}
