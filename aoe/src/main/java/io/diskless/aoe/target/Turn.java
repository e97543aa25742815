package io.diskless.aoe.target;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whose turn it is, the device's or ours, so that a call ends once whatever the device does: it may throw instead of
 * ending, or end and throw as well, since what our own completion throws comes out of the device's method too. One turn
 * follows another; each has a number, so that a throw that is late in coming is not taken for the end of the next call.
 *
 * <p>A device that throws before it ended the call is taken to have let go of it. Thread-safe.
 */
final class Turn {
    /** Odd while the device has the call. */
    private final AtomicInteger number = new AtomicInteger();

    /** The device gets the call; returns the turn's number. */
    int pass() {
        return number.incrementAndGet();
    }

    /** The device says that the call has ended; false if it has said so before, or has thrown. */
    boolean take() {
        int now = number.get();
        return (now & 1) != 0 && number.compareAndSet(now, now + 1);
    }

    /** The device has thrown in this turn; false if it had ended the call before. */
    boolean take(int turn) {
        return number.compareAndSet(turn, turn + 1);
    }
}
