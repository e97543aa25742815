package io.diskless.cluster.store.internal;

import io.diskless.cluster.store.Commit;
import io.diskless.cluster.store.CommitSink;
import io.diskless.cluster.store.StoreException;
import io.diskless.cluster.store.Subscription;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Pulls commits when it is told that there may be more, so that a missed signal costs time and never a commit. Thread-safe; the
 * sink is called by one thread at a time.
 */
public final class Watching implements Subscription {
    /** Where commits come from. */
    @FunctionalInterface
    public interface Source {
        List<Commit> commits(long from, int atMost) throws StoreException;
    }

    private static final int BATCH = 64;

    private final CommitSink sink;
    private final Source source;
    private final Executor executor;
    private final AtomicInteger signals = new AtomicInteger();
    private volatile boolean closed;
    /** Only the thread that drains touches it. */
    private long next;

    public Watching(long from, CommitSink sink, Source source, Executor executor) {
        if (from < 1) {
            throw new IllegalArgumentException("the first commit makes revision 1, got " + from);
        }
        this.next = from;
        this.sink = sink;
        this.source = source;
        this.executor = executor;
    }

    /** There may be more. */
    public void signal() {
        if (!closed && signals.getAndIncrement() == 0) {
            try {
                executor.execute(this::drain);
            } catch (RejectedExecutionException ended) {
                end(new StoreException(StoreException.Kind.CLOSED, "the executor of the watch was shut down", ended));
            }
        }
    }

    public boolean isClosed() {
        return closed;
    }

    private void drain() {
        int answered;
        do {
            answered = signals.get();
            pull();
        } while (!signals.compareAndSet(answered, 0));
    }

    private void pull() {
        try {
            List<Commit> batch = closed ? List.of() : source.commits(next, BATCH);
            while (!batch.isEmpty()) {
                for (Commit commit : batch) {
                    if (closed) {
                        return;
                    }
                    sink.committed(commit);
                    next = commit.revision() + 1;
                }
                batch = source.commits(next, BATCH);
            }
        } catch (StoreException why) {
            if (why.kind() != StoreException.Kind.UNREACHABLE) {
                end(why);
            } // else: whoever signals does so again when the servers are back
        } catch (RuntimeException thrown) {
            end(new StoreException(StoreException.Kind.INVALID, "the watcher threw: " + thrown.getMessage(), thrown));
        }
    }

    /** Ends it for a reason, which the sink is told unless it was closed. */
    public void end(StoreException why) {
        if (!closed) {
            closed = true;
            sink.failed(why);
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
