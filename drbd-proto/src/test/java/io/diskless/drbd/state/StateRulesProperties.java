package io.diskless.drbd.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.StateWord;
import io.diskless.drbd.wire.VolumeState;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds for all states, wished for or arrived at. */
class StateRulesProperties {
    @Property(tries = 10_000, edgeCases = EdgeCasesMode.NONE)
    void sanitisingTwiceIsSanitisingOnce(
            @ForAll("states") VolumeState before,
            @ForAll("states") VolumeState wanted,
            @ForAll("policies") StatePolicy p) {
        VolumeState once = StateSanitizer.sanitize(before, wanted, p);

        assertThat(StateSanitizer.sanitize(before, once, p)).isEqualTo(once);
        assertThat(StateSanitizer.sanitize(once, once, p)).isEqualTo(once);
    }

    @Property(tries = 10_000, edgeCases = EdgeCasesMode.NONE)
    void aSanitisedStateHangsTogether(@ForAll("states") VolumeState before, @ForAll("states") VolumeState wanted) {
        VolumeState s = StateSanitizer.sanitize(before, wanted, StatePolicy.DEFAULT);
        ConnectionState conn = s.connection();

        if (!conn.isAtLeast(ConnectionState.CONNECTED)) {
            assertThat(s.peer()).isEqualTo(Role.UNKNOWN);
            assertThat(s.peerDisk()).isIn(DiskState.INCONSISTENT, DiskState.OUTDATED, DiskState.D_UNKNOWN);
            assertThat(s.disk()).isNotEqualTo(DiskState.NEGOTIATING);
        } else if (conn != ConnectionState.CONNECTED) {
            assertThat(s.disk().isAtLeast(DiskState.INCONSISTENT)).isTrue();
            assertThat(s.peerDisk().isAtLeast(DiskState.INCONSISTENT)).isTrue();
            assertThat(List.of(s.disk(), s.peerDisk())).contains(DiskState.UP_TO_DATE);
        }
        if (conn == ConnectionState.SYNC_TARGET || conn == ConnectionState.SYNC_SOURCE) {
            assertThat(s.word() & StateSanitizer.PAUSES).isZero();
        }
        assertThat(s.word() & ~StateWord.ALL).isZero();
    }

    /** Nobody who is refused nothing gets anywhere that is forbidden, and facts never make two Primaries of one. */
    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void whatWishesReachIsAllowed(@ForAll("walks") List<VolumeState> wishes, @ForAll("policies") StatePolicy policy) {
        VolumeState start = VolumeState.of(
                Role.SECONDARY, Role.UNKNOWN, ConnectionState.STAND_ALONE, DiskState.UP_TO_DATE, DiskState.D_UNKNOWN);
        VolumeState state = StateSanitizer.sanitize(start, start, policy);
        for (VolumeState wish : wishes) {
            VolumeState wanted = StateSanitizer.sanitize(state, wish, policy);
            StateChangeResult result = StateValidator.wish(state, wanted, policy);
            if (result.isSuccess()) {
                assertThat(StateValidator.state(wanted, policy))
                        .as("%s to %s", state, wanted)
                        .isEqualTo(StateChangeResult.SUCCESS);
                assertThat(StateValidator.connection(state.connection(), wanted.connection()))
                        .isEqualTo(StateChangeResult.SUCCESS);
                state = wanted;
            }
        }
    }

    /** Both sides see one thing: turned twice, roles, disks and the states that have a mirror are as they were. */
    @Property
    void aRequestTurnedTwiceIsTheSame(@ForAll("states") VolumeState state) {
        int once = StatePerspective.turned(state.word());
        int twice = StatePerspective.turned(once);

        assertThat(StateWord.role(once)).isEqualTo(state.peer());
        assertThat(StateWord.disk(once)).isEqualTo(state.peerDisk());
        int both = StateWord.ROLE_MASK | StateWord.PEER_MASK | StateWord.DISK_MASK | StateWord.PDSK_MASK;
        assertThat(twice & both).isEqualTo(state.word() & both);
        assertThat(StateWord.has(once, StateWord.PEER_ISP))
                .isEqualTo((state.word() & (StateWord.AFTR_ISP | StateWord.USER_ISP)) != 0);
    }

    @Provide
    Arbitrary<VolumeState> states() {
        Arbitrary<Role> role = Arbitraries.of(Role.PRIMARY, Role.SECONDARY);
        Arbitrary<Role> peer = Arbitraries.of(Role.UNKNOWN, Role.PRIMARY, Role.SECONDARY);
        Arbitrary<ConnectionState> conn =
                Arbitraries.of(ConnectionState.class).filter(c -> c != ConnectionState.UNRECOGNIZED);
        Arbitrary<DiskState> disk =
                Arbitraries.of(DiskState.class).filter(d -> d != DiskState.UNRECOGNIZED && d != DiskState.D_UNKNOWN);
        Arbitrary<DiskState> pdsk = Arbitraries.of(DiskState.class).filter(d -> d != DiskState.UNRECOGNIZED);
        Arbitrary<Integer> flags = Arbitraries.integers()
                .between(0, 7)
                .map(f -> ((f & 1) * StateWord.AFTR_ISP)
                        | (((f >> 1) & 1) * StateWord.PEER_ISP)
                        | ((f >> 2) * StateWord.USER_ISP));
        return Combinators.combine(role, peer, conn, disk, pdsk, flags)
                .as((r, p, c, d, pd, f) -> VolumeState.of(r, p, c, d, pd).withFlags(f, true));
    }

    @Provide
    Arbitrary<List<VolumeState>> walks() {
        return states().list().ofMaxSize(60);
    }

    @Provide
    Arbitrary<StatePolicy> policies() {
        Arbitrary<Boolean> flag = Arbitraries.of(true, false);
        return Combinators.combine(
                        Arbitraries.of(StatePolicy.Fencing.class),
                        flag,
                        flag,
                        flag,
                        Arbitraries.of(86, 88, 101),
                        Arbitraries.of(
                                DiskState.INCONSISTENT, DiskState.OUTDATED, DiskState.CONSISTENT, DiskState.UP_TO_DATE),
                        flag,
                        flag)
                .as((fencing, suspend, two, verify, version, as, exposed, open) -> new StatePolicy(
                        fencing, suspend, two, verify, new Dialect(version, 0), as, exposed, open, false));
    }
}
