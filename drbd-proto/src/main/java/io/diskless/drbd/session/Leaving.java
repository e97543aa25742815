package io.diskless.drbd.session;

import io.diskless.drbd.state.StateChangeResult;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.StateWord;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How this side goes: with the peer's consent, so that neither waits for the other nor takes it for crashed. Confined to the
 * data loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Each has its end in the result.
final class Leaving {
    /** How long an orderly end may wait for requests that are under way, and for the peer's word. */
    static final int PATIENCE_SECONDS = 10;

    private final ResourceCore core;
    private @Nullable CompletableFuture<Void> going;

    Leaving(ResourceCore core) {
        this.core = core;
    }

    boolean isGoing() {
        return going != null;
    }

    /**
     * Makes all volumes Secondary, says goodbye and ends everything; the result ends when no disk is used any more. What is
     * not done in time is left undone: then it is as if this side had crashed.
     */
    CompletableFuture<Void> close() {
        CompletableFuture<Void> begun = going;
        if (begun != null || core.isClosed()) {
            return begun == null ? core.close() : begun;
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        going = done;
        Runnable end = () -> core.close().whenComplete((x, failure) -> done.complete(null));
        if (core.volumes().stream().anyMatch(Leaving::isSuspended)) {
            // Those who wait for a peer or for data wait no longer, and what they wanted is not done.
            end.run();
            return done;
        }
        Future<?> limit = core.loop()
                .schedule(
                        () -> {
                            core.note(-1, "closed without a goodbye: it took longer than " + PATIENCE_SECONDS + " s");
                            end.run();
                        },
                        PATIENCE_SECONDS,
                        TimeUnit.SECONDS);
        CompletableFuture.allOf(
                        core.volumes().stream().map(v -> v.changes().demote()).toArray(CompletableFuture[]::new))
                .thenCompose(x -> disconnect(false))
                .whenComplete((x, failure) -> {
                    limit.cancel(false);
                    if (failure != null) {
                        core.note(-1, "closed without a goodbye: " + failure.getMessage());
                    }
                    end.run();
                });
        return done;
    }

    private static boolean isSuspended(VolumeCore v) {
        return Freeze.isFrozen(v.state()) || v.local().isSuspended();
    }

    /** Ends the connection, with the peer's consent where there is one; the result ends when this side is StandAlone. */
    CompletableFuture<Void> disconnect(boolean force) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Collection<VolumeCore> volumes = core.volumes();
        Link l = core.link();
        if (l == null || force || !volumes.iterator().next().isConnected()) {
            core.standAlone();
            done.complete(null);
            return done;
        }
        int leaves = StateWord.withConnection(0, ConnectionState.DISCONNECTING);
        // A Primary that fences goes on alone only if its peer knows that it will be behind.
        boolean outdates = volumes.stream()
                .anyMatch(v -> v.changes().judge(StateWord.CONN_MASK, leaves) == StateChangeResult.PRIMARY_NOP);
        int mask = outdates ? StateWord.CONN_MASK | StateWord.PDSK_MASK : StateWord.CONN_MASK;
        int value = outdates ? StateWord.withPeerDisk(leaves, DiskState.OUTDATED) : leaves;
        for (VolumeCore v : volumes) {
            StateChangeResult mine = v.changes().judge(mask, value);
            if (!mine.isSuccess()) {
                done.completeExceptionally(
                        v.changes().refusal(mine, false, "a disconnect with volume " + v.number() + " in use"));
                return done;
            }
        }
        leave(l, mask, value, done);
        return done;
    }

    private void leave(Link l, int mask, int value, CompletableFuture<Void> done) {
        l.requests().disconnect(mask, value).whenComplete((theirs, failure) -> {
            // A peer that is gone meanwhile has nothing to say against it.
            if (failure != null || theirs.isSuccess()) {
                if (failure == null) {
                    core.volumes().forEach(v -> v.changes().left(mask, value));
                }
                core.standAlone();
                done.complete(null);
            } else if (theirs == StateChangeResult.PRIMARY_NOP && mask == StateWord.CONN_MASK) {
                // The other way round: the peer fences, and lets go who takes its own data for old from then on.
                leave(l, mask | StateWord.DISK_MASK, StateWord.withDisk(value, DiskState.OUTDATED), done);
            } else {
                VolumeCore any = core.volumes().iterator().next();
                done.completeExceptionally(any.changes().refusal(theirs, true, "the disconnect"));
            }
        });
    }
}
