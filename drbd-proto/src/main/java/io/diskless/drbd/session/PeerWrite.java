package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.drbd.internal.ConflictDetector;
import io.diskless.drbd.internal.ReceiverEpochs;
import io.diskless.drbd.meta.ActivityLog;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One write of the peer, from its arrival to its ack: its turn by sequence and epoch, conflicts with writes of this side, the
 * activity log where the writer has none, the disk. Confined to the data loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A timer that is not needed finds nothing to do.
final class PeerWrite extends ConflictDetector.Write implements Backing.Done, PeerWrites.Turn {
    private final ResourceCore core;
    private final Link link;
    private final EpochReceiver epochs;
    private final PacketType type;
    private final VolumeCore volume;
    private final PeerVolume peer;
    private final ReceiverEpochs.Epoch epoch;
    private final long sector;
    private final long blockId;
    private final int flags;
    private final int bytes;
    private final int sequence;
    private final int weight;
    private ByteBuf payload;
    private int dataAt;
    private @Nullable ActivityLog log;
    private boolean gated;
    private boolean passed;
    private boolean judged;
    private boolean unwatched;
    private int parts;
    private @Nullable BlockException partFailure;

    /**
     * A write that was found good.
     *
     * @param payload its sub-header, and the data from {@code dataAt} on; released here
     */
    PeerWrite(
            EpochReceiver epochs,
            PacketType type,
            VolumeCore volume,
            PeerVolume peer,
            ByteBuf payload,
            int dataAt,
            int bytes) {
        this.epochs = epochs;
        link = peer.link();
        core = link.core();
        this.type = type;
        this.volume = volume;
        this.peer = peer;
        this.payload = payload;
        this.dataAt = dataAt;
        this.bytes = bytes;
        int at = payload.readerIndex();
        sector = payload.getLong(at);
        blockId = payload.getLong(at + 8);
        sequence = payload.getInt(at + 16);
        flags = payload.getInt(at + 20);
        weight = payload.readableBytes() + (type == PacketType.WSAME ? Repetition.PIECE : 0);
        epoch = epochs.join();
        link.intake().take(weight);
    }

    /** It may wait: then it shall not keep more memory from being used again than it needs. */
    private void settle() {
        int offset = dataAt - payload.readerIndex();
        payload = Intake.own(payload);
        dataAt = payload.readerIndex() + offset;
    }

    private boolean goesAtOnce() {
        Backing disk = volume.backing();
        return disk != null
                && disk.device().completesInline()
                && epochs.mayStart(epoch)
                && volume.state().peerDisk().isAtLeast(DiskState.INCONSISTENT);
    }

    private void release() {
        payload.release();
        link.intake().give(weight);
    }

    boolean wants(int flag, ReplicationProtocol protocol) {
        return link.dialect().hasAckFlags()
                ? (flags & flag) != 0
                : core.options().net().protocol() == protocol;
    }

    void begin() {
        if (wants(PeerWrites.DP_SEND_RECEIVE_ACK, ReplicationProtocol.B)) {
            link.acks().ack(PacketType.RECV_ACK, peer, sector, blockId, bytes);
        }
        boolean gates = core.options().net().twoPrimaries();
        if (gates || !goesAtOnce()) {
            settle();
        }
        if (gates) {
            gate();
        } else {
            unwatched = true;
            peer.unwatched(1);
            peer.gate().seen(sequence);
            epochs.start(epoch, this::submit);
        }
    }

    /** Where both may write, who decides conflicts first hears all that the peer said before this write. */
    private void gate() {
        if (link.isDead()) {
            release();
            return;
        }
        if (link.resolveConflicts() && !peer.gate().admits(sequence)) {
            if (!gated) {
                gated = true;
                core.loop()
                        .schedule(this::late, core.options().net().pingTimeout().toMillis(), TimeUnit.MILLISECONDS);
            }
            peer.gated().add(this::gate);
            return;
        }
        passed = true;
        peer.gate().seen(sequence);
        judged = true;
        switch (peer.conflicts().arrive(this, sector, bytes >> 9)) {
            case WRITE -> epochs.start(epoch, this::submit);
            case WAIT -> {
                // Named by the detector when its turn comes.
            }
            case MERGE -> merge();
        }
    }

    private void late() {
        if (!passed && !link.isDead()) {
            link.protocolError("acks that the peer sent before write " + sequence + " did not arrive in time");
        }
    }

    @Override
    public void turn() {
        epochs.start(epoch, this::submit);
    }

    /**
     * What of it meets none of ours is written, and of the rest ours stands: the peer will have ours on top of it too.
     * It is acknowledged as any other. P_SUPERSEDED or P_RETRY_WRITE would say it more plainly, but after them nobody
     * knows what a kernel counts in that epoch (PROTOCOL.md).
     */
    private void merge() {
        judged = false;
        core.note(peer.number(), "concurrent writes at sector " + sector + ": the peer's gives way");
        List<Part> gaps = new ArrayList<>();
        peer.conflicts().gaps(sector, bytes >> 9, (at, sectors) -> gaps.add(new Part(this, at, (int) sectors << 9)));
        parts = gaps.size();
        if (gaps.isEmpty()) {
            ended(null);
        } else {
            gaps.forEach(Part::begin);
        }
    }

    private void toDisk(Part part) {
        Backing disk = volume.backing();
        if (disk == null || !volume.hasDisk()) {
            part.ended(new BlockException(BlockException.Kind.CLOSED, part.at << 9, "there is no disk"));
            return;
        }
        switch (type) {
            case TRIM -> disk.discard(part.at << 9, part.bytes, part);
            case ZEROES -> disk.zero(part.at << 9, part.bytes, part);
            case WSAME -> repeat(disk, part.at, part.bytes, part);
            default -> {
                int from = dataAt + (int) ((part.at - sector) << 9);
                disk.write(part.at << 9, payload.nioBuffer(from, part.bytes), false, part);
            }
        }
    }

    private void repeat(Backing disk, long at, long length, Backing.Done done) {
        ByteBuffer block = payload.nioBuffer(dataAt, payload.writerIndex() - dataAt);
        int phase = (int) (((at - sector) << 9) % block.remaining());
        boolean fua = (flags & PeerWrites.DP_FUA) != 0;
        Repetition.write(core.allocator(), disk, at << 9, length, block, phase, fua, done);
    }

    private void partEnded(@Nullable BlockException failure) {
        partFailure = failure == null ? partFailure : failure;
        if (--parts > 0) {
            return;
        }
        Backing disk = volume.backing();
        if (partFailure == null && disk != null && (flags & (PeerWrites.DP_FUA | PeerWrites.DP_FLUSH)) != 0) {
            disk.flush(this);
        } else {
            ended(partFailure);
        }
    }

    private void submit() {
        if (link.isDead()) {
            // Its writer has counted it as lost; behind the next connection it would overwrite what is newer.
            abandoned();
            return;
        }
        Backing disk = volume.backing();
        if (disk == null || !volume.hasDisk()) {
            ended(new BlockException(BlockException.Kind.CLOSED, sector << 9, "there is no disk"));
        } else if (volume.state().peerDisk().isAtLeast(DiskState.INCONSISTENT)) {
            flushed(disk);
        } else {
            // The writer has neither disk nor activity log: this side keeps them (spec drbd-semantics 6.2).
            volume.local().whenReleased(() -> heat(disk));
        }
    }

    private void heat(Backing disk) {
        ActivityLog fresh = volume.meta().activityLog();
        if (fresh.tryBegin(sector << 9, bytes)) {
            log = fresh;
            flushed(disk);
            return;
        }
        fresh.begin(sector << 9, bytes, new Completion() {
            @Override
            public void completed() {
                core.run(() -> {
                    log = fresh;
                    flushed(disk);
                });
            }

            @Override
            public void failed(BlockException cause) {
                core.run(() -> ended(cause));
            }
        });
    }

    private void flushed(Backing disk) {
        if ((flags & PeerWrites.DP_FLUSH) != 0) {
            disk.flush(failure -> {
                if (failure == null) {
                    toDisk(disk);
                } else {
                    ended(failure);
                }
            });
        } else {
            toDisk(disk);
        }
    }

    private void abandoned() {
        release();
        leave();
    }

    private void toDisk(Backing disk) {
        if (link.isDead()) {
            abandoned();
            return;
        }
        if (!volume.hasDisk() || volume.backing() != disk) {
            // It waited for the activity log meanwhile.
            ended(new BlockException(BlockException.Kind.CLOSED, sector << 9, "there is no disk"));
            return;
        }
        long offset = sector << 9;
        switch (type) {
            case TRIM -> disk.discard(offset, bytes, this);
            case ZEROES -> disk.zero(offset, bytes, this);
            case WSAME -> repeat(disk, sector, bytes, this);
            default -> {
                ByteBuffer data = payload.nioBuffer(dataAt, payload.writerIndex() - dataAt);
                disk.write(offset, data, (flags & PeerWrites.DP_FUA) != 0, this);
            }
        }
    }

    @Override
    public void ended(@Nullable BlockException failure) {
        release();
        long offset = sector << 9;
        if (failure != null) {
            volume.markDirty(offset, bytes);
            if (volume.hasDisk()) {
                volume.diskFailed(failure);
            }
            link.acks().ack(PacketType.NEG_ACK, peer, sector, blockId, bytes);
        } else {
            core.written(
                    volume.number(),
                    offset,
                    bytes,
                    switch (type) {
                        case TRIM -> WriteTap.Kind.DISCARD;
                        case ZEROES -> WriteTap.Kind.ZEROES;
                        default -> WriteTap.Kind.DATA;
                    });
            boolean clean = (flags & PeerWrites.DP_MAY_SET_IN_SYNC) != 0
                    && PeerWrites.isSyncing(volume.state().connection());
            if (clean) {
                volume.markClean(offset, bytes);
            } else if (!volume.state().peerDisk().isAtLeast(DiskState.INCONSISTENT)) {
                // The writer has no disk of its own: whoever attaches one there must get this.
                volume.markDirty(offset, bytes);
            }
            if (wants(PeerWrites.DP_SEND_WRITE_ACK, ReplicationProtocol.C)) {
                PacketType ack = clean ? PacketType.RS_WRITE_ACK : PacketType.WRITE_ACK;
                link.acks().ack(ack, peer, sector, blockId, bytes);
            }
        }
        leave();
    }

    /** Nobody has to mind this write any more. */
    private void leave() {
        ActivityLog hot = log;
        if (hot != null) {
            log = null;
            hot.end(sector << 9, bytes);
        }
        epochs.end(epoch);
        if (unwatched) {
            peer.unwatched(-1);
        }
        if (judged) {
            peer.conflicts().finished(this);
            PeerWrites.nextTurns(volume, peer);
        }
    }

    /** A range of a write of the peer that meets none of ours, while the rest of it does. */
    private static final class Part extends ConflictDetector.Write implements Backing.Done, PeerWrites.Turn {
        private final PeerWrite whole;
        private final long at;
        private final int bytes;

        Part(PeerWrite whole, long at, int bytes) {
            this.whole = whole;
            this.at = at;
            this.bytes = bytes;
        }

        void begin() {
            if (whole.peer.conflicts().arrive(this, at, bytes >> 9) == ConflictDetector.Verdict.WRITE) {
                turn();
            }
        }

        @Override
        public void turn() {
            whole.epochs.start(whole.epoch, () -> whole.toDisk(this));
        }

        @Override
        public void ended(@Nullable BlockException failure) {
            whole.peer.conflicts().finished(this);
            whole.partEnded(failure);
            PeerWrites.nextTurns(whole.volume, whole.peer);
        }
    }
}
