package io.diskless.drbd.wire.packet;

import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.PairFields;
import io.diskless.drbd.wire.Uuids;
import io.diskless.drbd.wire.VolumeState;
import io.netty.buffer.ByteBuf;

/** Takes payloads apart: the layout of each command. */
final class PacketReader {
    private PacketReader() {}

    static Packet read(Dialect dialect, int command, ByteBuf b, int at, int length) {
        PacketType type = PacketType.of(command);
        boolean fits =
                type.hasTail(dialect) ? length >= type.fixedLength(dialect) : length == type.fixedLength(dialect);
        return fits ? known(type, command, b, at, length) : new OpaquePacket(command, Bytes.get(b, at, length));
    }

    private static Packet known(PacketType type, int command, ByteBuf b, int at, int length) {
        return switch (type) {
            case DATA, DATA_REPLY, RS_DATA_REPLY -> DataPacket.read(type, b, at, length);
            case TRIM, ZEROES, WSAME -> SizedDataPacket.read(type, b, at, length);
            case DATA_REQUEST,
                    RS_DATA_REQUEST,
                    RS_THIN_REQ,
                    OV_REQUEST,
                    OV_REPLY,
                    CSUM_RS_REQUEST,
                    RECV_ACK,
                    WRITE_ACK,
                    RS_WRITE_ACK,
                    SUPERSEDED,
                    NEG_ACK,
                    NEG_DREPLY,
                    NEG_RS_DREPLY,
                    RS_IS_IN_SYNC,
                    RS_CANCEL,
                    OV_RESULT,
                    RETRY_WRITE -> BlockPacket.read(type, b, at, length);
            case OUT_OF_SYNC, RS_DEALLOCATED -> RangePacket.read(type, b, at);
            case BARRIER, BARRIER_ACK, DELAY_PROBE ->
                new BarrierPacket(type, PairFields.barrier(b, at), PairFields.setSize(b, at));
            case BITMAP, COMPRESSED_BITMAP -> new BitmapPacket(type, Bytes.get(b, at, length));
            case STATE -> new StatePacket(new VolumeState(b.getInt(at)));
            case STATE_CHG_REQ, CONN_ST_CHG_REQ ->
                new StateRequestPacket(type, PairFields.mask(b, at), PairFields.value(b, at));
            case STATE_CHG_REPLY, CONN_ST_CHG_REPLY -> new StateReplyPacket(type, b.getInt(at));
            case UUIDS -> new UuidsPacket(Uuids.read(b, at));
            case SYNC_UUID -> new SyncUuidPacket(b.getLong(at));
            case SIZES -> SizesPacket.read(b, at, length);
            case SYNC_PARAM, SYNC_PARAM89 -> SyncParamPacket.read(type, b, at, length);
            case PROTOCOL, PROTOCOL_UPDATE -> ProtocolPacket.read(type, b, at, length);
            case AUTH_CHALLENGE, AUTH_RESPONSE -> new AuthPacket(type, Bytes.get(b, at, length));
            case CONNECTION_FEATURES -> FeaturesPacket.read(b, at);
            case INITIAL_DATA, INITIAL_META, PING, PING_ACK, UNPLUG_REMOTE, BECOME_SYNC_SOURCE, BECOME_SYNC_TARGET ->
                new SignalPacket(type);
            case DRBD9_58, DRBD9_59, UNKNOWN -> new OpaquePacket(command, Bytes.get(b, at, length));
        };
    }
}
