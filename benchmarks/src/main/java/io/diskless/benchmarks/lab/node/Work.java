package io.diskless.benchmarks.lab.node;

import io.diskless.benchmarks.lab.site.Message;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Work that takes longer than an answer may: it runs on a thread of its own and tells how far it is. Thread-safe.
 *
 * <p>Its status is {@code state=running|done|failed done=… total=… nanos=…}, with what the work found when it is done, or
 * {@code text=…} when it failed.
 */
final class Work {
    /** What is to be done. */
    @FunctionalInterface
    interface Body {
        /**
         * Does it, telling of progress by {@link Work#advance}; an interrupt asks it to give up.
         *
         * @return what it found, as fields of a good answer
         */
        Message run(Work self) throws Exception;
    }

    private final long total;
    private final Thread thread;
    private final long began = System.nanoTime();
    private final AtomicLong done = new AtomicLong();
    private volatile long nanos = -1;
    private volatile @Nullable Message found;
    private volatile @Nullable String failure;

    private Work(String name, long total, Body body, Changes changes) {
        this.total = total;
        this.thread = new Thread(() -> run(body, changes), "lab-work-" + name);
        thread.setDaemon(true);
    }

    static Work start(String name, long total, Body body, Changes changes) {
        Work work = new Work(name, total, body, changes);
        work.thread.start();
        return work;
    }

    private void run(Body body, Changes changes) {
        try {
            Message result = body.run(this);
            nanos = System.nanoTime() - began;
            found = result;
        } catch (Exception e) {
            nanos = System.nanoTime() - began;
            failure = e.getMessage() == null ? e.toString() : e.getMessage();
        } finally {
            changes.happened();
        }
    }

    /** That much more is done. */
    void advance(long amount) {
        done.addAndGet(amount);
    }

    /** Replaces what is done, for work that knows only the sum. */
    void reached(long amount) {
        done.set(amount);
    }

    boolean isRunning() {
        return found == null && failure == null;
    }

    Message status() {
        Message result = found;
        String why = failure;
        Message status = result == null ? Message.ok() : result;
        status = status.with("state", result != null ? "done" : why != null ? "failed" : "running")
                .with("done", done.get())
                .with("total", total)
                .with("nanos", nanos >= 0 ? nanos : System.nanoTime() - began);
        return why == null ? status : status.with("text", why);
    }

    /** Gives up; waits until the thread has ended. */
    void cancel() throws InterruptedException {
        thread.interrupt();
        thread.join();
    }
}
