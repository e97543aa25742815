package io.diskless.drbd.session;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.state.AfterSplitBrain;
import io.diskless.drbd.state.SplitBrainPolicies;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.QueueLimits;
import io.diskless.drbd.wire.Uuids;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The configuration packets (spec drbd-wire 5): what this side says of itself, and what must be alike. Stateless. */
@SuppressWarnings("FutureReturnValueIgnored") // Channels tell their end; what fails to be sent ends the connection.
final class Parameters {
    /** Size of a name in P_SYNC_PARAM89. */
    private static final int NAME = 64;

    private static final int DISCARD_MY_DATA = 1;

    private Parameters() {}

    private static String name(Optional<DigestAlgorithm> algorithm) {
        return algorithm.map(DigestAlgorithm::kernelName).orElse("");
    }

    static void sendProtocol(ResourceCore core, Link link) {
        NetOptions net = core.options().net();
        SplitBrainPolicies policies = core.options().splitBrain();
        boolean named = link.dialect().hasIntegrity();
        byte[] integrity = named ? terminated(name(net.dataIntegrityAlg())) : new byte[0];
        ByteBuf b = link.begin(PacketType.PROTOCOL, 0, 24 + integrity.length);
        b.writeInt(net.protocol().code())
                .writeInt(policies.none().code())
                .writeInt(policies.one().code())
                .writeInt(policies.both().code())
                .writeInt(core.discardMyData() ? DISCARD_MY_DATA : 0)
                .writeInt(net.twoPrimaries() ? 1 : 0)
                .writeBytes(integrity);
        link.answer(b);
    }

    private static byte[] terminated(String name) {
        return (name + "\0").getBytes(StandardCharsets.US_ASCII);
    }

    /** What differs between the two sides, or null; none of it heals by itself. */
    static @Nullable DrbdException checkProtocol(ResourceCore core, Link link, ByteBuf p) {
        NetOptions net = core.options().net();
        SplitBrainPolicies mine = core.options().splitBrain();
        int at = p.readerIndex();
        String integrity = p.readableBytes() > 24 ? text(p, at + 24, p.readableBytes() - 24) : "";
        if (p.getInt(at) != net.protocol().code()) {
            return differs("protocol", net.protocol(), "ABC".charAt(Math.floorMod(p.getInt(at) - 1, 3)));
        }
        AfterSplitBrain[] ours = {mine.none(), mine.one(), mine.both()};
        for (int i = 0; i < ours.length; i++) {
            int code = p.getInt(at + 4 + 4 * i);
            Optional<AfterSplitBrain> theirs = AfterSplitBrain.ofCode(code);
            if (theirs.isEmpty() || theirs.get().mirrored() != ours[i]) {
                return differs(
                        "after-sb-" + i + "pri",
                        ours[i],
                        theirs.map(AfterSplitBrain::option).orElse("" + code));
            }
        }
        if ((p.getInt(at + 16) & DISCARD_MY_DATA) != 0 && core.discardMyData()) {
            return new DrbdException(DrbdException.Kind.INCOMPATIBLE, "both sides are told to discard their data");
        }
        if ((p.getInt(at + 20) != 0) != net.twoPrimaries()) {
            return differs("allow-two-primaries", net.twoPrimaries(), p.getInt(at + 20) != 0);
        }
        if (link.dialect().hasIntegrity() && !integrity.equals(name(net.dataIntegrityAlg()))) {
            return differs("data-integrity-alg", quoted(name(net.dataIntegrityAlg())), quoted(integrity));
        }
        return null;
    }

    private static DrbdException differs(String option, Object mine, Object theirs) {
        return new DrbdException(
                DrbdException.Kind.INCOMPATIBLE,
                option + " must be alike on both sides: here " + mine + ", at the peer " + theirs);
    }

    private static String quoted(String name) {
        return name.isEmpty() ? "none" : name;
    }

    private static String text(ByteBuf b, int at, int length) {
        int end = at;
        while (end < at + length && b.getByte(end) != 0) {
            end++;
        }
        return b.toString(at, end - at, StandardCharsets.US_ASCII);
    }

    static void sendVolume(ResourceCore core, Link link, VolumeCore volume) {
        sendSyncParam(core, link, volume.number());
        sendSizes(link, volume, volume.sectors(), 0);
        if (volume.hasDisk()) {
            sendUuids(link, volume, volume.uuids());
        }
        sendState(link, volume);
    }

    static void sendSyncParam(ResourceCore core, Link link, int number) {
        Dialect d = link.dialect();
        NetOptions net = core.options().net();
        SyncOptions sync = core.options().sync();
        PacketType type = d.syncParamType();
        if (type == PacketType.SYNC_PARAM) {
            byte[] verify = d.hasVerify() ? terminated(name(net.verifyAlg())) : new byte[0];
            link.answer(link.begin(type, number, 4 + verify.length)
                    .writeInt(sync.rate())
                    .writeBytes(verify));
            return;
        }
        ByteBuf b = link.begin(type, number, type.fixedLength(d));
        b.writeInt(sync.rate());
        padded(b, name(net.verifyAlg()));
        padded(b, name(net.csumsAlg()));
        if (d.hasController()) {
            b.writeInt(sync.planAhead())
                    .writeInt(sync.delayTarget())
                    .writeInt(sync.fillTarget())
                    .writeInt(sync.maxRate());
        }
        link.answer(b);
    }

    private static void padded(ByteBuf b, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        b.writeBytes(bytes).writeZero(NAME - bytes.length);
    }

    static @Nullable DrbdException checkSyncParam(ResourceCore core, Link link, PacketType type, ByteBuf p) {
        NetOptions net = core.options().net();
        int at = p.readerIndex() + 4;
        String verify = "";
        String csums = "";
        if (type == PacketType.SYNC_PARAM89) {
            verify = text(p, at, NAME);
            csums = text(p, at + NAME, NAME);
        } else if (link.dialect().hasVerify()) {
            verify = text(p, at, p.readableBytes() - 4);
        } else {
            return null;
        }
        if (!verify.equals(name(net.verifyAlg()))) {
            return differs("verify-alg", quoted(name(net.verifyAlg())), quoted(verify));
        }
        if (type == PacketType.SYNC_PARAM89 && !csums.equals(name(net.csumsAlg()))) {
            return differs("csums-alg", quoted(name(net.csumsAlg())), quoted(csums));
        }
        return null;
    }

    /** P_SIZES; a current size of 0 asks for an answer. */
    static void sendSizes(Link link, VolumeCore volume, long current, int flags) {
        Dialect d = link.dialect();
        boolean limits = d.has(Dialect.FF_WSAME);
        ByteBuf b = link.begin(PacketType.SIZES, volume.number(), PacketType.SIZES.fixedLength(d));
        b.writeLong(volume.diskSectors())
                .writeLong(volume.resize().user())
                .writeLong(current)
                .writeInt(d.maxData())
                .writeShort(0)
                .writeShort(flags);
        if (limits) {
            int at = b.writerIndex();
            boolean discard = d.has(Dialect.FF_TRIM) && volume.canDiscard();
            new QueueLimits(4096, 512, 0, 4096, 0, discard ? 1 : 0, 0, 0, 0).write(b, at);
            b.writerIndex(at + QueueLimits.LENGTH);
        }
        link.answer(b);
    }

    static void sendUuids(Link link, VolumeCore volume, Uuids uuids) {
        ByteBuf b = link.begin(PacketType.UUIDS, volume.number(), Uuids.LENGTH);
        int at = b.writerIndex();
        uuids.write(b, at);
        link.answer(b.writerIndex(at + Uuids.LENGTH));
    }

    static void sendState(Link link, VolumeCore volume) {
        link.answer(link.begin(PacketType.STATE, volume.number(), 4)
                .writeInt(volume.state().word()));
    }
}
