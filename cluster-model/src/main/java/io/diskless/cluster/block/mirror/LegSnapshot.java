package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockException;
import java.util.Optional;
import java.util.UUID;

/**
 * One leg at one moment. Immutable.
 *
 * @param index its place in the mirror
 * @param id its identity
 * @param state how far it is trusted
 * @param present whether it has a device
 * @param joining whether it is on its way from OUT to RECOVERING
 * @param reads reads that it answered
 * @param writes writes that it took
 * @param errors operations that it failed
 * @param readLatencyNanos smoothed service time of a read, 0 before the first
 * @param writeLatencyNanos smoothed service time of a write, 0 before the first
 * @param inFlight operations that it has not ended yet
 * @param dirtyBytes what would have to be copied to it
 * @param lastError the latest error that counted against it
 */
public record LegSnapshot(
        int index,
        UUID id,
        LegState state,
        boolean present,
        boolean joining,
        long reads,
        long writes,
        long errors,
        long readLatencyNanos,
        long writeLatencyNanos,
        int inFlight,
        long dirtyBytes,
        Optional<BlockException> lastError) {}
