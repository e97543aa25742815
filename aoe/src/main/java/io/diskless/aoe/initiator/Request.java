package io.diskless.aoe.initiator;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One call of a user, from the submission to the completion; pooled. Written by the submitting thread until it is pushed
 * on {@link Submissions}, confined to the event loop after that.
 */
final class Request {
    static final int READ = 0;
    static final int WRITE = 1;
    static final int FLUSH = 2;
    static final int DISCARD = 3;
    static final int ZEROES = 4;
    /** Not an operation on blocks: something to run on the event loop. */
    static final int TASK = 5;

    /** Place in the pool's array, or -1 for one that was made because the pool was empty. */
    final int poolIndex;
    /** Next free place, while this one is free. */
    int poolNext;

    /** Link in {@link Submissions}, then in {@link DiskRequests} among those that are not cut into frames yet. */
    @Nullable
    Request next;

    /** Links in the list of all requests of {@link DiskRequests}, in order of arrival and so of deadline. */
    @Nullable
    Request activePrev;

    @Nullable
    Request activeNext;

    int op;

    @Nullable
    DiskEngine engine;

    @Nullable
    Runnable task;

    @Nullable
    ByteBuffer buffer;

    /** The buffer's position when it was lent. */
    int bufferAt;

    @Nullable
    Completion done;

    long offset;
    long length;
    boolean fua;
    long submittedAt;

    /** Tells requests apart where their objects are used again; never 0. */
    long serial;

    long deadline;
    /** Bytes cut into frames so far. */
    long cut;
    /** Whether it waits in the engine's queue. */
    boolean queued;
    /** Its unfinished I/Os. */
    @Nullable
    Io ios;

    boolean flushCut;

    @Nullable
    BlockException failure;

    Request(int poolIndex) {
        this.poolIndex = poolIndex;
    }

    void clear() {
        next = null;
        activePrev = null;
        activeNext = null;
        engine = null;
        task = null;
        buffer = null;
        done = null;
        fua = false;
        cut = 0;
        queued = false;
        ios = null;
        flushCut = false;
        failure = null;
    }

    void attach(Io io) {
        io.request = this;
        io.requestPrev = null;
        io.requestNext = ios;
        if (ios != null) {
            ios.requestPrev = io;
        }
        ios = io;
    }

    void detach(Io io) {
        if (io.requestPrev == null) {
            ios = io.requestNext;
        } else {
            io.requestPrev.requestNext = io.requestNext;
        }
        if (io.requestNext != null) {
            io.requestNext.requestPrev = io.requestPrev;
        }
        io.requestPrev = null;
        io.requestNext = null;
        io.request = null;
    }

    /** Keeps the failure with the lowest offset. */
    void fail(BlockException cause) {
        BlockException known = failure;
        if (known == null || (cause.offset() >= 0 && (known.offset() < 0 || cause.offset() < known.offset()))) {
            failure = cause;
        }
    }
}
