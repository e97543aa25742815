package io.diskless.cluster.block.mirror;

import java.util.List;
import java.util.UUID;

/**
 * A mirror at one moment. Immutable.
 *
 * @param array its identity
 * @param events the number of the last change that was recorded
 * @param legs one per leg, by index
 * @param markedBytes bytes whose intent bit is set: what a crash now would have compared
 * @param unsettledBytes bytes in which legs in sync may differ since the last crash
 * @param resync how far the copying is
 */
public record MirrorSnapshot(
        UUID array, long events, List<LegSnapshot> legs, long markedBytes, long unsettledBytes, ResyncProgress resync) {
    /** Copies the list. */
    public MirrorSnapshot {
        legs = List.copyOf(legs);
    }

    /**
     * Whether every leg is in sync and nothing waits to be settled.
     *
     * @return true if any leg but one may fail now without loss
     */
    public boolean isHealthy() {
        return unsettledBytes == 0 && legs.stream().allMatch(leg -> leg.state() == LegState.IN_SYNC);
    }
}
