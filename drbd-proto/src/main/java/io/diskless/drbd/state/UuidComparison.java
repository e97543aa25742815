package io.diskless.drbd.state;

import static io.diskless.drbd.wire.Uuids.JUST_CREATED;
import static io.diskless.drbd.wire.Uuids.same;

import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.Uuids;

/**
 * The decision table of the data generations (semantics spec §4.3): two sets in, a verdict out, and the reason.
 *
 * <p>Both sides evaluate it with the sets exchanged and come to mirror images of one verdict. Bit 0 of identifiers never
 * counts. The first rule that matches decides.
 *
 * <p>Rules 34, 35, 51 and 71 mend what a lost packet left behind: {@link #selfAfter} is what this side must write and
 * {@link #peerAfter} what it must think of the peer from then on. For all other rules they are what was given.
 *
 * <p>Immutable.
 *
 * @param rule the number that the kernel logs behind "by rule"; 0 if none matched
 * @param verdict who copies from whom
 * @param self my identifiers
 * @param peer the peer's, as received
 * @param selfAfter my identifiers as mended
 * @param peerAfter the peer's as mended
 * @param why the matching rule in words
 */
public record UuidComparison(
        int rule, SyncVerdict verdict, Uuids self, Uuids peer, Uuids selfAfter, Uuids peerAfter, String why) {
    /** Protocol that knows the rules for lost "resync finished" and lost sync identifiers. */
    private static final int CORRECTED_RULES = 91;

    /** Protocol since which a sync identifier is the bitmap identifier + 2^48. */
    private static final int STEPPED_SYNC_UUID = 96;

    /**
     * What the comparison depends on beside the two sets. Whether one crashed as Primary is in the flags of the sets.
     *
     * @param dialect the agreed version and features
     * @param role my role now
     * @param peerRole the peer's role now
     * @param resolveConflicts whether this side accepted the meta connection, which decides ties
     */
    public record Context(Dialect dialect, Role role, Role peerRole, boolean resolveConflicts) {
        /**
         * The same situation seen by the peer.
         *
         * @return roles and tie exchanged
         */
        public Context mirrored() {
            return new Context(dialect, peerRole, role, !resolveConflicts);
        }
    }

    /**
     * Compares two sets.
     *
     * @param self mine
     * @param peer the peer's
     * @param context roles, version and tie
     * @return the verdict with its reason
     */
    public static UuidComparison of(Uuids self, Uuids peer, Context context) {
        return new Table(self, peer, context).decide();
    }

    /**
     * The reason over three lines, as the kernel logs it.
     *
     * @return both sets, then number, rule and words
     */
    public String explain() {
        return "self " + self + "\npeer " + peer + "\nuuid_compare()=" + verdict.number() + " by rule " + rule + ": "
                + why + "; " + verdict.words();
    }

    /** The rules in their order. Not thread-safe. */
    private static final class Table {
        private final Uuids self;
        private final Uuids peer;
        private final Context context;
        private final int version;
        private Uuids selfAfter;
        private Uuids peerAfter;

        Table(Uuids self, Uuids peer, Context context) {
            this.self = self;
            this.peer = peer;
            this.context = context;
            this.version = context.dialect().version();
            this.selfAfter = self;
            this.peerAfter = peer;
        }

        UuidComparison decide() {
            boolean selfNew = same(self.current(), JUST_CREATED);
            boolean peerNew = same(peer.current(), JUST_CREATED);
            if (selfNew && peerNew) {
                return result(10, SyncVerdict.NONE, "both have just been created");
            }
            if (Generations.isNoGeneration(self.current()) && !peerNew) {
                return result(20, SyncVerdict.TARGET_FULL, "I hold no data yet, the peer does");
            }
            if (!selfNew && Generations.isNoGeneration(peer.current())) {
                return result(30, SyncVerdict.SOURCE_FULL, "the peer holds no data yet, I do");
            }
            return same(self.current(), peer.current()) ? equalCurrents() : differentCurrents();
        }

        private UuidComparison equalCurrents() {
            boolean selfCounts = !same(self.bitmap(), 0);
            boolean peerCounts = !same(peer.bitmap(), 0);
            if (selfCounts && !peerCounts) {
                if (version < CORRECTED_RULES) {
                    return result(36, SyncVerdict.NEEDS_PROTOCOL_91, "only my bitmap counts");
                }
                if (same(self.bitmap(), peer.history0()) && same(self.history0(), peer.history1())) {
                    selfAfter = Generations.finishAsSource(self);
                    return result(34, SyncVerdict.SOURCE, "I was the source and missed that the resync was finished");
                }
                return result(36, SyncVerdict.SOURCE, "only my bitmap counts");
            }
            if (!selfCounts && peerCounts) {
                if (version < CORRECTED_RULES) {
                    return result(37, SyncVerdict.NEEDS_PROTOCOL_91, "only the peer's bitmap counts");
                }
                if (same(self.history0(), peer.bitmap()) && same(self.history1(), peer.history0())) {
                    peerAfter = Generations.finishAsSource(peer);
                    return result(
                            35, SyncVerdict.TARGET, "the peer was the source and missed that the resync was finished");
                }
                return result(37, SyncVerdict.TARGET, "only the peer's bitmap counts");
            }
            return sameGeneration();
        }

        private UuidComparison sameGeneration() {
            boolean selfCrashed = self.has(Uuids.FLAG_CRASHED_PRIMARY);
            boolean peerCrashed = peer.has(Uuids.FLAG_CRASHED_PRIMARY);
            if (!selfCrashed && !peerCrashed) {
                return result(40, SyncVerdict.NONE, "both are of the same generation");
            }
            boolean selfPrimary = context.role() == Role.PRIMARY;
            boolean peerPrimary = context.peerRole() == Role.PRIMARY;
            if (selfPrimary || peerPrimary) {
                if (!context.dialect().has(Dialect.FF_WSAME)) {
                    return result(
                            41, SyncVerdict.NEEDS_WSAME, "same generation, one crashed as Primary, one is Primary now");
                }
                if (selfPrimary && peerPrimary) {
                    return result(
                            41, SyncVerdict.SPLIT_BRAIN, "same generation, one crashed, and both are Primary now");
                }
                return selfPrimary
                        ? result(41, SyncVerdict.SOURCE, "one crashed as Primary, and I am Primary now")
                        : result(41, SyncVerdict.TARGET, "one crashed as Primary, and the peer is Primary now");
            }
            if (selfCrashed && peerCrashed) {
                return context.resolveConflicts()
                        ? result(40, SyncVerdict.TARGET, "both crashed as Primary, and the tie is against me")
                        : result(40, SyncVerdict.SOURCE, "both crashed as Primary, and the tie is for me");
            }
            return selfCrashed
                    ? result(40, SyncVerdict.SOURCE, "I crashed as Primary")
                    : result(40, SyncVerdict.TARGET, "the peer crashed as Primary");
        }

        private UuidComparison differentCurrents() {
            if (same(self.current(), peer.bitmap())) {
                return result(50, SyncVerdict.TARGET, "the peer's bitmap counts from my generation on");
            }
            if (same(self.current(), peer.history0()) && lostSyncUuid(peer, self)) {
                if (version < CORRECTED_RULES) {
                    return result(51, SyncVerdict.NEEDS_PROTOCOL_91, "the peer began a resync that I never heard of");
                }
                peerAfter = undoStart(peer);
                return result(51, SyncVerdict.TARGET, "the peer began a resync whose identifier never reached me");
            }
            if (same(self.current(), peer.history0()) || same(self.current(), peer.history1())) {
                return result(60, SyncVerdict.TARGET_FULL, "my generation is history for the peer");
            }
            if (same(peer.current(), self.bitmap())) {
                return result(70, SyncVerdict.SOURCE, "my bitmap counts from the peer's generation on");
            }
            if (same(peer.current(), self.history0()) && lostSyncUuid(self, peer)) {
                if (version < CORRECTED_RULES) {
                    return result(71, SyncVerdict.NEEDS_PROTOCOL_91, "I began a resync that the peer never heard of");
                }
                selfAfter = undoStart(self);
                return result(71, SyncVerdict.SOURCE, "I began a resync whose identifier never reached the peer");
            }
            if (same(peer.current(), self.history0()) || same(peer.current(), self.history1())) {
                return result(80, SyncVerdict.SOURCE_FULL, "the peer's generation is history for me");
            }
            if (same(self.bitmap(), peer.bitmap()) && !same(self.bitmap(), 0)) {
                return result(
                        90,
                        SyncVerdict.SPLIT_BRAIN_RECENT,
                        "both have gone on alone from one generation that both count from");
            }
            if (same(self.history0(), peer.history0())
                    || same(self.history0(), peer.history1())
                    || same(self.history1(), peer.history0())
                    || same(self.history1(), peer.history1())) {
                return result(100, SyncVerdict.SPLIT_BRAIN, "both have gone on alone, and only their history meets");
            }
            return result(0, SyncVerdict.UNRELATED, "no identifier is common");
        }

        /** Whether the source's set looks as if it had begun a resync of which the target's set knows nothing. */
        private boolean lostSyncUuid(Uuids source, Uuids target) {
            return version >= STEPPED_SYNC_UUID
                    ? same(source.history0() + Generations.SYNC_STEP, source.bitmap())
                    : same(target.history0(), source.history1());
        }

        private static Uuids undoStart(Uuids source) {
            return Generations.with(source, source.current(), source.history0(), source.history1(), source.history1());
        }

        private UuidComparison result(int rule, SyncVerdict verdict, String why) {
            return new UuidComparison(rule, verdict, self, peer, selfAfter, peerAfter, why);
        }
    }
}
