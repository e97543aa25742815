package io.diskless.drbd.session;

import io.diskless.drbd.state.StatePolicy;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.StateWord;
import io.diskless.drbd.wire.VolumeState;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Asks the {@link FenceHandler} of a resource and does what its answer says (spec drbd-semantics 8.4). An answer that comes
 * when the peer is back is not heeded: it says nothing of the peer that is there now. If that one is lost too while the
 * handler still runs, it is called anew behind its end. Confined to the data loop, but for the handler itself.
 */
final class Fencing {
    private final ResourceCore core;
    private @Nullable CompletableFuture<Boolean> running;
    private boolean late;
    private boolean again;
    private boolean introduced;

    Fencing(ResourceCore core) {
        this.core = core;
    }

    /** Both sides know again whom they talk to. */
    void peerIsBack() {
        introduced = true;
        late = running != null;
        again = false;
    }

    /** A connection ended. One that was never introduced has told nothing new. */
    void connectionLost() {
        if (introduced) {
            introduced = false;
            begin();
        }
    }

    /** This side ends a connection only to make it anew, which says nothing of the peer unless it stays away. */
    void reconnects() {
        introduced = false;
    }

    /** Fences the peer if a Primary here is alone and has not done so yet. */
    void begin() {
        List<VolumeCore> alone = core.volumes().stream()
                .filter(v -> v.state().role() == Role.PRIMARY && isAlone(v))
                .toList();
        if (alone.isEmpty() || core.isClosed() || policy() == StatePolicy.Fencing.DONT_CARE) {
            return;
        }
        if (!hasData()) {
            // Nobody may be kept from the data for the sake of one that has none.
            core.note(-1, "the peer is not fenced: there is no good data here");
            alone.forEach(v -> v.become(v.state().withFlags(StateWord.SUSP_FEN, false), "no good data here"));
        } else if (running != null) {
            again |= late;
        } else {
            var unused = fence();
        }
    }

    private StatePolicy.Fencing policy() {
        return core.options().fencing();
    }

    private static boolean isAlone(VolumeCore v) {
        return !v.state().connection().isAtLeast(ConnectionState.WF_REPORT_PARAMS)
                && v.state().peerDisk() == DiskState.D_UNKNOWN;
    }

    private boolean hasData() {
        return core.volumes().stream().anyMatch(v -> v.state().disk().isAtLeast(DiskState.CONSISTENT));
    }

    /** Asks the handler; the result ends with whether the peer is known to be out of use now. */
    CompletableFuture<Boolean> fence() {
        CompletableFuture<Boolean> now = running;
        if (now != null) {
            return now;
        }
        DrbdOptions options = core.options();
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        running = result;
        late = false;
        again = false;
        FenceHandler.Request request = new FenceHandler.Request(
                options.name(),
                options.peer(),
                core.volumes().stream()
                        .filter(Fencing::isAlone)
                        .map(VolumeCore::number)
                        .toList(),
                policy());
        core.note(-1, "the peer is to be fenced");
        try {
            options.fenceExecutor().execute(() -> ask(options.fenceHandler(), request, result));
        } catch (RejectedExecutionException e) {
            // Not at once: who asks has yet to be told that it was asked.
            core.later(() -> answered(null, "its executor takes nothing: " + e.getMessage(), result));
        }
        return result;
    }

    private void ask(FenceHandler handler, FenceHandler.Request request, CompletableFuture<Boolean> result) {
        FenceHandler.Outcome outcome = null;
        String failure = "it said nothing";
        try {
            outcome = handler.fence(request);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure = "it was interrupted";
        } catch (Throwable e) {
            // Whatever it is, requests may be waiting for it.
            failure = e.toString();
        }
        FenceHandler.Outcome said = outcome;
        String why = failure;
        core.run(() -> answered(said, why, result));
    }

    private void answered(FenceHandler.@Nullable Outcome outcome, String failure, CompletableFuture<Boolean> result) {
        running = null;
        boolean heeded = !late && !core.isClosed();
        core.event(new DrbdEvent.Fenced(
                core.options().name(),
                Optional.ofNullable(outcome),
                heeded && outcome != null,
                outcome == null
                        ? "the handler failed: " + failure
                        : outcome.words() + (heeded ? "" : ", which came too late")));
        boolean done = heeded && outcome != null && apply(outcome);
        boolean anew = again;
        result.complete(done);
        if (anew) {
            begin();
        }
    }

    private boolean apply(FenceHandler.Outcome outcome) {
        boolean good = core.volumes().stream().anyMatch(v -> v.state().disk() == DiskState.UP_TO_DATE);
        boolean consistent = core.volumes().stream().anyMatch(v -> v.state().disk() == DiskState.CONSISTENT);
        return switch (outcome) {
            case PEER_INCONSISTENT -> outOfUse(DiskState.INCONSISTENT, outcome);
            case PEER_OUTDATED, PEER_STONITHED -> outOfUse(DiskState.OUTDATED, outcome);
            case PEER_UNREACHABLE ->
                // Who does not know whether its own data is the last must not take a peer for dead that may have it.
                good && !consistent && outOfUse(DiskState.OUTDATED, outcome);
            case PEER_PRIMARY -> {
                for (VolumeCore v : core.volumes()) {
                    // The kernel wants it of a Primary too, and is refused by its own rules.
                    if (isAlone(v)
                            && v.state().role() == Role.SECONDARY
                            && v.state().disk().isAtLeast(DiskState.OUTDATED)) {
                        v.become(v.state().withDisk(DiskState.OUTDATED), outcome.words());
                    }
                }
                yield false;
            }
        };
    }

    /** The peer's disk first, then the new generation, then requests go on, as the kernel does. */
    private boolean outOfUse(DiskState peerDisk, FenceHandler.Outcome outcome) {
        for (VolumeCore v : core.volumes()) {
            if (isAlone(v)) {
                VolumeState next = v.state().withPeerDisk(peerDisk).withFlags(StateWord.SUSP_FEN, false);
                v.become(
                        next.disk() == DiskState.CONSISTENT ? next.withDisk(DiskState.UP_TO_DATE) : next,
                        outcome.words());
            }
        }
        return true;
    }
}
