package io.diskless.cluster.block.mirror;

import java.util.concurrent.ScheduledThreadPoolExecutor;

/** The scheduler of mirrors that were given none: one daemon thread, made with the first of them. */
final class SharedScheduler {
    static final MirrorScheduler INSTANCE = create();

    private SharedScheduler() {}

    private static MirrorScheduler create() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "diskless-mirror");
            thread.setDaemon(true);
            return thread;
        });
        return MirrorScheduler.of(executor);
    }
}
