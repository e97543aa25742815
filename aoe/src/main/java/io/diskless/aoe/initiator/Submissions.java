package io.diskless.aoe.initiator;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * How requests get from any thread to the event loop without a lock and without garbage.
 *
 * <p>Submitting is a push on a stack that the loop takes as a whole and turns round; as nobody pops single nodes, a node
 * that comes back cannot confuse anybody. The number of requests is not bounded: submission never blocks and never fails
 * for lack of room. Up to {@code pooled} of them at a time come from a pool, the rest is made and left to the collector.
 * Free places form a stack of array indexes; its head carries a version, so that a place taken and given back between two
 * looks does not pass for unchanged.
 *
 * <p>Thread-safe; {@link #takeAll()} and {@link #release} belong to the event loop.
 */
final class Submissions {
    private static final int NONE = -1;

    private final AtomicReference<@Nullable Request> pushed = new AtomicReference<>();
    private final Request[] pool;
    /** High half: version; low half: index of the first free place. */
    private final AtomicLong free;

    Submissions(int pooled) {
        pool = new Request[pooled];
        for (int i = 0; i < pooled; i++) {
            pool[i] = new Request(i);
            pool[i].poolNext = i + 1 < pooled ? i + 1 : NONE;
        }
        free = new AtomicLong(pooled > 0 ? 0 : NONE & 0xFFFF_FFFFL);
    }

    /** A request to fill. */
    Request acquire() {
        while (true) {
            long head = free.get();
            int index = (int) head;
            if (index == NONE) {
                return new Request(NONE);
            }
            Request request = pool[index];
            if (free.compareAndSet(head, head(head, request.poolNext))) {
                return request;
            }
        }
    }

    /** Gives back a request that has ended. */
    void release(Request request) {
        request.clear();
        if (request.poolIndex == NONE) {
            return;
        }
        long head;
        do {
            head = free.get();
            request.poolNext = (int) head;
        } while (!free.compareAndSet(head, head(head, request.poolIndex)));
    }

    private static long head(long old, int index) {
        return (((old >>> 32) + 1) << 32) | (index & 0xFFFF_FFFFL);
    }

    void push(Request request) {
        Request top;
        do {
            top = pushed.get();
            request.next = top;
        } while (!pushed.compareAndSet(top, request));
    }

    boolean isEmpty() {
        return pushed.get() == null;
    }

    /** All that was pushed, oldest first, linked by {@code next}. */
    @Nullable
    Request takeAll() {
        if (pushed.get() == null) {
            return null;
        }
        Request node = pushed.getAndSet(null);
        Request reversed = null;
        while (node != null) {
            Request next = node.next;
            node.next = reversed;
            reversed = node;
            node = next;
        }
        return reversed;
    }
}
