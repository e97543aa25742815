package io.diskless.aoe.target;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Write-through for a device that completes inline: one flush for many writes, where a flush costs more than it is worth
 * to pay for each.
 *
 * <p>A device of that kind does a forced write while the port waits. In memory that is nothing; on a disk it is
 * milliseconds in which nobody is served. So the time of forced writes is watched. While it is small each write is forced
 * by itself. When it is not, writes go to the device without force, keep a {@link Request} for their answer, and gather;
 * at the end of a round the group is flushed elsewhere, and answered when that is done. What arrives during the flush is
 * the next group. A write is answered only after a flush that began when the write was complete, so every answer is as
 * durable as a forced write's. As long as one of a group is not answered, writes gather even if forcing them has become
 * quick again: one that overtook the group would be answered first, and an initiator that sees its requests overtaken takes
 * them for lost. When it has become quick the group is flushed where it is, and there is an end of it.
 *
 * <p>Confined to the port's thread, except the completion and {@link #run}, which only touch the group being flushed. When
 * the port ends, {@link #orphan} hands the group over: from then on nothing is added, and each flush begins the next.
 */
final class SyncGroup implements Completion, Runnable {
    /** A forced write that takes longer than this is better shared; a hand-over to another thread costs about as much. */
    private static final long WORTH_SHARING = 20_000;
    /**
     * Averages move by an eighth, and nothing counts for more than this: three slow writes in a row make writes gather, one
     * during which the machine ran something else for a few milliseconds does not.
     */
    private static final int SHIFT = 3;

    private static final long MOST = 4 * WORTH_SHARING;

    private final Export export;
    private long average;
    private @Nullable Request first;
    private @Nullable Request last;
    private int unanswered;

    /** The group being flushed: written before the flush is handed over, and by its completion. */
    private @Nullable Request flushing;

    private LongSupplier clock = System::nanoTime;
    private long begun;
    private long took;
    private final AtomicBoolean busy = new AtomicBoolean();
    private final Turn turn = new Turn();
    private boolean timed;
    /** The port has ended: it begins no flush any more. */
    private volatile boolean orphaned;

    SyncGroup(Export export) {
        this.export = export;
    }

    /** Whether the next write is better gathered than forced. */
    boolean gathers() {
        return isSlow() || unanswered > 0;
    }

    /** Whether forcing one write, or a flush, has lately taken longer than a hand-over to another thread. */
    boolean isSlow() {
        return average > WORTH_SHARING;
    }

    /** A forced write or a flush took this long. */
    void took(long nanos) {
        average += (Math.min(nanos, MOST) - average) >> SHIFT;
    }

    /** A write that is complete, and waits for a flush. */
    void add(Request request) {
        export.began();
        unanswered++;
        request.next = null;
        Request tail = last;
        if (tail == null) {
            first = request;
        } else {
            tail.next = request;
        }
        last = request;
    }

    /** Whether a group waits and none is being flushed; then the caller runs this where it may take time. */
    boolean begin() {
        if (first == null || !busy.compareAndSet(false, true)) {
            return false;
        }
        if (first == null) {
            // The port and the end of the last flush met here when the port ended, and the other was first.
            busy.set(false);
            return false;
        }
        if (timed) {
            timed = false;
            took(took);
        }
        clock = first.pool.port().clock();
        flushing = first;
        first = null;
        last = null;
        return true;
    }

    /** The port has ended: what waits is flushed by and by without it. True as {@link #begin}. */
    boolean orphan() {
        orphaned = true;
        return begin();
    }

    /** One of its writes is being answered; returns whether it was the last. */
    boolean answered() {
        return --unanswered == 0;
    }

    @Override
    public void run() {
        begun = clock.getAsLong();
        int mine = turn.pass();
        try {
            export.device().flush(this);
        } catch (RuntimeException | Error e) {
            export.threw(e);
            if (turn.take(mine)) {
                ended(Export.broken(BlockException.NO_OFFSET, e));
            }
        }
    }

    @Override
    public void completed() {
        if (turn.take()) {
            ended(null);
        }
    }

    @Override
    public void failed(BlockException cause) {
        if (turn.take()) {
            ended(cause);
        }
    }

    private void ended(@Nullable BlockException cause) {
        took = clock.getAsLong() - begun;
        timed = true;
        Request request = flushing;
        flushing = null;
        // From here on the port may begin the next group.
        busy.set(false);
        while (request != null) {
            Request following = request.next;
            request.failure = cause;
            request.pool.port().completed(request);
            export.ended();
            request = following;
        }
        if (orphaned && begin()) {
            run();
        }
    }
}
