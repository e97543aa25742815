package io.diskless.cluster.store.internal;

import io.diskless.cluster.store.FencingToken;
import java.util.List;

/**
 * The first entry of a segment of a log.
 *
 * @param format 1
 * @param first the revision of the first commit in it
 * @param previous the hash of the commit before
 * @param tokens the greatest token of each key that was granted before
 */
public record SegmentHead(int format, long first, String previous, List<FencingToken> tokens) {
    /** The only one there is. */
    public static final int FORMAT = 1;
}
