package io.diskless.cluster.block.mirror;

/** Where on each leg the mirror keeps its superblocks and its write-intent bitmap. */
public enum MetadataPlacement {
    /** In front of the data. Legs may grow at any time. The default. */
    START,
    /**
     * Behind the data, so that the data of a leg starts at its first byte and can be read without the mirror. The
     * metadata is found by the size of the leg: a leg that grew must be opened as a slice of its former size.
     */
    END
}
