package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** The end of a mirror: what is under way, flush, the record of a clean end, the legs. Thread-safe. */
final class Closing {
    private final MirrorCore core;
    private final List<BlockDevice.Subscription> subscriptions = new ArrayList<>();
    private boolean unsubscribed;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    Closing(MirrorCore core) {
        this.core = core;
    }

    /** A subscription that ends with the mirror. */
    void closes(BlockDevice.Subscription subscription) {
        synchronized (subscriptions) {
            if (!unsubscribed) {
                subscriptions.add(subscription);
                return;
            }
        }
        subscription.close();
    }

    /** Lets go of the devices without closing them: the mirror could not be opened, and they stay the caller's. */
    void abandon(Throwable why) {
        BlockException failure = unsubscribe(null);
        if (failure != null) {
            why.addSuppressed(failure);
        }
    }

    private @Nullable BlockException unsubscribe(@Nullable BlockException before) {
        List<BlockDevice.Subscription> watched;
        synchronized (subscriptions) {
            unsubscribed = true;
            watched = new ArrayList<>(subscriptions);
            subscriptions.clear();
        }
        BlockException failure = before;
        for (BlockDevice.Subscription subscription : watched) {
            failure = close(subscription::close, failure);
        }
        return failure;
    }

    /** Begins, if nobody has before. */
    void begin() {
        if (!core.readOnly) {
            core.shut(this::flushOut);
        } else {
            core.shut(this::closeLegs);
        }
    }

    /** The same; tells the completion when all is over. */
    void begin(Completion done) {
        begin();
        CompletableFuture<Void> unused = ended.whenComplete((ok, failure) -> {
            if (failure instanceof BlockException cause) {
                done.failed(cause);
            } else {
                done.completed();
            }
        });
    }

    /** Waits for the end. */
    void await() throws BlockException {
        try {
            ended.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof BlockException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private void flushOut() {
        synchronized (core.lock) {
            core.copier.whenIdle(() -> core.intent.sweeper.sweepNow(() -> {
                core.recorder.clean = core.intent.sweeper.flushed() && core.unsettled.isEmpty();
                core.recorder.changeAndThen(() -> {
                    core.ended = true;
                    core.ready(new Task() {
                        @Override
                        void run() {
                            closeLegs();
                        }
                    });
                });
            }));
        }
        core.drain();
    }

    private void closeLegs() {
        BlockException failure = unsubscribe(null);
        if (core.options.closeLegs()) {
            for (Leg leg : core.legs) {
                BlockDevice device = leg.device;
                if (device != null) {
                    failure = close(device::close, failure);
                }
            }
            BlockDevice beside = core.options.metadataDevice().orElse(null);
            if (beside != null) {
                failure = close(beside::close, failure);
            }
        }
        if (failure == null) {
            ended.complete(null);
        } else {
            ended.completeExceptionally(failure);
        }
    }

    /** What can be closed of a leg. */
    private interface Closer {
        void close() throws BlockException;
    }

    private static @Nullable BlockException close(Closer closer, @Nullable BlockException before) {
        BlockException failure;
        try {
            closer.close();
            return before;
        } catch (BlockException e) {
            failure = e;
        } catch (RuntimeException | Error e) {
            failure = Failures.thrown(BlockException.NO_OFFSET, e);
        }
        if (before == null) {
            return failure;
        }
        before.addSuppressed(failure);
        return before;
    }
}
