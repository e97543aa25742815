package io.diskless.aoe.initiator;

import io.diskless.cluster.net.AoeAddress;
import java.util.List;

/**
 * An open disk at one moment, and what it did since it was opened. Immutable.
 *
 * @param address which target
 * @param reads requests that succeeded
 * @param writes requests that succeeded
 * @param flushes requests that succeeded
 * @param discards discards and zeroes that succeeded
 * @param failures requests that failed
 * @param timeouts those of the failures whose deadline passed
 * @param bytesRead bytes of successful reads
 * @param bytesWritten bytes of successful writes
 * @param underWay requests that have not ended
 * @param waitingToRepeat commands that wait to be sent again
 * @param held commands that wait because a copy of an overlapping write may still arrive
 * @param heldTotal how many commands ever had to wait for that
 * @param uncertain commands that change data and of which a copy may still arrive
 * @param readLatency of successful reads
 * @param writeLatency of successful writes
 * @param paths all paths to the target
 */
public record DiskSnapshot(
        AoeAddress address,
        long reads,
        long writes,
        long flushes,
        long discards,
        long failures,
        long timeouts,
        long bytesRead,
        long bytesWritten,
        int underWay,
        int waitingToRepeat,
        int held,
        long heldTotal,
        int uncertain,
        Latency readLatency,
        Latency writeLatency,
        List<PathSnapshot> paths) {
    /** Takes an unmodifiable copy of the paths. */
    public DiskSnapshot {
        paths = List.copyOf(paths);
    }
}
