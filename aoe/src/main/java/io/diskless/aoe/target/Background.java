package io.diskless.aoe.target;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads of a started target that may wait for a disk: a few for flushes, one for settings, so that these are saved in
 * order. They come when needed and go when idle. What is queued is bounded by the requests and changes that ports admit.
 *
 * <p>Thread-safe.
 */
final class Background implements AutoCloseable {
    private static final int FLUSHERS = 4;
    private static final long IDLE_SECONDS = 5;

    private final ThreadPoolExecutor flushers;
    private final ThreadPoolExecutor saver;

    Background(ThreadFactory threads) {
        flushers = pool(FLUSHERS, threads, "aoe-target-flush");
        saver = pool(1, threads, "aoe-target-settings");
    }

    private static ThreadPoolExecutor pool(int size, ThreadFactory threads, String name) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                size, size, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = threads.newThread(task);
                    thread.setName(name);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    void run(Runnable task) {
        flushers.execute(task);
    }

    void inOrder(Runnable task) {
        saver.execute(task);
    }

    /** Lets what is queued finish. */
    @Override
    public void close() {
        flushers.shutdown();
        saver.shutdown();
    }
}
