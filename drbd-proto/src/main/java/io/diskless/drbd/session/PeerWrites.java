package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.BlockDigest;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.internal.ConflictDetector;
import io.diskless.drbd.internal.ReceiverEpochs;
import io.diskless.drbd.meta.ActivityLog;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.Role;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Writes that the peer's applications make (spec drbd-wire 8): checked, put to disk in the order of their epochs, and
 * acknowledged as their sender wants it. Confined to the data loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A timer that is not needed finds nothing to do.
final class PeerWrites {
    // Flags of P_DATA, spec drbd-wire 8.1.
    static final int DP_MAY_SET_IN_SYNC = 4;
    static final int DP_FUA = 16;
    static final int DP_FLUSH = 32;
    static final int DP_DISCARD = 64;
    static final int DP_SEND_RECEIVE_ACK = 128;
    static final int DP_SEND_WRITE_ACK = 256;
    static final int DP_ZEROES = 1024;

    /** Sub-header: sector, block id, sequence number, flags. */
    static final int HEADER = 24;

    private final ResourceCore core;
    private final Link link;
    private final EpochReceiver epochs;
    private final @Nullable BlockDigest integrity;

    PeerWrites(ResourceCore core, Link link) {
        this.core = core;
        this.link = link;
        epochs = new EpochReceiver(core, link);
        Optional<DigestAlgorithm> algorithm =
                link.dialect().hasIntegrity() ? core.options().net().dataIntegrityAlg() : Optional.empty();
        integrity = algorithm.map(DigestAlgorithm::newDigest).orElse(null);
    }

    void onBarrier(ByteBuf p) {
        epochs.onBarrier(p.getInt(p.readerIndex()));
    }

    /** Writes of the peer that have not ended here. */
    int unacked() {
        return epochs.open();
    }

    /** One write under way. */
    private final class Write extends ConflictDetector.Write implements Backing.Done {
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
        private int parts;
        private @Nullable BlockException partFailure;

        Write(PacketType type, VolumeCore volume, PeerVolume peer, ByteBuf payload, int dataAt, int bytes) {
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
            weight = payload.readableBytes();
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
            if (wants(DP_SEND_RECEIVE_ACK, ReplicationProtocol.B)) {
                link.acks().ack(PacketType.RECV_ACK, peer, sector, blockId, bytes);
            }
            boolean gates = core.options().net().twoPrimaries();
            if (gates || !goesAtOnce()) {
                settle();
            }
            if (gates) {
                gate();
            } else {
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
                            .schedule(
                                    this::late,
                                    core.options().net().pingTimeout().toMillis(),
                                    TimeUnit.MILLISECONDS);
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
                default -> merge();
            }
        }

        private void late() {
            if (!passed && !link.isDead()) {
                link.protocolError("acks that the peer sent before write " + sequence + " did not arrive in time");
            }
        }

        void turn() {
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
            peer.conflicts()
                    .gaps(sector, bytes >> 9, (at, sectors) -> gaps.add(new Part(this, at, (int) sectors << 9)));
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
                default -> {
                    int from = dataAt + (int) ((part.at - sector) << 9);
                    disk.write(part.at << 9, payload.nioBuffer(from, part.bytes), false, part);
                }
            }
        }

        private void partEnded(@Nullable BlockException failure) {
            partFailure = failure == null ? partFailure : failure;
            if (--parts > 0) {
                return;
            }
            Backing disk = volume.backing();
            if (partFailure == null && disk != null && (flags & (DP_FUA | DP_FLUSH)) != 0) {
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
            if ((flags & DP_FLUSH) != 0) {
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
            long offset = sector << 9;
            switch (type) {
                case TRIM -> disk.discard(offset, bytes, this);
                case ZEROES -> disk.zero(offset, bytes, this);
                default -> {
                    ByteBuffer data = payload.nioBuffer(dataAt, payload.writerIndex() - dataAt);
                    disk.write(offset, data, (flags & DP_FUA) != 0, this);
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
                boolean clean = (flags & DP_MAY_SET_IN_SYNC) != 0
                        && isSyncing(volume.state().connection());
                if (clean) {
                    volume.markClean(offset, bytes);
                } else if (!volume.state().peerDisk().isAtLeast(DiskState.INCONSISTENT)) {
                    // The writer has no disk of its own: whoever attaches one there must get this.
                    volume.markDirty(offset, bytes);
                }
                if (wants(DP_SEND_WRITE_ACK, ReplicationProtocol.C)) {
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
            if (judged) {
                peer.conflicts().finished(this);
                nextTurns(volume, peer);
            }
        }
    }

    /** A range of a write of the peer that meets none of ours, while the rest of it does. */
    private final class Part extends ConflictDetector.Write implements Backing.Done {
        private final Write whole;
        private final long at;
        private final int bytes;

        Part(Write whole, long at, int bytes) {
            this.whole = whole;
            this.at = at;
            this.bytes = bytes;
        }

        void begin() {
            if (whole.peer.conflicts().arrive(this, at, bytes >> 9) == ConflictDetector.Verdict.WRITE) {
                turn();
            }
        }

        void turn() {
            epochs.start(whole.epoch, () -> whole.toDisk(this));
        }

        @Override
        public void ended(@Nullable BlockException failure) {
            whole.peer.conflicts().finished(this);
            whole.partEnded(failure);
            nextTurns(whole.volume, whole.peer);
        }
    }

    /** A write of either side is no longer under way: those that waited for it go on. */
    static void nextTurns(VolumeCore volume, PeerVolume peer) {
        for (ConflictDetector.Write w = peer.conflicts().nextReady();
                w != null;
                w = peer.conflicts().nextReady()) {
            if (w instanceof Write mine) {
                mine.turn();
            } else if (w instanceof Part part) {
                part.turn();
            }
        }
        volume.local().resume();
    }

    private static boolean isSyncing(ConnectionState c) {
        return c.isAtLeast(ConnectionState.SYNC_SOURCE) && !c.isAtLeast(ConnectionState.AHEAD);
    }

    /** P_DATA, P_TRIM, P_ZEROES, P_WSAME; the payload is released here. */
    void onWrite(PacketType type, VolumeCore volume, PeerVolume peer, ByteBuf p) {
        int at = p.readerIndex();
        int dataAt = at + HEADER;
        long bytes;
        if (type == PacketType.DATA) {
            dataAt = checked(p, dataAt);
            bytes = dataAt < 0 ? 0 : p.writerIndex() - dataAt;
        } else {
            bytes = p.getUnsignedInt(at + HEADER);
        }
        if (dataAt >= 0 && good(type, volume, p.getLong(at), bytes)) {
            volume.used();
            new Write(type, volume, peer, p, dataAt, (int) bytes).begin();
        } else {
            p.release();
        }
    }

    /** Where the data begins, behind a digest that fits it; -1 if it does not, and then the connection has ended. */
    int checked(ByteBuf p, int from) {
        BlockDigest digest = integrity;
        if (digest == null) {
            return from;
        }
        int dataAt = from + digest.bytes();
        if (dataAt > p.writerIndex()) {
            link.protocolError("a packet of " + p.readableBytes() + " bytes has no room for the digest");
            return -1;
        }
        digest.reset();
        digest.update(p, dataAt, p.writerIndex() - dataAt);
        if (!digest.matches(p, from)) {
            link.fail(
                    new DrbdException(
                            DrbdException.Kind.INTEGRITY,
                            "the digest does not fit the data for sector " + p.getLong(p.readerIndex())),
                    false);
            return -1;
        }
        return dataAt;
    }

    @Nullable
    BlockDigest integrity() {
        return integrity;
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
