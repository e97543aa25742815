package io.diskless.cluster.block;

import java.util.concurrent.CompletableFuture;

/** A future that is its own completion. */
final class FutureCompletion extends CompletableFuture<Void> implements Completion {
    @Override
    public void completed() {
        complete(null);
    }

    @Override
    public void failed(BlockException cause) {
        completeExceptionally(cause);
    }
}
