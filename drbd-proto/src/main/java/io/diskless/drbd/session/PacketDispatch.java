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
            onVolume(type, volume, peer, payload);
        } finally {
            if (!handedOn) {
                payload.release();
            }
        }
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
            case PROTOCOL -> refuse(Parameters.checkProtocol(core, link, payload));
            case CONN_ST_CHG_REQ -> link.requests().onRequest(type, 0, payload);
            default -> unexpected(type);
        }
    }

    private void onVolume(PacketType type, VolumeCore volume, PeerVolume peer, ByteBuf payload) {
        switch (type) {
            case SYNC_PARAM, SYNC_PARAM89 -> refuse(Parameters.checkSyncParam(core, link, type, payload));
            case SIZES -> volume.parameters().onSizes(peer, payload);
            case UUIDS -> volume.parameters().onUuids(peer, payload);
            case STATE -> volume.parameters().onState(peer, payload.getInt(payload.readerIndex()));
            case STATE_CHG_REQ -> link.requests().onRequest(type, volume.number(), payload);
            case UNPLUG_REMOTE -> {
                // A hint; nothing is held back here.
            }
            default -> unexpected(type);
        }
    }

    /** A packet of the meta socket; the caller releases the payload. */
    void onMeta(PacketType type, int number, ByteBuf payload) {
        switch (type) {
            case PING_ACK -> {
                // Counted where it came in.
            }
            case STATE_CHG_REPLY, CONN_ST_CHG_REPLY -> link.requests().onReply(payload);
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
