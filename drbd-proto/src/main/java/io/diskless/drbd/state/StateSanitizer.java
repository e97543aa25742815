package io.diskless.drbd.state;

import static io.diskless.drbd.wire.ConnectionState.AHEAD;
import static io.diskless.drbd.wire.ConnectionState.CONNECTED;
import static io.diskless.drbd.wire.ConnectionState.PAUSED_SYNC_S;
import static io.diskless.drbd.wire.ConnectionState.PAUSED_SYNC_T;
import static io.diskless.drbd.wire.ConnectionState.STAND_ALONE;
import static io.diskless.drbd.wire.ConnectionState.SYNC_SOURCE;
import static io.diskless.drbd.wire.ConnectionState.SYNC_TARGET;
import static io.diskless.drbd.wire.DiskState.CONSISTENT;
import static io.diskless.drbd.wire.DiskState.DISKLESS;
import static io.diskless.drbd.wire.DiskState.D_UNKNOWN;
import static io.diskless.drbd.wire.DiskState.INCONSISTENT;
import static io.diskless.drbd.wire.DiskState.NEGOTIATING;
import static io.diskless.drbd.wire.DiskState.OUTDATED;
import static io.diskless.drbd.wire.DiskState.UP_TO_DATE;
import static io.diskless.drbd.wire.StateWord.AFTR_ISP;
import static io.diskless.drbd.wire.StateWord.PEER_ISP;
import static io.diskless.drbd.wire.StateWord.SUSP_FEN;
import static io.diskless.drbd.wire.StateWord.SUSP_NOD;
import static io.diskless.drbd.wire.StateWord.USER_ISP;

import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.VolumeState;

/**
 * Makes of a wanted state one that hangs together, by the rules of the semantics spec §2.3 in their order; the numbers in
 * the code are those of its list. Doing it again changes nothing.
 *
 * <p>Stateless, thread-safe.
 */
public final class StateSanitizer {
    /** Why a resync may have to pause: somebody else comes first, or a user here or there wants it so. */
    static final int PAUSES = AFTR_ISP | PEER_ISP | USER_ISP;

    private StateSanitizer() {}

    /** Between what and what the two disks must be in a connection state. */
    private record Range(DiskState disk, DiskState diskMax, DiskState peer, DiskState peerMax) {
        static final Range ANY = new Range(DISKLESS, UP_TO_DATE, DISKLESS, UP_TO_DATE);
        static final Range FUTURE_TARGET = new Range(INCONSISTENT, OUTDATED, UP_TO_DATE, UP_TO_DATE);
        static final Range TARGET = new Range(INCONSISTENT, INCONSISTENT, UP_TO_DATE, UP_TO_DATE);
        static final Range FUTURE_SOURCE = new Range(UP_TO_DATE, UP_TO_DATE, INCONSISTENT, CONSISTENT);
        static final Range SOURCE = new Range(UP_TO_DATE, UP_TO_DATE, INCONSISTENT, INCONSISTENT);
        static final Range VERIFY = new Range(UP_TO_DATE, UP_TO_DATE, UP_TO_DATE, UP_TO_DATE);

        static Range of(ConnectionState conn) {
            return switch (conn) {
                case WF_BITMAP_T, PAUSED_SYNC_T, STARTING_SYNC_T, WF_SYNC_UUID, BEHIND -> FUTURE_TARGET;
                case SYNC_TARGET -> TARGET;
                case WF_BITMAP_S, PAUSED_SYNC_S, STARTING_SYNC_S, AHEAD -> FUTURE_SOURCE;
                case SYNC_SOURCE -> SOURCE;
                case VERIFY_S, VERIFY_T -> VERIFY;
                default -> ANY;
            };
        }

        VolumeState clamp(VolumeState s) {
            return s.withDisk(within(s.disk(), disk, diskMax)).withPeerDisk(within(s.peerDisk(), peer, peerMax));
        }

        private static DiskState within(DiskState state, DiskState min, DiskState max) {
            if (!state.isAtLeast(min)) {
                return min;
            }
            return max.isAtLeast(state) ? state : max;
        }
    }

    /**
     * Sanitises.
     *
     * @param before the state as it is, itself sanitised
     * @param wanted the state that an event or an administrator asks for
     * @param policy what the rules depend on
     * @return the state that results
     */
    public static VolumeState sanitize(VolumeState before, VolumeState wanted, StatePolicy policy) {
        VolumeState s = unconnected(wanted, policy);
        ConnectionState conn = s.connection();
        // 3: a resync or verify that lost a disk is over.
        if (beyondConnected(conn)
                && (!s.disk().isAtLeast(NEGOTIATING) || !s.peerDisk().isAtLeast(NEGOTIATING))) {
            s = s.withConnection(CONNECTED);
            conn = CONNECTED;
        }
        // 5: who is connected and not told otherwise has current data.
        if (conn.isAtLeast(CONNECTED) && !conn.isAtLeast(AHEAD)) {
            s = s.withDisk(upgraded(s.disk())).withPeerDisk(upgraded(s.peerDisk()));
        }
        // 6
        s = Range.of(conn).clamp(s);
        return pauses(suspends(before, s, policy));
    }

    /** 1, 2 and 4: what cannot be known or negotiated without a peer. */
    private static VolumeState unconnected(VolumeState wanted, StatePolicy policy) {
        VolumeState s = wanted;
        if (s.connection().isAtLeast(CONNECTED)) {
            return s;
        }
        s = s.withPeer(Role.UNKNOWN).withFlags(PEER_ISP, false);
        if (s.peerDisk() != INCONSISTENT && s.peerDisk() != OUTDATED) {
            s = s.withPeerDisk(D_UNKNOWN);
        }
        // 4 before 2: what falls back to Diskless depends on nobody either.
        if (s.disk() == NEGOTIATING) {
            s = s.withDisk(policy.exposed() ? policy.attachedAs() : DISKLESS);
        }
        if (s.connection() == STAND_ALONE && s.disk() == DISKLESS && s.role() == Role.SECONDARY) {
            s = s.withFlags(AFTR_ISP, false);
        }
        return s;
    }

    private static DiskState upgraded(DiskState disk) {
        return disk == CONSISTENT || disk == OUTDATED ? UP_TO_DATE : disk;
    }

    /** 7 and 8: I/O that would do harm waits. Only when it becomes so; resuming is somebody's decision. */
    private static VolumeState suspends(VolumeState before, VolumeState state, StatePolicy policy) {
        VolumeState s = state;
        if (policy.fencing() == StatePolicy.Fencing.RESOURCE_AND_STONITH && isAlone(s) && !isAlone(before)) {
            s = s.withFlags(SUSP_FEN, true);
        }
        if (policy.suspendWithoutData() && hasNoData(s) && !hasNoData(before)) {
            s = s.withFlags(SUSP_NOD, true);
        }
        return s;
    }

    private static boolean isAlone(VolumeState s) {
        return s.role() == Role.PRIMARY
                && !s.connection().isAtLeast(CONNECTED)
                && s.peerDisk().isAtLeast(D_UNKNOWN);
    }

    private static boolean hasNoData(VolumeState s) {
        return s.role() == Role.PRIMARY && s.disk() != UP_TO_DATE && s.peerDisk() != UP_TO_DATE;
    }

    /** 9. A resync that goes on has a narrower range than a paused one. */
    private static VolumeState pauses(VolumeState s) {
        boolean paused = (s.word() & PAUSES) != 0;
        ConnectionState conn = switch (s.connection()) {
            case SYNC_SOURCE, PAUSED_SYNC_S -> paused ? PAUSED_SYNC_S : SYNC_SOURCE;
            case SYNC_TARGET, PAUSED_SYNC_T -> paused ? PAUSED_SYNC_T : SYNC_TARGET;
            default -> s.connection();
        };
        return Range.of(conn).clamp(s.withConnection(conn));
    }

    private static boolean beyondConnected(ConnectionState conn) {
        return conn != CONNECTED && conn.isAtLeast(CONNECTED);
    }
}
