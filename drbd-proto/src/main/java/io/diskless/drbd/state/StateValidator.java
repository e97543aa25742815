package io.diskless.drbd.state;

import static io.diskless.drbd.wire.ConnectionState.CONNECTED;
import static io.diskless.drbd.wire.ConnectionState.DISCONNECTING;
import static io.diskless.drbd.wire.ConnectionState.STAND_ALONE;
import static io.diskless.drbd.wire.ConnectionState.STARTING_SYNC_S;
import static io.diskless.drbd.wire.ConnectionState.STARTING_SYNC_T;
import static io.diskless.drbd.wire.ConnectionState.TIMEOUT;
import static io.diskless.drbd.wire.ConnectionState.UNCONNECTED;
import static io.diskless.drbd.wire.ConnectionState.VERIFY_S;
import static io.diskless.drbd.wire.ConnectionState.VERIFY_T;
import static io.diskless.drbd.wire.ConnectionState.WF_CONNECTION;
import static io.diskless.drbd.wire.ConnectionState.WF_REPORT_PARAMS;
import static io.diskless.drbd.wire.DiskState.ATTACHING;
import static io.diskless.drbd.wire.DiskState.D_UNKNOWN;
import static io.diskless.drbd.wire.DiskState.FAILED;
import static io.diskless.drbd.wire.DiskState.INCONSISTENT;
import static io.diskless.drbd.wire.DiskState.NEGOTIATING;
import static io.diskless.drbd.wire.DiskState.OUTDATED;
import static io.diskless.drbd.wire.DiskState.UP_TO_DATE;

import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.VolumeState;

/**
 * Says whether a state may be, and whether one may be left for another (semantics spec §2.1, §2.4). Wishes may be refused;
 * facts, such as a lost connection or disk, may not: they are {@linkplain StateSanitizer sanitised} and happen.
 *
 * <p>Stateless, thread-safe.
 */
public final class StateValidator {
    private StateValidator() {}

    /**
     * Sanitises a wish and judges it. A wish for a connection state that cannot be with the disks as they are is refused by
     * the rule that it breaks, where a fact would only be corrected.
     *
     * @param before the state as it is
     * @param wanted the wanted state, as it was asked for
     * @param policy what the rules depend on
     * @return {@link StateChangeResult#NOTHING_TO_DO}, {@link StateChangeResult#SUCCESS}, or why not
     */
    public static StateChangeResult judge(VolumeState before, VolumeState wanted, StatePolicy policy) {
        ConnectionState to = wanted.connection();
        VolumeState after = StateSanitizer.sanitize(before, wanted, policy);
        if (to != before.connection() && after.connection() == before.connection()) {
            StateChangeResult result = state(wanted, policy);
            return result.isSuccess() ? StateChangeResult.IN_TRANSIENT_STATE : result;
        }
        boolean verifies = to != before.connection() && (to == VERIFY_S || to == VERIFY_T);
        if (verifies
                && before.connection() == CONNECTED
                && (before.disk() != UP_TO_DATE || before.peerDisk() != UP_TO_DATE)) {
            // The sanitiser would take the data of a resync that failed for good.
            return StateChangeResult.NO_UP_TO_DATE_DISK;
        }
        return wish(before, after, policy);
    }

    /**
     * Judges a wish.
     *
     * @param before the state as it is
     * @param after the wanted state, sanitised
     * @param policy what the rules depend on
     * @return {@link StateChangeResult#NOTHING_TO_DO}, {@link StateChangeResult#SUCCESS}, or why not
     */
    public static StateChangeResult wish(VolumeState before, VolumeState after, StatePolicy policy) {
        if (before.equals(after)) {
            return StateChangeResult.NOTHING_TO_DO;
        }
        StateChangeResult result = state(after, policy);
        if (!result.isSuccess() && result == state(before, policy)) {
            // It has this defect already: the change makes nothing worse.
            result = StateChangeResult.SUCCESS;
        }
        if (result.isSuccess()) {
            result = transition(before, after, policy);
        }
        return result.isSuccess() ? connection(before.connection(), after.connection()) : result;
    }

    /**
     * Judges a state for itself.
     *
     * @param s a sanitised state
     * @param policy what the rules depend on
     * @return {@link StateChangeResult#SUCCESS}, or the first rule that it breaks
     */
    public static StateChangeResult state(VolumeState s, StatePolicy policy) {
        ConnectionState conn = s.connection();
        boolean primary = s.role() == Role.PRIMARY;
        boolean connected = conn.isAtLeast(CONNECTED);
        boolean bad = !s.disk().isAtLeast(OUTDATED);
        boolean peerBad = !s.peerDisk().isAtLeast(OUTDATED);
        if (primary && !policy.twoPrimaries()) {
            if (s.peer() == Role.PRIMARY) {
                return StateChangeResult.TWO_PRIMARIES;
            }
            if (policy.otherVolumePrimary()) {
                return StateChangeResult.OTHER_VOLUME_PRIMARY;
            }
        }
        if (primary && !connected && s.disk() != UP_TO_DATE) {
            return StateChangeResult.NO_UP_TO_DATE_DISK;
        }
        if (primary
                && !connected
                && policy.fencing() != StatePolicy.Fencing.DONT_CARE
                && s.peerDisk().isAtLeast(D_UNKNOWN)) {
            return StateChangeResult.PRIMARY_NOP;
        }
        if (primary && bad && peerBad) {
            return StateChangeResult.NO_UP_TO_DATE_DISK;
        }
        if (connected && conn != CONNECTED) {
            if (!s.disk().isAtLeast(INCONSISTENT)) {
                return StateChangeResult.NO_LOCAL_DISK;
            }
            if (!s.peerDisk().isAtLeast(INCONSISTENT)) {
                return StateChangeResult.NO_REMOTE_DISK;
            }
            if (s.disk() != UP_TO_DATE && s.peerDisk() != UP_TO_DATE) {
                return StateChangeResult.NO_UP_TO_DATE_DISK;
            }
        }
        if (s.disk() == OUTDATED && isSourceOrConnected(conn)) {
            return StateChangeResult.CONNECTED_OUTDATES;
        }
        if (conn == VERIFY_S || conn == VERIFY_T) {
            if (!policy.verifyAlg()) {
                return StateChangeResult.NO_VERIFY_ALG;
            }
            if (!policy.dialect().hasVerify()) {
                return StateChangeResult.NOT_SUPPORTED;
            }
        }
        if (connected && s.peerDisk() == D_UNKNOWN) {
            return isStartingSync(conn) ? StateChangeResult.NEED_CONNECTION : StateChangeResult.CONNECTED_OUTDATES;
        }
        return StateChangeResult.SUCCESS;
    }

    private static boolean isSourceOrConnected(ConnectionState conn) {
        return switch (conn) {
            case CONNECTED, WF_BITMAP_S, SYNC_SOURCE, PAUSED_SYNC_S -> true;
            default -> false;
        };
    }

    private static boolean isStartingSync(ConnectionState conn) {
        return conn == STARTING_SYNC_S || conn == STARTING_SYNC_T;
    }

    private static StateChangeResult transition(VolumeState before, VolumeState after, StatePolicy policy) {
        ConnectionState from = before.connection();
        ConnectionState to = after.connection();
        boolean busy = from.isAtLeast(CONNECTED) && from != CONNECTED;
        boolean starts = to != from && (isStartingSync(to) || to == VERIFY_S || to == VERIFY_T);
        if (starts && busy) {
            return StateChangeResult.RESYNC_RUNNING;
        }
        if (starts && !from.isAtLeast(CONNECTED)) {
            return StateChangeResult.NEED_CONNECTION;
        }
        if (before.role() == Role.PRIMARY && after.role() == Role.SECONDARY && policy.open()) {
            return StateChangeResult.DEVICE_IN_USE;
        }
        boolean judgesDisk = before.disk() == ATTACHING || before.disk() == NEGOTIATING;
        if (after.disk() == OUTDATED && !before.disk().isAtLeast(OUTDATED) && !judgesDisk) {
            return StateChangeResult.LOWER_THAN_OUTDATED;
        }
        if (from == WF_REPORT_PARAMS
                && to == WF_REPORT_PARAMS
                && (before.role() != after.role() || before.disk() != after.disk())) {
            return StateChangeResult.IN_TRANSIENT_STATE;
        }
        return StateChangeResult.SUCCESS;
    }

    /**
     * Judges a change of the connection state alone (§2.1).
     *
     * @param from as it is
     * @param to as wanted
     * @return {@link StateChangeResult#SUCCESS}, or why not
     */
    public static StateChangeResult connection(ConnectionState from, ConnectionState to) {
        if (from == to) {
            return StateChangeResult.SUCCESS;
        }
        if (from == STAND_ALONE) {
            if (to == UNCONNECTED) {
                return StateChangeResult.SUCCESS;
            }
            return to == DISCONNECTING ? StateChangeResult.ALREADY_STAND_ALONE : StateChangeResult.NEED_CONNECTION;
        }
        if (from == DISCONNECTING) {
            return to == STAND_ALONE ? StateChangeResult.SUCCESS : StateChangeResult.IN_TRANSIENT_STATE;
        }
        if (from.isAtLeast(TIMEOUT) && !from.isAtLeast(WF_CONNECTION)) {
            return to == UNCONNECTED || to == DISCONNECTING
                    ? StateChangeResult.SUCCESS
                    : StateChangeResult.IN_TRANSIENT_STATE;
        }
        return !from.isAtLeast(WF_REPORT_PARAMS) && to.isAtLeast(CONNECTED)
                ? StateChangeResult.NEED_CONNECTION
                : StateChangeResult.SUCCESS;
    }

    /**
     * Whether a change needs the consent of the peer (wire spec §7.3). A graceful disconnect is asked for by the packet
     * of the connection, the rest by that of the volume.
     *
     * @param before the state as it is
     * @param after the wanted state
     * @return true if a request has to go out before it is done
     */
    public static boolean needsConsent(VolumeState before, VolumeState after) {
        ConnectionState from = before.connection();
        ConnectionState to = after.connection();
        if (!from.isAtLeast(CONNECTED)) {
            return false;
        }
        if (to == DISCONNECTING) {
            return true;
        }
        if (from == CONNECTED && to == WF_REPORT_PARAMS) {
            return true;
        }
        return to.isAtLeast(CONNECTED)
                && ((before.role() != Role.PRIMARY && after.role() == Role.PRIMARY)
                        || (to != from && isStartingSync(to))
                        || (before.disk() != FAILED && after.disk() == FAILED)
                        || (from == CONNECTED && to == VERIFY_S));
    }
}
