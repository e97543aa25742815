package io.diskless.drbd.session;

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

import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.StateWord;
import io.diskless.drbd.wire.VolumeState;

/** Makes a wanted state one that can be (spec drbd-semantics 2.3); the numbers are those of its list. Immutable. */
final class Sanitizer {
    private static final int PAUSED = StateWord.AFTR_ISP | StateWord.PEER_ISP | StateWord.USER_ISP;

    private Sanitizer() {}

    static VolumeState sanitize(VolumeState wanted, DiskState attached) {
        VolumeState s = wanted;
        ConnectionState conn = s.connection();
        // 1
        if (!conn.isAtLeast(CONNECTED)) {
            s = s.withPeer(Role.UNKNOWN).withFlags(StateWord.PEER_ISP, false);
            DiskState pdsk = s.peerDisk();
            if (pdsk != INCONSISTENT && pdsk != OUTDATED) {
                s = s.withPeerDisk(D_UNKNOWN);
            }
        }
        // 2
        if (conn == STAND_ALONE && s.disk() == DISKLESS && s.role() == Role.SECONDARY) {
            s = s.withFlags(StateWord.AFTR_ISP, false);
        }
        // 3
        if (conn.isAtLeast(CONNECTED)
                && conn != CONNECTED
                && (!s.disk().isAtLeast(NEGOTIATING) || !s.peerDisk().isAtLeast(NEGOTIATING))) {
            conn = CONNECTED;
            s = s.withConnection(conn);
        }
        // 4
        if (!conn.isAtLeast(CONNECTED) && s.disk() == NEGOTIATING && conn != ConnectionState.WF_REPORT_PARAMS) {
            s = s.withDisk(attached);
        }
        // 5
        if (conn.isAtLeast(CONNECTED) && !conn.isAtLeast(AHEAD)) {
            if (s.disk() == CONSISTENT || s.disk() == OUTDATED) {
                s = s.withDisk(UP_TO_DATE);
            }
            if (s.peerDisk() == CONSISTENT || s.peerDisk() == OUTDATED) {
                s = s.withPeerDisk(UP_TO_DATE);
            }
        }
        return pause(clamp(s));
    }

    /** 6. */
    private static VolumeState clamp(VolumeState s) {
        return switch (s.connection()) {
            case WF_BITMAP_T, PAUSED_SYNC_T, STARTING_SYNC_T, WF_SYNC_UUID, BEHIND ->
                within(s, INCONSISTENT, OUTDATED, UP_TO_DATE, UP_TO_DATE);
            case SYNC_TARGET -> within(s, INCONSISTENT, INCONSISTENT, UP_TO_DATE, UP_TO_DATE);
            case WF_BITMAP_S, PAUSED_SYNC_S, STARTING_SYNC_S, AHEAD ->
                within(s, UP_TO_DATE, UP_TO_DATE, INCONSISTENT, CONSISTENT);
            case SYNC_SOURCE -> within(s, UP_TO_DATE, UP_TO_DATE, INCONSISTENT, INCONSISTENT);
            case VERIFY_S, VERIFY_T -> within(s, UP_TO_DATE, UP_TO_DATE, UP_TO_DATE, UP_TO_DATE);
            default -> s;
        };
    }

    private static VolumeState within(
            VolumeState s, DiskState min, DiskState max, DiskState peerMin, DiskState peerMax) {
        return s.withDisk(clamp(s.disk(), min, max)).withPeerDisk(clamp(s.peerDisk(), peerMin, peerMax));
    }

    private static DiskState clamp(DiskState disk, DiskState min, DiskState max) {
        return !disk.isAtLeast(min) ? min : disk.isAtLeast(max) ? max : disk;
    }

    /** 9. */
    private static VolumeState pause(VolumeState s) {
        boolean paused = (s.word() & PAUSED) != 0;
        return switch (s.connection()) {
            case SYNC_SOURCE -> paused ? s.withConnection(PAUSED_SYNC_S) : s;
            case SYNC_TARGET -> paused ? s.withConnection(PAUSED_SYNC_T) : s;
            case PAUSED_SYNC_S -> paused ? s : clamp(s.withConnection(SYNC_SOURCE));
            case PAUSED_SYNC_T -> paused ? s : clamp(s.withConnection(SYNC_TARGET));
            default -> s;
        };
    }

    /** A request in the words of its sender, turned into ours (spec drbd-wire 7.2); mask and value alike. */
    static int turned(int word) {
        int role = word & StateWord.ROLE_MASK;
        int peer = (word & StateWord.PEER_MASK) >>> 2;
        int disk = StateWord.diskCode(word);
        int pdsk = StateWord.peerDiskCode(word);
        int conn = switch (StateWord.connectionCode(word)) {
            case 9 -> 9;
            case 10 -> 10;
            case 11 -> 12;
            case 12 -> 11;
            case 1 -> 7;
            case 18 -> 19;
            case 31 -> 31;
            default -> 0;
        };
        int isp = (word & (StateWord.AFTR_ISP | StateWord.USER_ISP)) != 0 ? StateWord.PEER_ISP : 0;
        return peer | role << 2 | conn << 4 | pdsk << 9 | disk << 13 | isp;
    }
}
