package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.drbd.auth.BlockDigest;
import io.diskless.drbd.internal.TransferLog;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One write of an application here: to the local disk and, at the same time, to the peer. It completes when both have what
 * the protocol asks for, and is remembered until the peer has it on stable storage. Confined to the data loop.
 *
 * <p>The payload is the caller's buffer all the way: it is given back when the disk has ended and the socket has taken the
 * bytes, whatever the peer says before that.
 */
final class LocalWrite extends TransferLog.Write implements Backing.Done, Runnable {
    private final VolumeCore volume;
    private final PacketType type;
    private final long offset;
    private final long bytes;
    private final @Nullable ByteBuffer data;
    private final boolean fua;
    private final Completion done;
    private final long id;
    private @Nullable SendLog log;
    private @Nullable BlockException localFailure;
    private long sentAt;
    private boolean again;
    private @Nullable PeerVolume conflicts;
    private boolean hot;
    private boolean local;
    private boolean remote;
    private boolean peerHas;
    private boolean unsent;
    private boolean receipt;
    private boolean stable;
    private boolean completed;
    private boolean finished;

    LocalWrite(
            VolumeCore volume,
            PacketType type,
            long offset,
            long bytes,
            @Nullable ByteBuffer data,
            boolean fua,
            Completion done,
            long id) {
        this.volume = volume;
        this.type = type;
        this.offset = offset;
        this.bytes = bytes;
        this.data = data;
        this.fua = fua;
        this.done = done;
        this.id = id;
    }

    long id() {
        return id;
    }

    long offset() {
        return offset;
    }

    long bytes() {
        return bytes;
    }

    /** Whether the peer has said all that the write waits for. */
    boolean isAnswered() {
        return remote;
    }

    /** Whether the peer may still say that a write of its own stands in this one's place: never once it has completed. */
    boolean mayGiveWay() {
        return conflicts != null && !remote;
    }

    /** Whether the peer was asked to say that it has received it. */
    boolean takesReceipt() {
        return receipt;
    }

    /** Whether it is under way and no write of the peer would be seen to meet it. */
    boolean isUnwatched() {
        return !completed && conflicts == null;
    }

    long sentAt() {
        return sentAt;
    }

    boolean wasSent() {
        return log != null;
    }

    VolumeCore volume() {
        return volume;
    }

    boolean isCompleted() {
        return completed;
    }

    PacketType type() {
        return type;
    }

    @Nullable
    ByteBuffer data() {
        return data;
    }

    boolean isFua() {
        return fua;
    }

    Completion done() {
        return done;
    }

    /** The activity log has the extents, if there is one. */
    void start(boolean isHot) {
        hot = isHot;
        PeerVolume peer = volume.peer();
        boolean replicates = peer != null && volume.replicates();
        boolean alone = volume.backing() == null || !volume.hasDisk();
        stable = !replicates;
        // Who has no disk of its own cannot do without the peer's, whatever the protocol.
        remote = !replicates || (peer != null && !peer.link().waitsForPeer() && !alone);
        if (replicates && peer != null) {
            send(peer);
        } else {
            // Nobody but this side will know.
            volume.markDirty(offset, bytes);
            if (peer != null && volume.announcesDirty()) {
                peer.link()
                        .append(PacketType.OUT_OF_SYNC, peer.number(), 16, 16)
                        .writeLong(offset >> 9)
                        .writeInt((int) bytes)
                        .writeInt(0);
                peer.link().appended();
            }
        }
        Backing disk = volume.backing();
        if (disk == null || !volume.hasDisk()) {
            local = true;
            localFailure = new BlockException(
                    BlockException.Kind.MEDIUM, offset, "there is no local disk, and the peer did not take the write");
            if (replicates && peer != null && !peer.link().waitsForPeer()) {
                peer.link().sendLog().close();
            }
            check();
            return;
        }
        ByteBuffer from = data;
        switch (type) {
            case TRIM -> disk.discard(offset, bytes, this);
            case ZEROES -> disk.zero(offset, bytes, this);
            default -> {
                if (from != null && from.remaining() < bytes) {
                    Repetition.write(volume.allocator(), disk, offset, bytes, from, 0, fua, this);
                } else if (from != null) {
                    disk.write(offset, from, fua, this);
                }
            }
        }
    }

    private void send(PeerVolume peer) {
        Link link = peer.link();
        SendLog l = link.sendLog();
        log = l;
        l.add(this);
        volume.local().congestion().sent(data == null ? 0 : bytes);
        sentAt = System.nanoTime();
        if (volume.twoPrimaries()) {
            conflicts = peer;
            peer.conflicts().startLocal(this, offset >> 9, bytes >> 9);
        }
        int flags = link.writeFlags(volume.state(), fua);
        receipt = link.takesReceipt(flags);
        ByteBuffer payload = data;
        BlockDigest digest = payload == null ? null : link.integrity().sent();
        int extra = digest == null ? 0 : digest.bytes();
        if (type == PacketType.WSAME && payload != null) {
            same(link, peer, payload, digest, flags);
            return;
        }
        int size = payload == null ? 4 : (int) bytes;
        ByteBuf b = link.append(type, peer.number(), PeerWrites.HEADER + extra + size, PeerWrites.HEADER + extra + 4);
        b.writeLong(offset >> 9).writeLong(id).writeInt(peer.nextSequence());
        if (payload == null) {
            int kind = type == PacketType.TRIM ? PeerWrites.DP_DISCARD : PeerWrites.DP_ZEROES;
            b.writeInt(flags | kind).writeInt((int) bytes);
            link.appended();
        } else {
            b.writeInt(flags);
            if (digest != null) {
                digest.reset();
                digest.update(payload.duplicate());
                digest.finish(b);
            }
            link.appended();
            unsent = true;
            link.send(LentBytes.of(payload, this, link.core().allocator()));
        }
    }

    /** A block and how far it is repeated; it is small, and sent as a copy. */
    private void same(Link link, PeerVolume peer, ByteBuffer block, @Nullable BlockDigest digest, int flags) {
        int extra = digest == null ? 0 : digest.bytes();
        ByteBuf b = link.begin(type, peer.number(), PeerWrites.HEADER + 4 + extra + block.remaining());
        b.writeLong(offset >> 9).writeLong(id).writeInt(peer.nextSequence());
        b.writeInt(flags | PeerWrites.DP_WSAME).writeInt((int) bytes);
        if (digest != null) {
            digest.reset();
            digest.update(block.duplicate());
            digest.finish(b);
        }
        link.send(b.writeBytes(block.duplicate()));
    }

    /** The socket has taken the payload, or never will. */
    @Override
    public void run() {
        unsent = false;
        check();
    }

    /** On the local disk, or not. */
    @Override
    public void ended(@Nullable BlockException failure) {
        local = true;
        if (failure != null) {
            localFailure = failure;
            volume.markDirty(offset, bytes);
            volume.diskFailed(failure);
        }
        check();
    }

    /** The peer has received it (protocol B), has it on its disk, could not write it, or has its own in its place. */
    void acked(PacketType ack) {
        remote = true;
        if (ack == PacketType.NEG_ACK) {
            volume.markDirty(offset, bytes);
        } else {
            peerHas = true;
        }
        if (ack == PacketType.RS_WRITE_ACK && local && localFailure == null) {
            volume.markClean(offset, bytes);
        }
        SendLog l = log;
        if ((ack == PacketType.SUPERSEDED || ack == PacketType.RETRY_WRITE) && l != null) {
            l.superseded(this);
            settle();
        }
        again = ack == PacketType.RETRY_WRITE;
        PeerVolume c = conflicts;
        if (c != null) {
            c.conflicts().judged(this);
        }
        check();
    }

    /** The peer is gone: it may or may not have it. */
    void peerLost() {
        volume.markDirty(offset, bytes);
        goesOnAlone();
    }

    /** The peer is gone, and whoever has to know what it may lack knows it. */
    void goesOnAlone() {
        unsure();
        remote = true;
        settle();
        check();
    }

    /** Nobody will find out any more whether the peer has it: it fails, unless it has ended already. */
    void abandoned(BlockException why) {
        if (!completed && localFailure == null) {
            localFailure = why;
            peerHas = false;
        }
        goesOnAlone();
    }

    /** The peer has it on stable storage. */
    void stable() {
        if (!remote) {
            // Protocol A asks for no other ack.
            peerHas = true;
        }
        remote = true;
        settle();
        check();
    }

    /** The peer's word on the barrier is not waited for any longer: it may or may not have it on stable storage. */
    void forgotten() {
        volume.markDirty(offset, bytes);
        unsure();
        settle();
        check();
    }

    /** The only disk that was told of it may have lost it, after the application was told that it is written. */
    private void unsure() {
        if (completed && !stable && localFailure != null) {
            volume.local().flushes().lost();
        }
    }

    /** Nothing is waited for any longer. */
    private void settle() {
        if (!stable) {
            stable = true;
            volume.local().congestion().settled(data == null ? 0 : bytes);
        }
    }

    /** Written here and judged there: nobody has to mind this write any more. */
    private void leaveConflicts() {
        PeerVolume c = conflicts;
        if (c != null && local && remote) {
            conflicts = null;
            c.conflicts().finished(this);
            PeerWrites.nextTurns(volume, c);
        }
    }

    private void check() {
        boolean taken = localFailure == null || peerHas;
        again |= !completed
                && local
                && remote
                && !unsent
                && !taken
                && volume.local().isSuspended();
        if (again) {
            if (local && !unsent && !finished) {
                finished = true;
                completed = true;
                if (hot) {
                    volume.meta().activityLog().end(offset, bytes);
                }
                leaveConflicts();
                volume.local().again(this);
            }
            return;
        }
        leaveConflicts();
        if (!completed && local && remote && !unsent) {
            completed = true;
            SendLog l = log;
            if (l != null && !stable) {
                l.completed(this);
            }
            volume.local().completed(this);
            BlockException failure = localFailure;
            if (failure == null || peerHas) {
                done.completed();
            } else {
                done.failed(failure);
            }
        }
        if (completed && stable && !finished) {
            finished = true;
            if (hot) {
                volume.meta().activityLog().end(offset, bytes);
            }
            volume.local().finished(this);
        }
    }
}
