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
    private static final int HELD = 2;

    /**
     * A wish for a range, and the way to learn that it is fulfilled. Confined to one use at a time: from
     * {@link RangeLock#acquire(Claim, long, long, boolean)} to {@link RangeLock#release} or a successful
     * {@link RangeLock#withdraw}; then it may be used again.
     */
    public abstract static class Claim {
        private final Runnable grant = this::granted;
        private @Nullable RangeLock owner;
        private @Nullable Claim previous;
        private @Nullable Claim next;
        private @Nullable Claim nextGranted;
        private long offset;
        private long end;
        private boolean exclusive;
        private int state;
        // How many earlier claims that conflict are still there.
        private int blockers;

        /** A claim that is not in use. */
        protected Claim() {}

        /** The range is held now. Runs once per acquire; must not block or throw; may acquire and release. */
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
        if (offset < 0 || length < 0) {
            throw new IllegalArgumentException("offset and length must not be negative, got " + offset + ", " + length);
        }
        synchronized (this) {
            if (claim.state != IDLE) {
                throw new IllegalStateException("the claim is in use");
            }
            claim.offset = offset;
            // An empty range ends where it begins, so that it overlaps nothing, not even a range around it.
            claim.end = length == 0 ? 0 : offset > Long.MAX_VALUE - length ? Long.MAX_VALUE : offset + length;
            claim.exclusive = exclusive;
            claim.blockers = 0;
            claim.owner = this;
            for (Claim c = first; c != null; c = c.next) {
                if (c.conflicts(claim)) {
                    claim.blockers++;
                }
            }
            claim.previous = last;
            claim.next = null;
            if (last == null) {
                first = claim;
            } else {
                last.next = claim;
            }
            last = claim;
            if (claim.blockers > 0) {
                claim.state = WAITING;
                waiting++;
                return;
            }
            claim.state = HELD;
            held++;
        }
        Inline.run(claim.grant);
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
     * @param claim held
     */
    public void release(Claim claim) {
        Claim granted;
        synchronized (this) {
            if (claim.owner != this || claim.state != HELD) {
                throw new IllegalStateException("the claim is not held");
            }
            held--;
            granted = remove(claim);
        }
        grantAll(granted);
    }

    /**
     * Takes a waiting claim back.
     *
     * @param claim acquired before
     * @return true if it was still waiting and {@link Claim#granted()} will not be called; false if it has been granted
     *     (and must be released) or is not in use
     */
    public boolean withdraw(Claim claim) {
        Claim granted;
        synchronized (this) {
            if (claim.owner != this || claim.state != WAITING) {
                return false;
            }
            waiting--;
            granted = remove(claim);
        }
        grantAll(granted);
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

    /** Unlinks a claim; returns the chain (by {@code nextGranted}, oldest first) of those it was the last to block. */
    private @Nullable Claim remove(Claim claim) {
        Claim head = null;
        Claim tail = null;
        for (Claim c = claim.next; c != null; c = c.next) {
            if (c.state == WAITING && claim.conflicts(c) && --c.blockers == 0) {
                c.state = HELD;
                waiting--;
                held++;
                c.nextGranted = null;
                if (tail == null) {
                    head = c;
                } else {
                    tail.nextGranted = c;
                }
                tail = c;
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
        return head;
    }

    private static void grantAll(@Nullable Claim head) {
        for (Claim c = head; c != null; ) {
            // Read first: once granted, the claim may be released and used again at any moment.
            Claim following = c.nextGranted;
            c.nextGranted = null;
            try {
                Inline.run(c.grant);
            } catch (RuntimeException | Error e) {
                // The others hold their ranges already and must hear of it.
                grantAll(following);
                throw e;
            }
            c = following;
        }
    }
}
