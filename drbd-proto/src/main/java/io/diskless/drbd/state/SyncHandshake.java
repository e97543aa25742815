package io.diskless.drbd.state;

import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.Uuids;
import java.util.ArrayList;
import java.util.List;

/**
 * What a pair that meets decides to do: the {@linkplain UuidComparison comparison} of the generations and all that is
 * made of it, in the order of the semantics spec §4.3: disks that are Inconsistent, split brain policies, the wish to
 * discard my data, a source without data, a Primary that would be overwritten, a dry run.
 *
 * <p>Stateless, thread-safe.
 */
public final class SyncHandshake {
    private SyncHandshake() {}

    /**
     * What is known when the peer's P_STATE arrives.
     *
     * @param self my identifiers as sent in P_UUIDS: with the number of bits that was sent and my flags
     * @param peer the peer's P_UUIDS
     * @param context roles, version and tie
     * @param disk my disk; Negotiating if it is just being attached
     * @param attachedAs what my disk is if nobody knows better: the same as {@code disk}, or for one that negotiates the
     *     state that its meta-data tells
     * @param peerDisk the peer's disk; see {@link #peerDisk}
     * @param policies of the connection
     * @param dryRun whether one of the sides only wants to know
     */
    public record Situation(
            Uuids self,
            Uuids peer,
            UuidComparison.Context context,
            DiskState disk,
            DiskState attachedAs,
            DiskState peerDisk,
            SplitBrainPolicies policies,
            boolean dryRun) {}

    /** A script that an administrator may have configured. */
    public enum Handler {
        /** A split brain was found, before anything is done about it. */
        INITIAL_SPLIT_BRAIN("initial-split-brain"),
        /** A split brain was found and nothing resolved it. */
        SPLIT_BRAIN("split-brain"),
        /** This Primary would have to be overwritten. */
        PRI_LOST("pri-lost"),
        /** As before, by a policy that takes it for the loser of a split brain, and it is in use. */
        PRI_LOST_AFTER_SB("pri-lost-after-sb");

        private final String handler;

        Handler(String handler) {
            this.handler = handler;
        }

        /**
         * The name in a configuration.
         *
         * @return such as {@code split-brain}
         */
        public String handler() {
            return handler;
        }
    }

    /**
     * What is to be done.
     *
     * @param comparison what the identifiers say; {@link UuidComparison#selfAfter()} must be written if it differs
     * @param verdict what is made of it; a split brain or worse if nobody resolved it
     * @param next {@code WF_BITMAP_S}, {@code WF_BITMAP_T}, {@code CONNECTED}, or {@code DISCONNECTING}, which ends in
     *     StandAlone
     * @param setAllBits whether all bits are to be set, and written under the flag FULL_SYNC, before next
     * @param demoteFirst whether this holds only if this side becomes Secondary; if it cannot, tell the handler
     *     pri-lost-after-sb and go to StandAlone
     * @param handlers what to call, in this order
     * @param words the steps of the decision
     */
    public record Decision(
            UuidComparison comparison,
            SyncVerdict verdict,
            ConnectionState next,
            boolean setAllBits,
            boolean demoteFirst,
            List<Handler> handlers,
            List<String> words) {
        /** Takes copies of the lists. */
        public Decision {
            handlers = List.copyOf(handlers);
            words = List.copyOf(words);
        }

        /**
         * The whole decision over several lines.
         *
         * @return both sets, rule, steps and the state that follows
         */
        public String explain() {
            StringBuilder text = new StringBuilder(comparison.explain());
            words.forEach(w -> text.append('\n').append(w));
            return text.append("\nconn -> ").append(next.label()).toString();
        }
    }

    /**
     * What the peer's disk counts as: one that negotiates too has said in its flags what it will be.
     *
     * @param reported the disk in the peer's P_STATE
     * @param peer the peer's P_UUIDS
     * @return Inconsistent or Consistent for Negotiating, else as reported
     */
    public static DiskState peerDisk(DiskState reported, Uuids peer) {
        if (reported != DiskState.NEGOTIATING) {
            return reported;
        }
        return peer.has(Uuids.FLAG_INCONSISTENT) ? DiskState.INCONSISTENT : DiskState.CONSISTENT;
    }

    /**
     * Decides.
     *
     * @param s what is known
     * @return what to do, and why
     */
    public static Decision decide(Situation s) {
        return new Steps(s).decide();
    }

    /** The steps in their order. Not thread-safe. */
    private static final class Steps {
        private final Situation s;
        private final UuidComparison comparison;
        private final List<Handler> handlers = new ArrayList<>();
        private final List<String> words = new ArrayList<>();
        private SyncVerdict verdict;
        private boolean demoteFirst;

        Steps(Situation s) {
            this.s = s;
            this.comparison = UuidComparison.of(s.self(), s.peer(), s.context());
            this.verdict = comparison.verdict();
        }

        Decision decide() {
            switch (verdict) {
                case UNRELATED -> {
                    return standAlone("The data is unrelated: no generation is common");
                }
                case NEEDS_PROTOCOL_91, NEEDS_WSAME -> {
                    return standAlone("Cannot be resolved: " + verdict.words());
                }
                default -> bySoundDisk();
            }
            if (verdict.isSplitBrain()) {
                handlers.add(Handler.INITIAL_SPLIT_BRAIN);
                byPolicy();
                byWish();
            }
            if (verdict.isSplitBrain()) {
                handlers.add(Handler.SPLIT_BRAIN);
                return standAlone("Split brain detected but unresolved");
            }
            if (verdict.isSource() && !s.disk().isAtLeast(DiskState.OUTDATED)) {
                return standAlone("I would have to be the source, but my disk is "
                        + s.disk().label());
            }
            if (verdict.isTarget() && !overwritable()) {
                return standAlone("I would have to be the target, but I am Primary");
            }
            if (s.dryRun()) {
                return standAlone("Dry run: would be " + verdict.words());
            }
            if (verdict == SyncVerdict.NONE && s.self().bits() > 0) {
                words.add("No resync, but " + s.self().bits() + " bits in the bitmap");
            }
            return decision(next());
        }

        /** One disk is Inconsistent and the other is better: that settles the direction. */
        private void bySoundDisk() {
            boolean mineBad = s.attachedAs() == DiskState.INCONSISTENT && isSound(s.peerDisk());
            boolean theirsBad = s.peerDisk() == DiskState.INCONSISTENT && isSound(s.attachedAs());
            if (mineBad || theirsBad) {
                boolean full = verdict.isFull() || verdict == SyncVerdict.SPLIT_BRAIN;
                SyncVerdict direction = mineBad ? SyncVerdict.TARGET : SyncVerdict.SOURCE;
                verdict = full ? direction.full() : direction;
                words.add("Becoming sync " + (mineBad ? "target" : "source") + " due to disk states");
            }
        }

        private static boolean isSound(DiskState disk) {
            return disk.isAtLeast(DiskState.OUTDATED);
        }

        private void byPolicy() {
            if (verdict == SyncVerdict.SPLIT_BRAIN && !s.policies().always()) {
                return;
            }
            SplitBrainRuling.Ruling ruling = SplitBrainRuling.of(s.policies(), s.self(), s.peer(), s.context());
            if (ruling == SplitBrainRuling.Ruling.UNRESOLVED) {
                return;
            }
            boolean full = verdict == SyncVerdict.SPLIT_BRAIN;
            SyncVerdict direction = ruling == SplitBrainRuling.Ruling.I_WIN ? SyncVerdict.SOURCE : SyncVerdict.TARGET;
            verdict = full ? direction.full() : direction;
            demoteFirst = ruling == SplitBrainRuling.Ruling.I_LOSE_AFTER_DEMOTION;
            words.add("Split brain detected, automatically solved: sync from "
                    + (direction.isSource() ? "this node" : "the peer"));
        }

        /** Exactly one side was told to discard its data. Only what no policy has resolved. */
        private void byWish() {
            boolean mine = s.self().has(Uuids.FLAG_DISCARD_MY_DATA);
            boolean theirs = s.peer().has(Uuids.FLAG_DISCARD_MY_DATA);
            if (verdict.isSplitBrain() && mine != theirs) {
                verdict = mine ? SyncVerdict.TARGET : SyncVerdict.SOURCE;
                words.add("Split brain detected, manually solved: sync from " + (mine ? "the peer" : "this node"));
            }
        }

        /** A Primary whose disk is only being attached works with the peer's data: nothing changes under its users. */
        private boolean overwritable() {
            if (demoteFirst || s.context().role() != Role.PRIMARY || !s.disk().isAtLeast(DiskState.CONSISTENT)) {
                return true;
            }
            return switch (s.policies().conflict()) {
                case DISCONNECT -> false;
                case CALL_PRI_LOST -> {
                    handlers.add(Handler.PRI_LOST);
                    yield false;
                }
                case VIOLENTLY -> {
                    words.add("Becoming sync target while Primary, by rr-conflict violently");
                    yield true;
                }
            };
        }

        private ConnectionState next() {
            if (verdict.isSource()) {
                return ConnectionState.WF_BITMAP_S;
            }
            return verdict.isTarget() ? ConnectionState.WF_BITMAP_T : ConnectionState.CONNECTED;
        }

        private Decision standAlone(String why) {
            words.add(why);
            demoteFirst = false;
            return decision(ConnectionState.DISCONNECTING);
        }

        private Decision decision(ConnectionState next) {
            boolean setAll = verdict.isFull() && next != ConnectionState.DISCONNECTING;
            return new Decision(comparison, verdict, next, setAll, demoteFirst, handlers, words);
        }
    }
}
