package io.diskless.aoe.initiator;

import io.diskless.cluster.net.MacAddress;

/**
 * One way to a target: a local port and a remote address. Has its own round trip time, window and frame size. Confined to
 * the event loop.
 */
final class Path {
    final RemoteTarget target;
    final Port port;
    final long mac;
    /** Of everything but writes. */
    final RttEstimator rtt;
    /** Of writes: a target that writes through takes a hundred times as long for them. */
    final RttEstimator writeRtt;
    /** Of both: a pause of the target hits whatever is under way. */
    final TimeoutFloor floor;

    final CongestionWindow window;
    final PayloadLadder ladder = new PayloadLadder();

    /** Copies in the window, in the order of sending. */
    final CopyList outstanding = new CopyList();
    /** No copy of {@code outstanding} expires before; kept low lazily. */
    long nextExpiry = Long.MAX_VALUE;

    PathState state = PathState.UP;
    /** IDENTIFY was answered by this very path, with what the disk is known by. Before that it carries no data. */
    boolean proven;
    /** IDENTIFY is on its way by this path. */
    boolean proving;
    /** Another disk answers here; said once. */
    boolean conflict;

    /** Timeouts without any answer between them. */
    int timeoutsInRow;

    private long lastTimeoutAt;
    long lastHeardAt;
    long nextProbeAt = Long.MAX_VALUE;
    long probePause;
    long lastProbeAt = Long.MIN_VALUE;
    /** How many later answers make a copy lost: 3, more where answers really come out of order. */
    int reorder = 3;

    long framesSent;
    long retransmissions;
    long timeouts;
    long overtaken;
    long spurious;
    long losses;
    long answers;
    long bytesRead;
    long bytesWritten;
    long demotions;

    Path(RemoteTarget target, Port port, long mac, InitiatorOptions options, int maxWindow) {
        this.target = target;
        this.port = port;
        this.mac = mac;
        long initial = options.initialTimeout().toNanos();
        long max = options.maxTimeout().toNanos();
        floor = new TimeoutFloor(options.minTimeout().toNanos(), max);
        rtt = new RttEstimator(initial, floor, max);
        writeRtt = new RttEstimator(initial, floor, max);
        window = new CongestionWindow(maxWindow);
    }

    RttEstimator rtt(Io io) {
        return io.changesData() ? writeRtt : rtt;
    }

    int inFlight() {
        return outstanding.size;
    }

    boolean hasRoom() {
        return outstanding.size < window.size();
    }

    /** Whether this timeout is a new one, not one of a volley that was sent at one time. */
    boolean countTimeout(long now, long rto) {
        if (timeoutsInRow > 0 && now - lastTimeoutAt < rto) {
            return false;
        }
        timeoutsInRow++;
        lastTimeoutAt = now;
        return true;
    }

    private PathState shown() {
        if (!port.isUp()) {
            return PathState.DOWN;
        }
        return proven ? state : PathState.SUSPECT;
    }

    PathSnapshot snapshot() {
        return new PathSnapshot(
                port.name,
                MacAddress.of(mac),
                shown(),
                window.size(),
                window.max(),
                inFlight(),
                ladder.current(),
                ladder.limit(),
                rtt.srtt(),
                rtt.rto(),
                writeRtt.srtt(),
                writeRtt.rto(),
                framesSent,
                answers,
                retransmissions,
                timeouts,
                overtaken,
                spurious,
                demotions,
                ladder.stepsDown(),
                bytesRead,
                bytesWritten);
    }

    @Override
    public String toString() {
        return target.address + " by " + port.name + " to " + MacAddress.of(mac);
    }
}
