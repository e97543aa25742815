package io.diskless.drbd.cli;

import io.diskless.drbd.session.DrbdEvent;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/** Events on their way to one reader, who may be slow: the resource never waits for him. Thread-safe. */
final class EventFeed {
    /** Events that a reader may be behind. */
    private static final int MOST = 4096;

    private final BlockingQueue<Optional<DrbdEvent>> queue = new ArrayBlockingQueue<>(MOST);
    private final AtomicBoolean behind = new AtomicBoolean();
    private final AtomicBoolean over = new AtomicBoolean();

    void add(DrbdEvent event) {
        if (!queue.offer(Optional.of(event))) {
            behind.set(true);
        }
    }

    void end() {
        over.set(true);
        // Where there is no room the reader is awake anyway.
        var unused = queue.offer(Optional.empty());
    }

    /** Whether some events had no room since this was last asked. */
    boolean lost() {
        return behind.getAndSet(false);
    }

    /** Waits for the next event; empty at the end. */
    Optional<DrbdEvent> next() throws InterruptedException {
        while (!over.get() || !queue.isEmpty()) {
            Optional<DrbdEvent> next = queue.take();
            if (next.isPresent()) {
                return next;
            }
        }
        return Optional.empty();
    }
}
