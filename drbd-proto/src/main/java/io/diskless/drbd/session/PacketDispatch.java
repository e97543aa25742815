package io.diskless.drbd.session;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Takes each packet to whom it concerns. Confined to the data loop. */
final class PacketDispatch {
    private final ResourceCore core;
    private final Link link;

    PacketDispatch(ResourceCore core, Link link) {
        this.core = core;
        this.link = link;
    }

    /** A packet of the data socket; the payload is released here or by whom it is handed on to. */
    void onData(PacketType type, int number, ByteBuf payload) {
        boolean handedOn = false;
        try {
            if (type.isIgnored()) {
                return;
            }
            if (!link.isTold() && type != PacketType.PROTOCOL) {
                link.protocolError(
                        "expected " + PacketType.PROTOCOL.label() + " behind the handshake, got " + type.label());
                return;
            }
            if (type.isConnectionLevel()) {
                onConnection(type, payload);
                return;
            }
            VolumeCore volume = core.volume(volumeOf(number));
            PeerVolume peer = volume == null ? null : volume.peer();
            if (volume == null || peer == null) {
                unknownVolume(type, number);
                return;
            }
            handedOn = onContent(type, volume, peer, payload);
            if (!handedOn) {
                onVolume(type, volume, peer, payload);
            }
        } finally {
            if (!handedOn) {
                payload.release();
            }
        }
    }

    /** Packets with data, and requests for it; true if it was one, and then its payload was handed on. */
    private boolean onContent(PacketType type, VolumeCore volume, PeerVolume peer, ByteBuf p) {
        if (!volume.isConnected()) {
            return false;
        }
        switch (type) {
            case DATA, TRIM, ZEROES, WSAME -> link.writes().onWrite(type, volume, peer, p);
            case DATA_REQUEST, RS_DATA_REQUEST, RS_THIN_REQ, CSUM_RS_REQUEST, OV_REQUEST ->
                link.reads().onRequest(type, volume, peer, p);
            case OV_REPLY -> {
                VerifyStarter v = volume.resync().verify();
                if (v == null) {
                    p.release();
                    unexpected(type);
                } else {
                    v.onReply(p);
                }
            }
            case DATA_REPLY, RS_DATA_REPLY -> {
                int dataAt = link.integrity().checked(p, p.readerIndex() + PeerWrites.HEADER);
                if (dataAt < 0) {
                    p.release();
                } else if (type == PacketType.DATA_REPLY) {
                    volume.local().remote().onData(peer, p, dataAt);
                } else {
                    volume.resync().target().onData(p, dataAt);
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private int volumeOf(int number) {
        // Without volumes in the headers there is one, whatever its number.
        return link.dialect().hasVolumes()
                ? number
                : core.volumes().iterator().next().number();
    }

    private void unknownVolume(PacketType type, int number) {
        switch (type) {
            case SYNC_PARAM, SYNC_PARAM89, SIZES, UUIDS, STATE ->
                core.note(number, "the peer has a volume " + number + " that is not configured here");
            default -> link.protocolError(type.label() + " for volume " + number + ", which is not configured here");
        }
    }

    private void onConnection(PacketType type, ByteBuf payload) {
        switch (type) {
            case PROTOCOL -> {
                refuse(Parameters.checkProtocol(core, link, payload));
                link.told(Parameters.readProtocol(payload).isDryRun(link.dialect()));
            }
            case PROTOCOL_UPDATE -> refuse(core.netChanges().onUpdate(link, payload));
            case BARRIER -> link.writes().onBarrier(payload);
            case CONN_ST_CHG_REQ -> link.requests().onRequest(type, 0, payload);
            default -> unexpected(type);
        }
    }

    private void onVolume(PacketType type, VolumeCore volume, PeerVolume peer, ByteBuf payload) {
        switch (type) {
            case SYNC_PARAM, SYNC_PARAM89 ->
                refuse(
                        volume.isConnected()
                                ? core.netChanges().onSyncParam(link, type, payload)
                                : Parameters.checkSyncParam(core, link, type, payload));
            case SIZES -> volume.resize().onSizes(peer, payload);
            case UUIDS -> volume.parameters().onUuids(peer, payload);
            case STATE -> {
                // A target that has all says so here, behind a ping: its acks came before that on the meta socket.
                link.metaPort().handleAll();
                if (!link.isDead()) {
                    volume.parameters().onState(peer, payload.getInt(payload.readerIndex()));
                }
            }
            case STATE_CHG_REQ -> link.requests().onRequest(type, volume.number(), payload);
            case BITMAP, COMPRESSED_BITMAP -> volume.resync().onBitmap(type, payload);
            case SYNC_UUID -> volume.resync().onSyncUuid(payload);
            case OUT_OF_SYNC -> onOutOfSync(volume, payload);
            case RS_DEALLOCATED ->
                volume.resync()
                        .target()
                        .onZero(payload.getLong(payload.readerIndex()), payload.getInt(payload.readerIndex() + 8));
            case UNPLUG_REMOTE -> {
                // A hint; nothing is held back here.
            }
            default -> unexpected(type);
        }
    }

    private void onOutOfSync(VolumeCore volume, ByteBuf p) {
        long sector = p.getLong(p.readerIndex());
        long bytes = p.getUnsignedInt(p.readerIndex() + 8);
        if (sector < 0 || (bytes & 511) != 0 || sector > volume.sectors() - (bytes >> 9)) {
            link.protocolError("P_OUT_OF_SYNC of " + bytes + " bytes at sector " + sector);
        } else {
            volume.markDirty(sector << 9, bytes);
            volume.resync().target().outOfSync(sector, bytes);
        }
    }

    /** A packet of the meta socket; the caller releases the payload. */
    void onMeta(PacketType type, int number, ByteBuf p) {
        switch (type) {
            case PING_ACK -> link.onPingAck(number);
            case STATE_CHG_REPLY, CONN_ST_CHG_REPLY -> link.requests().onReply(p);
            case BARRIER_ACK -> link.sendLog().onBarrierAck(p.getInt(p.readerIndex()), p.getInt(p.readerIndex() + 4));
            default -> {
                VolumeCore volume = core.volume(volumeOf(number));
                PeerVolume peer = volume == null ? null : volume.peer();
                if (volume == null || peer == null) {
                    link.protocolError(type.label() + " for volume " + number + ", which is not configured here");
                } else if (!type.isIgnored()) {
                    onAck(type, volume, peer, p);
                }
            }
        }
    }

    private void onAck(PacketType type, VolumeCore volume, PeerVolume peer, ByteBuf p) {
        int at = p.readerIndex();
        long sector = p.getLong(at);
        long id = p.getLong(at + 8);
        int bytes = p.getInt(at + 16);
        if (sector < 0 || bytes < 0 || sector > volume.sectors() - (bytes >> 9)) {
            link.protocolError(type.label() + " for " + bytes + " bytes at sector " + sector);
            return;
        }
        acked(type, volume, peer, sector, id, bytes);
        peer.seen(p.getInt(at + 20));
    }

    private void acked(PacketType type, VolumeCore volume, PeerVolume peer, long sector, long id, int bytes) {
        switch (type) {
            case WRITE_ACK, RECV_ACK, SUPERSEDED, RETRY_WRITE -> volume.local().onAck(peer, type, sector, id);
            case RS_WRITE_ACK -> {
                if (id == ResyncTarget.ID_SYNCER) {
                    volume.resync().onWritten(sector, bytes);
                } else {
                    volume.local().onAck(peer, type, sector, id);
                }
            }
            case NEG_ACK -> {
                if (id == ResyncTarget.ID_SYNCER) {
                    volume.resync().onNotWritten(sector, bytes);
                } else {
                    volume.local().onAck(peer, type, sector, id);
                }
            }
            case NEG_DREPLY -> volume.local().remote().onRefused(id);
            case NEG_RS_DREPLY -> {
                VerifyStarter v = volume.resync().verify();
                if (v == null || !v.onRefused(sector)) {
                    volume.resync().target().onRefused(sector, true);
                }
            }
            case OV_RESULT -> volume.resync().answerer().onResult(sector, bytes, id);
            case RS_CANCEL -> volume.resync().target().onRefused(sector, false);
            case RS_IS_IN_SYNC -> volume.resync().target().onInSync(sector, bytes);
            default -> unexpected(type);
        }
    }

    private void refuse(@Nullable DrbdException cause) {
        if (cause != null) {
            link.fail(cause, true);
        }
    }

    private void unexpected(PacketType type) {
        link.protocolError(type.label() + " was not expected now");
    }
}
