package io.diskless.cluster.block.internal;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts who is inside, and lets the one who closes wait until all have left: what they use may be torn down only then.
 * Thread-safe; passing it allocates nothing.
 */
public final class Gate {
    /** The sign bit says closed, the others count. */
    private static final int CLOSED = Integer.MIN_VALUE;

    private final AtomicInteger users = new AtomicInteger();

    /** A gate that is open, with nobody inside. */
    public Gate() {}

    /**
     * Goes in.
     *
     * @return true if inside, and {@link #exit()} is due; false if the gate is closed
     */
    public boolean enter() {
        if (users.incrementAndGet() > 0) {
            return true;
        }
        exit();
        return false;
    }

    /** Goes out. Call it before completing anything, so that a completion may close the device. */
    public void exit() {
        if (users.decrementAndGet() == CLOSED) {
            synchronized (this) {
                notifyAll();
            }
        }
    }

    /** {@return whether it is open} */
    public boolean isOpen() {
        return users.get() >= 0;
    }

    /**
     * Lets nobody in any more and waits until all have left. An interrupt is kept for later.
     *
     * @return true for the one call that closed it
     */
    public boolean close() {
        boolean first = users.getAndUpdate(n -> n | CLOSED) >= 0;
        boolean interrupted = false;
        if (users.get() != CLOSED) {
            // Who closes from within a completion may be waiting for what this very thread has put off.
            Inline.drain();
        }
        synchronized (this) {
            while (users.get() != CLOSED) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return first;
    }
}
