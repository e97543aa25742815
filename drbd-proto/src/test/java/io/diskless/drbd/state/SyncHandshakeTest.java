package io.diskless.drbd.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.Uuids;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a pair makes of the comparison, in the order of the steps. */
class SyncHandshakeTest {
    /** Rule 90: recent split brain. Bit 0 of the bitmap identifiers is set by the tests. */
    private static final Uuids MINE = new Uuids(0xA0, 0xC0, 0xD0, 0, 5, 0);

    private static final Uuids THEIRS = new Uuids(0xB0, 0xC0, 0xD0, 0, 9, 0);

    /** Rule 100: split brain long ago. */
    private static final Uuids OLD_MINE = new Uuids(0xA0, 0x10, 0xD0, 0, 5, 0);

    private static final Uuids OLD_THEIRS = new Uuids(0xB0, 0x20, 0xD0, 0xE0, 9, 0);

    @Test
    void unrelatedDataIsLeftAloneWhateverTheDisks() {
        SyncHandshake.Decision decision =
                SyncHandshake.decide(new Given(new Uuids(0xA0, 0x10, 0xD2, 0xD4, 0, 0), OLD_THEIRS)
                        .disks(DiskState.UP_TO_DATE, DiskState.INCONSISTENT)
                        .build());

        assertThat(decision.verdict()).isEqualTo(SyncVerdict.UNRELATED);
        assertThat(decision.next()).isEqualTo(ConnectionState.DISCONNECTING);
    }

    /** Columns: my disk, the peer's, verdict of two sets that the rules call equal, then of a split brain long ago. */
    @ParameterizedTest
    @CsvSource({
        "UP_TO_DATE,   INCONSISTENT, SOURCE, SOURCE_FULL",
        "OUTDATED,     INCONSISTENT, SOURCE, SOURCE_FULL",
        "INCONSISTENT, CONSISTENT,   TARGET, TARGET_FULL",
        "INCONSISTENT, INCONSISTENT, NONE,   SPLIT_BRAIN",
        "UP_TO_DATE,   UP_TO_DATE,   NONE,   SPLIT_BRAIN",
        "UP_TO_DATE,   DISKLESS,     NONE,   SPLIT_BRAIN",
    })
    void oneInconsistentDiskSettlesTheDirection(
            DiskState mine, DiskState theirs, SyncVerdict equal, SyncVerdict split) {
        Uuids same = new Uuids(0xA0, 0, 0xC0, 0xD0, 0, 0);

        assertThat(SyncHandshake.decide(
                                new Given(same, same).disks(mine, theirs).build())
                        .verdict())
                .isEqualTo(equal);
        assertThat(SyncHandshake.decide(new Given(OLD_MINE, OLD_THEIRS)
                                .disks(mine, theirs)
                                .build())
                        .verdict())
                .isEqualTo(split);
    }

    /** Columns: policy, was I Primary at the split, was the peer, my changed bits, the peer's, verdict. */
    @ParameterizedTest(name = "{0}: Primary {1}/{2}, changes {3}/{4}: {5}")
    @CsvSource({
        "DISCONNECT,              false, false, 5, 9, SPLIT_BRAIN_RECENT",
        "DISCARD_YOUNGER_PRIMARY, false, true,  9, 5, TARGET",
        "DISCARD_YOUNGER_PRIMARY, true,  false, 5, 9, SOURCE",
        "DISCARD_YOUNGER_PRIMARY, true,  true,  5, 9, TARGET",
        "DISCARD_OLDER_PRIMARY,   false, true,  5, 9, SOURCE",
        "DISCARD_OLDER_PRIMARY,   true,  false, 9, 5, TARGET",
        "DISCARD_OLDER_PRIMARY,   false, false, 9, 5, SOURCE",
        "DISCARD_ZERO_CHANGES,    false, false, 0, 9, TARGET",
        "DISCARD_ZERO_CHANGES,    false, false, 5, 0, SOURCE",
        "DISCARD_ZERO_CHANGES,    false, false, 5, 9, SPLIT_BRAIN_RECENT",
        "DISCARD_ZERO_CHANGES,    false, false, 0, 0, TARGET",
        "DISCARD_LEAST_CHANGES,   false, false, 5, 9, TARGET",
        "DISCARD_LEAST_CHANGES,   false, false, 9, 5, SOURCE",
        "DISCARD_LEAST_CHANGES,   false, false, 7, 7, TARGET",
        "DISCARD_LOCAL,           false, false, 5, 9, TARGET",
        "DISCARD_REMOTE,          false, false, 5, 9, SOURCE",
    })
    void policiesWithoutAPrimary(
            AfterSplitBrain policy, boolean was, boolean peerWas, long bits, long peerBits, SyncVerdict verdict) {
        // The tie is against me: I have resolve-conflicts.
        SyncHandshake.Situation s = new Given(changed(MINE, was, bits), changed(THEIRS, peerWas, peerBits))
                .none(policy)
                .build();

        SyncHandshake.Decision decision = SyncHandshake.decide(s);

        assertThat(decision.verdict()).isEqualTo(verdict);
        assertThat(decision.handlers()).startsWith(SyncHandshake.Handler.INITIAL_SPLIT_BRAIN);
        assertThat(SyncHandshake.decide(mirrored(s)).verdict())
                .as("the peer agrees")
                .isEqualTo(verdict.mirrored());
    }

    /** Columns: after-sb-0pri, after-sb-1pri, whether I am the Primary, verdict, whether I must step down first. */
    @ParameterizedTest
    @CsvSource({
        "DISCARD_LOCAL,  DISCONNECT,        true,  SPLIT_BRAIN_RECENT, false",
        "DISCARD_LOCAL,  CONSENSUS,         true,  SPLIT_BRAIN_RECENT, false",
        "DISCARD_LOCAL,  CONSENSUS,         false, TARGET,             false",
        "DISCARD_REMOTE, CONSENSUS,         true,  SOURCE,             false",
        "DISCARD_REMOTE, CONSENSUS,         false, SPLIT_BRAIN_RECENT, false",
        "DISCONNECT,     DISCARD_SECONDARY, true,  SOURCE,             false",
        "DISCONNECT,     DISCARD_SECONDARY, false, TARGET,             false",
        "DISCARD_LOCAL,  CALL_PRI_LOST,     true,  TARGET,             true",
        "DISCARD_LOCAL,  CALL_PRI_LOST,     false, TARGET,             false",
        "DISCARD_REMOTE, CALL_PRI_LOST,     true,  SOURCE,             false",
        "DISCONNECT,     CALL_PRI_LOST,     true,  SPLIT_BRAIN_RECENT, false",
        "DISCARD_REMOTE, VIOLENTLY,         false, SOURCE,             false",
    })
    void policiesWithOnePrimary(
            AfterSplitBrain none, AfterSplitBrain one, boolean primary, SyncVerdict verdict, boolean demote) {
        SyncHandshake.Decision decision = SyncHandshake.decide(new Given(MINE, THEIRS)
                .none(none)
                .one(one)
                .roles(primary ? Role.PRIMARY : Role.SECONDARY, primary ? Role.SECONDARY : Role.PRIMARY)
                .build());

        assertThat(decision.verdict()).isEqualTo(verdict);
        assertThat(decision.demoteFirst()).isEqualTo(demote);
    }

    @Test
    void twoPrimariesAreLeftToAnAdministratorUnlessThePolicyForTwoSaysOtherwise() {
        Given given = new Given(MINE, THEIRS)
                .none(AfterSplitBrain.DISCARD_LOCAL)
                .one(AfterSplitBrain.VIOLENTLY)
                .roles(Role.PRIMARY, Role.PRIMARY);

        SyncHandshake.Decision unresolved = SyncHandshake.decide(given.build());
        assertThat(unresolved.next()).isEqualTo(ConnectionState.DISCONNECTING);
        assertThat(unresolved.handlers())
                .containsExactly(SyncHandshake.Handler.INITIAL_SPLIT_BRAIN, SyncHandshake.Handler.SPLIT_BRAIN);

        SyncHandshake.Decision stepDown =
                SyncHandshake.decide(given.both(AfterSplitBrain.CALL_PRI_LOST).build());
        assertThat(stepDown.next()).isEqualTo(ConnectionState.WF_BITMAP_T);
        assertThat(stepDown.demoteFirst()).isTrue();
    }

    @Test
    void anOldSplitBrainIsOnlyResolvedIfPoliciesAlwaysApplyAndThenFully() {
        Given given = new Given(OLD_MINE, OLD_THEIRS).none(AfterSplitBrain.DISCARD_REMOTE);

        assertThat(SyncHandshake.decide(given.build()).verdict()).isEqualTo(SyncVerdict.SPLIT_BRAIN);

        SyncHandshake.Decision always = SyncHandshake.decide(given.always().build());
        assertThat(always.verdict()).isEqualTo(SyncVerdict.SOURCE_FULL);
        assertThat(always.setAllBits()).isTrue();
        assertThat(always.next()).isEqualTo(ConnectionState.WF_BITMAP_S);
    }

    /** Columns: the wish here, the wish there, the state that follows. */
    @ParameterizedTest
    @CsvSource({
        "true,  false, WF_BITMAP_T",
        "false, true,  WF_BITMAP_S",
        "true,  true,  DISCONNECTING",
        "false, false, DISCONNECTING",
    })
    void oneSideMayGiveUpItsData(boolean here, boolean there, ConnectionState next) {
        for (Uuids[] pair : new Uuids[][] {{MINE, THEIRS}, {OLD_MINE, OLD_THEIRS}}) {
            SyncHandshake.Decision decision =
                    SyncHandshake.decide(new Given(wish(pair[0], here), wish(pair[1], there)).build());

            assertThat(decision.next()).as(decision.explain()).isEqualTo(next);
            assertThat(decision.setAllBits()).isFalse();
        }
    }

    @Test
    void aWishDoesNotOverruleAPolicyNorSoundGenerations() {
        assertThat(SyncHandshake.decide(new Given(wish(MINE, true), THEIRS)
                                .none(AfterSplitBrain.DISCARD_REMOTE)
                                .build())
                        .verdict())
                .isEqualTo(SyncVerdict.SOURCE);
        Uuids ahead = wish(new Uuids(0xA0, 0xB0, 0, 0, 1, 0), true);
        assertThat(SyncHandshake.decide(new Given(ahead, new Uuids(0xB0, 0, 0, 0, 0, 0)).build())
                        .verdict())
                .isEqualTo(SyncVerdict.SOURCE);
    }

    @Test
    void aSourceNeedsData() {
        SyncHandshake.Decision decision =
                SyncHandshake.decide(new Given(new Uuids(0xA0, 0xB0, 0, 0, 1, 0), new Uuids(0xB0, 0, 0, 0, 0, 0))
                        .disks(DiskState.INCONSISTENT, DiskState.INCONSISTENT)
                        .build());

        assertThat(decision.next()).isEqualTo(ConnectionState.DISCONNECTING);
        assertThat(decision.setAllBits()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void aPrimaryIsNotOverwrittenUnlessItIsSaidViolently(RoleConflict conflict) {
        Given given = new Given(new Uuids(0xB1, 0, 0, 0, 0, 0), new Uuids(0xA0, 0xB0, 0, 0, 1, 0))
                .roles(Role.PRIMARY, Role.SECONDARY)
                .conflict(conflict);

        SyncHandshake.Decision decision = SyncHandshake.decide(given.build());

        assertThat(decision.next())
                .isEqualTo(
                        conflict == RoleConflict.VIOLENTLY
                                ? ConnectionState.WF_BITMAP_T
                                : ConnectionState.DISCONNECTING);
        assertThat(decision.handlers().contains(SyncHandshake.Handler.PRI_LOST))
                .isEqualTo(conflict == RoleConflict.CALL_PRI_LOST);
        assertThat(SyncHandshake.decide(given.attaching(DiskState.CONSISTENT).build())
                        .next())
                .as("a Primary that works through its peer attaches an old disk")
                .isEqualTo(ConnectionState.WF_BITMAP_T);
    }

    @Test
    void aDryRunSaysWhatWouldBeAndDoesNothing() {
        SyncHandshake.Decision decision =
                SyncHandshake.decide(new Given(new Uuids(0xA0, 0xB0, 0, 0, 1, 0), new Uuids(4, 0, 0, 0, 0, 0))
                        .dry()
                        .build());

        assertThat(decision.next()).isEqualTo(ConnectionState.DISCONNECTING);
        assertThat(decision.verdict()).isEqualTo(SyncVerdict.SOURCE_FULL);
        assertThat(decision.setAllBits()).isFalse();
        assertThat(decision.explain()).contains("Dry run: would be full resync from this node");
    }

    @Test
    void bitsThatHappenToBeSetStay() {
        Uuids same = new Uuids(0xA0, 0, 0xC0, 0xD0, 25, 0);

        SyncHandshake.Decision decision = SyncHandshake.decide(new Given(same, same).build());

        assertThat(decision.next()).isEqualTo(ConnectionState.CONNECTED);
        assertThat(decision.words()).containsExactly("No resync, but 25 bits in the bitmap");
    }

    @Test
    void aPeersDiskThatNegotiatesCountsAsWhatItsFlagsSay() {
        assertThat(SyncHandshake.peerDisk(DiskState.NEGOTIATING, MINE)).isEqualTo(DiskState.CONSISTENT);
        assertThat(SyncHandshake.peerDisk(DiskState.NEGOTIATING, MINE.withFlags(Uuids.FLAG_INCONSISTENT)))
                .isEqualTo(DiskState.INCONSISTENT);
        assertThat(SyncHandshake.peerDisk(DiskState.OUTDATED, MINE.withFlags(Uuids.FLAG_INCONSISTENT)))
                .isEqualTo(DiskState.OUTDATED);
    }

    @Test
    void aPolicyForTheWrongNumberOfPrimariesIsAMistake() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SplitBrainPolicies(
                        AfterSplitBrain.CONSENSUS,
                        AfterSplitBrain.DISCONNECT,
                        AfterSplitBrain.DISCONNECT,
                        false,
                        RoleConflict.DISCONNECT))
                .withMessage("after-sb-0pri cannot be consensus");
    }

    @ParameterizedTest
    @EnumSource
    void aPolicyIsFoundByItsCodeAndItsWord(AfterSplitBrain policy) {
        assertThat(AfterSplitBrain.ofCode(policy.code())).contains(policy);
        assertThat(AfterSplitBrain.ofOption(policy.option())).contains(policy);
        assertThat(AfterSplitBrain.ofCode(11)).isEmpty();
        assertThat(AfterSplitBrain.ofCode(-1)).isEmpty();
    }

    private static Uuids changed(Uuids u, boolean wasPrimary, long bits) {
        return new Uuids(u.current(), u.bitmap() | (wasPrimary ? 1 : 0), u.history0(), u.history1(), bits, 0);
    }

    private static Uuids wish(Uuids u, boolean discard) {
        return u.withFlags(discard ? Uuids.FLAG_DISCARD_MY_DATA : 0);
    }

    private static SyncHandshake.Situation mirrored(SyncHandshake.Situation s) {
        return new SyncHandshake.Situation(
                s.peer(),
                s.self(),
                s.context().mirrored(),
                s.peerDisk(),
                s.peerDisk(),
                s.disk(),
                s.policies().mirrored(),
                s.dryRun());
    }

    /** Two UpToDate Secondaries at 101 without policies, and what a test changes about them. */
    private static final class Given {
        private final Uuids self;
        private final Uuids peer;
        private Role role = Role.SECONDARY;
        private Role peerRole = Role.SECONDARY;
        private DiskState disk = DiskState.UP_TO_DATE;
        private DiskState attachedAs = DiskState.UP_TO_DATE;
        private DiskState peerDisk = DiskState.UP_TO_DATE;
        private AfterSplitBrain none = AfterSplitBrain.DISCONNECT;
        private AfterSplitBrain one = AfterSplitBrain.DISCONNECT;
        private AfterSplitBrain both = AfterSplitBrain.DISCONNECT;
        private boolean always;
        private boolean dry;
        private RoleConflict conflict = RoleConflict.DISCONNECT;

        Given(Uuids self, Uuids peer) {
            this.self = self;
            this.peer = peer;
        }

        Given disks(DiskState mine, DiskState theirs) {
            disk = mine;
            attachedAs = mine;
            peerDisk = theirs;
            return this;
        }

        Given attaching(DiskState as) {
            disk = DiskState.NEGOTIATING;
            attachedAs = as;
            return this;
        }

        Given roles(Role mine, Role theirs) {
            role = mine;
            peerRole = theirs;
            return this;
        }

        Given none(AfterSplitBrain policy) {
            none = policy;
            return this;
        }

        Given one(AfterSplitBrain policy) {
            one = policy;
            return this;
        }

        Given both(AfterSplitBrain policy) {
            both = policy;
            return this;
        }

        Given always() {
            always = true;
            return this;
        }

        Given dry() {
            dry = true;
            return this;
        }

        Given conflict(RoleConflict policy) {
            conflict = policy;
            return this;
        }

        SyncHandshake.Situation build() {
            return new SyncHandshake.Situation(
                    self,
                    peer,
                    new UuidComparison.Context(new Dialect(101, Dialect.FF_ALL), role, peerRole, true),
                    disk,
                    attachedAs,
                    peerDisk,
                    new SplitBrainPolicies(none, one, both, always, conflict),
                    dry);
        }
    }
}
