package io.diskless.cluster.block;

import io.diskless.cluster.block.internal.Inline;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** The completion behind the blocking forms: one thread waits, the device counts down. */
final class Await implements Completion {
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable BlockException failure;

    @Override
    public void completed() {
        ended.countDown();
    }

    @Override
    public void failed(BlockException cause) {
        failure = cause;
        ended.countDown();
    }

    void await() throws BlockException {
        if (ended.getCount() != 0) {
            // Called from within a completion, the answer may lie in this thread's own queue.
            Inline.drain();
        }
        try {
            // Not asked when all is over: an interrupted thread may still learn how its operation ended.
            if (ended.getCount() != 0) {
                ended.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BlockException(
                    BlockException.Kind.TIMEOUT, BlockException.NO_OFFSET, "interrupted while waiting", e);
        }
        BlockException cause = failure;
        if (cause != null) {
            throw cause;
        }
    }
}
