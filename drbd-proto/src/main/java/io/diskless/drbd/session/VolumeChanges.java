package io.diskless.drbd.session;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.state.Generations;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.StateWord;
import io.diskless.drbd.wire.Uuids;
import io.diskless.drbd.wire.VolumeState;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Changes of a volume's state: those wished for here, those the peer asks for, and what follows from each (spec
 * drbd-semantics 2.4, 2.5, 3). Confined to the data loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Channels tell their end; what fails to be sent ends the connection.
final class VolumeChanges {
    private final ResourceCore core;
    private final VolumeCore volume;

    VolumeChanges(ResourceCore core, VolumeCore volume) {
        this.core = core;
        this.volume = volume;
    }

    /** Whether a change that the peer asks for can be; mask and value are in our words. */
    int judge(int mask, int value) {
        VolumeState now = volume.state();
        if (!volume.isConnected()) {
            return -18;
        }
        VolumeState next = changed(now, mask, value);
        boolean both = next.role() == Role.PRIMARY && next.peer() == Role.PRIMARY;
        if (both && now.peer() != Role.PRIMARY && !core.options().net().twoPrimaries()) {
            return StateRules.TWO_PRIMARIES;
        }
        ConnectionState conn = next.connection();
        boolean starts = conn != now.connection();
        boolean busy = now.connection() != ConnectionState.CONNECTED;
        if (starts && (conn == ConnectionState.VERIFY_T || conn == ConnectionState.VERIFY_S)) {
            return core.options().net().verifyAlg().isEmpty() ? -14 : busy ? -8 : StateRules.SUCCESS;
        }
        if (starts && (conn == ConnectionState.STARTING_SYNC_S || conn == ConnectionState.STARTING_SYNC_T)) {
            return busy ? -8 : StateRules.SUCCESS;
        }
        return StateRules.SUCCESS;
    }

    private static VolumeState changed(VolumeState now, int mask, int value) {
        return new VolumeState((now.word() & ~mask) | value);
    }

    /** Does what the peer asked for, and was granted. */
    void serve(int mask, int value) {
        VolumeState now = volume.state();
        VolumeState next = changed(now, mask, value);
        PeerVolume peer = volume.peer();
        if (peer != null
                && now.disk() == DiskState.INCONSISTENT
                && now.peerDisk() == DiskState.INCONSISTENT
                && next.peerDisk() == DiskState.UP_TO_DATE) {
            // The peer was made Primary by force: its data is the data now.
            peer.considerResync(true);
        }
        volume.become(next, "the peer asked for it");
    }

    /** What a change leads to. */
    void after(VolumeState before, VolumeState after) {
        if (lostGoodPeer(before, after)) {
            newCurrent();
        }
        PeerVolume peer = volume.peer();
        if (peer == null || peer.link().isDead() || !after.connection().isAtLeast(ConnectionState.CONNECTED)) {
            return;
        }
        boolean first = before.connection() == ConnectionState.WF_REPORT_PARAMS;
        boolean gone = after.disk() != before.disk() && !after.disk().isAtLeast(DiskState.NEGOTIATING);
        boolean paused = ((before.word() ^ after.word()) & (StateWord.AFTR_ISP | StateWord.USER_ISP)) != 0;
        boolean attachedThere = !first
                && before.peerDisk() == DiskState.DISKLESS
                && after.peerDisk().isAtLeast(DiskState.NEGOTIATING);
        if (attachedThere && volume.hasDisk()) {
            Parameters.sendUuids(peer.link(), volume, volume.uuids());
        }
        if (first || gone || paused || attachedThere) {
            Parameters.sendState(peer.link(), volume);
        }
    }

    /** The peer's copy is gone or old while this one may be written to (spec drbd-semantics 4.2, new current, a and d). */
    private boolean lostGoodPeer(VolumeState before, VolumeState after) {
        boolean written = after.role() == Role.PRIMARY || after.peer() == Role.PRIMARY;
        if (after.disk() != DiskState.UP_TO_DATE
                || !written
                || volume.meta().uuids().bitmap() != 0) {
            return false;
        }
        DiskState was = before.peerDisk();
        DiskState is = after.peerDisk();
        if (before.peer() != Role.PRIMARY && after.peer() == Role.PRIMARY && is == DiskState.DISKLESS) {
            // What it writes is here only (new current, d): whoever had the same data before has not any more.
            return true;
        }
        boolean bad = is == DiskState.DISKLESS || is == DiskState.FAILED || is == DiskState.OUTDATED;
        boolean good = was == DiskState.INCONSISTENT || was == DiskState.CONSISTENT || was == DiskState.UP_TO_DATE;
        return (good && (bad || is == DiskState.D_UNKNOWN)) || (was == DiskState.D_UNKNOWN && bad);
    }

    /** No write completes before the new identifier is durable: whoever missed that write must be seen to have missed it. */
    private void newCurrent() {
        volume.local().hold();
        Uuids next = Generations.newCurrent(
                volume.meta().uuids(),
                Generations.draw(core.options().random()),
                volume.state().role() == Role.PRIMARY);
        volume.meta().uuids(next, volume.durably(() -> {
            PeerVolume peer = volume.peer();
            if (peer != null && !peer.link().isDead() && volume.isConnected()) {
                Parameters.sendUuids(peer.link(), volume, volume.uuids());
            }
            volume.local().release();
        }));
    }

    CompletableFuture<Void> promote(boolean force) {
        VolumeState now = volume.state();
        if (now.role() == Role.PRIMARY) {
            return CompletableFuture.completedFuture(null);
        }
        if (volume.isConnected()
                && now.peer() == Role.PRIMARY
                && !core.options().net().twoPrimaries()) {
            // Also where the peer has just been demoted: its word of that comes behind the last of its writes.
            return CompletableFuture.failedFuture(new DrbdException(
                    DrbdException.Kind.REFUSED,
                    "volume " + volume.number() + ": " + StateRules.words(StateRules.TWO_PRIMARIES)));
        }
        boolean forced = force && now.disk().isAtLeast(DiskState.INCONSISTENT) && now.disk() != DiskState.UP_TO_DATE;
        boolean good = now.disk() == DiskState.UP_TO_DATE
                || (now.disk() == DiskState.CONSISTENT && !volume.isConnected())
                || (volume.isConnected() && now.peerDisk() == DiskState.UP_TO_DATE);
        if (!good && !forced) {
            return CompletableFuture.failedFuture(new DrbdException(
                    DrbdException.Kind.NO_DATA,
                    "volume " + volume.number() + " cannot become Primary without an UpToDate disk: " + now));
        }
        int mask = StateWord.ROLE_MASK | (forced ? StateWord.DISK_MASK : 0);
        int value = StateWord.withRole(0, Role.PRIMARY);
        if (forced) {
            value = StateWord.withDisk(value, DiskState.UP_TO_DATE);
        }
        int wanted = value;
        PeerVolume peer = volume.peer();
        if (peer == null || !volume.isConnected()) {
            return promoted(mask, wanted, forced);
        }
        return peer.link().requests().ask(volume.number(), mask, wanted).thenCompose(code -> {
            if (code < StateRules.SUCCESS) {
                throw new CompletionException(new DrbdException(
                        DrbdException.Kind.REFUSED,
                        "the peer refuses that volume " + volume.number() + " becomes Primary: "
                                + StateRules.words(code)));
            }
            return promoted(mask, wanted, forced);
        });
    }

    private CompletableFuture<Void> promoted(int mask, int value, boolean forced) {
        VolumeState now = volume.state();
        boolean alone = !volume.isConnected() || !now.peerDisk().isAtLeast(DiskState.NEGOTIATING);
        boolean fresh =
                volume.hasDisk() && (forced || (alone && volume.meta().uuids().bitmap() == 0));
        CompletableFuture<Void> done = new CompletableFuture<>();
        Runnable then = () -> {
            VolumeState next = changed(volume.state(), mask, value);
            volume.become(next, forced ? "promoted by force" : "promoted");
            PeerVolume peer = volume.peer();
            if (peer != null && volume.isConnected()) {
                if (fresh) {
                    Parameters.sendUuids(peer.link(), volume, volume.uuids());
                }
                Parameters.sendState(peer.link(), volume);
            }
            done.complete(null);
        };
        if (!volume.hasDisk()) {
            then.run();
            return done;
        }
        Uuids own = volume.meta().uuids();
        volume.meta()
                .uuids(
                        fresh
                                ? Generations.newCurrent(
                                        own, Generations.draw(core.options().random()), true)
                                : Generations.withRole(own, true),
                        volume.durably(then));
        return done;
    }

    /** As soon as no request of an application is under way. */
    CompletableFuture<Void> demote() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        if (volume.state().role() != Role.PRIMARY) {
            done.complete(null);
            return done;
        }
        Runnable then = () -> {
            volume.become(volume.state().withRole(Role.SECONDARY), "demoted");
            PeerVolume peer = volume.peer();
            if (peer != null && volume.isConnected()) {
                Parameters.sendState(peer.link(), volume);
            }
            done.complete(null);
        };
        volume.local().whenIdle(() -> {
            if (volume.hasDisk()) {
                volume.meta().uuids(Generations.withRole(volume.meta().uuids(), false), volume.durably(then));
            } else {
                then.run();
            }
        });
        return done;
    }
}
