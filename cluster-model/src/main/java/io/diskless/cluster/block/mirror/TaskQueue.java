package io.diskless.cluster.block.mirror;

import org.jspecify.annotations.Nullable;

/**
 * What is to be done when the mirror's lock is free, on whichever thread drains next, or on the scheduler. Draining nests to
 * a small depth only, which bounds the recursion of inline completions.
 *
 * <p>Thread-safe; the queues are confined to the mirror's lock.
 */
final class TaskQueue {
    private static final int MAX_NESTING = 8;
    private static final int BACKGROUND_BATCH = 64;

    private final Object lock;
    private final MirrorScheduler scheduler;
    private final Task.Queue ready = new Task.Queue();
    private final Task.Queue background = new Task.Queue();
    private final Runnable runBackground = this::runBackground;
    private boolean backgroundScheduled;
    private final ThreadLocal<int[]> nesting = ThreadLocal.withInitial(() -> new int[1]);

    TaskQueue(Object lock, MirrorScheduler scheduler) {
        this.lock = lock;
        this.scheduler = scheduler;
    }

    /** Under the lock: the task runs when the lock is free. */
    void ready(Task task) {
        ready.add(task);
    }

    /** Not under the lock: runs what became ready. */
    void drain() {
        int[] depth = nesting.get();
        if (depth[0] >= MAX_NESTING) {
            return;
        }
        depth[0]++;
        try {
            for (Task task = next(ready); task != null; task = next(ready)) {
                task.run();
            }
        } finally {
            depth[0]--;
        }
    }

    private @Nullable Task next(Task.Queue queue) {
        synchronized (lock) {
            Task task = queue.poll();
            if (task != null) {
                task.prepare();
            }
            return task;
        }
    }

    /** Under the lock: the task runs on the scheduler. */
    void background(Task task) {
        background.add(task);
        if (!backgroundScheduled) {
            backgroundScheduled = true;
            scheduler.schedule(runBackground, 0);
        }
    }

    private void runBackground() {
        for (int i = 0; i < BACKGROUND_BATCH; i++) {
            Task task;
            synchronized (lock) {
                task = next(background);
                if (task == null) {
                    backgroundScheduled = false;
                    break;
                }
            }
            task.run();
            drain();
            if (i == BACKGROUND_BATCH - 1) {
                // Others want the scheduler too.
                scheduler.schedule(runBackground, 0);
            }
        }
        drain();
    }
}
