package io.diskless.cluster.block.internal;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import org.jspecify.annotations.Nullable;

/**
 * Runs completions on the calling thread and bounds the recursion that arises when a completion starts an operation that
 * completes inline, whose completion starts an operation, and so on.
 *
 * <p>Up to {@link #DEPTH} calls nest. What comes deeper is put into a queue of the thread, and the outermost call works
 * the queue off before it returns. All devices share the thread's one counter, so a pile of devices is bounded as a whole.
 *
 * <p>A completion that throws breaks its contract; the others that wait on this thread still run, then the first
 * exception goes on to whoever called the outermost operation.
 *
 * <p>Thread-safe: all state belongs to one thread. Nothing is allocated once a thread's queue has its size.
 */
public final class Inline {
    /** How many inline calls may nest. Deep enough for a pile of devices, shallow enough for a 256 KiB stack. */
    static final int DEPTH = 16;

    private static final ThreadLocal<Inline> LOCAL = ThreadLocal.withInitial(Inline::new);

    private int depth;
    // A ring of pairs: what to call, and the failure to hand it or null. Its length is a power of two.
    private @Nullable Object[] ring = new Object[2 * DEPTH];
    private int head;
    private int size;

    private Inline() {}

    /**
     * Tells a completion that its operation succeeded.
     *
     * @param done called now, or soon by this thread
     */
    public static void completed(Completion done) {
        run(done, null);
    }

    /**
     * Tells a completion that its operation failed.
     *
     * @param done called now, or soon by this thread
     * @param cause what to tell it
     */
    public static void failed(Completion done, BlockException cause) {
        run(done, cause);
    }

    /**
     * Ends an operation either way.
     *
     * @param done called now, or soon by this thread
     * @param cause the failure, or null for success
     */
    public static void ended(Completion done, @Nullable BlockException cause) {
        run(done, cause);
    }

    /**
     * Runs a piece of work that may lead to more of its kind.
     *
     * @param work run now, or soon by this thread
     */
    public static void run(Runnable work) {
        run(work, null);
    }

    /**
     * Whether {@link #run} would run the work before it returns, rather than put it off.
     *
     * @return false if this thread is as deep as it may go
     */
    public static boolean nests() {
        return LOCAL.get().depth < DEPTH;
    }

    /** Runs what this thread has put off; for a caller that is about to block and would wait for itself. */
    public static void drain() {
        Inline me = LOCAL.get();
        if (me.size > 0) {
            me.workOff(null);
        }
    }

    private static void run(Object target, @Nullable BlockException cause) {
        Inline me = LOCAL.get();
        if (me.depth >= DEPTH) {
            me.putOff(target, cause);
            return;
        }
        me.depth++;
        Throwable thrown = null;
        try {
            call(target, cause);
        } catch (RuntimeException | Error e) {
            thrown = e;
        }
        try {
            if (me.depth == 1 && me.size > 0) {
                me.workOff(thrown);
            } else if (thrown != null) {
                throw rethrow(thrown);
            }
        } finally {
            me.depth--;
        }
    }

    private void workOff(@Nullable Throwable first) {
        Throwable thrown = first;
        while (size > 0) {
            Object target = take();
            Object cause = take();
            try {
                call(java.util.Objects.requireNonNull(target), (BlockException) cause);
            } catch (RuntimeException | Error e) {
                if (thrown == null) {
                    thrown = e;
                } else {
                    thrown.addSuppressed(e);
                }
            }
        }
        if (thrown != null) {
            throw rethrow(thrown);
        }
    }

    private static void call(Object target, @Nullable BlockException cause) {
        if (target instanceof Completion done) {
            if (cause == null) {
                done.completed();
            } else {
                done.failed(cause);
            }
        } else {
            ((Runnable) target).run();
        }
    }

    private void putOff(Object target, @Nullable BlockException cause) {
        if (size + 2 > ring.length) {
            @Nullable Object[] wider = new Object[2 * ring.length];
            for (int i = 0; i < size; i++) {
                wider[i] = ring[head + i & ring.length - 1];
            }
            ring = wider;
            head = 0;
        }
        ring[head + size & ring.length - 1] = target;
        ring[head + size + 1 & ring.length - 1] = cause;
        size += 2;
    }

    private @Nullable Object take() {
        Object value = ring[head];
        ring[head] = null;
        head = head + 1 & ring.length - 1;
        size--;
        return value;
    }

    private static RuntimeException rethrow(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return (RuntimeException) thrown;
    }
}
