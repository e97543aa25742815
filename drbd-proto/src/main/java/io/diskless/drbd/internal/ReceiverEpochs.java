package io.diskless.drbd.internal;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The epochs of the writes that the peer sends over a connection (wire spec §8.4): which may go to disk, when a flush is
 * due, and what to say in P_BARRIER_ACK.
 *
 * <pre>
 * write received   {@link #receive()}: it belongs to the epoch that is handed out, which goes along with it
 * may it start?    {@link #mayStart}: with ordering, only when all earlier epochs are flushed; {@link #hold} until then
 * write finished   {@link #finished}, after its ack was given to the ack writer
 * P_BARRIER        {@link #barrier}
 * after each       {@link #due()}: an epoch that is complete; flush, then {@link #flushed}: send P_BARRIER_ACK if it says so
 * </pre>
 *
 * <p>An acknowledgement counts each write of the epoch, failed ones too; an empty epoch gets none. They go out in the order
 * of the epochs. All acks of writes must have been given to the one ack writer before.
 *
 * <p>Epochs are reused; nothing is allocated per write. Confined to the event loop of the data socket.
 */
public final class ReceiverEpochs {
    /** The writes between two barriers. */
    public static final class Epoch {
        private int barrier;
        private int count;
        private int unfinished;
        private boolean closed;
        private boolean flushing;
        private final ArrayDeque<Runnable> held = new ArrayDeque<>(0);
        private @Nullable Epoch next;

        private Epoch() {}

        /**
         * The opaque number of P_BARRIER, to be echoed.
         *
         * @return as received
         */
        public int barrier() {
            return barrier;
        }

        /**
         * The set size for P_BARRIER_ACK.
         *
         * @return writes received
         */
        public int count() {
            return count;
        }
    }

    private final boolean ordered;
    private Epoch oldest = new Epoch();
    private Epoch current = oldest;
    private @Nullable Epoch free;
    private int unfinished;

    /**
     * No writes yet.
     *
     * @param ordered whether writes of an epoch must wait until the earlier epochs are flushed (write ordering by flush
     *     or drain); false for none
     */
    public ReceiverEpochs(boolean ordered) {
        this.ordered = ordered;
    }

    /**
     * A write was received.
     *
     * @return its epoch
     */
    public Epoch receive() {
        current.count++;
        current.unfinished++;
        unfinished++;
        return current;
    }

    /**
     * Whether a write may go to the disk now.
     *
     * @param epoch of the write
     * @return false while an earlier epoch is not flushed and order is asked for
     */
    public boolean mayStart(Epoch epoch) {
        return !ordered || epoch == oldest;
    }

    /**
     * Keeps a write back that may not start yet.
     *
     * @param epoch of the write
     * @param start starts it
     */
    public void hold(Epoch epoch, Runnable start) {
        epoch.held.add(start);
    }

    /**
     * A write that was kept back and may start now. Ask until null after each {@link #flushed}.
     *
     * @return starts it; null if there is none
     */
    public @Nullable Runnable nextHeld() {
        return oldest.held.poll();
    }

    /**
     * A write is on the disk or has failed, and its ack, if any, has been given to the ack writer.
     *
     * @param epoch of the write
     * @throws IllegalStateException if all its writes are finished already
     */
    public void finished(Epoch epoch) {
        if (epoch.unfinished == 0) {
            throw new IllegalStateException("all writes of this epoch are finished already");
        }
        epoch.unfinished--;
        unfinished--;
    }

    /**
     * P_BARRIER was received: the current epoch has all its writes.
     *
     * @param number opaque
     */
    public void barrier(int number) {
        if (current.count == 0) {
            // Nothing remains to be acknowledged: the next writes belong to this one.
            return;
        }
        current.barrier = number;
        current.closed = true;
        Epoch fresh = free;
        if (fresh == null) {
            fresh = new Epoch();
        } else {
            free = fresh.next;
            fresh.next = null;
        }
        current.next = fresh;
        current = fresh;
    }

    /**
     * An epoch that waits for its flush. It is handed out once; call again after each of the other methods.
     *
     * @return the oldest epoch, if all its writes are finished and its barrier was received; else null
     */
    public @Nullable Epoch due() {
        Epoch epoch = oldest;
        if (!epoch.closed || epoch.unfinished > 0 || epoch.flushing) {
            return null;
        }
        epoch.flushing = true;
        return epoch;
    }

    /**
     * What an epoch wrote is on stable storage.
     *
     * @param epoch what {@link #due()} gave
     * @return whether {@link Epoch#barrier()} is to be acknowledged now, with {@link Epoch#count()}; false if nothing
     *     of the epoch remains. The epoch must be given to {@link #forget} then
     * @throws IllegalStateException if it is not the one that was due
     */
    public boolean flushed(Epoch epoch) {
        if (epoch != oldest || !epoch.flushing) {
            throw new IllegalStateException("the flush of another epoch was awaited");
        }
        Epoch next = epoch.next;
        if (next == null) {
            throw new AssertionError("a closed epoch is followed by the current one");
        }
        oldest = next;
        return epoch.count > 0;
    }

    /**
     * Gives an epoch back after its acknowledgement has been written.
     *
     * @param epoch what {@link #flushed} took
     */
    public void forget(Epoch epoch) {
        epoch.barrier = 0;
        epoch.count = 0;
        epoch.closed = false;
        epoch.flushing = false;
        epoch.next = free;
        free = epoch;
    }

    /**
     * How many writes are not finished.
     *
     * @return of all epochs
     */
    public int unfinished() {
        return unfinished;
    }
}
