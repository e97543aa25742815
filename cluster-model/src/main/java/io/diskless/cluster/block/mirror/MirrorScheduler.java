package io.diskless.cluster.block.mirror;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Runs the background work of a mirror: probes, resync steps that wait for the rate limit, lazy clearing of intent bits,
 * delivery of events. Thread-safe.
 */
@FunctionalInterface
public interface MirrorScheduler {
    /**
     * Runs a task later, never inside this call.
     *
     * @param task short; does not block
     * @param delayNanos 0 for "as soon as possible"
     */
    void schedule(Runnable task, long delayNanos);

    /**
     * A scheduler over one of the JDK. Tasks that come after its shutdown are dropped, as the mirror is of no use by then.
     *
     * @param executor stays the caller's to shut down
     * @return the scheduler
     */
    static MirrorScheduler of(ScheduledExecutorService executor) {
        return (task, delayNanos) -> {
            if (!executor.isShutdown()) {
                // A scheduled task's exception goes into its future, where nobody would see it.
                Runnable loud = () -> {
                    try {
                        task.run();
                    } catch (RuntimeException | Error e) {
                        Failures.ofTheUser(e);
                    }
                };
                ScheduledFuture<?> unused = executor.schedule(loud, delayNanos, TimeUnit.NANOSECONDS);
            }
        };
    }
}
