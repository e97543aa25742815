package io.diskless.drbd.session;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.state.Generations;
import io.diskless.drbd.state.SyncHandshake;
import io.diskless.drbd.state.UuidComparison;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.StateWord;
import io.diskless.drbd.wire.Uuids;
import io.diskless.drbd.wire.VolumeState;
import io.netty.buffer.ByteBuf;
import java.util.stream.Stream;

/**
 * What the peer says of its side of a volume: sizes, identifiers, state; and what follows from comparing both sides (spec
 * drbd-wire 5.4 to 5.6, drbd-semantics 4.3). Confined to the data loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Channels tell their end; what fails to be sent ends the connection.
final class PeerParameters {
    private final ResourceCore core;
    private final VolumeCore volume;

    PeerParameters(ResourceCore core, VolumeCore volume) {
        this.core = core;
        this.volume = volume;
    }

    void onUuids(PeerVolume peer, ByteBuf p) {
        Uuids uuids = Uuids.read(p, p.readerIndex());
        peer.uuids(uuids);
        VolumeState s = volume.state();
        if (!volume.hasDisk()) {
            if (!volume.isConnected()
                    && s.role() == Role.PRIMARY
                    && !Uuids.same(volume.exposed().current(), uuids.current())) {
                // Nothing may change under those who use the volume (spec drbd-semantics 4.2).
                peer.link()
                        .fail(
                                new DrbdException(
                                        DrbdException.Kind.UNRELATED_DATA,
                                        "volume " + volume.number() + " is Primary without a disk and has shown data "
                                                + Long.toHexString(
                                                        volume.exposed().current()) + ", the peer has "
                                                + Long.toHexString(uuids.current())),
                                true);
                return;
            }
            volume.exposed(uuids);
        }
        if (uuids.has(Uuids.FLAG_SKIP_INITIAL_SYNC)
                && s.connection() == ConnectionState.CONNECTED
                && volume.hasDisk()
                && Generations.canSkipInitialSync(
                        volume.meta().uuids(), peer.link().dialect())) {
            Uuids next = Generations.acceptSkip(volume.meta().uuids(), uuids, s.role() == Role.PRIMARY);
            volume.bitmap().clearAll();
            Runnable then = () -> {
                volume.become(
                        volume.state().withDisk(DiskState.UP_TO_DATE).withPeerDisk(DiskState.UP_TO_DATE),
                        "the peer skips the initial sync");
                if (!peer.link().isDead()) {
                    // What was said of this disk before may still be on its way, and must not be the last word.
                    Parameters.sendState(peer.link(), volume);
                }
            };
            volume.meta().writeBitmap(volume.inTurn(peer, () -> volume.meta().uuids(next, volume.inTurn(peer, then))));
        }
    }

    void onState(PeerVolume peer, int word) {
        if (!peer.isSized()) {
            peer.link().protocolError("P_STATE came before P_SIZES");
            return;
        }
        VolumeState theirs = new VolumeState(StateWord.fromPeer(word));
        if (theirs.role() == Role.UNRECOGNIZED) {
            peer.link().protocolError("P_STATE with a role that does not exist: " + theirs);
            return;
        }
        VolumeState mine = volume.state();
        Uuids uuids = peer.uuids();
        if (uuids == null && theirs.disk().isAtLeast(DiskState.NEGOTIATING) && theirs.disk() != DiskState.D_UNKNOWN) {
            // Without them nobody could say which of two disks is newer.
            peer.link().protocolError("P_STATE tells of a disk before P_UUIDS has told what it holds: " + theirs);
            return;
        }
        DiskState disk = uuids == null ? theirs.disk() : SyncHandshake.peerDisk(theirs.disk(), uuids);
        boolean source =
                mine.connection() == ConnectionState.SYNC_SOURCE || mine.connection() == ConnectionState.PAUSED_SYNC_S;
        if (source && theirs.connection() == ConnectionState.CONNECTED) {
            volume.resync().finishedAsSource(disk);
        } else if (mine.connection() == ConnectionState.VERIFY_T && theirs.connection() == ConnectionState.CONNECTED) {
            volume.resync().answerer().finished("the verify ended");
        } else if (mine.connection() == ConnectionState.WF_REPORT_PARAMS
                || isAgain(mine, theirs)
                || peer.considersResync()) {
            handshake(peer, mine, theirs, disk);
        } else if (mayFallBehind(mine.connection()) && theirs.connection() == ConnectionState.AHEAD) {
            volume.become(adopt(mine, theirs, disk).withConnection(ConnectionState.BEHIND), "the peer goes ahead");
        } else {
            volume.become(adopt(mine, theirs, disk), "the peer's state");
        }
    }

    /** Also when it was catching up already: a source goes ahead again. */
    private static boolean mayFallBehind(ConnectionState mine) {
        return mine == ConnectionState.CONNECTED
                || mine == ConnectionState.SYNC_TARGET
                || mine == ConnectionState.PAUSED_SYNC_T;
    }

    private static boolean isAgain(VolumeState mine, VolumeState theirs) {
        if (mine.connection() != ConnectionState.CONNECTED) {
            return false;
        }
        ConnectionState conn = theirs.connection();
        return mine.disk() == DiskState.NEGOTIATING
                || theirs.disk() == DiskState.NEGOTIATING
                || (conn.isAtLeast(ConnectionState.STARTING_SYNC_S) && !conn.isAtLeast(ConnectionState.WF_SYNC_UUID));
    }

    private static VolumeState adopt(VolumeState mine, VolumeState theirs, DiskState disk) {
        boolean paused = (theirs.word() & (StateWord.AFTR_ISP | StateWord.USER_ISP)) != 0;
        return mine.withPeer(theirs.role()).withPeerDisk(disk).withFlags(StateWord.PEER_ISP, paused);
    }

    private void handshake(PeerVolume peer, VolumeState mine, VolumeState theirs, DiskState disk) {
        boolean first = mine.connection() == ConnectionState.WF_REPORT_PARAMS;
        peer.considerResync(false);
        // A peer that is back needs no fencing.
        VolumeState next = adopt(mine, theirs, disk)
                .withConnection(ConnectionState.CONNECTED)
                .withFlags(StateWord.SUSP_FEN, false);
        Uuids uuids = peer.uuids();
        boolean both = mine.disk().isAtLeast(DiskState.NEGOTIATING) && disk.isAtLeast(DiskState.NEGOTIATING);
        if (both && uuids != null) {
            SyncHandshake.Decision decision = SyncHandshake.decide(new SyncHandshake.Situation(
                    volume.uuids(),
                    uuids,
                    new UuidComparison.Context(
                            peer.link().dialect(),
                            mine.role(),
                            theirs.role(),
                            peer.link().resolveConflicts()),
                    mine.disk(),
                    mine.disk() == DiskState.NEGOTIATING ? volume.attached() : mine.disk(),
                    disk,
                    core.options().splitBrain(),
                    peer.link().isDryRun()));
            // Who is in use cannot step down at once, and what it uses must not change under it.
            boolean lost = decision.demoteFirst() && !volume.local().isIdle();
            core.event(new DrbdEvent.Compared(
                    core.options().name(),
                    volume.number(),
                    decision.explain(),
                    Stream.concat(
                                    decision.handlers().stream(),
                                    lost ? Stream.of(SyncHandshake.Handler.PRI_LOST_AFTER_SB) : Stream.empty())
                            .toList()));
            if (peer.link().isDryRun()) {
                // Nothing has changed; who asks leaves, and this side looks for it again.
                peer.link().fail(new DrbdException(DrbdException.Kind.DISCONNECTED, decision.explain()), false);
                return;
            }
            if (decision.next() == ConnectionState.DISCONNECTING || lost) {
                peer.link()
                        .fail(
                                new DrbdException(
                                        lost || decision.verdict().isSplitBrain()
                                                ? DrbdException.Kind.SPLIT_BRAIN
                                                : DrbdException.Kind.UNRELATED_DATA,
                                        decision.explain()),
                                true);
                return;
            }
            if (volume.freeze().isUncertain() && decision.next() == ConnectionState.CONNECTED) {
                renew(peer);
                return;
            }
            peer.uuids(decision.comparison().peerAfter());
            next = next.withConnection(decision.next());
            if (decision.demoteFirst()) {
                next = next.withRole(Role.SECONDARY);
            }
            VolumeState then = next;
            Runnable decided = () -> decided(peer, then, first);
            if (decision.setAllBits()) {
                volume.meta().markAllDirty(volume.inTurn(peer, decided));
                return;
            }
            Uuids corrected = decision.comparison().selfAfter();
            if (!corrected.equals(decision.comparison().self())) {
                volume.meta().uuids(corrected, volume.inTurn(peer, decided));
                return;
            }
        }
        decided(peer, next, first);
    }

    /**
     * Requests froze when the peer was lost, and nothing has happened there since. Nobody knows what it has of that which was
     * under way, or whether it kept it. The kernel sends it again and trusts the peer's disk; here a new generation tells
     * both sides that it is missing there, and the next connection, which follows at once, brings just that.
     */
    private void renew(PeerVolume peer) {
        volume.changes()
                .newCurrent(volume.inTurn(
                        peer,
                        () -> peer.link()
                                .fail(
                                        new DrbdException(
                                                DrbdException.Kind.DISCONNECTED,
                                                "the peer may lack what was under way; connects anew to bring it"),
                                        false)));
        core.reconnects();
    }

    private void decided(PeerVolume peer, VolumeState wanted, boolean first) {
        if (peer.link().isDead() || volume.peer() != peer) {
            return;
        }
        VolumeState next = wanted.disk() == DiskState.NEGOTIATING ? wanted.withDisk(volume.attached()) : wanted;
        volume.become(next, first ? "connected" : "compared anew");
        if (!first && volume.state().connection() == ConnectionState.WF_BITMAP_T) {
            Parameters.sendUuids(peer.link(), volume, volume.uuids());
            Parameters.sendState(peer.link(), volume);
        }
    }
}
