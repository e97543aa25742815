package io.diskless.drbd.internal;

import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The writes of a connection that the peer has not yet acknowledged by barrier, in epochs (wire spec §8.4). All volumes
 * share it.
 *
 * <p><b>Epochs.</b> Writes that are under way together are of one epoch, which says nothing about their order. As soon as
 * one of them {@linkplain #completed completes to the application} the epoch is closed, so that whatever the application
 * does next comes later at the peer too; also by {@linkplain #close a flush}, at max-epoch-size, and when replication
 * begins or ends. An epoch without writes is never closed and costs no barrier.
 *
 * <p><b>Barriers.</b> A closed epoch is {@linkplain #barrierDue due} a P_BARRIER: at the latest before the first packet
 * of the next, or after a short idle time. Its acknowledgement must name the oldest epoch that waits and count exactly
 * its writes; then the writes are released. Until then a write stays here though it is completed: if the connection
 * breaks, its range is to be marked out of sync ({@link #drain}).
 *
 * <p><b>Writes that lost a conflict</b> leave their epoch at once ({@link #remove}); one that becomes empty is neither
 * announced nor acknowledged. A kernel that resolves conflicts never acknowledges an epoch in which it refused a write
 * (§8.4, defect); later ones it does acknowledge, now and then, so an acknowledgement may pass over such epochs. Nothing
 * may wait for them: writes go on, and {@link #retire} lets go of the oldest writes, after their ranges were marked, when
 * too many wait.
 *
 * <p>Epochs and links are reused or part of the writes; nothing is allocated per write. Barrier numbers go on across
 * connections. Confined to the event loop of the data socket.
 */
public final class TransferLog {
    /** What an acknowledgement of a barrier was worth. */
    public enum Verdict {
        /** It fits the oldest epoch, but for those that lost a write; its writes are released. */
        ACCEPTED,
        /** No epoch waits for an acknowledgement. */
        NO_EPOCH,
        /** It names another epoch than the oldest. */
        WRONG_NUMBER,
        /** It does not count the writes of its epoch. */
        WRONG_COUNT
    }

    /**
     * A write in the log. The session's request extends it; where both sides may write, the same request takes part in
     * the detection of conflicts, so it is one of its writes too. Confined to the event loop of the data socket.
     */
    public abstract static class Write extends ConflictDetector.Write {
        private @Nullable Epoch epoch;
        private @Nullable Write previous;
        private @Nullable Write next;

        /** For the session's request. */
        protected Write() {}

        /**
         * Whether it is in a log.
         *
         * @return true from {@link TransferLog#add} until it is released or removed
         */
        public final boolean isLogged() {
            return epoch != null;
        }
    }

    private static final class Epoch {
        int number;
        /** What the peer has to count: writes sent and not removed. */
        int count;
        /** Writes of this epoch that are still in the list. */
        int logged;

        boolean closed;
        boolean announced;
        /** It lost a write to a conflict: a kernel may never acknowledge it. */
        boolean refused;

        @Nullable
        Epoch next;
    }

    private final int maxEpochSize;

    private @Nullable Write first;
    private @Nullable Write last;
    private Epoch oldest;
    private Epoch current;
    private @Nullable Epoch free;
    private int writes;
    private int epochs;
    private int nextNumber;

    /**
     * An empty log.
     *
     * @param maxEpochSize max-epoch-size: writes after which an epoch is closed, at least 1
     * @param firstBarrier number of the first epoch
     */
    public TransferLog(int maxEpochSize, int firstBarrier) {
        if (maxEpochSize < 1) {
            throw new IllegalArgumentException("max-epoch-size must be at least 1, got " + maxEpochSize);
        }
        this.maxEpochSize = maxEpochSize;
        this.nextNumber = firstBarrier;
        this.current = open();
        this.oldest = current;
    }

    /**
     * Whether a P_BARRIER has to go out before the next write.
     *
     * @return true from the closing of an epoch until {@link #takeBarrier}
     */
    public boolean barrierDue() {
        return current.closed && !current.announced;
    }

    /**
     * The number of the P_BARRIER that is due; it counts as sent from now on.
     *
     * @return the number of the epoch that it ends
     * @throws IllegalStateException if none is due
     */
    public int takeBarrier() {
        if (!barrierDue()) {
            throw new IllegalStateException("no epoch has been closed since the last barrier");
        }
        Epoch ended = current;
        ended.announced = true;
        current = open();
        ended.next = current;
        return ended.number;
    }

    /**
     * Logs a write whose packet goes out now. If a {@linkplain #barrierDue barrier is due}, that has to go first.
     *
     * @param w a write that is in no log
     * @throws IllegalStateException if a barrier is due or the write is in a log
     */
    public void add(Write w) {
        if (w.epoch != null) {
            throw new IllegalStateException("the write is in a log already");
        }
        if (current.closed) {
            throw new IllegalStateException("the barrier of epoch " + current.number + " has to be sent first");
        }
        w.epoch = current;
        w.previous = last;
        if (last == null) {
            first = w;
        } else {
            last.next = w;
        }
        last = w;
        writes++;
        current.logged++;
        if (++current.count == maxEpochSize) {
            current.closed = true;
        }
    }

    /**
     * A write has been completed to the application: what comes next may depend on it.
     *
     * @param w a write, in a log or not
     */
    public void completed(Write w) {
        if (w.epoch == current) {
            close();
        }
    }

    /** Ends the current epoch, if it has writes: a flush, or replication begins or ends. */
    public void close() {
        current.closed = current.count > 0;
    }

    /**
     * Takes a write out that lost a conflict (P_SUPERSEDED, P_RETRY_WRITE).
     *
     * @param w a write
     * @throws IllegalStateException if it is in no log
     */
    public void remove(Write w) {
        Epoch epoch = w.epoch;
        if (epoch == null) {
            throw new IllegalStateException("the write is in no log");
        }
        unlink(w);
        epoch.logged--;
        epoch.refused = true;
        if (--epoch.count == 0) {
            if (epoch == current) {
                epoch.closed = false;
            } else {
                // Its barrier is out, and nobody will answer it.
                forget(epoch);
            }
        }
    }

    /**
     * Takes an acknowledgement. Anything but {@link Verdict#ACCEPTED} is a violation of the protocol.
     *
     * @param number the barrier's number as echoed
     * @param count the writes that the peer counted
     * @param released called for each write of the epoch, in the order in which they were sent, when it is logged no
     *     more; it must not change the log
     * @return what it was worth
     */
    public Verdict onBarrierAck(int number, int count, Consumer<? super Write> released) {
        Epoch epoch = oldest;
        if (!epoch.announced) {
            return Verdict.NO_EPOCH;
        }
        while (epoch.number != number && epoch.refused && following(epoch).announced) {
            epoch = following(epoch);
        }
        if (epoch.number != number) {
            return Verdict.WRONG_NUMBER;
        }
        if (epoch.count != count) {
            return Verdict.WRONG_COUNT;
        }
        int left = epoch.logged;
        Write w = first;
        while (left > 0 && w != null) {
            Write after = w.next;
            if (w.epoch == epoch) {
                unlink(w);
                released.accept(w);
                left--;
            }
            w = after;
        }
        forget(epoch);
        return Verdict.ACCEPTED;
    }

    /**
     * Lets go of the writes of the oldest epoch while its acknowledgement is still awaited, for a peer that never sends
     * it. The ranges must be marked out of sync, for nobody remembers them any more.
     *
     * @param retired called for each write of the oldest announced epoch that has some; it must not change the log
     * @return whether there was one
     */
    public boolean retire(Consumer<? super Write> retired) {
        Epoch epoch = first == null ? current : epochOf(first);
        if (!epoch.announced) {
            return false;
        }
        int left = epoch.logged;
        epoch.logged = 0;
        for (; left > 0; left--) {
            retired.accept(takeFirst());
        }
        return true;
    }

    /**
     * The connection is lost: empties the log. The next barrier has a number that was not used before.
     *
     * @param lost called for each write in the order in which they were sent, acknowledged or not; its range is out of
     *     sync. It must not change the log
     */
    public void drain(Consumer<? super Write> lost) {
        while (oldest != current) {
            forget(oldest);
        }
        int left = writes;
        if (current.count > 0) {
            Epoch ended = current;
            current = open();
            oldest = current;
            recycle(ended);
        }
        for (; left > 0; left--) {
            lost.accept(takeFirst());
        }
    }

    /**
     * Looks for a write.
     *
     * @param wanted what to look for; it must not change the log
     * @return the first in the order in which they were sent, or null
     */
    public @Nullable Write find(Predicate<? super Write> wanted) {
        Write w = first;
        while (w != null && !wanted.test(w)) {
            w = w.next;
        }
        return w;
    }

    /**
     * How many writes are in the log.
     *
     * @return those neither released nor removed
     */
    public int writes() {
        return writes;
    }

    /**
     * How many barriers wait for their acknowledgement.
     *
     * @return epochs announced and not acknowledged
     */
    public int waitingEpochs() {
        return epochs - 1;
    }

    private Epoch epochOf(Write w) {
        Epoch epoch = w.epoch;
        if (epoch == null) {
            throw new AssertionError("a write in the list has an epoch");
        }
        return epoch;
    }

    private Write takeFirst() {
        Write w = first;
        if (w == null) {
            throw new AssertionError("the epochs count more writes than are in the list");
        }
        unlink(w);
        return w;
    }

    private void unlink(Write w) {
        if (w.previous == null) {
            first = w.next;
        } else {
            w.previous.next = w.next;
        }
        if (w.next == null) {
            last = w.previous;
        } else {
            w.next.previous = w.previous;
        }
        w.previous = null;
        w.next = null;
        w.epoch = null;
        writes--;
    }

    private Epoch open() {
        Epoch epoch = free;
        if (epoch == null) {
            epoch = new Epoch();
        } else {
            free = epoch.next;
        }
        epoch.number = nextNumber++;
        epoch.count = 0;
        epoch.logged = 0;
        epoch.closed = false;
        epoch.announced = false;
        epoch.refused = false;
        epoch.next = null;
        epochs++;
        return epoch;
    }

    /** Takes an announced epoch out of the chain. */
    private void forget(Epoch epoch) {
        if (epoch == oldest) {
            oldest = following(epoch);
        } else {
            Epoch before = oldest;
            while (before.next != epoch) {
                before = following(before);
            }
            before.next = epoch.next;
        }
        recycle(epoch);
    }

    private static Epoch following(Epoch epoch) {
        Epoch next = epoch.next;
        if (next == null) {
            throw new AssertionError("an announced epoch is followed by the current one");
        }
        return next;
    }

    private void recycle(Epoch epoch) {
        epochs--;
        epoch.next = free;
        free = epoch;
    }
}
