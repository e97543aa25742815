package io.diskless.drbd.internal;

import org.jspecify.annotations.Nullable;

/**
 * Two Primaries write the same blocks at once (wire spec §8.5): what to do with a write W of the peer that overlaps a
 * write L of mine which is not completed yet, so that both replicas end alike.
 *
 * <pre>
 *               I resolve conflicts                          I do not
 * W meets L     mine stands; the {@linkplain #gaps rest} of W  wait: until the peer's verdict on L has arrived and L is
 *               is written                                     written here, then write W over it
 * </pre>
 *
 * <p>If W were dropped whole, the replicas would differ where only W went: the peer has W there. A resolver may say so with
 * P_SUPERSEDED or, from protocol 100 on, P_RETRY_WRITE; this one acknowledges W as any other write, for PROTOCOL.md says what
 * a kernel counts behind those. A write of mine that a kernel tells to be tried again is submitted as new.
 *
 * <p>Exactly one side resolves. A write of mine that the peer has acknowledged already, and that only the local disk still
 * owes, is no conflict: the peer sent W after it had written L (that is what the sequence numbers are for), so W waits
 * for the disk and then lands on top. A write of the peer also waits for an earlier one of the peer's that overlaps and is
 * not on the disk yet, and a new write of mine {@linkplain #mayStart waits} for those of the peer that overlap.
 *
 * <p>Who waits is asked again after each {@link #finished}: the first in order of arrival whose obstacles are gone may
 * go. Nothing is allocated per write. Confined to the event loop of the data socket.
 */
public final class ConflictDetector {
    /** What to do with a write of the peer. */
    public enum Verdict {
        /** Write it now. */
        WRITE,
        /** Wait until {@link #nextReady()} names it. */
        WAIT,
        /** Mine stands: let each of its {@link ConflictDetector#gaps}, if there are any, arrive as a write of its own. */
        MERGE
    }

    /** Takes a range. */
    @FunctionalInterface
    public interface RangeConsumer {
        /**
         * One range.
         *
         * @param sector first sector
         * @param sectors how many, at least 1
         */
        void accept(long sector, long sectors);
    }

    /** A write of either side. The session's request extends it. Confined to the event loop of the data socket. */
    public abstract static class Write extends IntervalTree.Node {
        private boolean local;
        private boolean judged;
        private boolean waiting;
        private @Nullable Write nextWaiting;

        /** For the session's request. */
        protected Write() {}

        /**
         * Whether it is a write of the peer that waits for its turn.
         *
         * @return true between {@link Verdict#WAIT} and {@link ConflictDetector#nextReady}
         */
        public final boolean isWaiting() {
            return waiting;
        }
    }

    private final boolean resolve;
    private final IntervalTree writes = new IntervalTree();

    private @Nullable Write firstWaiting;
    private @Nullable Write lastWaiting;
    private long conflicts;

    // What the filters of the tree look for: set before each search, so that no closure is made for it.
    private @Nullable Write asking;
    private final IntervalTree.Filter localConflict = this::isLocalConflict;
    private final IntervalTree.Filter obstacle = this::isObstacle;
    private final IntervalTree.Filter remote = node -> !((Write) node).local;

    /**
     * Nothing is under way.
     *
     * @param resolveConflicts whether this side accepted the meta connection
     */
    public ConflictDetector(boolean resolveConflicts) {
        this.resolve = resolveConflicts;
    }

    /**
     * Whether a new write of mine may start: no write of the peer is under way in its range.
     *
     * @param sector first sector
     * @param sectors how many
     * @return false if it has to be tried again after the next {@link #finished}
     */
    public boolean mayStart(long sector, long sectors) {
        return writes.find(sector, sectors, remote) == null;
    }

    /**
     * A write of mine starts, here and at the peer. It stays until it is written here and the peer's verdict on it has
     * arrived.
     *
     * @param w the write
     * @param sector first sector
     * @param sectors how many
     */
    public void startLocal(Write w, long sector, long sectors) {
        w.local = true;
        w.judged = false;
        writes.insert(w, sector, sectors);
    }

    /**
     * The peer's verdict on a write of mine has arrived: any ack, or that it was superseded or is to be tried again.
     *
     * @param w was started and is not finished
     */
    public void judged(Write w) {
        w.judged = true;
    }

    /**
     * A write of the peer has arrived, and its turn by sequence has come.
     *
     * @param w the write
     * @param sector first sector
     * @param sectors how many
     * @return what to do; with WRITE and WAIT it is under way from now on, until {@link #finished}
     */
    public Verdict arrive(Write w, long sector, long sectors) {
        w.local = false;
        if (writes.find(sector, sectors, localConflict) != null) {
            conflicts++;
            if (resolve) {
                return Verdict.MERGE;
            }
        }
        writes.insert(w, sector, sectors);
        if (isFree(w)) {
            return Verdict.WRITE;
        }
        w.waiting = true;
        if (lastWaiting == null) {
            firstWaiting = w;
        } else {
            lastWaiting.nextWaiting = w;
        }
        lastWaiting = w;
        return Verdict.WAIT;
    }

    /**
     * What of a write of the peer meets none of mine.
     *
     * @param sector first sector of the write
     * @param sectors how many
     * @param gaps called for each range in ascending order; it must not start or finish writes
     */
    public void gaps(long sector, long sectors, RangeConsumer gaps) {
        long limit = sector + sectors;
        long at = sector;
        while (at < limit) {
            IntervalTree.Node mine = writes.find(at, limit - at, localConflict);
            if (mine == null) {
                gaps.accept(at, limit - at);
                return;
            }
            if (mine.start() > at) {
                gaps.accept(at, mine.start() - at);
            }
            at = mine.end();
        }
    }

    /**
     * A write is no longer under way: on the disk or failed, and for one of mine, judged by the peer.
     *
     * @param w was started or arrived
     */
    public void finished(Write w) {
        if (w.waiting) {
            throw new IllegalStateException("a write that waits cannot be finished");
        }
        writes.remove(w);
    }

    /**
     * Takes the next write of the peer whose turn has come out of the queue. Ask until null after each {@link #finished}.
     *
     * @return a write to start now, or null
     */
    public @Nullable Write nextReady() {
        Write before = null;
        for (Write w = firstWaiting; w != null; w = w.nextWaiting) {
            if (isFree(w)) {
                if (before == null) {
                    firstWaiting = w.nextWaiting;
                } else {
                    before.nextWaiting = w.nextWaiting;
                }
                if (lastWaiting == w) {
                    lastWaiting = before;
                }
                w.nextWaiting = null;
                w.waiting = false;
                return w;
            }
            before = w;
        }
        return null;
    }

    /**
     * How often writes of both sides have met.
     *
     * @return writes of the peer that overlapped one of mine; normally 0 with a cluster file system
     */
    public long conflicts() {
        return conflicts;
    }

    /**
     * How many writes are under way.
     *
     * @return of both sides, waiting ones included
     */
    public int underWay() {
        return writes.size();
    }

    private boolean isFree(Write w) {
        asking = w;
        boolean free = writes.find(w.start(), w.end() - w.start(), obstacle) == null;
        asking = null;
        return free;
    }

    private boolean isLocalConflict(IntervalTree.Node node) {
        Write w = (Write) node;
        return w.local && !w.judged;
    }

    /** What overlaps a write of the peer and came before it: all of mine, and the peer's earlier ones. */
    private boolean isObstacle(IntervalTree.Node node) {
        Write w = asking;
        if (w == null || node == w) {
            return false;
        }
        return ((Write) node).local || node.isBefore(w);
    }
}
