package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockException;

/** What a mirror tells its listener: in order, on the scheduler, with no lock held. Immutable. */
public sealed interface MirrorEvent {
    /**
     * A leg failed and takes no part any more; the mirror goes on without it.
     *
     * @param leg its index
     * @param cause the error that decided
     * @param dirtyBytes what would have to be copied if it came back now
     */
    record LegLost(int leg, BlockException cause, long dirtyBytes) implements MirrorEvent {}

    /**
     * The last leg in sync answered with an error. It is kept, since there is no other; its errors are the mirror's.
     *
     * @param leg its index
     * @param cause the error
     */
    record LastLegFailing(int leg, BlockException cause) implements MirrorEvent {}

    /**
     * A leg is back and receives writes; what it missed is being copied.
     *
     * @param leg its index
     * @param dirtyBytes how much that is
     */
    record LegRecovering(int leg, long dirtyBytes) implements MirrorEvent {}

    /**
     * A leg holds everything again and serves reads.
     *
     * @param leg its index
     */
    record LegInSync(int leg) implements MirrorEvent {}

    /**
     * A leg answered but was not let in.
     *
     * @param leg its index
     * @param explanation why, and what to do
     */
    record LegRefused(int leg, String explanation) implements MirrorEvent {}

    /**
     * Nothing is left to copy.
     *
     * @param bytes how much was copied since the resync began
     */
    record ResyncFinished(long bytes) implements MirrorEvent {}

    /**
     * A range could not be read from any leg that holds it, so the legs that lack it stay where they are. The resync tries
     * again from time to time; this is told once.
     *
     * @param offset first byte of the region
     * @param cause why
     */
    record ResyncStalled(long offset, BlockException cause) implements MirrorEvent {}

    /**
     * A leg failed to read a range, and the range was written to it anew from another leg.
     *
     * @param leg its index
     * @param offset first byte
     * @param length bytes
     */
    record ReadRepaired(int leg, long offset, long length) implements MirrorEvent {}

    /**
     * A leg has grown whose metadata lies behind the data ({@link MetadataPlacement#END}). The mirror goes on as before,
     * but next time the leg must be opened as a slice of its former size, which is where its metadata is found.
     *
     * @param leg its index
     * @param formerSize bytes of the slice to open
     * @param newSize bytes that the leg has now
     */
    record GrowthIgnored(int leg, long formerSize, long newSize) implements MirrorEvent {}

    /**
     * All legs have grown and so has the mirror.
     *
     * @param oldSize bytes before
     * @param newSize bytes now
     */
    record Grown(long oldSize, long newSize) implements MirrorEvent {}
}
