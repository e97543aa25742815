package io.diskless.aoe.target;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The completion of an operation that is expected to end before the device's method returns. Should the device be late
 * after all, {@link #await} holds the port until it has let go of the slot; nothing else would be safe.
 *
 * <p>Confined to the port's thread, except the two completion methods.
 */
final class InlineCall implements Completion {
    /** How long a late device is slept for between two looks. */
    private static final long NAP = 20_000;

    private static final VarHandle ENDED;

    static {
        try {
            ENDED = MethodHandles.lookup().findVarHandle(InlineCall.class, "ended", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // Read through the handle only.
    @SuppressWarnings("UnusedVariable")
    private boolean ended;

    private @Nullable BlockException failure;

    void begin() {
        ended = false;
        failure = null;
    }

    boolean hasEnded() {
        return (boolean) ENDED.getAcquire(this);
    }

    /** Waits for a device that is late. */
    void await() {
        boolean interrupted = false;
        while (!hasEnded()) {
            LockSupport.parkNanos(this, NAP);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Nullable
    BlockException failure() {
        return failure;
    }

    @Override
    public void completed() {
        ENDED.setRelease(this, true);
    }

    @Override
    public void failed(BlockException cause) {
        failure = cause;
        ENDED.setRelease(this, true);
    }
}
