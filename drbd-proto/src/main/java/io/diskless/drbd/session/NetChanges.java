package io.diskless.drbd.session;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.auth.DigestAlgorithm;
import io.diskless.drbd.state.AfterSplitBrain;
import io.diskless.drbd.state.SplitBrainPolicies;
import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.Role;
import io.netty.buffer.ByteBuf;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Net options that change while both sides are connected, by this side's will or by the peer's: P_PROTOCOL_UPDATE and
 * P_SYNC_PARAM (spec drbd-wire 5.1, 5.2). What either side says last holds for both; only of the digest that goes with data
 * each side says for itself what it sends. Confined to the data loop.
 */
final class NetChanges {
    /** From here on there is P_PROTOCOL_UPDATE. */
    private static final int KNOWS_UPDATE = 100;

    private final ResourceCore core;

    NetChanges(ResourceCore core) {
        this.core = core;
    }

    /** Takes other options over, and tells the peer of those that it must have alike. */
    CompletableFuture<Void> ask(NetOptions net, SplitBrainPolicies policies) {
        NetOptions old = core.options().net();
        Link present = core.link();
        // One that is still being agreed on takes the options as they are when it is.
        Link link = present == null || !present.isIntroduced() ? null : present;
        boolean agreed = !saysTheSame(old, net)
                || !old.dataIntegrityAlg().equals(net.dataIntegrityAlg())
                || !policies.equals(core.options().splitBrain());
        boolean sync =
                !old.verifyAlg().equals(net.verifyAlg()) || !old.csumsAlg().equals(net.csumsAlg());
        if (link != null) {
            DrbdException refusal = refusal(link, old, net, agreed, sync);
            if (refusal != null) {
                return CompletableFuture.failedFuture(refusal);
            }
        }
        core.options(core.options().toBuilder().net(net).splitBrain(policies).build());
        if (link != null) {
            Integrity integrity = link.integrity();
            // Of the digest the peer may know already, by an update of its own.
            if (agreed || !integrity.isSent(net.dataIntegrityAlg())) {
                if (link.dialect().version() >= KNOWS_UPDATE) {
                    Parameters.sendProtocol(core, link, PacketType.PROTOCOL_UPDATE);
                    integrity.sends(net.dataIntegrityAlg());
                }
            }
            if (sync) {
                algorithms(link);
                core.volumes().forEach(v -> Parameters.sendSyncParam(core, link, v.number()));
            }
        }
        return CompletableFuture.completedFuture(null);
    }

    private static boolean saysTheSame(NetOptions a, NetOptions b) {
        return a.protocol() == b.protocol() && a.twoPrimaries() == b.twoPrimaries();
    }

    private @Nullable DrbdException refusal(Link link, NetOptions old, NetOptions net, boolean agreed, boolean sync) {
        for (VolumeCore v : core.volumes()) {
            ConnectionState c = v.state().connection();
            if ((agreed || sync) && !v.isConnected()) {
                return state("the connection is being made; try again", v);
            }
            boolean verifies = c == ConnectionState.VERIFY_S || c == ConnectionState.VERIFY_T;
            if (verifies && !old.verifyAlg().equals(net.verifyAlg())) {
                return state("verify-alg cannot change while a verify is under way", v);
            }
            if (PeerWrites.isSyncing(c) && !verifies && !old.csumsAlg().equals(net.csumsAlg())) {
                return state("csums-alg cannot change while a resync is under way", v);
            }
            if (!net.twoPrimaries()
                    && v.state().role() == Role.PRIMARY
                    && v.state().peer() == Role.PRIMARY) {
                return state("allow-two-primaries cannot be taken back while there are two; demote one", v);
            }
        }
        if (agreed && link.dialect().version() < KNOWS_UPDATE) {
            return new DrbdException(
                    DrbdException.Kind.NOT_SUPPORTED,
                    "options that both sides must have alike can change while connected from protocol " + KNOWS_UPDATE
                            + " on, agreed is " + link.dialect() + "; disconnect first");
        }
        return null;
    }

    private static DrbdException state(String why, VolumeCore v) {
        return new DrbdException(DrbdException.Kind.STATE, why + "; volume " + v.number() + " is at " + v.state());
    }

    /** P_PROTOCOL_UPDATE: why it cannot be followed, or null. */
    @Nullable
    DrbdException onUpdate(Link link, ByteBuf p) {
        Parameters.Protocol said = Parameters.readProtocol(p);
        Optional<ReplicationProtocol> protocol = said.protocol();
        Optional<AfterSplitBrain> none = said.after(0);
        Optional<AfterSplitBrain> one = said.after(1);
        Optional<AfterSplitBrain> both = said.after(2);
        if (protocol.isEmpty() || none.isEmpty() || one.isEmpty() || both.isEmpty()) {
            return impossible("a protocol or policy that does not exist: " + said);
        }
        if (said.twoPrimaries() && protocol.get() != ReplicationProtocol.C) {
            return impossible("two Primaries with protocol " + protocol.get());
        }
        Optional<DigestAlgorithm> integrity;
        SplitBrainPolicies policies;
        try {
            integrity = algorithm("data-integrity-alg", said.integrity());
            SplitBrainPolicies mine = core.options().splitBrain();
            policies = new SplitBrainPolicies(none.get(), one.get(), both.get(), mine.always(), mine.conflict());
        } catch (DrbdException e) {
            return e;
        } catch (IllegalArgumentException e) {
            return impossible(String.valueOf(e.getMessage()));
        }
        core.options(core.options().toBuilder()
                .net(core.options().net().adopting(protocol.get(), said.twoPrimaries(), integrity))
                .splitBrain(policies)
                .build());
        link.integrity().receives(integrity);
        core.note(-1, "the peer changed net options: " + core.options().net());
        return null;
    }

    /** P_SYNC_PARAM of a peer that is connected: its settings hold here too. Why they cannot, or null. */
    @Nullable
    DrbdException onSyncParam(Link link, PacketType type, ByteBuf p) {
        Parameters.Sync said = Parameters.readSync(link.dialect(), type, p);
        NetOptions net = core.options().net();
        try {
            Optional<DigestAlgorithm> verify =
                    link.dialect().hasVerify() ? algorithm("verify-alg", said.verify()) : net.verifyAlg();
            Optional<DigestAlgorithm> csums =
                    link.dialect().hasChecksumResync() ? algorithm("csums-alg", said.csums()) : net.csumsAlg();
            if (!verify.equals(net.verifyAlg()) || !csums.equals(net.csumsAlg())) {
                core.options(core.options().toBuilder()
                        .net(net.adopting(verify, csums))
                        .build());
                algorithms(link);
                core.note(-1, "the peer changed net options: " + core.options().net());
            }
        } catch (DrbdException e) {
            return e;
        }
        SyncOptions rates = said.rates(core.options().sync());
        if (!rates.equals(core.options().sync())) {
            core.adopt(rates);
        }
        return null;
    }

    private void algorithms(Link link) {
        link.reads().algorithms();
        core.volumes().stream()
                .filter(v -> v.peer() != null)
                .forEach(v -> v.resync().target().algorithms());
    }

    private static Optional<DigestAlgorithm> algorithm(String option, String name) throws DrbdException {
        if (name.isEmpty()) {
            return Optional.empty();
        }
        Optional<DigestAlgorithm> found = DigestAlgorithm.ofKernelName(name);
        Optional<String> missing = found.isEmpty()
                ? Optional.of("there is no algorithm \"" + name + "\"")
                : found.get().unavailable();
        if (missing.isPresent()) {
            throw new DrbdException(
                    DrbdException.Kind.NOT_SUPPORTED, "the peer changed " + option + ": " + missing.get());
        }
        return found;
    }

    private static DrbdException impossible(String what) {
        return new DrbdException(DrbdException.Kind.INCOMPATIBLE, "the peer changed net options to " + what);
    }
}
