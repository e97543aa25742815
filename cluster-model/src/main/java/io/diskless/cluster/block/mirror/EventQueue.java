package io.diskless.cluster.block.mirror;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Delivers events in order, one at a time, on the scheduler. Thread-safe; may be called under the mirror's lock. */
final class EventQueue {
    private final MirrorOptions options;
    private final ArrayDeque<MirrorEvent> queue = new ArrayDeque<>();
    private boolean delivering;

    EventQueue(MirrorOptions options) {
        this.options = options;
    }

    void add(MirrorEvent event) {
        synchronized (queue) {
            queue.add(event);
            if (delivering) {
                return;
            }
            delivering = true;
        }
        options.scheduler().schedule(this::deliver, 0);
    }

    private void deliver() {
        while (true) {
            @Nullable MirrorEvent event;
            synchronized (queue) {
                event = queue.poll();
                if (event == null) {
                    delivering = false;
                    return;
                }
            }
            try {
                options.listener().accept(event);
            } catch (RuntimeException | Error e) {
                // The other events are still to be told.
                Failures.ofTheUser(e);
            }
        }
    }
}
