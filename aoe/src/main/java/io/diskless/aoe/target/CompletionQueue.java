package io.diskless.aoe.target;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Requests that a device has completed, on their way back to the thread of their port. Many threads push, one takes all.
 * The links are in the requests, so nothing is allocated; taking all at once leaves no room for an ABA mistake.
 */
final class CompletionQueue {
    private static final VarHandle TOP;

    static {
        try {
            TOP = MethodHandles.lookup().findVarHandle(CompletionQueue.class, "top", Request.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // only through the handle
    private volatile @Nullable Request top;

    void push(Request request) {
        Request seen;
        do {
            seen = (Request) TOP.getOpaque(this);
            request.next = seen;
        } while (!TOP.compareAndSet(this, seen, request));
    }

    boolean isEmpty() {
        return top == null;
    }

    /** All that was pushed so far, the oldest first, linked by {@code next}. */
    @Nullable
    Request takeAll() {
        if (top == null) {
            return null;
        }
        Request newest = (Request) TOP.getAndSet(this, null);
        Request oldest = null;
        while (newest != null) {
            Request before = newest.next;
            newest.next = oldest;
            oldest = newest;
            newest = before;
        }
        return oldest;
    }
}
