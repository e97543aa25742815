package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.Completion;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.state.Generations;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.StateWord;
import io.diskless.drbd.wire.Uuids;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** What an administrator asks of a volume, besides its role. Confined to the data loop. */
final class VolumeAdmin {
    private final ResourceCore core;
    private final VolumeCore volume;

    VolumeAdmin(ResourceCore core, VolumeCore volume) {
        this.core = core;
        this.volume = volume;
    }

    private static <T> CompletableFuture<T> refused(DrbdException.Kind kind, String why) {
        return CompletableFuture.failedFuture(new DrbdException(kind, why));
    }

    /** Asks for a change of the connection state that begins something. */
    private CompletableFuture<PeerVolume> begin(ConnectionState wanted, String what) {
        return volume.changes()
                .consent(StateWord.CONN_MASK, StateWord.withConnection(0, wanted), what)
                .thenApply(granted -> {
                    PeerVolume peer = volume.peer();
                    if (peer == null) {
                        throw new CompletionException(
                                new DrbdException(DrbdException.Kind.DISCONNECTED, "the connection has ended"));
                    }
                    return peer;
                });
    }

    CompletableFuture<VerifyReport> verify(long start, long end) {
        Optional<DigestAlgorithm> algorithm = core.options().net().verifyAlg();
        PeerVolume peer = volume.peer();
        if (algorithm.isEmpty() || peer == null || !peer.link().dialect().hasVerify()) {
            return begin(ConnectionState.VERIFY_S, "is verified")
                    .thenCompose(p -> refused(
                            DrbdException.Kind.STATE, "a verify needs a verify-alg, a connection and protocol 88"));
        }
        long first = peer.link().dialect().hasVerifyStart() ? start : 0;
        long last = peer.link().dialect().hasVerifyStop() ? end : Long.MAX_VALUE;
        if (first < 0 || first > last || first > volume.sectors()) {
            return refused(
                    DrbdException.Kind.STATE,
                    "no verify from sector " + first + " to " + last + " of " + volume.sectors());
        }
        return begin(ConnectionState.VERIFY_S, "is verified").thenCompose(p -> {
            VerifyStarter v = new VerifyStarter(core, volume, p, algorithm.get(), first, last);
            volume.resync().begin(v);
            return v.result();
        });
    }

    CompletableFuture<Void> invalidate(boolean here) {
        ConnectionState wanted = here ? ConnectionState.STARTING_SYNC_T : ConnectionState.STARTING_SYNC_S;
        return begin(wanted, "begins a full resync")
                .thenAccept(p -> volume.become(
                        volume.state().withConnection(wanted), here ? "invalidate" : "invalidate the peer"));
    }

    CompletableFuture<Void> skipInitialSync() {
        PeerVolume peer = volume.peer();
        if (peer == null
                || volume.state().connection() != ConnectionState.CONNECTED
                || !volume.hasDisk()
                || !Generations.canSkipInitialSync(
                        volume.meta().uuids(), peer.link().dialect())) {
            return refused(
                    DrbdException.Kind.STATE,
                    "only two connected sides with new disks can do without a resync, from protocol 90 on: "
                            + volume.state());
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        Uuids next = Generations.skipInitialSync(
                volume.meta().uuids(), Generations.draw(core.options().random()), false);
        volume.bitmap().clearAll();
        volume.meta()
                .writeBitmap(volume.durably(() -> volume.meta().uuids(next, volume.durably(() -> {
                    if (!peer.link().isDead()) {
                        Parameters.sendUuids(peer.link(), volume, Generations.announceSkip(volume.uuids()));
                    }
                    volume.become(
                            volume.state().withDisk(DiskState.UP_TO_DATE).withPeerDisk(DiskState.UP_TO_DATE),
                            "the initial sync is skipped");
                    done.complete(null);
                }))));
        return done;
    }

    CompletableFuture<Void> pause(boolean paused) {
        volume.become(volume.state().withFlags(StateWord.USER_ISP, paused), paused ? "sync is paused" : "sync goes on");
        return CompletableFuture.completedFuture(null);
    }

    CompletableFuture<Void> attach(VolumeOptions options) {
        BlockDevice raw = options.disk().orElse(null);
        if (raw == null || options.number() != volume.number()) {
            return refused(
                    DrbdException.Kind.CONFIG,
                    raw == null
                            ? "volume " + options.number() + " is configured without a disk"
                            : "options of volume " + options.number() + " for volume " + volume.number());
        }
        if (volume.state().disk() != DiskState.DISKLESS) {
            return refused(
                    DrbdException.Kind.STATE,
                    "volume " + volume.number() + " has a disk already; detach it first: " + volume.state());
        }
        BlockDevice data = VolumeCore.onExecutor(core, raw);
        BlockDevice metaDisk = options.metaDisk();
        volume.become(volume.state().withDisk(DiskState.ATTACHING), "attach");
        CompletableFuture<Void> done = new CompletableFuture<>();
        var unused = VolumeMeta.find(
                        data,
                        metaDisk == null ? null : metaDisk == raw ? data : VolumeCore.onExecutor(core, metaDisk),
                        options.meta())
                .whenComplete((meta, failure) -> core.run(() -> {
                    DrbdException refusal = failure == null ? unfit(meta) : noMeta(failure);
                    if (refusal == null && core.isClosed()) {
                        refusal = new DrbdException(DrbdException.Kind.CLOSED, "the resource is closed");
                    }
                    if (refusal == null) {
                        attached(volume.backing(data), meta, options);
                        done.complete(null);
                    } else {
                        if (meta != null) {
                            meta.close();
                        }
                        volume.become(volume.state().withDisk(DiskState.DISKLESS), "the disk cannot be attached");
                        done.completeExceptionally(refusal);
                    }
                }));
        return done;
    }

    private static DrbdException noMeta(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof DrbdException d
                ? d
                : new DrbdException(DrbdException.Kind.IO, "meta-data cannot be used: " + cause.getMessage(), cause);
    }

    /** Why a disk cannot take the place of the one that was given up. */
    private @Nullable DrbdException unfit(VolumeMeta meta) {
        if (meta.dataSectors() < volume.sectors()) {
            return new DrbdException(
                    DrbdException.Kind.CONFLICT,
                    "the disk holds " + meta.dataSectors() + " sectors, the volume has " + volume.sectors()
                            + "; attach a larger one");
        }
        boolean seen = volume.state().role() == Role.PRIMARY;
        if (!volume.isConnected()
                && seen
                && !Uuids.same(meta.uuids().current(), volume.exposed().current())) {
            return new DrbdException(
                    DrbdException.Kind.UNRELATED_DATA,
                    "a Primary without a connection can only attach the data that it has shown; connect first");
        }
        return null;
    }

    private void attached(Backing disk, VolumeMeta meta, VolumeOptions how) {
        volume.attach(disk, meta, how);
        if (meta.agreedSectors() != volume.sectors()) {
            meta.agree(volume.sectors(), true, volume.durably(() -> {}));
        }
        DiskState found = volume.asFound(meta.remembered());
        // With a peer there, both sides' identifiers say what the disk is worth.
        volume.become(
                volume.state().withDisk(volume.isConnected() ? DiskState.NEGOTIATING : found),
                volume.isConnected() ? "attached, compares with the peer" : "attached");
    }

    CompletableFuture<Void> newCurrentUuid() {
        if (!volume.hasDisk()) {
            return refused(DrbdException.Kind.NO_DATA, "a new identifier needs a disk: " + volume.state());
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        Uuids next = Generations.newCurrent(
                volume.meta().uuids(),
                Generations.draw(core.options().random()),
                volume.state().role() == Role.PRIMARY);
        volume.meta().uuids(next, volume.durably(() -> {
            PeerVolume peer = volume.peer();
            if (peer != null && volume.isConnected()) {
                Parameters.sendUuids(peer.link(), volume, volume.uuids());
            }
            done.complete(null);
        }));
        return done;
    }

    CompletableFuture<Void> detach() {
        if (!volume.hasDisk()) {
            return CompletableFuture.completedFuture(null);
        }
        return volume.changes()
                .consent(StateWord.DISK_MASK, StateWord.withDisk(0, DiskState.FAILED), "is detached")
                .thenCompose(granted -> drop());
    }

    private CompletableFuture<Void> drop() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Backing disk = Objects.requireNonNull(volume.backing(), "volume without a disk");
        VolumeMeta meta = volume.meta();
        volume.exposeOwn();
        volume.become(volume.state().withDisk(DiskState.FAILED), "detach");
        Completion end = VolumeMeta.either(failure -> core.run(() -> {
            if (failure != null) {
                core.note(volume.number(), "meta-data could not be closed cleanly: " + failure.getMessage());
            }
            volume.become(volume.state().withDisk(DiskState.DISKLESS), "detached");
            done.complete(null);
        }));
        // A barrier of the peer may come later still; what it closes is on stable storage then.
        disk.whenIdle(() -> disk.flush(failure -> {
            if (failure != null) {
                core.note(volume.number(), "the disk could not be flushed: " + failure.getMessage());
            }
            disk.whenIdle(() -> meta.detach(end));
        }));
        return done;
    }
}
