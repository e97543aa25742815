package io.diskless.drbd.session;

import io.diskless.drbd.wire.Role;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Volumes become Primary together or not at all. Called on the data loop. */
@SuppressWarnings("FutureReturnValueIgnored") // The result tells of every end.
final class Promotion {
    private Promotion() {}

    /** Makes all volumes Primary, one after the other; where one is refused, none of them has become so. */
    static CompletableFuture<Void> all(Collection<VolumeCore> volumes, boolean force) {
        CompletableFuture<Void> all = CompletableFuture.completedFuture(null);
        List<VolumeCore> promoted = new ArrayList<>();
        for (VolumeCore v : volumes) {
            if (v.state().role() != Role.PRIMARY) {
                all = all.thenCompose(before -> v.changes().promote(force)).thenRun(() -> promoted.add(v));
            }
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        all.whenComplete((ok, refusal) -> {
            if (refusal == null) {
                done.complete(null);
                return;
            }
            CompletableFuture.allOf(
                            promoted.stream().map(v -> v.changes().demote()).toArray(CompletableFuture[]::new))
                    .whenComplete((back, failure) -> done.completeExceptionally(refusal));
        });
        return done;
    }
}
