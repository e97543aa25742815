package io.diskless.cluster.block.mirror;

/** What the legs of a new mirror hold. */
public enum InitialSync {
    /** Leg 0 counts; everything is copied from it to the others in the background. The default. */
    FROM_FIRST_LEG,
    /** The caller knows that all legs hold the same bytes already, for instance because all are fresh and read as zeroes. */
    ASSUME_IDENTICAL
}
