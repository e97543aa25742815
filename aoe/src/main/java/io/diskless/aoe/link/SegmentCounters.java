package io.diskless.aoe.link;

/**
 * What happened to the frames of an {@link EthernetSegment}. Immutable snapshot.
 *
 * @param delivered copies put into a receiver's slots
 * @param lost copies that an {@link Impairment} lost, or that were too long for it
 * @param duplicated copies that an {@link Impairment} added
 * @param reordered copies held back so that later ones overtake
 * @param truncated copies cut short
 * @param congested copies dropped by a full queue: the receiver's slots, a rate limit's queue
 * @param unreachable copies for a port that is cut off, not up, or takes no frames of that length
 * @param unknown frames for an address that no port has
 */
public record SegmentCounters(
        long delivered,
        long lost,
        long duplicated,
        long reordered,
        long truncated,
        long congested,
        long unreachable,
        long unknown) {}
