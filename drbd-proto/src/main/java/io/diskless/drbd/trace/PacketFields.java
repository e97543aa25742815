package io.diskless.drbd.trace;

import io.diskless.cluster.net.Octets;
import io.diskless.drbd.wire.BlockFields;
import io.diskless.drbd.wire.DataFields;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.QueueLimits;
import io.diskless.drbd.wire.SocketKind;
import io.diskless.drbd.wire.StateWord;
import io.diskless.drbd.wire.Uuids;
import io.diskless.drbd.wire.packet.AuthPacket;
import io.diskless.drbd.wire.packet.BarrierPacket;
import io.diskless.drbd.wire.packet.BitmapPacket;
import io.diskless.drbd.wire.packet.BlockPacket;
import io.diskless.drbd.wire.packet.DataPacket;
import io.diskless.drbd.wire.packet.FeaturesPacket;
import io.diskless.drbd.wire.packet.OpaquePacket;
import io.diskless.drbd.wire.packet.Packet;
import io.diskless.drbd.wire.packet.ProtocolPacket;
import io.diskless.drbd.wire.packet.RangePacket;
import io.diskless.drbd.wire.packet.SizedDataPacket;
import io.diskless.drbd.wire.packet.SizesPacket;
import io.diskless.drbd.wire.packet.StatePacket;
import io.diskless.drbd.wire.packet.StateReplyPacket;
import io.diskless.drbd.wire.packet.StateRequestPacket;
import io.diskless.drbd.wire.packet.SyncParamPacket;
import io.diskless.drbd.wire.packet.SyncUuidPacket;
import io.diskless.drbd.wire.packet.UuidsPacket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The fields of packets with their names, as numbers where one counts with them and as words where one reads them. */
final class PacketFields {
    private static final String[] POLICIES = {
        "disconnect",
        "discard-younger-primary",
        "discard-older-primary",
        "discard-zero-changes",
        "discard-least-changes",
        "discard-local",
        "discard-remote",
        "consensus",
        "discard-secondary",
        "call-pri-lost-after-sb",
        "violently-as0p"
    };

    private PacketFields() {}

    /** Names and values, in the order of the wire; a value is a Long or a String. */
    static Map<String, Object> of(Packet packet) {
        Map<String, Object> fields = new LinkedHashMap<>();
        if (packet instanceof DataPacket p) {
            data(fields, p.sector(), p.blockId(), p.sequence(), p.flags());
            fields.put("bytes", (long) p.content().size());
        } else if (packet instanceof SizedDataPacket p) {
            data(fields, p.sector(), p.blockId(), p.sequence(), p.flags());
            fields.put("size", Integer.toUnsignedLong(p.size()));
            optional(fields, "content", p.content());
        } else if (packet instanceof BlockPacket p) {
            block(fields, p);
        } else if (packet instanceof RangePacket p) {
            fields.put("sector", p.sector());
            fields.put("size", Integer.toUnsignedLong(p.size()));
        } else if (packet instanceof BarrierPacket p) {
            fields.put("barrier", String.format("%08x", p.barrier()));
            if (p.type() == PacketType.BARRIER_ACK) {
                fields.put("set_size", Integer.toUnsignedLong(p.second()));
            }
        } else if (packet instanceof BitmapPacket p) {
            bitmap(fields, p);
        } else if (packet instanceof StatePacket p) {
            fields.put("state", p.state().toString());
        } else if (packet instanceof StateRequestPacket p) {
            fields.put("want", request(p.mask(), p.value()));
        } else if (packet instanceof StateReplyPacket p) {
            fields.put("code", (long) p.code());
            fields.put("meaning", StateReplies.meaning(p.code()));
        } else {
            settings(fields, packet);
        }
        return fields;
    }

    private static void settings(Map<String, Object> fields, Packet packet) {
        if (packet instanceof UuidsPacket p) {
            uuids(fields, p.uuids());
        } else if (packet instanceof SyncUuidPacket p) {
            fields.put("uuid", hex(p.uuid()));
        } else if (packet instanceof SizesPacket p) {
            sizes(fields, p);
        } else if (packet instanceof SyncParamPacket p) {
            fields.put("rate", (long) p.rate());
            fields.put("verify-alg", p.verifyAlg());
            fields.put("csums-alg", p.csumsAlg());
            SyncParamPacket.Controller controller = p.controller();
            if (controller != null) {
                fields.put("c-plan-ahead", (long) controller.planAhead());
                fields.put("c-delay-target", (long) controller.delayTarget());
                fields.put("c-fill-target", (long) controller.fillTarget());
                fields.put("c-max-rate", (long) controller.maxRate());
            }
        } else if (packet instanceof ProtocolPacket p) {
            protocol(fields, p);
        } else if (packet instanceof FeaturesPacket p) {
            fields.put("min", Integer.toUnsignedLong(p.minVersion()));
            fields.put("max", Integer.toUnsignedLong(p.maxVersion()));
            fields.put("features", Dialect.featureNames(p.features()));
        } else if (packet instanceof AuthPacket p) {
            fields.put("bytes", p.bytes().toString());
        } else if (packet instanceof OpaquePacket p) {
            fields.put("command", String.format("0x%x", p.command()));
            fields.put("bytes", p.payload().toString());
        }
    }

    private static void data(Map<String, Object> fields, long sector, long blockId, int sequence, int flags) {
        fields.put("sector", sector);
        fields.put("block_id", hex(blockId));
        fields.put("seq", Integer.toUnsignedLong(sequence));
        fields.put("flags", DataFields.flagNames(flags));
    }

    private static void block(Map<String, Object> fields, BlockPacket p) {
        fields.put("sector", p.sector());
        if (p.type() == PacketType.OV_RESULT) {
            fields.put("result", result(p.blockId()));
        } else {
            fields.put("block_id", p.blockId() == BlockFields.ID_SYNCER ? "syncer" : hex(p.blockId()));
        }
        fields.put("size", Integer.toUnsignedLong(p.size()));
        boolean ack = PacketType.Tail.NONE == p.type().tail() && p.type().isOn(SocketKind.META);
        if (ack) {
            fields.put("seq", Integer.toUnsignedLong(p.sequence()));
        }
        optional(fields, "digest", p.digest());
    }

    private static String result(long id) {
        if (id == BlockFields.OV_IN_SYNC) {
            return "in sync";
        }
        return id == BlockFields.OV_OUT_OF_SYNC ? "out of sync" : hex(id);
    }

    private static void bitmap(Map<String, Object> fields, BitmapPacket p) {
        if (p.type() == PacketType.BITMAP) {
            fields.put("words", (long) p.content().size() / Long.BYTES);
        } else if (p.content().size() > 0) {
            int encoding = p.content().get(0);
            fields.put("encoding", (long) (encoding & 0xF));
            fields.put("pad", (long) (encoding >> 4 & 7));
            fields.put("first", encoding >= 0x80 ? "set" : "clear");
            fields.put("code", (long) p.content().size() - 1);
        }
    }

    private static void uuids(Map<String, Object> fields, Uuids uuids) {
        fields.put("current", hex(uuids.current()));
        fields.put("bitmap", hex(uuids.bitmap()));
        fields.put("history0", hex(uuids.history0()));
        fields.put("history1", hex(uuids.history1()));
        fields.put("bits", uuids.bits());
        List<String> names = new ArrayList<>();
        flag(names, uuids, Uuids.FLAG_DISCARD_MY_DATA, "discard-my-data");
        flag(names, uuids, Uuids.FLAG_CRASHED_PRIMARY, "crashed-primary");
        flag(names, uuids, Uuids.FLAG_INCONSISTENT, "inconsistent");
        flag(names, uuids, Uuids.FLAG_SKIP_INITIAL_SYNC, "skip-initial-sync");
        fields.put("flags", String.join(" ", names));
    }

    private static void flag(List<String> names, Uuids uuids, long flag, String name) {
        if (uuids.has(flag)) {
            names.add(name);
        }
    }

    private static void sizes(Map<String, Object> fields, SizesPacket p) {
        fields.put("d_size", p.diskSize());
        fields.put("u_size", p.userSize());
        fields.put("c_size", p.currentSize());
        fields.put("max_bio", Integer.toUnsignedLong(p.maxBio()));
        fields.put("flags", (long) p.flags());
        QueueLimits limits = p.limits();
        if (limits != null) {
            fields.put("physical", Integer.toUnsignedLong(limits.physicalBlock()));
            fields.put("logical", Integer.toUnsignedLong(limits.logicalBlock()));
            fields.put("discard", (long) limits.discardEnabled());
        }
    }

    private static void protocol(Map<String, Object> fields, ProtocolPacket p) {
        fields.put(
                "protocol",
                p.protocol() >= 1 && p.protocol() <= 3 ? "ABC".substring(p.protocol() - 1, p.protocol()) : "?");
        fields.put("after-sb-0pri", policy(p.afterSb0Pri()));
        fields.put("after-sb-1pri", policy(p.afterSb1Pri()));
        fields.put("after-sb-2pri", policy(p.afterSb2Pri()));
        fields.put("flags", (long) p.flags());
        fields.put("two-primaries", (long) p.twoPrimaries());
        fields.put("data-integrity-alg", p.integrityAlg());
    }

    private static String policy(int code) {
        return code >= 0 && code < POLICIES.length ? POLICIES[code] : Integer.toString(code);
    }

    /** Only the fields that the mask names. */
    private static String request(int mask, int value) {
        List<String> wants = new ArrayList<>();
        want(wants, mask, StateWord.ROLE_MASK, "role", StateWord.role(value).label());
        want(wants, mask, StateWord.PEER_MASK, "peer", StateWord.peer(value).label());
        want(
                wants,
                mask,
                StateWord.CONN_MASK,
                "conn",
                StateWord.connection(value).label());
        want(wants, mask, StateWord.DISK_MASK, "disk", StateWord.disk(value).label());
        want(wants, mask, StateWord.PDSK_MASK, "pdsk", StateWord.peerDisk(value).label());
        int rest = mask
                & ~(StateWord.ROLE_MASK
                        | StateWord.PEER_MASK
                        | StateWord.CONN_MASK
                        | StateWord.DISK_MASK
                        | StateWord.PDSK_MASK);
        if (rest != 0) {
            wants.add(String.format("0x%x=0x%x", rest, value & rest));
        }
        return String.join(" ", wants);
    }

    private static void want(List<String> wants, int mask, int field, String name, String value) {
        if ((mask & field) != 0) {
            wants.add(name + ":" + value);
        }
    }

    private static void optional(Map<String, Object> fields, String name, Octets bytes) {
        if (bytes.size() > 0) {
            fields.put(name, bytes.toString());
        }
    }

    private static String hex(long value) {
        return String.format("%016X", value);
    }
}
