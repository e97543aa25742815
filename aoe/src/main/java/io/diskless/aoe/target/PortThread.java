package io.diskless.aoe.target;

import io.diskless.aoe.link.LinkState;
import io.diskless.aoe.link.LinkWaiter;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The thread of one port of a started target: polls while there is work, then spins while that pays, then waits. The
 * handshake with those who bring work from outside: they publish it and look at {@code sleeping}; this thread sets
 * {@code sleeping} and looks for work. Both are sequentially consistent, so one of the two sees the other.
 */
final class PortThread implements Runnable {
    /** The longest wait: changes of the interface are noticed by polling. */
    private static final long LONGEST_WAIT = 250_000_000;
    /** After an error of its own the thread does not spin on it. */
    private static final long AFTER_FAILURE = 10_000_000;

    private final AoeTarget target;
    private final PortLoop loop;
    private final LinkWaiter waiter;
    private final AdaptiveSpin spin;
    private final Thread thread;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean stopped;
    private volatile boolean sleeping;

    PortThread(AoeTarget target, PortLoop loop, TargetOptions options) {
        this.target = target;
        this.loop = loop;
        waiter = LinkWaiter.of(List.of(loop.link()));
        spin = new AdaptiveSpin(options.spin().toNanos());
        thread = options.threads().newThread(this);
        thread.setName("aoe-target-" + loop.link().name());
    }

    PortLoop loop() {
        return loop;
    }

    void start() {
        loop.wake(this::wake);
        thread.start();
    }

    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    boolean isRunning() {
        return ended.getCount() > 0;
    }

    private void wake() {
        if (sleeping) {
            waiter.wakeup();
        }
    }

    /** Ends the thread after a last round, and waits for it unless it is the caller. */
    void stop() throws InterruptedException {
        stopped = true;
        waiter.wakeup();
        if (!isCurrent()) {
            ended.await();
        }
    }

    /** Waits until the thread has begun a new round; false if it did not in time. */
    boolean passed(long nanos) throws InterruptedException {
        if (thread.getState() == Thread.State.NEW) {
            return true; // it will see what was there before it started
        }
        CountDownLatch round = new CountDownLatch(1);
        loop.execute(round::countDown);
        long end = System.nanoTime() + nanos;
        while (isRunning() && System.nanoTime() - end < 0) {
            if (round.await(1, TimeUnit.MILLISECONDS)) {
                return true;
            }
        }
        return !isRunning();
    }

    @Override
    public void run() {
        Runnable round = this::round;
        try {
            while (!stopped && loop.link().state() != LinkState.CLOSED) {
                guarded(round);
            }
            guarded(loop::poll);
            guarded(loop::end);
        } finally {
            loop.wake(() -> {});
            waiter.close();
            ended.countDown();
        }
    }

    private void round() {
        if (loop.poll() == 0 && !spin()) {
            sleep();
        }
    }

    /** What goes wrong is told; an error too, memory that ran out above all: a port that ended would be silent for good. */
    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            target.tell(new TargetEvent.PortFailed(loop.link().name(), e));
            sleeping = false;
            // Not the waiter: it may be what failed.
            LockSupport.parkNanos(AFTER_FAILURE);
        }
    }

    private boolean spin() {
        long length = spin.length();
        if (length == 0) {
            return false;
        }
        long begin = System.nanoTime();
        boolean hit = false;
        while (!hit && !stopped && System.nanoTime() - begin < length) {
            Thread.onSpinWait();
            hit = loop.poll() > 0;
        }
        spin.spun(System.nanoTime() - begin, hit);
        return hit;
    }

    private void sleep() {
        sleeping = true;
        if (stopped || loop.hasWork()) {
            sleeping = false;
            return;
        }
        long begin = System.nanoTime();
        waiter.await(Math.min(LONGEST_WAIT, loop.untilTimer()));
        sleeping = false;
        long waited = System.nanoTime() - begin;
        spin.waited(waited, loop.poll() > 0);
    }
}
