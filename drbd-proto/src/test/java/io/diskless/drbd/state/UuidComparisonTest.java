package io.diskless.drbd.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.Uuids;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One example for each rule, evaluated on both sides. */
class UuidComparisonTest {
    private static final long STEP = 1L << 48;

    /** Columns: version, my four identifiers, the peer's, rule and verdict here, rule and verdict at the peer. */
    @ParameterizedTest(name = "version {0}: {1} meets {2}: rule {3}, {4}; there rule {5}, {6}")
    @CsvSource({
        "101, 4:0:0:0,       4:0:0:0,       10, NONE,               10, NONE",
        "101, 5:0:0:0,       4:0:0:0,       10, NONE,               10, NONE",
        "101, 4:0:0:0,       aa:4:0:0,      20, TARGET_FULL,        30, SOURCE_FULL",
        "101, 0:0:0:0,       aa:0:0:0,      20, TARGET_FULL,        30, SOURCE_FULL",
        "101, aa:bb:cc:dd,   aa:0:bb:cc,    34, SOURCE,             35, TARGET",
        "101, ab:ba:cd:dc,   aa:1:bb:cc,    34, SOURCE,             35, TARGET",
        "101, aa:bb:cc:dd,   aa:0:cc:dd,    36, SOURCE,             37, TARGET",
        "91,  aa:bb:cc:dd,   aa:0:cc:dd,    36, SOURCE,             37, TARGET",
        "90,  aa:bb:cc:dd,   aa:0:cc:dd,    36, NEEDS_PROTOCOL_91,  37, NEEDS_PROTOCOL_91",
        "101, aa:0:cc:dd,    aa:0:cc:dd,    40, NONE,               40, NONE",
        "101, aa:bb:cc:dd,   aa:bb:cc:dd,   40, NONE,               40, NONE",
        "101, bb:0:cc:dd,    aa:bb:cc:dd,   50, TARGET,             70, SOURCE",
        "101, bb:0:dd:ee,    aa:cc:bb:dd,   60, TARGET_FULL,        80, SOURCE_FULL",
        "101, bb:0:dd:ee,    aa:cc:dd:bb,   60, TARGET_FULL,        80, SOURCE_FULL",
        // Below 96 a lost sync identifier shows in the histories: mine is where the peer's second one is.
        "95,  bb:0:dd:ee,    aa:cc:bb:dd,   51, TARGET,             71, SOURCE",
        "90,  bb:0:dd:ee,    aa:cc:bb:dd,   51, NEEDS_PROTOCOL_91,  71, NEEDS_PROTOCOL_91",
        "101, aa:cc:0:0,     bb:cc:0:0,     90, SPLIT_BRAIN_RECENT, 90, SPLIT_BRAIN_RECENT",
        "101, aa:11:cc:dd,   bb:22:cc:ee,  100, SPLIT_BRAIN,       100, SPLIT_BRAIN",
        "101, aa:11:cc:dd,   bb:22:ee:cc,  100, SPLIT_BRAIN,       100, SPLIT_BRAIN",
        // 0 = 0 counts as common history.
        "101, aa:11:0:0,     bb:22:0:0,    100, SPLIT_BRAIN,       100, SPLIT_BRAIN",
        "101, aa:11:cc:dd,   bb:22:ee:ff,    0, UNRELATED,           0, UNRELATED",
    })
    void aRuleAndItsMirrorImage(
            int version,
            String mine,
            String theirs,
            int rule,
            SyncVerdict verdict,
            int there,
            SyncVerdict thereVerdict) {
        UuidComparison.Context context =
                new UuidComparison.Context(new Dialect(version, 0), Role.SECONDARY, Role.SECONDARY, true);

        UuidComparison here = UuidComparison.of(set(mine), set(theirs), context);
        UuidComparison mirrored = UuidComparison.of(set(theirs), set(mine), context.mirrored());

        assertThat(here.rule()).as(here.explain()).isEqualTo(rule);
        assertThat(here.verdict()).as(here.explain()).isEqualTo(verdict);
        assertThat(mirrored.rule()).as(mirrored.explain()).isEqualTo(there);
        assertThat(mirrored.verdict()).as(mirrored.explain()).isEqualTo(thereVerdict);
    }

    @Test
    void aLostSyncIdentifierIsUndoneOnBothSides() {
        // The source began a resync: bitmap bb moved to the history and became bb + 2^48; the target never heard of it.
        Uuids source = new Uuids(0xaa, 0xbb + STEP, 0xbb, 0xcc, 3, 0);
        Uuids target = new Uuids(0xbb, 0, 0xcc, 0xdd, 0, 0);
        UuidComparison.Context context = context(Role.SECONDARY, Role.SECONDARY, true);

        UuidComparison atSource = UuidComparison.of(source, target, context);
        UuidComparison atTarget = UuidComparison.of(target, source, context.mirrored());

        assertThat(atSource.rule()).isEqualTo(71);
        assertThat(atSource.verdict()).isEqualTo(SyncVerdict.SOURCE);
        assertThat(atSource.selfAfter()).isEqualTo(new Uuids(0xaa, 0xbb, 0xcc, 0xcc, 3, 0));
        assertThat(atTarget.rule()).isEqualTo(51);
        assertThat(atTarget.verdict()).isEqualTo(SyncVerdict.TARGET);
        assertThat(atTarget.peerAfter()).isEqualTo(atSource.selfAfter());
        assertThat(atTarget.selfAfter()).isEqualTo(target);
    }

    @Test
    void aMissedEndOfResyncIsMadeUpForOnBothSides() {
        Uuids source = new Uuids(0xaa, 0xbb, 0xcc, 0xdd, 0, 0);
        Uuids target = new Uuids(0xaa, 0, 0xbb, 0xcc, 0, 0);
        UuidComparison.Context context = context(Role.SECONDARY, Role.SECONDARY, true);

        UuidComparison atSource = UuidComparison.of(source, target, context);
        UuidComparison atTarget = UuidComparison.of(target, source, context.mirrored());

        assertThat(atSource.selfAfter()).isEqualTo(new Uuids(0xaa, 0, 0xbb, 0xcc, 0, 0));
        assertThat(atTarget.peerAfter()).isEqualTo(atSource.selfAfter());
        assertThat(UuidComparison.of(atSource.selfAfter(), target, context).verdict())
                .as("mended, they are of one generation")
                .isEqualTo(SyncVerdict.NONE);
    }

    /** Columns: crashed here, crashed there, role here, role there, tie is against me, rule, verdict. */
    @ParameterizedTest
    @CsvSource({
        "true,  false, SECONDARY, SECONDARY, false, 40, SOURCE",
        "false, true,  SECONDARY, SECONDARY, false, 40, TARGET",
        "true,  true,  SECONDARY, SECONDARY, false, 40, SOURCE",
        "true,  true,  SECONDARY, SECONDARY, true,  40, TARGET",
        "true,  false, SECONDARY, PRIMARY,   false, 41, TARGET",
        "false, true,  PRIMARY,   SECONDARY, false, 41, SOURCE",
        "true,  true,  PRIMARY,   SECONDARY, true,  41, SOURCE",
        "true,  false, PRIMARY,   PRIMARY,   true,  41, SPLIT_BRAIN",
        "false, false, PRIMARY,   PRIMARY,   true,  40, NONE",
    })
    void aCrashedPrimaryOfTheSameGeneration(
            boolean here, boolean there, Role role, Role peerRole, boolean tie, int rule, SyncVerdict verdict) {
        Uuids self = new Uuids(0xaa, 0, 0xcc, 0xdd, 0, here ? Uuids.FLAG_CRASHED_PRIMARY : 0);
        Uuids peer = new Uuids(0xaa, 0, 0xcc, 0xdd, 0, there ? Uuids.FLAG_CRASHED_PRIMARY : 0);
        UuidComparison.Context context = context(role, peerRole, tie);

        UuidComparison found = UuidComparison.of(self, peer, context);

        assertThat(found.rule()).isEqualTo(rule);
        assertThat(found.verdict()).isEqualTo(verdict);
        assertThat(UuidComparison.of(peer, self, context.mirrored()).verdict()).isEqualTo(verdict.mirrored());
    }

    @Test
    void withoutWriteSameACrashUnderAPrimaryCannotBeJudged() {
        Uuids crashed = new Uuids(0xaa, 0, 0xcc, 0xdd, 0, Uuids.FLAG_CRASHED_PRIMARY);
        UuidComparison.Context context =
                new UuidComparison.Context(new Dialect(101, Dialect.FF_TRIM), Role.PRIMARY, Role.SECONDARY, true);

        assertThat(UuidComparison.of(crashed, crashed, context).verdict()).isEqualTo(SyncVerdict.NEEDS_WSAME);
    }

    @Test
    void itExplainsItself() {
        UuidComparison found =
                UuidComparison.of(set("aa:bb:cc:dd"), set("bb:0:cc:dd"), context(Role.PRIMARY, Role.SECONDARY, true));

        assertThat(found.explain()).isEqualTo("""
                        self 00000000000000AA:00000000000000BB:00000000000000CC:00000000000000DD bits:0 flags:0
                        peer 00000000000000BB:0000000000000000:00000000000000CC:00000000000000DD bits:0 flags:0
                        uuid_compare()=1 by rule 70: my bitmap counts from the peer's generation on; resync from this node, by bitmap""");
    }

    private static UuidComparison.Context context(Role role, Role peerRole, boolean tie) {
        return new UuidComparison.Context(new Dialect(101, Dialect.FF_WSAME), role, peerRole, tie);
    }

    private static Uuids set(String text) {
        long[] u = new long[4];
        int i = 0;
        for (String part : text.strip().split(":", -1)) {
            u[i++] = Long.parseUnsignedLong(part, 16);
        }
        return new Uuids(u[0], u[1], u[2], u[3], 0, 0);
    }
}
