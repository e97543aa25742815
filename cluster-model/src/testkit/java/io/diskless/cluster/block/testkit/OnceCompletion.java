package io.diskless.cluster.block.testkit;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A completion that counts how often it was called and lets a test wait for the first call. Thread-safe. */
public final class OnceCompletion implements Completion {
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicInteger calls = new AtomicInteger();
    private volatile @Nullable BlockException failure;

    /** One that has not been called. */
    public OnceCompletion() {}

    @Override
    public void completed() {
        calls.incrementAndGet();
        ended.countDown();
    }

    @Override
    public void failed(BlockException cause) {
        failure = cause;
        calls.incrementAndGet();
        ended.countDown();
    }

    /**
     * Waits for the end of the operation.
     *
     * @param patience how long before the test gives up
     * @return the failure, or null if it succeeded
     */
    public @Nullable BlockException outcome(Duration patience) {
        try {
            if (!ended.await(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new AssertionError("the operation did not end within " + patience);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        return failure;
    }

    /**
     * How often it was called.
     *
     * @return 1 when all is right
     */
    public int calls() {
        return calls.get();
    }

    /**
     * Whether the operation is over.
     *
     * @return true once it was called
     */
    public boolean isOver() {
        return ended.getCount() == 0;
    }
}
