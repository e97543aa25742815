package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockException;
import io.diskless.drbd.wire.StateWord;
import io.diskless.drbd.wire.VolumeState;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests of a volume that wait until somebody knows what became of a peer that was lost (spec drbd-semantics 8.4). The
 * writes that the peer may or may not have do not end before that either: as long as it may be used without them, nobody may
 * be told that they are there. Confined to the data loop.
 */
final class Freeze {
    private final VolumeCore volume;
    private final List<LocalWrite> uncertain = new ArrayList<>();

    Freeze(VolumeCore volume) {
        this.volume = volume;
    }

    static boolean isFrozen(VolumeState s) {
        return StateWord.has(s.word(), StateWord.SUSP_FEN);
    }

    /** Whether the peer that was lost may or may not have something that was written before requests froze. */
    boolean isUncertain() {
        return !uncertain.isEmpty();
    }

    /** The state is another now, and what follows from it is yet to be done. */
    void enter(VolumeState before, VolumeState after) {
        if (isFrozen(after) && !isFrozen(before)) {
            volume.local().hold();
        }
    }

    /** What follows from the new state was done: above all a new generation, if the peer has to do without what comes. */
    void leave(VolumeState before, VolumeState after) {
        if (isFrozen(before) && !isFrozen(after)) {
            List<LocalWrite> ends = List.copyOf(uncertain);
            uncertain.clear();
            volume.local().whenReleased(() -> volume.local().thawed(ends));
            volume.local().release();
        }
    }

    /**
     * The peer was lost.
     *
     * @param unstable what it may or may not have
     * @return whether that waits
     */
    boolean takes(List<LocalWrite> unstable) {
        if (!isFrozen(volume.state())) {
            return false;
        }
        // What it lacks is known from now on: a resync may come before they end.
        unstable.forEach(w -> volume.markDirty(w.offset(), w.bytes()));
        uncertain.addAll(unstable);
        return true;
    }

    /** The resource is closed: nobody will find out any more. */
    void close() {
        List<LocalWrite> ends = List.copyOf(uncertain);
        uncertain.clear();
        ends.forEach(
                w -> w.abandoned(new BlockException(BlockException.Kind.CLOSED, w.offset(), "the resource is closed")));
        if (isFrozen(volume.state())) {
            volume.local().thawed(List.of());
        }
    }
}
