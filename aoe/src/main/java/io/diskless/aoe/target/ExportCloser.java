package io.diskless.aoe.target;

import io.diskless.aoe.AoeException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The end of an export that no request can reach any more: waits for the device, then flushes it. Stateless. */
final class ExportCloser {
    private ExportCloser() {}

    static void finish(Export export, Duration timeout) throws AoeException {
        try {
            if (!export.awaitIdle(timeout)) {
                throw new AoeException(
                        AoeException.Kind.TIMEOUT,
                        export.address() + ": the device still has " + export.underWay() + " requests after " + timeout
                                + "; it must not be closed before it lets go of them");
            }
            if (export.isDirty()) {
                export.flushing();
                export.device().flushAsync().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AoeException(AoeException.Kind.TIMEOUT, export.address() + ": interrupted while closing", e);
        } catch (ExecutionException e) {
            throw new AoeException(
                    AoeException.Kind.IO,
                    export.address() + ": the last flush failed, answered writes may be lost",
                    e.getCause());
        } catch (RuntimeException | Error e) {
            // No device may throw; the other exports are closed all the same.
            throw new AoeException(
                    AoeException.Kind.IO, export.address() + ": the device threw at the last flush: " + e, e);
        } catch (TimeoutException e) {
            throw new AoeException(
                    AoeException.Kind.TIMEOUT, export.address() + ": the last flush took longer than " + timeout, e);
        }
    }
}
