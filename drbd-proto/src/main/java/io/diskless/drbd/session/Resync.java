package io.diskless.drbd.session;

import io.diskless.drbd.state.Generations;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.Uuids;
import io.diskless.drbd.wire.VolumeState;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The way of a volume through a resync, on either side, from the exchange of bitmaps to the identifiers that both share at
 * the end (spec drbd-wire 6, drbd-semantics 4.2, 6.4). One for each volume and connection. Confined to the data loop.
 */
final class Resync {
    private final ResourceCore core;
    private final VolumeCore volume;
    private final PeerVolume peer;
    private final BitmapExchange exchange;
    private final ResyncTarget target;
    private final VerifyAnswerer answerer;
    private @Nullable VerifyStarter verify;
    private @Nullable Long earlySyncUuid;
    private boolean failed;

    Resync(ResourceCore core, VolumeCore volume, PeerVolume peer) {
        this.core = core;
        this.volume = volume;
        this.peer = peer;
        exchange = new BitmapExchange(volume, peer);
        target = new ResyncTarget(core, volume, peer);
        answerer = new VerifyAnswerer(volume, peer);
    }

    VerifyAnswerer answerer() {
        return answerer;
    }

    @Nullable
    VerifyStarter verify() {
        return verify;
    }

    /** The peer has agreed to a verify that starts here. */
    void begin(VerifyStarter fresh) {
        VerifyStarter earlier = verify;
        if (earlier != null) {
            fresh.follows(earlier);
        }
        verify = fresh;
        volume.become(volume.state().withConnection(ConnectionState.VERIFY_S), "verify");
        if (volume.state().connection() == ConnectionState.VERIFY_S) {
            fresh.begin();
        } else {
            fresh.abort("it cannot run in state " + volume.state());
        }
    }

    ResyncTarget target() {
        return target;
    }

    /** What ran in the former state ends, before anything follows from the new one. */
    void leave(VolumeState before, VolumeState after) {
        if (before.disk().isAtLeast(DiskState.NEGOTIATING) && !after.disk().isAtLeast(DiskState.NEGOTIATING)) {
            target.diskLost();
        }
        ConnectionState from = before.connection();
        ConnectionState to = after.connection();
        if (from == to) {
            return;
        }
        if (from == ConnectionState.SYNC_TARGET) {
            target.stop();
        } else if (from == ConnectionState.WF_BITMAP_S || from == ConnectionState.WF_BITMAP_T) {
            exchange.end();
        }
        VerifyStarter v = verify;
        if (from == ConnectionState.VERIFY_S && v != null) {
            v.abort("now " + after);
        } else if (from == ConnectionState.VERIFY_T) {
            answerer.end();
        }
    }

    /** What runs in the new state begins, when the peer has been told all that follows from the change. */
    void enter(VolumeState before, VolumeState after) {
        if (before.connection() == after.connection()) {
            return;
        }
        Long early = earlySyncUuid;
        if (after.connection() == ConnectionState.SYNC_TARGET) {
            target.start();
        } else if (after.connection() == ConnectionState.WF_SYNC_UUID && early != null) {
            earlySyncUuid = null;
            startAsTarget(early);
        }
    }

    /** A full sync was asked for, in either direction. */
    void beginWithAll() {
        volume.meta().markAllDirty(volume.durably(() -> {
            if (volume.state().connection() == ConnectionState.STARTING_SYNC_S) {
                startAsSource("full sync");
            } else if (volume.state().connection() == ConnectionState.STARTING_SYNC_T) {
                volume.become(volume.state().withConnection(ConnectionState.WF_SYNC_UUID), "full sync");
            }
        }));
    }

    /** The source's bitmap goes first. */
    void sendBitmap() {
        exchange.send(() -> {});
    }

    /** The identifier of the resync that begins with this side as its source. */
    void sendSyncUuid() {
        peer.link()
                .send(peer.link()
                        .begin(PacketType.SYNC_UUID, peer.number(), 8)
                        .writeLong(volume.meta().uuids().bitmap()));
    }

    /** P_BITMAP or P_COMPRESSED_BITMAP. */
    void onBitmap(PacketType type, ByteBuf p) {
        ConnectionState now = volume.state().connection();
        if (now != ConnectionState.WF_BITMAP_S && now != ConnectionState.WF_BITMAP_T) {
            peer.link().protocolError(type.label() + " in state " + now.label());
            return;
        }
        if (!exchange.receive(type, p)) {
            return;
        }
        if (now == ConnectionState.WF_BITMAP_S) {
            volume.meta().writeBitmap(volume.durably(() -> startAsSource("both bitmaps are known")));
        } else {
            exchange.send(() -> volume.become(
                    volume.state().withConnection(ConnectionState.WF_SYNC_UUID), "both bitmaps are known"));
        }
    }

    private void startAsSource(String why) {
        ConnectionState now = volume.state().connection();
        if (now == ConnectionState.WF_BITMAP_S || now == ConnectionState.STARTING_SYNC_S) {
            becomeSource(why, () -> {});
        }
    }

    /** What is new of the volume is dirty on both sides, and good here. */
    void startWithGrowth(Runnable begun) {
        sendUuids();
        becomeSource("the volume has grown", begun);
    }

    /** This side went ahead, and the peer has all that was sent before: it gets what it was only told of. */
    void catchUp() {
        sendUuids();
        becomeSource("the peer catches up", () -> {});
    }

    /**
     * Without a handshake the target goes by what it was told last, and that may be from before both sides became one
     * generation: a kernel that skipped the initial sync would be as new at the end (PROTOCOL.md).
     */
    private void sendUuids() {
        if (!peer.link().isDead()) {
            Parameters.sendUuids(peer.link(), volume, volume.uuids());
        }
    }

    private void becomeSource(String why, Runnable begun) {
        if (peer.link().isDead()) {
            return;
        }
        Uuids next = Generations.startAsSource(
                volume.meta().uuids(), Generations.draw(core.options().random()));
        volume.meta().uuids(next, volume.durably(() -> {
            if (!peer.link().isDead()) {
                failed = false;
                volume.become(volume.state().withConnection(ConnectionState.SYNC_SOURCE), why);
                begun.run();
            }
        }));
    }

    void onSyncUuid(ByteBuf p) {
        ConnectionState now = volume.state().connection();
        long uuid = p.getLong(p.readerIndex());
        switch (now) {
            case WF_SYNC_UUID, BEHIND -> startAsTarget(uuid);
            case STARTING_SYNC_T, WF_BITMAP_T -> earlySyncUuid = uuid;
            default -> {
                // The answer to an own request for a full sync comes on the other socket, and may be behind; and a
                // new size is made durable here first.
                if (now == ConnectionState.CONNECTED
                        && (peer.link().requests().isPending()
                                || volume.resize().isChanging())) {
                    earlySyncUuid = uuid;
                } else {
                    peer.link().protocolError("P_SYNC_UUID in state " + now.label());
                }
            }
        }
    }

    private void startAsTarget(long uuid) {
        boolean primary = volume.state().role() == Role.PRIMARY;
        Uuids next = Generations.startAsTarget(volume.meta().uuids(), uuid, primary);
        volume.meta().uuids(next, volume.inTurn(peer, () -> {
            if (!peer.link().isDead()) {
                core.forgetDiscard();
                volume.become(volume.state().withConnection(ConnectionState.SYNC_TARGET), "the source begins");
            }
        }));
    }

    /** Everything is here: the identifiers become those of the source, durably, before anybody is told. */
    void finishedAsTarget(long failed) {
        Uuids source = peer.uuids();
        VolumeState s = volume.state();
        if (failed > 0 || source == null) {
            volume.become(s.withConnection(ConnectionState.CONNECTED), failed + " blocks could not be synced");
            return;
        }
        Uuids next = Generations.finishAsTarget(volume.meta().uuids(), source, s.role() == Role.PRIMARY);
        volume.meta()
                .writeBitmap(volume.durably(() -> volume.meta().uuids(next, volume.durably(() -> {
                    if (peer.link().isDead() || volume.peer() != peer) {
                        return;
                    }
                    // As from now on the source has no bitmap identifier either, until it tells otherwise.
                    peer.uuids(Generations.finishAsSource(source));
                    volume.become(
                            volume.state()
                                    .withConnection(ConnectionState.CONNECTED)
                                    .withDisk(DiskState.UP_TO_DATE)
                                    .withPeerDisk(DiskState.UP_TO_DATE),
                            "the resync is done");
                }))));
    }

    /** The target says that it has everything; before protocol 95, an empty bitmap says it. */
    void finishedAsSource(DiskState target) {
        if (failed && target == DiskState.UP_TO_DATE) {
            // Its word came on the one socket; what it said of the last blocks comes on the other, and may be behind.
            peer.link().stall();
            peer.link().fence(() -> {
                ConnectionState now = volume.state().connection();
                if (now == ConnectionState.SYNC_SOURCE || now == ConnectionState.PAUSED_SYNC_S) {
                    ended(target);
                }
                peer.link().resume();
            });
        } else {
            ended(target);
        }
    }

    private void ended(DiskState target) {
        VolumeState s = volume.state();
        boolean lacks = failed && volume.bitmap().dirtyBits() > 0;
        if (target != DiskState.UP_TO_DATE || lacks) {
            volume.become(
                    s.withConnection(ConnectionState.CONNECTED).withPeerDisk(lacks ? DiskState.INCONSISTENT : target),
                    "the target could not take all blocks");
            return;
        }
        Uuids next = Generations.finishAsSource(volume.meta().uuids());
        volume.meta().uuids(next, volume.inTurn(peer, () -> {
            if (!peer.link().isDead()) {
                // Else a crash would make all of it dirty again. Nobody waits: too many bits do no harm.
                volume.meta().writeBitmap(volume.durably(() -> {}));
                volume.become(
                        volume.state().withConnection(ConnectionState.CONNECTED).withPeerDisk(DiskState.UP_TO_DATE),
                        "the resync is done");
            }
        }));
    }

    /** P_RS_WRITE_ACK for a block of the resync. */
    void onWritten(long sector, int bytes) {
        volume.markClean(sector << 9, bytes);
        if (!peer.link().dialect().hasWriteFlags()
                && volume.state().connection() == ConnectionState.SYNC_SOURCE
                && volume.bitmap().dirtyBits() == 0) {
            finishedAsSource(DiskState.UP_TO_DATE);
        }
    }

    /** P_NEG_ACK for a block of the resync: the target does not have it, whatever it said of it before. */
    void onNotWritten(long sector, int bytes) {
        failed = true;
        volume.markDirty(sector << 9, bytes);
    }

    void close() {
        target.stop();
        VerifyStarter v = verify;
        if (v != null) {
            v.abort("the connection was lost");
        }
    }
}
