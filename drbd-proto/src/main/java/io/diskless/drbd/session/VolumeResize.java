package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.meta.MetaLayout;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.QueueLimits;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.VolumeState;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How large a volume is, as both sides agree when they meet and whenever one of them asks for another size (spec drbd-wire
 * 5.4, drbd-semantics 8.7, PROTOCOL.md). Confined to the data loop.
 *
 * <p>Who was told to grow looks at its disk anew, and sends P_SIZES with a current size of 0. The other does the same, takes
 * the new size on, and answers with it; then the first takes it on as well. So whoever may use the new part first knows that
 * it is there on both sides. What is in it is the Primary's, which is the source of the resync that follows; it is dirty on
 * both sides without a bitmap on the wire.
 */
final class VolumeResize {
    /** Where P_SIZES has the limits of the sender's disk, if it has them. */
    private static final int LIMITS = 32;

    /** Flag of P_SIZES: what is new is alike on both sides, or nobody cares (spec drbd-wire 5.4). */
    private static final int NO_RESYNC = 2;

    /** From this version on the flag is understood (spec drbd-wire 13). */
    private static final int KNOWS_NO_RESYNC = 93;

    private record Wish(boolean assumeClean, CompletableFuture<Long> done) {}

    private final ResourceCore core;
    private final VolumeCore volume;
    private long user;
    private @Nullable Wish wish;
    private boolean serving;
    private @Nullable CompletableFuture<MetaLayout> following;
    private int changing;

    VolumeResize(ResourceCore core, VolumeCore volume, long limitBytes) {
        this.core = core;
        this.volume = volume;
        user = limitBytes >> 9;
    }

    /** The size that a user wants, in sectors; 0 for as large as both disks allow. */
    long user() {
        return user;
    }

    /** How large a volume is at first whose disk has that much room, and was that large when both sides met last. */
    long first(VolumeMeta meta) {
        if (meta.agreedSectors() > 0) {
            return meta.agreedSectors();
        }
        return user > 0 ? Math.min(user, meta.dataSectors()) : meta.dataSectors();
    }

    /** Whether another size is being made durable: what the peer begins with it may be here already. */
    boolean isChanging() {
        return changing > 0;
    }

    /** Asks for a size; the result is the one that both sides agreed on, in bytes. */
    CompletableFuture<Long> ask(long bytes, boolean assumeClean) {
        DrbdException refusal = refusal(bytes, assumeClean);
        if (refusal == null && wish != null) {
            refusal = new DrbdException(
                    DrbdException.Kind.STATE, "volume " + volume.number() + " is being resized already");
        }
        if (refusal != null) {
            return CompletableFuture.failedFuture(refusal);
        }
        Wish mine = new Wish(assumeClean, new CompletableFuture<>());
        wish = mine;
        followDisk(failure -> {
            if (mine.done.isDone()) {
                return;
            }
            PeerVolume peer = volume.peer();
            DrbdException no = failure != null ? failure : refusal(bytes, assumeClean);
            if (no == null && bytes >> 9 > volume.diskSectors()) {
                no = new DrbdException(
                        DrbdException.Kind.CONFLICT,
                        "the disk has room for " + (volume.diskSectors() << 9) + " bytes of data, not for " + bytes
                                + "; make it larger first");
            }
            if (no != null || peer == null) {
                end(no);
                return;
            }
            user = bytes >> 9;
            Parameters.sendUuids(peer.link(), volume, volume.uuids());
            Parameters.sendSizes(peer.link(), volume, 0, assumeClean ? NO_RESYNC : 0);
        });
        return mine.done;
    }

    private @Nullable DrbdException refusal(long bytes, boolean assumeClean) {
        VolumeState s = volume.state();
        PeerVolume peer = volume.peer();
        String name = "volume " + volume.number();
        if (bytes < 0 || (bytes & 511) != 0) {
            return new DrbdException(
                    DrbdException.Kind.CONFIG, "a size is a multiple of 512 bytes, or 0 for the largest, got " + bytes);
        }
        if (!volume.hasDisk()) {
            return new DrbdException(
                    DrbdException.Kind.NO_DATA, name + " has no disk here; resize it at the peer: " + s);
        }
        if (peer == null || s.connection() != ConnectionState.CONNECTED) {
            return new DrbdException(
                    DrbdException.Kind.STATE,
                    name + " can be resized while both sides are connected and no resync or verify is under way: " + s);
        }
        if ((s.role() == Role.PRIMARY) == (s.peer() == Role.PRIMARY)) {
            return new DrbdException(
                    DrbdException.Kind.STATE,
                    "one side must be Primary, for the new part of " + name + " is filled from it: " + s);
        }
        if (bytes > 0 && bytes >> 9 < volume.sectors()) {
            return new DrbdException(
                    DrbdException.Kind.CONFLICT,
                    name + " has " + (volume.sectors() << 9) + " bytes, and is not made smaller while it is in use");
        }
        if (assumeClean && peer.link().dialect().version() < KNOWS_NO_RESYNC) {
            return new DrbdException(
                    DrbdException.Kind.NOT_SUPPORTED,
                    "the peer takes part in a growth without resync from protocol " + KNOWS_NO_RESYNC
                            + " on, agreed is " + peer.link().dialect());
        }
        return null;
    }

    private void end(@Nullable DrbdException failure) {
        Wish mine = wish;
        wish = null;
        if (mine != null && failure == null) {
            mine.done.complete(volume.sectors() << 9);
        } else if (mine != null) {
            mine.done.completeExceptionally(failure);
        }
    }

    /** The connection ended: nobody answers any more. */
    void unlinked() {
        serving = false;
        if (wish != null) {
            end(
                    new DrbdException(
                            DrbdException.Kind.DISCONNECTED,
                            "the connection ended before the peer had answered; the size is agreed on when both sides meet again"));
        }
    }

    /** Looks how large the disk is now, and moves meta-data along that lies at its end. */
    private void followDisk(Consumer<@Nullable DrbdException> then) {
        if (!volume.hasDisk()) {
            then.accept(null);
            return;
        }
        CompletableFuture<MetaLayout> under = following;
        if (under == null) {
            volume.local().hold();
            under = volume.meta()
                    .followDevices()
                    .whenComplete((layout, failure) -> core.run(() -> {
                        following = null;
                        volume.local().release();
                    }));
            following = under.isDone() ? null : under;
        }
        var unused = under.whenComplete((layout, failure) -> core.run(() -> {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            if (cause instanceof BlockException broken) {
                volume.metaFailed(broken);
            }
            then.accept(
                    cause == null || cause instanceof DrbdException
                            ? (DrbdException) cause
                            : new DrbdException(
                                    DrbdException.Kind.IO,
                                    "meta-data could not be moved: " + cause.getMessage(),
                                    cause));
        }));
    }

    /** P_SIZES. */
    void onSizes(PeerVolume peer, ByteBuf p) {
        int at = p.readerIndex();
        long disk = p.getLong(at);
        long wanted = p.getLong(at + 8);
        long current = p.getLong(at + 16);
        int bio = p.getInt(at + 24);
        int flags = peer.link().dialect().version() < KNOWS_NO_RESYNC ? 0 : p.getUnsignedShort(at + 30);
        if (p.readableBytes() >= LIMITS + QueueLimits.LENGTH) {
            peer.takesWriteSame(QueueLimits.read(p, at + LIMITS).writeSame() != 0);
        }
        long most = Math.max(disk, Math.max(wanted, current));
        if ((disk | wanted | current) < 0 || most > Long.MAX_VALUE >> 9) {
            peer.link().protocolError("P_SIZES with impossible sizes: " + disk + ", " + wanted + ", " + current);
            return;
        }
        if (!volume.isConnected() || current > 0) {
            // Each side may have a wish when they meet: the smaller one holds for both.
            long both = wanted == 0 || user == 0 ? Math.max(wanted, user) : Math.min(wanted, user);
            take(peer, disk, both, current, bio, flags, false);
            return;
        }
        if (serving) {
            peer.link().protocolError("P_SIZES asks for another size before it was answered");
            return;
        }
        serving = true;
        followDisk(failure -> {
            if (peer.link().isDead() || volume.peer() != peer) {
                return;
            }
            if (failure != null) {
                core.note(volume.number(), "the disk here does not grow with the peer's: " + failure.getMessage());
            }
            take(peer, disk, wanted, current, bio, flags, true);
        });
    }

    private void take(PeerVolume peer, long disk, long wanted, long current, int bio, int flags, boolean asked) {
        long before = volume.sectors();
        long agreed = agreed(disk, wanted, current);
        // Nobody here ever asks for less, so whoever has seen the volume as large as it is now keeps it so: data behind
        // the new end, and a device that is in use.
        boolean kept = volume.state().disk().isAtLeast(DiskState.OUTDATED)
                || volume.state().role() == Role.PRIMARY
                || volume.isConnected();
        if (agreed < before && kept) {
            peer.link()
                    .fail(
                            new DrbdException(
                                    DrbdException.Kind.INCOMPATIBLE,
                                    "volume " + volume.number() + " has " + before
                                            + " sectors, the peer would shrink it to " + agreed),
                            true);
            return;
        }
        Wish mine = volume.isConnected() && !asked ? wish : null;
        boolean answered = mine != null;
        boolean clean = mine == null ? (flags & NO_RESYNC) != 0 : mine.assumeClean;
        peer.sizes(disk, bio);
        user = wanted;
        boolean tells = volume.isConnected() && current != agreed;
        if (agreed == before || !volume.isConnected()) {
            agree(agreed, true, () -> {});
            tell(peer, tells, flags, asked);
            if (answered) {
                end(null);
            }
            return;
        }
        // Nobody here uses what is new before the peer knows that it is there.
        volume.local().hold();
        changing++;
        agree(agreed, !clean, () -> {
            changing--;
            if (!peer.link().isDead() && volume.peer() == peer) {
                tell(peer, tells, flags, asked);
                fill(peer, !clean, () -> {
                    if (answered) {
                        end(null);
                    }
                });
            }
            volume.local().release();
            volume.device().resized();
        });
    }

    private void tell(PeerVolume peer, boolean tells, int flags, boolean asked) {
        if (tells) {
            Parameters.sendSizes(peer.link(), volume, volume.sectors(), flags & NO_RESYNC);
        }
        if (asked) {
            serving = false;
        }
    }

    /** The size is seen at once, and durable when what follows is run. */
    private void agree(long agreed, boolean dirty, Runnable then) {
        boolean changed = volume.sectors() != agreed;
        volume.sectors(agreed);
        if (volume.hasDisk()
                && (agreed != volume.meta().agreedSectors()
                        || agreed != volume.bitmap().sectors())) {
            Completion end = volume.durably(then);
            volume.meta().agree(agreed, dirty, end);
        } else {
            then.run();
        }
        if (changed && !volume.isConnected()) {
            volume.device().resized();
        }
    }

    /** What is new is filled from the Primary, if there is something to be done. */
    private void fill(PeerVolume peer, boolean dirty, Runnable begun) {
        VolumeState s = volume.state();
        boolean source = s.role() == s.peer() ? peer.link().resolveConflicts() : s.role() == Role.PRIMARY;
        if (!dirty
                || s.connection() != ConnectionState.CONNECTED
                || s.disk() != DiskState.UP_TO_DATE
                || s.peerDisk() != DiskState.UP_TO_DATE) {
            // Whoever has no good disk now gets all that is dirty when he has one.
            begun.run();
        } else if (source) {
            volume.resync().startWithGrowth(begun);
        } else {
            volume.become(s.withConnection(ConnectionState.WF_SYNC_UUID), "the volume has grown");
            begun.run();
        }
    }

    /** What both disks can hold, or what was agreed on before if but one of them is known (spec drbd-wire 5.4). */
    private long agreed(long disk, long wanted, long current) {
        long mine = volume.diskSectors();
        long before = volume.sectors();
        long agreed;
        if (mine > 0 && disk > 0) {
            agreed = Math.min(mine, disk);
        } else if (mine > 0) {
            agreed = before > 0 ? Math.min(mine, before) : mine;
        } else if (disk > 0) {
            agreed = disk;
        } else {
            agreed = before > 0 ? before : current;
        }
        return wanted > 0 ? Math.min(agreed, wanted) : agreed;
    }
}
