package io.diskless.benchmarks.lab;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Interrupts the thread that made it after a time, unless it is closed before. Thread-safe. */
final class Watchdog implements AutoCloseable {
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread runner = Thread.currentThread();

    static Watchdog after(Duration limit) {
        Watchdog watchdog = new Watchdog();
        Thread thread = new Thread(() -> watchdog.wait(limit), "lab-watchdog");
        thread.setDaemon(true);
        thread.start();
        return watchdog;
    }

    private void wait(Duration limit) {
        try {
            if (!closed.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                runner.interrupt();
            }
        } catch (InterruptedException e) {
            // Nobody interrupts this thread; if somebody does, there is no watch any more.
            Thread.currentThread().interrupt();
        }
    }

    void dismiss() {
        closed.countDown();
    }

    @Override
    public void close() {
        dismiss();
    }
}
