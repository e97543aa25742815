package io.diskless.cluster.block;

import io.diskless.cluster.block.internal.Inline;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Lets operations on a device run side by side as long as their ranges do not conflict, without blocking a thread: who
 * must wait is called back.
 *
 * <p>Two claims conflict when their ranges overlap and at least one is exclusive. A claim is granted as soon as no
 * conflicting claim that came earlier is held or waiting; so there is no overtaking among conflicting claims and nobody
 * starves, while claims that conflict with nobody are granted at once.
 *
 * <p>The lock itself allocates nothing: a {@link Claim} carries the links, and one that has been released may be used
 * again. Cost is linear in the number of claims held or waiting.
 *
 * <p>Thread-safe. {@link Claim#granted()} runs on the thread that acquired or on one that released, with no lock held.
 */
public final class RangeLock {
    private static final int IDLE = 0;
    private static final int WAITING = 1;
    /** The range is held, but {@link Claim#granted()} is still to be called. */
    private static final int GRANTED = 2;

    private static final int HELD = 3;

    /**
     * A wish for a range, and the way to learn that it is fulfilled. Confined to one use at a time: from
     * {@link RangeLock#acquire(Claim, long, long, boolean)} to {@link RangeLock#release} or a successful
     * {@link RangeLock#withdraw}; then it may be used again, whatever other threads are doing with the lock.
     */
    public abstract static class Claim {
        private final Runnable grant = this::granted;
        private @Nullable RangeLock owner;
        private @Nullable Claim previous;
        private @Nullable Claim next;
        private @Nullable Claim previousGranted;
        private @Nullable Claim nextGranted;
        private long offset;
        private long end;
        private boolean exclusive;
        private int state;
        // How many earlier claims that conflict are still there.
        private int blockers;

        /** A claim that is not in use. */
        protected Claim() {}

        /**
         * The range is held now. Runs once per acquire, unless the claim is withdrawn or released before that; must not
         * block or throw; may acquire and release.
         */
        protected abstract void granted();

        private boolean conflicts(Claim other) {
            return offset < other.end && other.offset < end && (exclusive || other.exclusive);
        }
    }

    /** The convenience form: a claim that runs something. */
    private static final class Action extends Claim {
        private final Runnable action;

        Action(Runnable action) {
            this.action = action;
        }

        @Override
        protected void granted() {
            action.run();
        }
    }

    // All claims, held and waiting, in order of arrival.
    private @Nullable Claim first;
    private @Nullable Claim last;
    private int held;
    private int waiting;

    // Claims to be called, in the order of their grants. A list of the lock, not of whoever released: a claim that is
    // withdrawn or released meanwhile is taken out under the lock, and none is linked that is used again already. For
    // each
    // claim put in, its thread takes one out later, be it another one: so every claim is called and nobody works for
    // all.
    private @Nullable Claim firstGranted;
    private @Nullable Claim lastGranted;
    private final Runnable callNext = this::callNext;

    /** A lock that nobody holds. */
    public RangeLock() {}

    /**
     * Asks for a range. {@link Claim#granted()} is called before this method returns if nothing conflicts, else when the
     * last earlier conflicting claim goes. (From deep inside a chain of grants it may also be called a little later.)
     *
     * @param claim not in use
     * @param offset first byte, not negative
     * @param length bytes; 0 conflicts with nothing; whatever goes beyond {@link Long#MAX_VALUE} is cut
     * @param exclusive true for a write, false for a read
     */
    public void acquire(Claim claim, long offset, long length, boolean exclusive) {
        check(offset, length);
        boolean atOnce = Inline.nests();
        synchronized (this) {
            int blockers = aim(claim, offset, length, exclusive);
            append(claim);
            claim.blockers = blockers;
            if (blockers > 0) {
                claim.state = WAITING;
                waiting++;
                return;
            }
            held++;
            if (atOnce) {
                claim.state = HELD;
            } else {
                appendGranted(claim);
            }
        }
        Inline.run(atOnce ? claim.grant : callNext);
    }

    /**
     * Takes a range if nothing conflicts, neither held nor waiting; never waits, and never calls
     * {@link Claim#granted()}.
     *
     * @param claim not in use
     * @param offset first byte, not negative
     * @param length bytes, as for {@link #acquire(Claim, long, long, boolean)}
     * @param exclusive true for a write, false for a read
     * @return true if the range is held and must be released; false if the claim is not in use, as before
     */
    public boolean tryAcquire(Claim claim, long offset, long length, boolean exclusive) {
        check(offset, length);
        synchronized (this) {
            if (aim(claim, offset, length, exclusive) > 0) {
                return false;
            }
            append(claim);
            claim.blockers = 0;
            claim.state = HELD;
            held++;
            return true;
        }
    }

    private static void check(long offset, long length) {
        if (offset < 0 || length < 0) {
            throw new IllegalArgumentException("offset and length must not be negative, got " + offset + ", " + length);
        }
    }

    /** Tells a claim what it is for; returns how many claims there are that conflict. */
    private int aim(Claim claim, long offset, long length, boolean exclusive) {
        if (claim.state != IDLE) {
            throw new IllegalStateException("the claim is in use");
        }
        claim.offset = offset;
        // An empty range ends where it begins, so that it overlaps nothing, not even a range around it.
        claim.end = length == 0 ? 0 : offset > Long.MAX_VALUE - length ? Long.MAX_VALUE : offset + length;
        claim.exclusive = exclusive;
        int blockers = 0;
        for (Claim c = first; c != null; c = c.next) {
            if (c.conflicts(claim)) {
                blockers++;
            }
        }
        return blockers;
    }

    private void append(Claim claim) {
        claim.owner = this;
        claim.previous = last;
        claim.next = null;
        if (last == null) {
            first = claim;
        } else {
            last.next = claim;
        }
        last = claim;
    }

    /**
     * Asks for a range, with a claim made for the occasion.
     *
     * @param offset first byte
     * @param length bytes
     * @param exclusive true for a write, false for a read
     * @param granted run once when the range is held
     * @return what to release
     */
    public Claim acquire(long offset, long length, boolean exclusive, Runnable granted) {
        Claim claim = new Action(Objects.requireNonNull(granted, "granted"));
        acquire(claim, offset, length, exclusive);
        return claim;
    }

    /**
     * Gives a range back and grants whatever waited for nothing else.
     *
     * @param claim held; if its {@link Claim#granted()} has not been called yet, it will not be
     */
    public void release(Claim claim) {
        int granted;
        synchronized (this) {
            if (claim.owner != this || (claim.state != HELD && claim.state != GRANTED)) {
                throw new IllegalStateException("the claim is not held");
            }
            granted = remove(claim);
        }
        call(granted);
    }

    /**
     * Takes a claim back that waits, or that has been granted and not yet heard of it.
     *
     * @param claim acquired before
     * @return true if {@link Claim#granted()} will not be called and the claim is not in use any more; false if the call
     *     has begun, on this thread or another one, and the claim must be released, or if it is not in use
     */
    public boolean withdraw(Claim claim) {
        int granted;
        synchronized (this) {
            if (claim.owner != this || (claim.state != WAITING && claim.state != GRANTED)) {
                return false;
            }
            granted = remove(claim);
        }
        call(granted);
        return true;
    }

    /**
     * How many claims are held.
     *
     * @return a snapshot
     */
    public synchronized int held() {
        return held;
    }

    /**
     * How many claims wait.
     *
     * @return a snapshot
     */
    public synchronized int waiting() {
        return waiting;
    }

    /** Ends the use of a claim; returns how many it was the last to block, which are to be called now. */
    private int remove(Claim claim) {
        if (claim.state == WAITING) {
            waiting--;
        } else {
            held--;
            if (claim.state == GRANTED) {
                removeGranted(claim);
            }
        }
        int granted = 0;
        for (Claim c = claim.next; c != null; c = c.next) {
            if (c.state == WAITING && claim.conflicts(c) && --c.blockers == 0) {
                waiting--;
                held++;
                appendGranted(c);
                granted++;
            }
        }
        Claim before = claim.previous;
        Claim after = claim.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        claim.previous = null;
        claim.next = null;
        claim.owner = null;
        claim.state = IDLE;
        return granted;
    }

    private void appendGranted(Claim claim) {
        claim.state = GRANTED;
        claim.previousGranted = lastGranted;
        if (lastGranted == null) {
            firstGranted = claim;
        } else {
            lastGranted.nextGranted = claim;
        }
        lastGranted = claim;
    }

    private void removeGranted(Claim claim) {
        Claim before = claim.previousGranted;
        Claim after = claim.nextGranted;
        if (before == null) {
            firstGranted = after;
        } else {
            before.nextGranted = after;
        }
        if (after == null) {
            lastGranted = before;
        } else {
            after.previousGranted = before;
        }
        claim.previousGranted = null;
        claim.nextGranted = null;
    }

    /** Not under the lock: calls that many of those that have been granted. */
    private void call(int count) {
        Throwable thrown = null;
        for (int i = 0; i < count; i++) {
            try {
                Inline.run(callNext);
            } catch (RuntimeException | Error e) {
                // The others hold their ranges already and must hear of it.
                if (thrown == null) {
                    thrown = e;
                } else {
                    thrown.addSuppressed(e);
                }
            }
        }
        if (thrown instanceof Error error) {
            throw error;
        } else if (thrown != null) {
            throw (RuntimeException) thrown;
        }
    }

    private void callNext() {
        Claim claim;
        synchronized (this) {
            claim = firstGranted;
            if (claim == null) {
                // Another thread was here before, or the claim was taken back.
                return;
            }
            removeGranted(claim);
            claim.state = HELD;
        }
        claim.granted();
    }
}
