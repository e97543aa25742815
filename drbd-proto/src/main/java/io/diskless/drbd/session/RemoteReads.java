package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What applications here read from the peer, for want of good data of their own. No more is asked for than fits into the
 * peer's buffers; what is wanted beyond that waits here, as small as a request is, in its order. Confined to the data loop.
 */
final class RemoteReads {
    /** The kernel's default for max-buffers: what its receiver takes (spec drbd-wire 1.3), in pages of 4 KiB. */
    static final int MOST_PAGES = 2048;

    private static final int PAGE = 4096;

    private record Read(long offset, ByteBuffer into, Completion done) {
        int pages() {
            return Math.max(1, (into.remaining() + PAGE - 1) / PAGE);
        }
    }

    private final LocalIo local;
    private final VolumeCore volume;
    private final LongObjectMap<Read> asked = new LongObjectHashMap<>();
    private final ArrayDeque<Read> waiting = new ArrayDeque<>();
    private int pages;
    private long nextId = 1;

    RemoteReads(LocalIo local, VolumeCore volume) {
        this.local = local;
        this.volume = volume;
    }

    /** How many requests the peer owes an answer. */
    int asked() {
        return asked.size();
    }

    /**
     * Reads from the peer.
     *
     * @param own why it could not be read here, if that was tried
     */
    void read(long offset, ByteBuffer into, Completion done, @Nullable BlockException own) {
        PeerVolume peer = volume.peer();
        if (peer == null || volume.state().peerDisk() != DiskState.UP_TO_DATE || !volume.isConnected()) {
            if (local.isSuspended()) {
                local.holdRead(offset, into, done);
            } else {
                done.failed(
                        own != null
                                ? own
                                : new BlockException(
                                        BlockException.Kind.MEDIUM,
                                        offset,
                                        "neither side has good data: " + volume.state()));
            }
            return;
        }
        local.begun();
        Read read = new Read(offset, into, done);
        if (waiting.isEmpty() && fits(read)) {
            ask(peer, read);
        } else {
            waiting.add(read);
        }
    }

    /** One always does: it may be larger than all that the peer is thought to hold. */
    private boolean fits(Read read) {
        return asked.isEmpty() || pages + read.pages() <= MOST_PAGES;
    }

    private void ask(PeerVolume peer, Read read) {
        long id = nextId++;
        pages += read.pages();
        asked.put(id, read);
        peer.link()
                .append(PacketType.DATA_REQUEST, peer.number(), 24, 24)
                .writeLong(read.offset >> 9)
                .writeLong(id)
                .writeInt(read.into.remaining())
                .writeInt(0);
        peer.link().appended();
    }

    private void answered(long id, Read read) {
        asked.remove(id);
        pages -= read.pages();
        local.ended();
    }

    /** What waited goes out, before those who were answered can ask for more. */
    private void next() {
        PeerVolume peer = volume.peer();
        for (Read first = waiting.peek(); peer != null && first != null && fits(first); first = waiting.peek()) {
            ask(peer, waiting.remove());
        }
    }

    /** P_DATA_REPLY; the payload is released here. */
    void onData(PeerVolume peer, ByteBuf p, int dataAt) {
        long id = p.getLong(p.readerIndex() + 8);
        // One that does not fit ends the connection, and the read goes on behind it.
        Read r = asked.get(id);
        int bytes = p.writerIndex() - dataAt;
        if (r == null || r.into.remaining() != bytes || r.offset >> 9 != p.getLong(p.readerIndex())) {
            p.release();
            peer.link().protocolError("P_DATA_REPLY that was not asked for");
            return;
        }
        p.getBytes(dataAt, r.into.duplicate());
        p.release();
        answered(id, r);
        next();
        r.done.completed();
    }

    /** P_NEG_DREPLY. */
    void onRefused(long id) {
        Read r = asked.get(id);
        if (r == null) {
            return;
        }
        answered(id, r);
        next();
        if (local.isSuspended()) {
            local.holdRead(r.offset, r.into, r.done);
        } else {
            r.done.failed(new BlockException(BlockException.Kind.MEDIUM, r.offset, "the peer could not read it"));
        }
    }

    /** The peer answers no more: each is read anew, wherever that can be now. */
    void peerLost() {
        List<Read> lost = new ArrayList<>(asked.values());
        lost.addAll(waiting);
        asked.clear();
        waiting.clear();
        pages = 0;
        for (Read r : lost) {
            local.ended();
            local.read(r.offset, r.into, r.done);
        }
    }
}
