package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.Uuids;
import io.diskless.drbd.wire.VolumeState;
import org.jspecify.annotations.Nullable;

/**
 * A volume of this side: its state, its disk and meta-data, and while there is a connection, what is known of the peer.
 * Confined to the data loop, but for {@link #state()}.
 */
final class VolumeCore {
    private final ResourceCore core;
    private final int number;
    private final @Nullable BlockDevice disk;
    private final VolumeMeta meta;
    private final VolumeChanges changes;
    private final PeerParameters parameters;
    private final DiskState attached;
    private @Nullable PeerVolume peer;
    private long sectors;
    private volatile VolumeState state;

    VolumeCore(ResourceCore core, VolumeOptions options) {
        this.core = core;
        number = options.number();
        disk = options.disk().orElse(null);
        sectors = disk == null ? 0 : disk.geometry().sectors();
        meta = new VolumeMeta(sectors);
        attached = disk == null ? DiskState.DISKLESS : DiskState.INCONSISTENT;
        state = VolumeState.of(
                Role.SECONDARY, Role.UNKNOWN, ConnectionState.STAND_ALONE, attached, DiskState.D_UNKNOWN);
        changes = new VolumeChanges(core, this);
        parameters = new PeerParameters(core, this);
    }

    int number() {
        return number;
    }

    VolumeState state() {
        return state;
    }

    VolumeMeta meta() {
        return meta;
    }

    VolumeChanges changes() {
        return changes;
    }

    PeerParameters parameters() {
        return parameters;
    }

    @Nullable
    PeerVolume peer() {
        return peer;
    }

    DiskState attached() {
        return attached;
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

    long diskSectors() {
        return disk == null || !hasDisk() ? 0 : disk.geometry().sectors();
    }

    /** Sectors of the volume as both sides see it; 0 while nobody knows. */
    long sectors() {
        return sectors;
    }

    void sectors(long agreed) {
        sectors = agreed;
        meta.agreedSectors(agreed);
    }

    /** The identifiers as the peer is told them. */
    Uuids uuids() {
        long flags = 0;
        if (core.discardMyData()) {
            flags |= Uuids.FLAG_DISCARD_MY_DATA;
        }
        if (state.disk() == DiskState.NEGOTIATING && attached == DiskState.INCONSISTENT) {
            flags |= Uuids.FLAG_INCONSISTENT;
        }
        return meta.uuids().withBits(meta.dirtyBits()).withFlags(flags);
    }

    void linked(PeerVolume fresh) {
        peer = fresh;
    }

    void unlinked() {
        peer = null;
    }

    /** Takes a state on, made possible first, and does what follows from the change. */
    void become(VolumeState wanted, String why) {
        VolumeState before = state;
        VolumeState after = Sanitizer.sanitize(wanted, attached);
        if (after.equals(before)) {
            return;
        }
        state = after;
        core.event(new DrbdEvent.StateChanged(core.options().name(), number, before, after, why));
        changes.after(before, after);
    }

    void close() {
        // The disk belongs to the caller.
    }
}
