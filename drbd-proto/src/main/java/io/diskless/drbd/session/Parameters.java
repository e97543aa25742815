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

    private static final int DRY_RUN = 2;

    // What drbd.conf allows, in the units of the wire.
    private static final int MOST_RATE = 4 << 20;
    private static final int MOST_PLAN = 300;
    private static final int MOST_DELAY = 100;
    private static final int MOST_FILL = 1 << 20;

    private Parameters() {}

    private static String name(Optional<DigestAlgorithm> algorithm) {
        return algorithm.map(DigestAlgorithm::kernelName).orElse("");
    }

    /** What P_PROTOCOL or P_PROTOCOL_UPDATE says; the words of it may mean nothing. */
    record Protocol(int code, int none, int one, int both, int flags, boolean twoPrimaries, String integrity) {
        Optional<ReplicationProtocol> protocol() {
            return ReplicationProtocol.ofCode(code);
        }

        /** As this side would say it. */
        Optional<AfterSplitBrain> after(int primaries) {
            int policy = primaries == 0 ? none : primaries == 1 ? one : both;
            return AfterSplitBrain.ofCode(policy).map(AfterSplitBrain::mirrored);
        }

        boolean discardsItsData() {
            return (flags & DISCARD_MY_DATA) != 0;
        }

        /** Before protocol 92 the word is one flag alone. */
        boolean isDryRun(Dialect dialect) {
            return dialect.hasDryRun() && (flags & DRY_RUN) != 0;
        }
    }

    static Protocol readProtocol(ByteBuf p) {
        int at = p.readerIndex();
        return new Protocol(
                p.getInt(at),
                p.getInt(at + 4),
                p.getInt(at + 8),
                p.getInt(at + 12),
                p.getInt(at + 16),
                p.getInt(at + 20) != 0,
                p.readableBytes() > 24 ? text(p, at + 24, p.readableBytes() - 24) : "");
    }

    static void sendProtocol(ResourceCore core, Link link, PacketType type) {
        NetOptions net = core.options().net();
        SplitBrainPolicies policies = core.options().splitBrain();
        boolean named = link.dialect().hasIntegrity();
        byte[] integrity = named ? terminated(name(net.dataIntegrityAlg())) : new byte[0];
        ByteBuf b = link.begin(type, 0, 24 + integrity.length);
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
        Protocol said = readProtocol(p);
        if (said.code() != net.protocol().code()) {
            return differs(
                    "protocol",
                    net.protocol(),
                    said.protocol().map(Object::toString).orElse("" + said.code()));
        }
        AfterSplitBrain[] ours = {mine.none(), mine.one(), mine.both()};
        for (int i = 0; i < ours.length; i++) {
            Optional<AfterSplitBrain> theirs = said.after(i);
            if (theirs.isEmpty() || theirs.get() != ours[i]) {
                return differs(
                        "after-sb-" + i + "pri",
                        ours[i],
                        theirs.map(t -> t.mirrored().option()).orElse("" + said));
            }
        }
        if (said.discardsItsData() && core.discardMyData()) {
            return new DrbdException(DrbdException.Kind.INCOMPATIBLE, "both sides are told to discard their data");
        }
        if (said.twoPrimaries() != net.twoPrimaries()) {
            return differs("allow-two-primaries", net.twoPrimaries(), said.twoPrimaries());
        }
        if (link.dialect().hasIntegrity() && !said.integrity().equals(name(net.dataIntegrityAlg()))) {
            return differs("data-integrity-alg", quoted(name(net.dataIntegrityAlg())), quoted(said.integrity()));
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

    /** What P_SYNC_PARAM or P_SYNC_PARAM89 says; without a controller only {@code rate} of the numbers means anything. */
    record Sync(int rate, String verify, String csums, boolean controls, int plan, int delay, int fill, int most) {
        /** The rates with these in them; as they were if these are not what a configuration can say. */
        SyncOptions rates(SyncOptions old) {
            if (!isWithin(rate, 1, MOST_RATE)) {
                return old;
            }
            if (!controls) {
                return new SyncOptions(
                        rate, old.planAhead(), old.delayTarget(), old.fillTarget(), old.maxRate(), old.minRate());
            }
            boolean good = isWithin(plan, 0, MOST_PLAN)
                    && isWithin(delay, 0, MOST_DELAY)
                    && isWithin(fill, 0, MOST_FILL)
                    && isWithin(most, 1, MOST_RATE);
            return good ? new SyncOptions(rate, plan, delay, fill, most, old.minRate()) : old;
        }

        private static boolean isWithin(int value, int min, int max) {
            return value >= min && value <= max;
        }
    }

    static Sync readSync(Dialect dialect, PacketType type, ByteBuf p) {
        int at = p.readerIndex();
        int names = at + 4;
        if (type == PacketType.SYNC_PARAM) {
            String verify = dialect.hasVerify() ? text(p, names, p.readableBytes() - 4) : "";
            return new Sync(p.getInt(at), verify, "", false, 0, 0, 0, 0);
        }
        int numbers = names + 2 * NAME;
        boolean controls = dialect.hasController();
        return new Sync(
                p.getInt(at),
                text(p, names, NAME),
                text(p, names + NAME, NAME),
                controls,
                controls ? p.getInt(numbers) : 0,
                controls ? p.getInt(numbers + 4) : 0,
                controls ? p.getInt(numbers + 8) : 0,
                controls ? p.getInt(numbers + 12) : 0);
    }

    static @Nullable DrbdException checkSyncParam(ResourceCore core, Link link, PacketType type, ByteBuf p) {
        NetOptions net = core.options().net();
        Sync said = readSync(link.dialect(), type, p);
        if (link.dialect().hasVerify() && !said.verify().equals(name(net.verifyAlg()))) {
            return differs("verify-alg", quoted(name(net.verifyAlg())), quoted(said.verify()));
        }
        if (type == PacketType.SYNC_PARAM89 && !said.csums().equals(name(net.csumsAlg()))) {
            return differs("csums-alg", quoted(name(net.csumsAlg())), quoted(said.csums()));
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
            new QueueLimits(4096, 512, 0, 4096, 0, discard ? 1 : 0, 0, 1, 0).write(b, at);
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
