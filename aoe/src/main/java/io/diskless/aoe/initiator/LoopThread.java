package io.diskless.aoe.initiator;

import io.diskless.aoe.link.LinkWaiter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The dedicated thread: polls, looks a bounded time for more, then sleeps until a frame, a submission or a timer.
 *
 * <p>Looking ("spinning") costs a processor and saves a wake-up, which takes longer than a round trip. How long it looks
 * is learned: twice as long, up to the bound, when the sleep that followed was shorter than the bound, and half as long
 * when looking found nothing before a longer sleep. So a busy disk is served without sleeping and an idle one costs
 * nothing.
 *
 * <p>No submission is lost: the submitter pushes and then looks whether the loop sleeps; the loop says that it sleeps and
 * then looks whether something was pushed.
 */
final class LoopThread {
    /** Wakes up now and then whatever the timers say, so that a lost wake-up of the system is a hiccup and no hang. */
    private static final long LONGEST_SLEEP = 100_000_000L;
    /** A transmit slot that becomes free wakes nobody. */
    private static final long STALL_SLEEP = 100_000L;

    private static final long SHORTEST_SPIN = 1_000L;
    /** After an error of its own the thread does not spin on it. */
    private static final long AFTER_FAILURE = 10_000_000L;

    private final EventLoop loop;
    private final LinkWaiter waiter;
    private final Runnable atEnd;
    private final Thread thread;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final long spinBound;
    private volatile boolean asleep;
    private volatile boolean stopping;
    private long spin;
    private @Nullable String toldLast;

    LoopThread(EventLoop loop, LinkWaiter waiter, Runnable atEnd) {
        this.atEnd = atEnd;
        this.loop = loop;
        this.waiter = waiter;
        spinBound = loop.options.spin().toNanos();
        thread = new Thread(this::run, loop.options.threadName());
        thread.setDaemon(true);
    }

    Thread thread() {
        return thread;
    }

    void start() {
        thread.start();
    }

    /** Something was pushed. */
    void submitted() {
        if (asleep) {
            waiter.wakeup();
        }
    }

    /** Stops the thread and waits for it, unless it is the caller. */
    void stop() {
        stopping = true;
        waiter.wakeup();
        if (Thread.currentThread() == thread) {
            return;
        }
        boolean interrupted = false;
        while (true) {
            try {
                ended.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        spin = spinBound;
        try {
            Runnable round = this::round;
            while (!stopping) {
                if (guarded(round)) {
                    toldLast = null;
                } else {
                    loop.timersOnly(this::guarded);
                    // Not the waiter: it may be what failed.
                    LockSupport.parkNanos(AFTER_FAILURE);
                }
            }
        } finally {
            stopping = true;
            guarded(loop::close);
            guarded(waiter::close);
            guarded(atEnd);
            ended.countDown();
        }
    }

    private void round() {
        if (work() || spinFor(spin)) {
            return;
        }
        long slept = sleep();
        if (slept < spinBound) {
            spin = Math.min(spinBound, Math.max(SHORTEST_SPIN, spin * 2));
        } else {
            spin = spin < SHORTEST_SPIN ? 0 : spin / 2;
        }
    }

    /** Does something, and tells what goes wrong, the same thing once in a row: a loop that ended would take all disks with it. */
    private boolean guarded(Runnable step) {
        try {
            step.run();
            return true;
        } catch (RuntimeException | Error e) {
            String what = String.valueOf(e);
            if (!what.equals(toldLast)) {
                toldLast = what;
                loop.log.error("a round of the event loop failed; it goes on, and is silent while this repeats", e);
            }
            return false;
        }
    }

    private boolean work() {
        return loop.poll() > 0;
    }

    private boolean spinFor(long nanos) {
        if (nanos <= 0) {
            return false;
        }
        long end = loop.time() + nanos;
        do {
            Thread.onSpinWait();
            if (work()) {
                return true;
            }
        } while (!stopping && loop.now < end);
        return false;
    }

    private long sleep() {
        long before = loop.now;
        long most = loop.hasStalled() ? STALL_SLEEP : LONGEST_SLEEP;
        long wait = Math.min(most, loop.nextTimer() - before);
        asleep = true;
        try {
            if (wait > 0 && loop.submissions.isEmpty() && !stopping) {
                waiter.await(wait);
            }
        } finally {
            asleep = false;
        }
        return loop.time() - before;
    }
}
