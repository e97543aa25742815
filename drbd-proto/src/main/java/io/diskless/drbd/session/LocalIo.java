package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.drbd.internal.ResyncLocks;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.StateWord;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What applications here read and write (spec drbd-semantics 8). Writes go to the disk and to the peer at once, reads to
 * whoever has good data. While it is being found out who has what, requests wait. Confined to the data loop.
 */
final class LocalIo {
    private final ResourceCore core;
    private final VolumeCore volume;
    private final LongObjectMap<LocalWrite> open = new LongObjectHashMap<>();
    private final RemoteReads remote;
    private final ArrayDeque<Runnable> held = new ArrayDeque<>();
    private final ResyncLocks extents = new ResyncLocks();
    private final Congestion congestion;
    private final Flushes flushes = new Flushes();
    private final List<Runnable> whenReleased = new ArrayList<>();
    private final List<Runnable> whenIdle = new ArrayList<>();
    private int incomplete;
    private int holds;
    private long nextId = 1;

    LocalIo(ResourceCore core, VolumeCore volume) {
        this.core = core;
        this.volume = volume;
        congestion = new Congestion(core, volume);
        remote = new RemoteReads(this, volume);
    }

    RemoteReads remote() {
        return remote;
    }

    Flushes flushes() {
        return flushes;
    }

    Congestion congestion() {
        return congestion;
    }

    /** Nothing is started until {@link #release}: something has to be durable first. */
    void hold() {
        holds++;
    }

    void release() {
        holds--;
        if (holds == 0) {
            List<Runnable> due = List.copyOf(whenReleased);
            whenReleased.clear();
            due.forEach(Runnable::run);
        }
        resume();
    }

    /** Runs when nothing holds requests back any more. */
    void whenReleased(Runnable then) {
        if (holds == 0) {
            then.run();
        } else {
            whenReleased.add(then);
        }
    }

    /** Whether requests wait for good data. */
    boolean isSuspended() {
        return StateWord.has(volume.state().word(), StateWord.SUSP_NOD) && !core.isClosed();
    }

    private boolean mustWait() {
        ConnectionState c = volume.state().connection();
        DiskState d = volume.state().disk();
        return holds > 0
                || isSuspended()
                || d == DiskState.ATTACHING
                || d == DiskState.NEGOTIATING
                || c == ConnectionState.WF_BITMAP_T
                || c == ConnectionState.WF_SYNC_UUID
                || c == ConnectionState.STARTING_SYNC_S
                || c == ConnectionState.STARTING_SYNC_T
                || c == ConnectionState.WF_REPORT_PARAMS
                || (c == ConnectionState.WF_BITMAP_S && !volume.announcesDirty());
    }

    /**
     * Takes the extents of a write; not where a resync or a verify is at work, nor, where both sides may write, where the
     * peer writes.
     */
    private boolean enter(long offset, long bytes) {
        PeerVolume peer = volume.peer();
        boolean meets =
                peer != null && volume.twoPrimaries() && !peer.conflicts().mayStart(offset >> 9, bytes >> 9);
        return !meets && extents.tryWrite(offset >> 9, bytes >> 9);
    }

    /**
     * A request of a resync or a verify, of either side, wants to start: what it reads must not be sent or written behind a
     * write that began meanwhile (spec drbd-wire 9.4).
     *
     * @param sector its first; it does not leave its resync extent
     * @return false if an own write, or one that is not stable at the peer, is there; otherwise writes wait until
     *     {@link #endRequest}
     */
    boolean tryRequest(long sector) {
        return extents.tryRequest(sector);
    }

    /** A request of a resync or a verify is over. */
    void endRequest(long sector) {
        PeerVolume peer = volume.peer();
        if (extents.endRequest(sector) && peer != null) {
            resume();
            peer.link().reads().retry();
        }
    }

    /** The connection ended, and with it every request of a resync or a verify. */
    void endAllRequests() {
        extents.endAllRequests();
    }

    /** The state changed, or a write ended: what waited may go on. */
    void resume() {
        // What must wait again goes behind the others, and is not looked at twice.
        for (int n = held.size(); n > 0 && !held.isEmpty() && !mustWait(); n--) {
            held.remove().run();
        }
    }

    /**
     * The peer decided that a write has to be made again, on top of its own, or nobody has taken it and requests wait for
     * good data: as new.
     */
    void again(LocalWrite write) {
        open.remove(write.id());
        extents.endWrite(write.offset() >> 9, write.bytes() >> 9);
        incomplete--;
        write(write.type(), write.offset(), write.bytes(), write.data(), write.isFua(), write.done());
    }

    private boolean refuses(long offset, Completion done) {
        if (core.isEnding()) {
            done.failed(new BlockException(BlockException.Kind.CLOSED, offset, "the resource is closed"));
            return true;
        }
        if (volume.state().role() != Role.PRIMARY) {
            done.failed(new BlockException(
                    BlockException.Kind.STALE, offset, "volume " + volume.number() + " is not Primary here"));
            return true;
        }
        return false;
    }

    void write(PacketType type, long offset, long bytes, @Nullable ByteBuffer data, boolean fua, Completion done) {
        if (refuses(offset, done)) {
            return;
        }
        if (mustWait() || !enter(offset, bytes)) {
            held.add(() -> write(type, offset, bytes, data, fua, done));
            return;
        }
        volume.used();
        congestion.consider();
        LocalWrite w = new LocalWrite(volume, type, offset, bytes, data, fua, done, nextId++);
        open.put(w.id(), w);
        incomplete++;
        if (!volume.hasDisk() || volume.meta().activityLog().tryBegin(offset, bytes)) {
            w.start(volume.hasDisk());
        } else {
            volume.meta().activityLog().begin(offset, bytes, new Completion() {
                @Override
                public void completed() {
                    core.run(() -> w.start(true));
                }

                @Override
                public void failed(BlockException cause) {
                    core.run(() -> {
                        volume.metaFailed(cause);
                        w.start(false);
                    });
                }
            });
        }
    }

    void read(long offset, ByteBuffer into, Completion done) {
        if (refuses(offset, done)) {
            return;
        }
        if (mustWait()) {
            held.add(() -> read(offset, into, done));
            return;
        }
        volume.used();
        Backing disk = volume.backing();
        int bytes = into.remaining();
        if (disk != null && volume.isGoodHere(offset, bytes)) {
            incomplete++;
            disk.read(offset, into.duplicate(), failure -> {
                ended();
                if (failure == null) {
                    done.completed();
                } else {
                    // If the disk is kept, what it cannot read is fetched again by the next resync.
                    volume.markDirty(offset, bytes);
                    volume.diskFailed(failure);
                    remote.read(offset, into, done, failure);
                }
            });
        } else {
            remote.read(offset, into, done, null);
        }
    }

    /** It waits for good data. */
    void holdRead(long offset, ByteBuffer into, Completion done) {
        held.add(() -> read(offset, into, done));
    }

    void flush(Completion done) {
        if (refuses(BlockException.NO_OFFSET, done)) {
            return;
        }
        PeerVolume peer = volume.peer();
        if (peer != null && volume.isConnected()) {
            peer.link().sendLog().close();
        }
        Runnable end = flushes.end(done);
        Backing disk = volume.backing();
        if (disk == null || !volume.hasDisk()) {
            // What was completed is at the peer; it is stable there when all barriers have been answered.
            whenStable(end);
            return;
        }
        incomplete++;
        disk.flush(failure -> {
            ended();
            if (failure == null) {
                end.run();
            } else {
                volume.diskFailed(failure);
                done.failed(failure);
            }
        });
    }

    private void whenStable(Runnable then) {
        flushes.whenStable(
                open.values().stream().filter(LocalWrite::isCompleted).toList(), then);
    }

    void onAck(PeerVolume peer, PacketType ack, long sector, long id) {
        LocalWrite w = open.get(id);
        if (w == null || !w.wasSent() || w.offset() >> 9 != sector) {
            peer.link().protocolError(ack.label() + " for a write that is not under way: sector " + sector);
        } else if ((ack == PacketType.SUPERSEDED || ack == PacketType.RETRY_WRITE) && !w.mayGiveWay()) {
            peer.link().protocolError(ack.label() + " for a write that gives way to none: sector " + sector);
        } else if (ack == PacketType.RECV_ACK && !w.takesReceipt()) {
            peer.link().protocolError(ack.label() + " for a write that did not ask for it: sector " + sector);
        } else {
            w.acked(ack);
        }
    }

    /** Requests of applications that are under way, without those that are held back. */
    int incomplete() {
        return incomplete;
    }

    /** Whether a write is under way that began when nobody minded conflicts. */
    boolean hasUnwatched() {
        return open.values().stream().anyMatch(LocalWrite::isUnwatched);
    }

    /** Writes that the peer owes a word of. */
    int pending() {
        int pending = 0;
        for (LocalWrite w : open.values()) {
            if (w.wasSent() && !w.isAnswered()) {
                pending++;
            }
        }
        return pending;
    }

    void completed(LocalWrite write) {
        if (write.wasSent()) {
            FlightRecorder.write(core.options().name(), volume.number(), write.offset(), write.bytes(), write.sentAt());
        }
        ended();
    }

    void finished(LocalWrite write) {
        open.remove(write.id());
        extents.endWrite(write.offset() >> 9, write.bytes() >> 9);
        PeerVolume peer = volume.peer();
        if (peer != null) {
            peer.link().reads().retry();
            VerifyStarter v = volume.resync().verify();
            if (v != null) {
                v.retry();
            }
        }
        flushes.finished(write);
    }

    /** A request of an application is under way. */
    void begun() {
        incomplete++;
    }

    /** One is not any more. */
    void ended() {
        incomplete--;
        if (incomplete == 0 && held.isEmpty() && !whenIdle.isEmpty()) {
            List<Runnable> due = List.copyOf(whenIdle);
            whenIdle.clear();
            due.forEach(Runnable::run);
        }
    }

    /** Whether no request of an application is under way, or held back. */
    boolean isIdle() {
        return incomplete == 0 && held.isEmpty();
    }

    /** Runs when no request of an application is under way. */
    void whenIdle(Runnable then) {
        if (isIdle()) {
            then.run();
        } else {
            whenIdle.add(then);
        }
    }

    /**
     * Runs when no request is under way, and every write is on stable storage at the peer too, or is known to be missing
     * there: from then on nobody has to remember it.
     */
    void whenQuiet(Runnable then) {
        whenIdle(() -> {
            PeerVolume peer = volume.peer();
            if (peer != null && volume.isConnected()) {
                peer.link().sendLog().settle();
            }
            whenStable(() -> {
                if (open.isEmpty() && held.isEmpty()) {
                    then.run();
                } else {
                    whenQuiet(then);
                }
            });
        });
    }

    /** The connection ended: the peer answers no more. */
    void peerLost(List<LocalWrite> unstable) {
        unstable.forEach(LocalWrite::peerLost);
        remote.peerLost();
        resume();
    }

    /** As {@link #peerLost}, where it was lost while requests froze: what it may lack is marked already. */
    void thawed(List<LocalWrite> uncertain) {
        uncertain.forEach(LocalWrite::goesOnAlone);
        remote.peerLost();
        resume();
    }

    /** The resource is closed: what waits fails. */
    void close() {
        while (!held.isEmpty()) {
            held.remove().run();
        }
    }
}
