package io.diskless.aoe.target;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Flushes an export under {@link WritePolicy.FlushEvery} while it has something to flush. Any port may find that the time
 * has come; one flush is under way at a time.
 */
final class FlushTimer implements Completion, Runnable {
    private final Export export;
    private final long interval;
    private final AtomicBoolean running = new AtomicBoolean();
    private final Turn turn = new Turn();
    private volatile long due;
    private volatile boolean armed;

    FlushTimer(Export export) {
        this.export = export;
        interval = export.options().writePolicy() instanceof WritePolicy.FlushEvery e
                ? e.interval().toNanos()
                : 0;
    }

    /** Nanoseconds until a flush is wanted; the longest time if none is. */
    long remaining(long now) {
        if (interval == 0 || running.get() || !export.isDirty()) {
            return Long.MAX_VALUE;
        }
        return armed ? Math.max(0, due - now) : interval;
    }

    /** Whether a flush is due now; then it is the caller's to {@link #run}. */
    boolean claim(long now) {
        if (interval == 0 || running.get() || !export.isDirty()) {
            return false;
        }
        if (!armed) {
            due = now + interval;
            armed = true;
            return false;
        }
        if (due - now > 0 || !running.compareAndSet(false, true)) {
            return false;
        }
        // Before another thread takes over: whoever closes the export has to wait for this flush, which marks it clean.
        export.began();
        return true;
    }

    /** The same for a port that ends, and looks at the time no more: whatever there is to flush is due. */
    boolean claimNow() {
        if (interval == 0 || !export.isDirty() || !running.compareAndSet(false, true)) {
            return false;
        }
        export.began();
        return true;
    }

    @Override
    public void run() {
        armed = false;
        export.flushing();
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
        export.flushed(cause);
        running.set(false);
        export.ended();
        if (cause != null) {
            export.tell(new TargetEvent.FlushFailed(export.address(), cause));
        }
    }
}
