package io.diskless.drbd.session;

import io.diskless.drbd.internal.ConflictDetector;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.Role;
import io.netty.buffer.ByteBuf;

/**
 * Writes that the peer's applications make (spec drbd-wire 8): checked, put to disk in the order of their epochs, and
 * acknowledged as their sender wants it. Confined to the data loop.
 */
final class PeerWrites {
    // Flags of P_DATA, spec drbd-wire 8.1.
    static final int DP_MAY_SET_IN_SYNC = 4;
    static final int DP_FUA = 16;
    static final int DP_FLUSH = 32;
    static final int DP_DISCARD = 64;
    static final int DP_SEND_RECEIVE_ACK = 128;
    static final int DP_SEND_WRITE_ACK = 256;
    static final int DP_WSAME = 512;
    static final int DP_ZEROES = 1024;

    /** The largest logical block of a disk, which is what a write-same repeats. */
    static final int MOST_SAME = 4096;

    /** Sub-header: sector, block id, sequence number, flags. */
    static final int HEADER = 24;

    private final ResourceCore core;
    private final Link link;
    private final EpochReceiver epochs;

    PeerWrites(ResourceCore core, Link link) {
        this.core = core;
        this.link = link;
        epochs = new EpochReceiver(core, link);
    }

    void onBarrier(ByteBuf p) {
        epochs.onBarrier(p.getInt(p.readerIndex()));
    }

    /** Writes of the peer that have not ended here. */
    int unacked() {
        return epochs.open();
    }

    /** What waits for the writes that it meets. */
    interface Turn {
        void turn();
    }

    /** A write of either side is no longer under way: those that waited for it go on. */
    static void nextTurns(VolumeCore volume, PeerVolume peer) {
        for (ConflictDetector.Write w = peer.conflicts().nextReady();
                w != null;
                w = peer.conflicts().nextReady()) {
            ((Turn) w).turn();
        }
        volume.local().resume();
    }

    static boolean isSyncing(ConnectionState c) {
        return c.isAtLeast(ConnectionState.SYNC_SOURCE) && !c.isAtLeast(ConnectionState.AHEAD);
    }

    /** P_DATA, P_TRIM, P_ZEROES, P_WSAME; the payload is released here. */
    void onWrite(PacketType type, VolumeCore volume, PeerVolume peer, ByteBuf p) {
        int at = p.readerIndex();
        int dataAt = at + HEADER;
        long bytes;
        if (type == PacketType.DATA) {
            dataAt = link.integrity().checked(p, dataAt);
            bytes = dataAt < 0 ? 0 : p.writerIndex() - dataAt;
        } else {
            bytes = p.getUnsignedInt(at + HEADER);
            if (type == PacketType.WSAME) {
                dataAt = block(p, dataAt + 4, bytes);
            }
        }
        if (dataAt >= 0 && good(type, volume, p.getLong(at), bytes)) {
            volume.used();
            new PeerWrite(epochs, type, volume, peer, p, dataAt, (int) bytes).begin();
        } else {
            p.release();
        }
    }

    /** Where the block of a write-same begins; -1 if there is none that fits into its range, and then the connection has ended. */
    private int block(ByteBuf p, int from, long bytes) {
        int at = link.integrity().checked(p, from);
        int size = p.writerIndex() - at;
        if (at >= 0 && (size <= 0 || size > MOST_SAME || (size & 511) != 0 || bytes % size != 0)) {
            link.protocolError("P_WSAME of " + bytes + " bytes with a block of " + size);
            return -1;
        }
        return at;
    }

    private boolean good(PacketType type, VolumeCore volume, long sector, long bytes) {
        Dialect d = link.dialect();
        long most = type == PacketType.DATA ? d.maxData() : d.maxDiscard();
        if (volume.state().role() == Role.PRIMARY && !core.options().net().twoPrimaries()) {
            // Its last write as a Primary came before our promotion; another would be beside what is written here.
            link.protocolError(type.label() + " from a peer that is not Primary, while this side is");
            return false;
        }
        if (volume.state().peer() != Role.PRIMARY) {
            link.protocolError(type.label() + " from a peer that is "
                    + volume.state().peer().label());
            return false;
        }
        boolean good = bytes > 0
                && bytes <= most
                && (bytes & 511) == 0
                && sector >= 0
                && sector <= volume.sectors() - (bytes >> 9);
        if (!good) {
            link.protocolError(type.label() + " of " + bytes + " bytes at sector " + sector + " of a volume of "
                    + volume.sectors() + " sectors");
        }
        return good;
    }
}
