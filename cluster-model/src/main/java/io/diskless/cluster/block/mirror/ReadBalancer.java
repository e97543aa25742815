package io.diskless.cluster.block.mirror;

import org.jspecify.annotations.Nullable;

/** Chooses the leg that a read is expected to come back from first. Confined to the mirror's lock. */
final class ReadBalancer {
    private int turn;

    /**
     * The cheapest leg in sync that is not excluded.
     *
     * @param excluded bit mask of legs that were tried already
     * @return null if there is none
     */
    @Nullable
    Leg choose(Leg[] legs, int excluded, long now) {
        Leg best = null;
        long bestCost = Long.MAX_VALUE;
        // Legs of equal cost take turns, or a mirror over two idle disks would read from one of them for ever.
        turn = turn + 1 == legs.length ? 0 : turn + 1;
        for (int i = 0; i < legs.length; i++) {
            int at = turn + i;
            Leg leg = legs[at < legs.length ? at : at - legs.length];
            if (leg.state == LegState.IN_SYNC && (leg.bit & excluded) == 0) {
                long cost = leg.readCost(now);
                if (cost < bestCost) {
                    best = leg;
                    bestCost = cost;
                }
            }
        }
        return best;
    }
}
