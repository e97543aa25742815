package io.diskless.cluster.block.mirror;

import java.time.Duration;
import java.util.Optional;

/**
 * How far a resync is. Immutable.
 *
 * @param active whether something is being copied, or would be if it were not paused
 * @param paused whether it was paused; reads of unsettled regions still have those copied
 * @param doneBytes what needs no copying any more
 * @param totalBytes what needed copying when the resync began, or more if legs joined since
 * @param bytesPerSecond average since the resync began
 * @param remaining at that rate; empty while there is no rate yet
 */
public record ResyncProgress(
        boolean active,
        boolean paused,
        long doneBytes,
        long totalBytes,
        long bytesPerSecond,
        Optional<Duration> remaining) {}
