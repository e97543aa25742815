package io.diskless.cluster.store.testkit;

import io.diskless.cluster.store.Commit;
import io.diskless.cluster.store.CommitSink;
import io.diskless.cluster.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A sink that keeps what it is told, and waits for it. Thread-safe. */
public final class Recorder implements CommitSink {
    private final List<Commit> seen = new ArrayList<>();
    private @Nullable StoreException failure;

    /** Has seen nothing. */
    public Recorder() {}

    @Override
    public synchronized void committed(Commit commit) {
        seen.add(commit);
        notifyAll();
    }

    @Override
    public synchronized void failed(StoreException why) {
        failure = why;
        notifyAll();
    }

    /** {@return what was seen so far} */
    public synchronized List<Commit> seen() {
        return List.copyOf(seen);
    }

    /** {@return why the watch ended; null while it goes on} */
    public synchronized @Nullable StoreException failure() {
        return failure;
    }

    /**
     * Waits until so many commits were seen or the watch ended.
     *
     * @param count how many
     * @param patience how long at most
     * @return what was seen
     * @throws InterruptedException if the thread is interrupted
     */
    public synchronized List<Commit> await(int count, Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (seen.size() < count && failure == null) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError("expected " + count + " commits within " + patience + ", saw " + seen.size());
            }
            wait(left);
        }
        return List.copyOf(seen);
    }
}
