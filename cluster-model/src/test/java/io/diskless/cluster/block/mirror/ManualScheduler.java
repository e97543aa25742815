package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.testkit.OnceCompletion;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Time and background that stand still until the test moves them. */
final class ManualScheduler implements MirrorScheduler, LongSupplier {
    private record Entry(long at, long order, Runnable task) {}

    private final PriorityQueue<Entry> queue =
            new PriorityQueue<>(Comparator.comparingLong(Entry::at).thenComparingLong(Entry::order));
    private long now = 1_000_000;
    private long order;

    @Override
    public synchronized void schedule(Runnable task, long delayNanos) {
        queue.add(new Entry(now + delayNanos, order++, task));
    }

    @Override
    public synchronized long getAsLong() {
        return now;
    }

    /** Runs what is due, until nothing is. */
    void settle() {
        while (step()) {
            // Each step may make another one due.
        }
    }

    /** Runs the first task that is due now. */
    boolean step() {
        Entry next;
        synchronized (this) {
            next = queue.peek();
            if (next == null || next.at > now) {
                return false;
            }
            queue.poll();
        }
        next.task.run();
        return true;
    }

    /** Lets time pass, running whatever comes due on the way. */
    void advance(Duration time) {
        long until = getAsLong() + time.toNanos();
        while (true) {
            synchronized (this) {
                Entry next = queue.peek();
                if (next == null || next.at > until) {
                    now = until;
                    break;
                }
                now = Math.max(now, next.at);
            }
            step();
        }
        settle();
    }

    /** Runs what is due until a condition holds; whether it does. */
    boolean until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (!step()) {
                return condition.getAsBoolean();
            }
        }
        return true;
    }

    /** Starts an operation and runs the background until it has ended. */
    @org.jspecify.annotations.Nullable
    BlockException run(Consumer<OnceCompletion> operation) {
        OnceCompletion done = new OnceCompletion();
        operation.accept(done);
        until(done::isOver);
        return done.outcome(Duration.ofSeconds(10));
    }
}
