package io.diskless.drbd.state;

import static io.diskless.drbd.wire.Uuids.same;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.Uuids;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Both sides evaluate the same table with the sets exchanged: whatever they hold, they must not disagree. */
class UuidComparisonProperties {
    private static final long STEP = 1L << 48;

    @Property(tries = 20_000, edgeCases = EdgeCasesMode.NONE)
    void theVerdictsOfTheTwoSidesAreMirrorImages(
            @ForAll("sets") Uuids self,
            @ForAll("sets") Uuids peer,
            @ForAll("contexts") UuidComparison.Context context) {
        // Two sets that each claim to be older than the other: no history leads there, and the table has no mirror for
        // it.
        Assume.that(!(olderThan(self, peer) && olderThan(peer, self)));
        // Two that were never written and not even created.
        Assume.that(!(same(self.current(), 0) && same(peer.current(), 0)));

        UuidComparison here = UuidComparison.of(self, peer, context);
        UuidComparison there = UuidComparison.of(peer, self, context.mirrored());

        assertThat(there.verdict())
                .as(here.explain() + "\n" + there.explain())
                .isEqualTo(here.verdict().mirrored());
        assertThat(there.selfAfter()).isEqualTo(here.peerAfter());
        assertThat(there.peerAfter()).isEqualTo(here.selfAfter());
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void bitZeroNeverCounts(
            @ForAll("sets") Uuids self,
            @ForAll("sets") Uuids peer,
            @ForAll("contexts") UuidComparison.Context context,
            @ForAll @IntRange(max = 15) int flip) {
        Uuids flipped = new Uuids(
                self.current() ^ (flip & 1),
                self.bitmap() ^ ((flip >> 1) & 1),
                self.history0() ^ ((flip >> 2) & 1),
                self.history1() ^ ((flip >> 3) & 1),
                self.bits(),
                self.flags());

        UuidComparison a = UuidComparison.of(self, peer, context);
        UuidComparison b = UuidComparison.of(flipped, peer, context);

        assertThat(b.rule()).isEqualTo(a.rule());
        assertThat(b.verdict()).isEqualTo(a.verdict());
    }

    private static boolean olderThan(Uuids self, Uuids peer) {
        return same(self.current(), peer.bitmap())
                || same(self.current(), peer.history0())
                || same(self.current(), peer.history1());
    }

    @Provide
    Arbitrary<Uuids> sets() {
        // Few different values, so that they meet; among them the special ones and what a sync identifier is made of.
        Arbitrary<Long> uuid =
                Arbitraries.of(0L, 4L, 0xA0L, 0xA1L, 0xB0L, 0xC0L, 0xC1L, 0xD0L, 0xB0L + STEP, 0xC0L + STEP);
        Arbitrary<Long> flags = Arbitraries.of(0L, Uuids.FLAG_CRASHED_PRIMARY);
        return Combinators.combine(uuid, uuid, uuid, uuid, flags)
                .as((c, b, h0, h1, f) -> new Uuids(c, b, h0, h1, 0, f));
    }

    @Provide
    Arbitrary<UuidComparison.Context> contexts() {
        Arbitrary<Integer> versions = Arbitraries.of(86, 90, 91, 95, 96, 100, 101);
        Arbitrary<Integer> features = Arbitraries.of(0, Dialect.FF_ALL);
        Arbitrary<Role> role = Arbitraries.of(Role.PRIMARY, Role.SECONDARY);
        return Combinators.combine(versions, features, role, role, Arbitraries.of(true, false))
                .as((v, f, mine, theirs, tie) -> new UuidComparison.Context(new Dialect(v, f), mine, theirs, tie));
    }
}
