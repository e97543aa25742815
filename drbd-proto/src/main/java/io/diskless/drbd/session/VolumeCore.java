package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.meta.DirtyBitmap;
import io.diskless.drbd.meta.MetaOptions;
import io.diskless.drbd.state.Generations;
import io.diskless.drbd.state.StatePolicy;
import io.diskless.drbd.state.StateSanitizer;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.Uuids;
import io.diskless.drbd.wire.VolumeState;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A volume of this side: its state, its disk and meta-data, and while there is a connection, what is known of the peer.
 * Confined to the data loop, but for {@link #state()} and {@link #sectors()}.
 */
final class VolumeCore {
    private final ResourceCore core;
    private final int number;
    private @Nullable Backing disk;
    private @Nullable VolumeMeta meta;
    private final VolumeChanges changes;
    private final PeerParameters parameters;
    private final LocalIo local;
    private final SyncMeter meter;
    private final VolumeResize resize;
    private final DrbdVolume device;
    private DiskState attached;
    private VolumeOptions.OnIoError onIoError;
    private int discardGranularity;
    private Uuids exposed = Generations.created();
    private @Nullable PeerVolume peer;
    private @Nullable Resync resync;
    private volatile long sectors;
    private volatile VolumeState state;
    private long applicationIo;
    private final Freeze freeze = new Freeze(this);

    VolumeCore(ResourceCore core, VolumeOptions options) throws DrbdException {
        this.core = core;
        number = options.number();
        onIoError = options.onIoError();
        discardGranularity = options.resyncDiscardGranularity();
        resize = new VolumeResize(core, this, options.size());
        BlockDevice data = options.disk().map(d -> onExecutor(core, d)).orElse(null);
        if (data == null) {
            disk = null;
            meta = null;
            attached = DiskState.DISKLESS;
        } else {
            MetaOptions where = options.meta();
            BlockDevice metaDisk = options.metaDisk();
            meta = where == null || metaDisk == null
                    ? VolumeMeta.inMemory(data)
                    // Internal meta-data: both are one device, which is told by identity.
                    : VolumeMeta.open(
                            data, metaDisk == options.disk().get() ? data : onExecutor(core, metaDisk), where);
            exposed = meta.uuids();
            disk = backing(data);
            sectors = resize.first(meta);
            attached = meta.remembered();
        }
        state = VolumeState.of(
                Role.SECONDARY, Role.UNKNOWN, ConnectionState.STAND_ALONE, asFound(attached), DiskState.D_UNKNOWN);
        changes = new VolumeChanges(core, this);
        parameters = new PeerParameters(core, this);
        local = new LocalIo(core, this);
        device = new DrbdVolume(core, this);
        meter = new SyncMeter(core, this);
    }

    Backing backing(BlockDevice data) {
        return new Backing(core, data, cause -> metaFailed(cause));
    }

    static BlockDevice onExecutor(ResourceCore core, BlockDevice d) {
        Executor executor = core.options().executor();
        return executor == null ? d : new ExecutorDevice(d, executor);
    }

    int number() {
        return number;
    }

    VolumeState state() {
        return state;
    }

    /** Meta-data; asked for only while there is a disk. */
    VolumeMeta meta() {
        return java.util.Objects.requireNonNull(meta, "volume without a disk");
    }

    DirtyBitmap bitmap() {
        return meta().bitmap();
    }

    @Nullable
    Backing backing() {
        return disk;
    }

    VolumeChanges changes() {
        return changes;
    }

    PeerParameters parameters() {
        return parameters;
    }

    VolumeAdmin admin() {
        return new VolumeAdmin(core, this);
    }

    LocalIo local() {
        return local;
    }

    SyncMeter meter() {
        return meter;
    }

    VolumeResize resize() {
        return resize;
    }

    DrbdVolume device() {
        return device;
    }

    @Nullable
    PeerVolume peer() {
        return peer;
    }

    /** Asked for only while there is a connection. */
    Resync resync() {
        return java.util.Objects.requireNonNull(resync, "volume without a connection");
    }

    DiskState attached() {
        return attached;
    }

    /** Without fencing nobody has to be asked whether the data is still good (spec drbd-semantics 2.2). */
    DiskState asFound(DiskState remembered) {
        return remembered == DiskState.CONSISTENT && core.options().fencing() == StatePolicy.Fencing.DONT_CARE
                ? DiskState.UP_TO_DATE
                : remembered;
    }

    Freeze freeze() {
        return freeze;
    }

    boolean hasDisk() {
        return state.disk().isAtLeast(DiskState.NEGOTIATING);
    }

    boolean isConnected() {
        return state.connection().isAtLeast(ConnectionState.CONNECTED);
    }

    boolean canDiscard() {
        return disk != null && disk.geometry().discardGranularity() > 0;
    }

    /** The size of the pieces that a resync asks for where zeroes need not be sent; 0 to have all of it sent. */
    int discardGranularity() {
        return discardGranularity;
    }

    long diskSectors() {
        return meta == null || !hasDisk() ? 0 : meta.dataSectors();
    }

    /** Sectors of the volume as both sides see it; 0 while nobody knows. On any thread. */
    long sectors() {
        return sectors;
    }

    void sectors(long agreed) {
        sectors = agreed;
    }

    /** The identifiers as the peer is told them; without a disk, those of the data that was last seen. */
    Uuids uuids() {
        if (meta == null) {
            return exposed;
        }
        Uuids own = meta.uuids();
        long flags = own.flags();
        if (core.discardMyData()) {
            flags |= Uuids.FLAG_DISCARD_MY_DATA;
        }
        if (state.disk() == DiskState.NEGOTIATING && attached == DiskState.INCONSISTENT) {
            flags |= Uuids.FLAG_INCONSISTENT;
        }
        return own.withFlags(flags);
    }

    /** What the users of this volume last saw; kept up to date while there is no disk. */
    Uuids exposed() {
        return exposed;
    }

    void exposed(Uuids seen) {
        exposed = seen;
    }

    /** A disk was found good to be used; the state says so next. */
    void attach(Backing fresh, VolumeMeta found, VolumeOptions how) {
        VolumeMeta old = meta;
        if (old != null) {
            old.close();
        }
        disk = fresh;
        meta = found;
        attached = found.remembered();
        onIoError = how.onIoError();
        discardGranularity = how.resyncDiscardGranularity();
        if (sectors == 0) {
            sectors = resize.first(found);
            device.resized();
        }
    }

    /** Whether writes here go to the peer too (spec drbd-semantics 8.1). */
    boolean replicates() {
        DiskState pdsk = state.peerDisk();
        ConnectionState c = state.connection();
        return isConnected()
                && (pdsk == DiskState.UP_TO_DATE
                        || (pdsk.isAtLeast(DiskState.INCONSISTENT)
                                && c.isAtLeast(ConnectionState.WF_BITMAP_T)
                                && !c.isAtLeast(ConnectionState.AHEAD)));
    }

    /** Whether the peer is told of blocks that become dirty instead of their content. */
    boolean announcesDirty() {
        PeerVolume p = peer;
        ConnectionState c = state.connection();
        return p != null
                && p.link().dialect().hasAheadBehind()
                && (c == ConnectionState.AHEAD || c == ConnectionState.WF_BITMAP_S);
    }

    boolean isGoodHere(long offset, long bytes) {
        return state.disk() == DiskState.UP_TO_DATE
                || (state.disk() == DiskState.INCONSISTENT && !bitmap().isDirty(offset, bytes));
    }

    boolean twoPrimaries() {
        return core.options().net().twoPrimaries();
    }

    ByteBufAllocator allocator() {
        return core.allocator();
    }

    void markDirty(long offset, long bytes) {
        if (meta != null && (offset >> 9) + (bytes >> 9) <= meta.bitmap().sectors()) {
            meta.bitmap().markDirty(offset, bytes);
        }
    }

    void markClean(long offset, long bytes) {
        if (meta != null && (offset >> 9) + (bytes >> 9) <= meta.bitmap().sectors()) {
            meta.bitmap().markClean(offset, bytes);
        }
    }

    /** Somebody's application, here or at the peer, uses the volume: a resync gives way. */
    void used() {
        applicationIo++;
    }

    /** How often {@link #used} was called. */
    long applicationIo() {
        return applicationIo;
    }

    /** The disk could not read or write something: what follows is said by on-io-error (spec drbd-semantics 8.3). */
    void diskFailed(BlockException cause) {
        if (!hasDisk() || core.isClosed()) {
            return;
        }
        boolean goesOn = onIoError == VolumeOptions.OnIoError.PASS_ON;
        core.event(new DrbdEvent.IoError(core.options().name(), number, cause, !goesOn));
        if (!goesOn) {
            giveUp();
        } else if (state.disk().isAtLeast(DiskState.INCONSISTENT)) {
            become(state.withDisk(DiskState.INCONSISTENT), "I/O error");
        }
    }

    /** Meta-data cannot be written: nothing that is promised of the disk can be kept. */
    void metaFailed(BlockException cause) {
        if (hasDisk() && !core.isClosed()) {
            core.event(new DrbdEvent.IoError(core.options().name(), number, cause, true));
            giveUp();
        }
    }

    /** The disk is given up: what its users have seen is its data, or what the peer has made of that already. */
    void exposeOwn() {
        Uuids own = meta().uuids();
        PeerVolume p = peer;
        Uuids theirs = p == null ? null : p.uuids();
        exposed = theirs != null && Uuids.same(theirs.bitmap(), own.current()) ? theirs : own;
    }

    private void giveUp() {
        exposeOwn();
        become(state.withDisk(DiskState.FAILED), "I/O error");
        become(state.withDisk(DiskState.DISKLESS), "detached");
    }

    /** Goes on, on the data loop, when a change of meta-data is durable; where it fails, the disk is given up. */
    Completion durably(Runnable then) {
        return new Completion() {
            @Override
            public void completed() {
                core.run(then);
            }

            @Override
            public void failed(BlockException cause) {
                core.run(() -> {
                    metaFailed(cause);
                    then.run();
                });
            }
        };
    }

    /** As {@link #durably}; what the peer sends behind the packet that leads to the change waits for it. */
    Completion inTurn(PeerVolume from, Runnable then) {
        from.link().stall();
        return durably(() -> {
            then.run();
            from.link().resume();
        });
    }

    void linked(Link link) {
        PeerVolume fresh = new PeerVolume(link, number);
        peer = fresh;
        resync = new Resync(core, this, fresh);
    }

    void unlinked(List<LocalWrite> unstable) {
        Resync r = resync;
        if (r != null) {
            r.close();
        }
        local.endAllRequests();
        resize.unlinked();
        PeerVolume p = peer;
        if (p != null) {
            p.close();
        }
        peer = null;
        resync = null;
        List<LocalWrite> mine =
                unstable.stream().filter(w -> w.volume() == this).toList();
        if (!freeze.takes(mine)) {
            local.whenReleased(() -> local.peerLost(mine));
        }
    }

    /** Takes a state on, made possible first, and does what follows from the change. */
    void become(VolumeState wanted, String why) {
        VolumeState before = state;
        VolumeState after = VolumeChanges.resumed(StateSanitizer.sanitize(before, wanted, changes.policy()));
        if (after.equals(before)) {
            return;
        }
        state = after;
        freeze.enter(before, after);
        core.event(new DrbdEvent.StateChanged(core.options().name(), number, before, after, why));
        VolumeMeta m = meta;
        if (m != null && hasDisk() && m.differs(after)) {
            // Writes wait: after a crash the activity log counts only where the mark of a Primary is found.
            local.hold();
            m.change(s -> VolumeMeta.flags(s, after), durably(local::release));
        }
        meter.leave(after);
        Resync r = resync;
        if (r != null) {
            r.leave(before, after);
        }
        changes.after(before, after);
        if (r != null && after.equals(state)) {
            r.enter(before, after);
        }
        freeze.leave(before, after);
        // What follows may have changed it again already.
        meter.enter(state);
        local.resume();
        if (before.connection() != after.connection()) {
            core.orderResyncs();
        }
    }

    /** Ends when the disk is not used any more. */
    CompletableFuture<Void> close() {
        freeze.close();
        local.close();
        CompletableFuture<Void> done = new CompletableFuture<>();
        Backing d = disk;
        VolumeMeta m = meta;
        if (d == null || m == null) {
            done.complete(null);
            return done;
        }
        d.whenIdle(() -> m.detach(VolumeMeta.either(failure -> {
            if (failure != null && hasDisk()) {
                core.note(number, "meta-data could not be closed cleanly: " + failure.getMessage());
            }
            done.complete(null);
        })));
        return done;
    }
}
