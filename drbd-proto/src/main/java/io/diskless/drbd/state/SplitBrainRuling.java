package io.diskless.drbd.state;

import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.Uuids;

/**
 * How a policy rules on a split brain, with what both sides know: their sets as sent in the handshake (so the number of
 * changed blocks is that of the handshake, not the live one), their roles and the tie. Stateless, thread-safe.
 */
final class SplitBrainRuling {
    /** What a policy says. */
    enum Ruling {
        UNRESOLVED,
        I_WIN,
        I_LOSE,
        /** I lose, and have to become Secondary before that holds. */
        I_LOSE_AFTER_DEMOTION
    }

    private SplitBrainRuling() {}

    static Ruling of(SplitBrainPolicies policies, Uuids self, Uuids peer, UuidComparison.Context context) {
        boolean selfPrimary = context.role() == Role.PRIMARY;
        boolean peerPrimary = context.peerRole() == Role.PRIMARY;
        int primaries = (selfPrimary ? 1 : 0) + (peerPrimary ? 1 : 0);
        Ruling asNone = none(policies.none(), self, peer, context.resolveConflicts());
        return switch (policies.of(primaries)) {
            case CONSENSUS ->
                (asNone == Ruling.I_LOSE && !selfPrimary) || (asNone == Ruling.I_WIN && selfPrimary)
                        ? asNone
                        : Ruling.UNRESOLVED;
            case DISCARD_SECONDARY -> selfPrimary ? Ruling.I_WIN : Ruling.I_LOSE;
            case CALL_PRI_LOST -> asNone == Ruling.I_LOSE && selfPrimary ? Ruling.I_LOSE_AFTER_DEMOTION : asNone;
            case VIOLENTLY -> asNone;
            default -> primaries == 0 ? asNone : Ruling.UNRESOLVED;
        };
    }

    private static Ruling none(AfterSplitBrain policy, Uuids self, Uuids peer, boolean tieAgainstMe) {
        // Bit 0 of the bitmap identifier: was Primary when the split happened.
        boolean selfWas = (self.bitmap() & Uuids.PRIMARY_BIT) != 0;
        boolean peerWas = (peer.bitmap() & Uuids.PRIMARY_BIT) != 0;
        return switch (policy) {
            case DISCARD_YOUNGER_PRIMARY ->
                selfWas == peerWas ? leastChanges(self, peer, tieAgainstMe) : lose(!selfWas);
            case DISCARD_OLDER_PRIMARY -> selfWas == peerWas ? leastChanges(self, peer, tieAgainstMe) : lose(selfWas);
            case DISCARD_ZERO_CHANGES -> {
                if (self.bits() == 0 && peer.bits() == 0) {
                    yield lose(tieAgainstMe);
                }
                yield self.bits() == 0 || peer.bits() == 0 ? lose(self.bits() == 0) : Ruling.UNRESOLVED;
            }
            case DISCARD_LEAST_CHANGES -> leastChanges(self, peer, tieAgainstMe);
            case DISCARD_LOCAL -> Ruling.I_LOSE;
            case DISCARD_REMOTE -> Ruling.I_WIN;
            default -> Ruling.UNRESOLVED;
        };
    }

    private static Ruling leastChanges(Uuids self, Uuids peer, boolean tieAgainstMe) {
        int order = Long.compareUnsigned(self.bits(), peer.bits());
        return lose(order == 0 ? tieAgainstMe : order < 0);
    }

    private static Ruling lose(boolean me) {
        return me ? Ruling.I_LOSE : Ruling.I_WIN;
    }
}
