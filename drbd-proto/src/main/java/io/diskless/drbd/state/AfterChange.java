package io.diskless.drbd.state;

import static io.diskless.drbd.wire.ConnectionState.AHEAD;
import static io.diskless.drbd.wire.ConnectionState.CONNECTED;
import static io.diskless.drbd.wire.ConnectionState.PAUSED_SYNC_S;
import static io.diskless.drbd.wire.ConnectionState.STARTING_SYNC_S;
import static io.diskless.drbd.wire.ConnectionState.STARTING_SYNC_T;
import static io.diskless.drbd.wire.ConnectionState.SYNC_SOURCE;
import static io.diskless.drbd.wire.ConnectionState.SYNC_TARGET;
import static io.diskless.drbd.wire.ConnectionState.VERIFY_S;
import static io.diskless.drbd.wire.ConnectionState.WF_BITMAP_S;
import static io.diskless.drbd.wire.ConnectionState.WF_REPORT_PARAMS;
import static io.diskless.drbd.wire.DiskState.ATTACHING;
import static io.diskless.drbd.wire.DiskState.DISKLESS;
import static io.diskless.drbd.wire.DiskState.D_UNKNOWN;
import static io.diskless.drbd.wire.DiskState.FAILED;
import static io.diskless.drbd.wire.DiskState.INCONSISTENT;
import static io.diskless.drbd.wire.DiskState.NEGOTIATING;
import static io.diskless.drbd.wire.DiskState.OUTDATED;
import static io.diskless.drbd.wire.DiskState.UP_TO_DATE;

import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.StateWord;
import io.diskless.drbd.wire.Uuids;
import io.diskless.drbd.wire.VolumeState;
import java.util.EnumSet;
import java.util.Set;

/**
 * What follows from a change of the state (semantics spec §2.5), in the order in which it is to be done: first what has
 * to be stable or be sent before the peer hears of the change, P_STATE last, but for the answer to an attach.
 *
 * <p>Immutable.
 */
public enum AfterChange {
    /** The peer's good data is out of reach: {@linkplain Generations#newCurrent begin a new generation}. */
    NEW_CURRENT_UUID("begin a new generation, send P_UUIDS if connected"),
    /** The content of all blocks is in doubt: set all bits, write the bitmap, then go on. */
    SET_ALL_BITS("set all bits and write the bitmap, then be the source or wait for P_SYNC_UUID"),
    /** A disk was attached while connected. */
    SEND_SIZES("send P_SIZES"),
    /** The peer has to know my generations. */
    SEND_UUIDS("send P_UUIDS"),
    /** The peer has attached a disk, and decides by my state what follows: before a bitmap too. */
    ANSWER_STATE("send P_STATE"),
    /** The bitmap goes out first from the source. */
    SEND_BITMAP("send the bitmap"),
    /** Before any P_STATE of the source. */
    SEND_SYNC_UUID("make and send P_SYNC_UUID"),
    /** A former Primary's bitmap must not be older than its data. */
    WRITE_BITMAP("write changed bits"),
    /** The peer has to know my state. */
    SEND_STATE("send P_STATE");

    private final String words;

    AfterChange(String words) {
        this.words = words;
    }

    /**
     * What is to be done, in words.
     *
     * @return for a log or a table
     */
    public String words() {
        return words;
    }

    /**
     * What follows from a change.
     *
     * @param before the former state
     * @param after the present state, sanitised
     * @param uuids my generations
     * @param dialect what is agreed
     * @return actions, in their order
     */
    public static Set<AfterChange> of(VolumeState before, VolumeState after, Uuids uuids, Dialect dialect) {
        EnumSet<AfterChange> actions = EnumSet.noneOf(AfterChange.class);
        if (needsNewCurrent(before, after, uuids)) {
            actions.add(NEW_CURRENT_UUID);
        }
        ConnectionState from = before.connection();
        ConnectionState to = after.connection();
        boolean moved = from != to;
        if (moved && (to == STARTING_SYNC_S || to == STARTING_SYNC_T)) {
            actions.add(SET_ALL_BITS);
        }
        if (!to.isAtLeast(CONNECTED)) {
            demoted(before, after, actions);
            return actions;
        }
        boolean introduced = from.isAtLeast(CONNECTED);
        if (before.disk() == ATTACHING && after.disk() == NEGOTIATING) {
            actions.add(SEND_SIZES);
            actions.add(SEND_UUIDS);
            actions.add(SEND_STATE);
        }
        if (introduced && before.peerDisk() == DISKLESS && after.peerDisk() != DISKLESS) {
            actions.add(SEND_UUIDS);
            actions.add(ANSWER_STATE);
        }
        if (moved && to == WF_BITMAP_S) {
            actions.add(SEND_BITMAP);
        }
        if (isSource(to) && !isSource(from)) {
            actions.add(SEND_SYNC_UUID);
        }
        demoted(before, after, actions);
        if (announces(before, after, dialect)) {
            actions.add(SEND_STATE);
        }
        return actions;
    }

    /** Also where it begins with a pause. */
    private static boolean isSource(ConnectionState conn) {
        return conn == SYNC_SOURCE || conn == PAUSED_SYNC_S;
    }

    private static void demoted(VolumeState before, VolumeState after, Set<AfterChange> actions) {
        if (before.role() == Role.PRIMARY && after.role() == Role.SECONDARY) {
            actions.add(WRITE_BITMAP);
        }
    }

    private static boolean announces(VolumeState before, VolumeState after, Dialect dialect) {
        ConnectionState from = before.connection();
        ConnectionState to = after.connection();
        int pauses = StateWord.AFTR_ISP | StateWord.USER_ISP;
        boolean diskMoved = before.disk() != after.disk();
        return from == WF_REPORT_PARAMS
                || before.role() != after.role()
                || ((before.word() ^ after.word()) & pauses) != 0
                || (to == AHEAD && from != AHEAD)
                || (diskMoved && (after.disk() == FAILED || after.disk() == DISKLESS))
                || (before.disk() == UP_TO_DATE && after.disk() == INCONSISTENT && from == to)
                || (from == SYNC_TARGET && to == CONNECTED)
                || (from == VERIFY_S && to == CONNECTED && dialect.hasVerifyStop());
    }

    /**
     * Whether this side goes on without its peer and therefore begins a new generation (semantics spec §4.2, a and d).
     * While I/O is suspended it is to be put off until I/O goes on without the peer.
     *
     * @param before the former state
     * @param after the present state
     * @param uuids my generations
     * @return true if my data is UpToDate, somebody is Primary, no bitmap identifier is set, and the peer's data is lost
     *     or the peer writes through this side
     */
    public static boolean needsNewCurrent(VolumeState before, VolumeState after, Uuids uuids) {
        if (after.disk() != UP_TO_DATE || uuids.bitmap() != 0) {
            return false;
        }
        // Who is known to be Primary now: a Secondary that has lost its Primary keeps its generation.
        boolean primary = after.role() == Role.PRIMARY || after.peer() == Role.PRIMARY;
        boolean peerWritesThroughMe = after.peer() == Role.PRIMARY
                && before.peer() != Role.PRIMARY
                && !after.peerDisk().isAtLeast(NEGOTIATING);
        return peerWritesThroughMe || (primary && losesPeerData(before.peerDisk(), after.peerDisk()));
    }

    private static boolean losesPeerData(DiskState before, DiskState after) {
        boolean gone = after == DISKLESS || after == FAILED || after == OUTDATED;
        if (before == D_UNKNOWN) {
            return gone;
        }
        return before.isAtLeast(INCONSISTENT) && before != OUTDATED && (gone || after == D_UNKNOWN);
    }
}
