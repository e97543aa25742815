package io.diskless.drbd.meta;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The activity log: which extents of 4 MiB a Primary writes to, on stable storage before the write (drbd-semantics §6.2).
 * After a crash exactly these, and what the bitmap says, may differ from the peer.
 *
 * <pre>{@code
 * if (log.tryBegin(offset, length)) { write(); } else { log.begin(offset, length, whenHot); }
 * ...
 * log.end(offset, length);   // done on both nodes and covered by a barrier ack
 * }</pre>
 *
 * <p>A cold extent takes a free slot or that of the extent idle for longest. Before the transaction that drops the old
 * extent is written, the data device is flushed and the bitmap pages of the old extent are on disk: what leaves the log
 * is either equal on both nodes or dirty in the bitmap. Cold extents that arrive while a transaction is under way share
 * the next one, up to 64.
 *
 * <p>Who waits, waits in order, for all its extents at once. Where no slot is idle, new writes (warm ones too) queue
 * behind the first in line, and {@link Listener#starving} is told: the sender has to close its epoch, else the barrier
 * ack that would free slots never comes.
 *
 * <p>Thread-safe. No lock is held while completions or listeners run. {@link #tryBegin} and {@link #end} allocate nothing.
 */
public final class ActivityLog {
    /** Bytes of an extent. */
    public static final int EXTENT = 1 << 22;

    /** The largest number of extents that one write may touch: one transaction must be able to name them. */
    public static final int MAX_EXTENTS_PER_WRITE = AlBlock.UPDATES;

    static final int EXTENT_SHIFT = 22;

    /** Hears what the sender must know. */
    @FunctionalInterface
    public interface Listener {
        /** A write waits and every slot is held: close the epoch, so that a barrier ack can free some. */
        void starving();
    }

    /** What is under the log. */
    interface Disk {
        /** Flushes the data device and makes the bitmap pages of these extents durable. */
        void beforeEviction(int[] extents, int count, Completion done);

        /** Writes the block of a transaction, durably. */
        void write(int transaction, ByteBuffer block, Completion done);
    }

    /** A write that waits for its extents. */
    private record Waiter(int first, int last, Completion done) {}

    private final Disk disk;
    private final boolean disabled;
    private final AlTable table;
    private volatile @Nullable Listener listener;
    private final ArrayDeque<Waiter> queue = new ArrayDeque<>();
    /** Those whom the transaction under way makes hot. */
    private final List<Waiter> admitted = new ArrayList<>();

    private final AlTransaction next;
    private boolean busy;
    private boolean starving;
    private @Nullable Consumer<Runnable> exclusive;
    private long transactions;
    private @Nullable BlockException failure;

    ActivityLog(Disk disk, int slotCount, boolean disabled) {
        this.disk = disk;
        this.disabled = disabled;
        this.table = new AlTable(slotCount);
        this.next = new AlTransaction(table);
    }

    /**
     * Sets who hears of starving.
     *
     * @param newListener replaces the one before
     */
    public void listener(Listener newListener) {
        listener = newListener;
    }

    /**
     * Holds the extents of a range if all are hot and nobody waits for slots.
     *
     * @param offset first byte of the write
     * @param length bytes, 1 or more
     * @return true if the write may go to the disk now; {@link #end} it later
     */
    public boolean tryBegin(long offset, long length) {
        if (disabled) {
            return true;
        }
        int first = (int) (offset >>> EXTENT_SHIFT);
        int last = (int) ((offset + length - 1) >>> EXTENT_SHIFT);
        synchronized (this) {
            return !starving && failure == null && holdIfHot(first, last);
        }
    }

    private boolean holdIfHot(int first, int last) {
        for (int e = first; e <= last; e++) {
            if (table.find(e) == AlTable.NONE) {
                return false;
            }
        }
        for (int e = first; e <= last; e++) {
            table.hold(table.find(e));
        }
        return true;
    }

    /**
     * Makes the extents of a range hot and holds them.
     *
     * @param offset first byte of the write
     * @param length bytes, 1 or more; the range touches at most {@link #MAX_EXTENTS_PER_WRITE} extents
     * @param done completed, perhaps inline, when the write may go to the disk; failed if the log could not be written,
     *     then nothing is held
     */
    public void begin(long offset, long length, Completion done) {
        if (offset < 0 || length <= 0) {
            throw new IllegalArgumentException("range of " + length + " bytes at " + offset);
        }
        int first = (int) (offset >>> EXTENT_SHIFT);
        int last = (int) ((offset + length - 1) >>> EXTENT_SHIFT);
        if (last - first >= Math.min(MAX_EXTENTS_PER_WRITE, table.slots())) {
            throw new IllegalArgumentException("a write of " + length + " bytes at " + offset + " touches "
                    + (last - first + 1) + " extents, at most " + MAX_EXTENTS_PER_WRITE + " fit a transaction");
        }
        BlockException refusal;
        synchronized (this) {
            refusal = failure;
            if (refusal == null && !disabled && (starving || !holdIfHot(first, last))) {
                queue.add(new Waiter(first, last, done));
                if (busy) {
                    return;
                }
                busy = true;
            } else {
                first = -1;
            }
        }
        if (first >= 0) {
            pump();
        } else if (refusal == null) {
            done.completed();
        } else {
            done.failed(refusal);
        }
    }

    /**
     * Lets go of the extents of a write that is done on both nodes and covered by a barrier ack (or marked dirty). The
     * same range as at the beginning.
     *
     * @param offset first byte of the write
     * @param length bytes, 1 or more
     */
    public void end(long offset, long length) {
        if (disabled) {
            return;
        }
        int first = (int) (offset >>> EXTENT_SHIFT);
        int last = (int) ((offset + length - 1) >>> EXTENT_SHIFT);
        boolean pump;
        synchronized (this) {
            for (int e = first; e <= last; e++) {
                int slot = table.find(e);
                if (slot == AlTable.NONE) {
                    throw new IllegalStateException("extent " + e + " is ended but is not hot");
                }
                table.release(slot);
            }
            pump = starving && !busy;
            busy |= pump;
        }
        if (pump) {
            pump();
        }
    }

    /** Serves the queue. Exactly one thread at a time gets here: {@code busy} is its licence. */
    private void pump() {
        List<Waiter> ready = new ArrayList<>();
        boolean hungry = false;
        boolean write;
        BlockException broken;
        Consumer<Runnable> alone;
        synchronized (this) {
            alone = exclusive;
            exclusive = null;
            next.clear();
            admitted.clear();
            broken = failure;
            if (broken != null) {
                ready.addAll(queue);
                queue.clear();
                starving = false;
            }
            for (Waiter w = queue.peek(); alone == null && w != null && admit(w, ready); w = queue.peek()) {
                queue.remove();
            }
            write = !next.isEmpty();
            if (!write && alone == null) {
                busy = false;
                hungry = starving;
            }
        }
        for (Waiter w : ready) {
            if (broken == null) {
                w.done.completed();
            } else {
                w.done.failed(broken);
            }
        }
        Listener hears = listener;
        if (hungry && hears != null) {
            hears.starving();
        }
        if (alone != null) {
            alone.accept(this::pump);
        } else if (write) {
            prepare();
        }
    }

    /** Whether the first in line is served: at once ({@code ready}), or by the transaction that is being made. */
    private boolean admit(Waiter w, List<Waiter> ready) {
        int cold = 0;
        int idle = 0;
        for (int e = w.first; e <= w.last; e++) {
            int slot = table.find(e);
            if (slot != AlTable.NONE) {
                idle += table.isIdle(slot) ? 1 : 0;
            } else if (!next.contains(e)) {
                cold++;
            }
        }
        if (!next.hasRoom(cold)) {
            return false;
        }
        if (cold > table.available() - idle) {
            starving = true;
            return false;
        }
        starving = false;
        boolean waits = false;
        for (int e = w.first; e <= w.last; e++) {
            int slot = table.find(e);
            if (slot != AlTable.NONE) {
                table.hold(slot);
            }
        }
        for (int e = w.first; e <= w.last; e++) {
            waits |= next.hold(e);
        }
        (waits ? admitted : ready).add(w);
        return true;
    }

    private void prepare() {
        if (!next.evicts()) {
            writeTransaction();
            return;
        }
        next.beforeEviction(disk, new Step() {
            @Override
            public void completed() {
                writeTransaction();
            }
        });
    }

    private void writeTransaction() {
        synchronized (this) {
            transactions++;
            next.encode();
        }
        next.write(disk, new Step() {
            @Override
            public void completed() {
                List<Waiter> hot;
                synchronized (ActivityLog.this) {
                    next.heat();
                    hot = List.copyOf(admitted);
                }
                for (Waiter w : hot) {
                    w.done.completed();
                }
                pump();
            }
        });
    }

    private abstract class Step implements Completion {
        @Override
        public void failed(BlockException cause) {
            List<Waiter> lost;
            synchronized (ActivityLog.this) {
                failure = cause;
                lost = List.copyOf(admitted);
            }
            for (Waiter w : lost) {
                w.done.failed(cause);
            }
            pump();
        }
    }

    /** Ends everything that waits, now or later. */
    void fail(BlockException cause) {
        boolean pump;
        synchronized (this) {
            if (failure == null) {
                failure = cause;
            }
            pump = !busy && !queue.isEmpty();
            busy |= pump;
        }
        if (pump) {
            pump();
        }
    }

    /** Runs when no transaction is under way; the next one waits until the work runs what it is given. */
    void exclusively(Consumer<Runnable> work) {
        boolean pump;
        synchronized (this) {
            exclusive = work;
            pump = !busy;
            busy = true;
        }
        if (pump) {
            pump();
        }
    }

    /** Writes one transaction into every block of the ring, as the kernel does at attach; while no other is under way. */
    void initialize(int blocks, Completion done) {
        next.clear();
        new Completion() {
            private int written;

            @Override
            public void completed() {
                if (written == blocks) {
                    done.completed();
                    return;
                }
                written++;
                next.encode();
                next.write(disk, this);
            }

            @Override
            public void failed(BlockException cause) {
                done.failed(cause);
            }
        }.completed();
    }

    /**
     * How many extents are hot on disk.
     *
     * @return at most {@link #slots}
     */
    public synchronized int hotExtents() {
        return table.hot();
    }

    /**
     * How many extents are held by writes.
     *
     * @return at most {@link #hotExtents}
     */
    public synchronized int heldExtents() {
        return table.held();
    }

    /**
     * How many extents may be hot.
     *
     * @return al-extents
     */
    public int slots() {
        return table.slots();
    }

    /**
     * How many transactions were written since the log was opened.
     *
     * @return a count
     */
    public synchronized long transactions() {
        return transactions;
    }
}
