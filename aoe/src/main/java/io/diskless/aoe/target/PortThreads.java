package io.diskless.aoe.target;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The threads of a started target, one for each port. Thread-safe. */
final class PortThreads {
    private final AoeTarget target;
    private final TargetOptions options;
    private final List<PortThread> threads = new ArrayList<>(); // guarded by this

    PortThreads(AoeTarget target, TargetOptions options) {
        this.target = target;
        this.options = options;
    }

    /** Gives a port its thread, unless it has one. */
    void start(PortLoop loop, List<PortLoop> ports) {
        PortThread thread;
        boolean several;
        synchronized (this) {
            if (threads.stream().anyMatch(t -> t.loop() == loop)) {
                return; // a start of the target and an attachment met
            }
            thread = new PortThread(target, loop, options);
            threads.add(thread);
            several = ports.size() > 1;
            if (several) {
                ports.forEach(each -> each.shared(true));
            }
        }
        if (several) {
            // From here on every transfer of the threads that run already takes the range lock.
            try {
                passed(thread, options.closeTimeout().toNanos());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        thread.start();
    }

    /** Returns when every thread, but the one excepted and the caller, has begun a round after this call. */
    void passed(@Nullable PortThread except, long nanos) throws InterruptedException {
        List<PortThread> running;
        synchronized (this) {
            running = List.copyOf(threads);
        }
        for (PortThread thread : running) {
            if (thread != except && !thread.isCurrent()) {
                thread.passed(nanos);
            }
        }
    }

    /** Ends the thread of a port, if it has one. */
    void stop(PortLoop loop) {
        PortThread gone = null;
        synchronized (this) {
            for (PortThread thread : threads) {
                gone = thread.loop() == loop ? thread : gone;
            }
            threads.remove(gone);
        }
        if (gone != null) {
            end(gone);
        }
    }

    /** Ends all of them. */
    void stopAll() {
        List<PortThread> running;
        synchronized (this) {
            running = List.copyOf(threads);
            threads.clear();
        }
        running.forEach(PortThreads::end);
    }

    private static void end(PortThread thread) {
        try {
            thread.stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
