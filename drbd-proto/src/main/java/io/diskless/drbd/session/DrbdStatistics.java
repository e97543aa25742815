package io.diskless.drbd.session;

import java.util.List;
import java.util.Optional;

/**
 * Figures of a resource at one moment. Immutable.
 *
 * @param resource its name
 * @param connection figures of the connection, if there is one
 * @param volumes figures of each volume, in ascending order of their numbers
 */
public record DrbdStatistics(String resource, Optional<Connection> connection, List<Volume> volumes) {
    /** Keeps a copy of the list. */
    public DrbdStatistics {
        volumes = List.copyOf(volumes);
    }

    /**
     * What went over the present connection, and what is under way on it.
     *
     * @param dialect what both sides agreed on
     * @param sentBytes bytes sent on the data socket, headers included
     * @param receivedBytes bytes received on the data socket, without headers
     * @param unackedWrites writes of the peer that wait for their end here ({@code ua} of {@code /proc/drbd})
     * @param openEpochs epochs of own writes whose barrier the peer has not answered yet ({@code ep})
     */
    public record Connection(String dialect, long sentBytes, long receivedBytes, int unackedWrites, int openEpochs) {}

    /**
     * What a volume has done since its disk was attached, and what is under way.
     *
     * @param volume its number
     * @param sizeBytes its size
     * @param reads requests that its disk has read: for applications, the peer, resync and verify
     * @param readBytes bytes of them
     * @param writes requests that its disk has written, discards and zeroes among them
     * @param writtenBytes bytes of them
     * @param flushes flushes of its disk
     * @param ioErrors requests that its disk failed
     * @param activityLogUpdates transactions of the activity log
     * @param bitmapWrites pages of 4 KiB of the bitmap that were written
     * @param outOfSyncBytes what is dirty, in bytes
     * @param applicationRequests requests of applications that are not completed ({@code ap})
     * @param localRequests requests that its disk works on ({@code lo})
     * @param pendingWrites own writes that the peer has to acknowledge ({@code pe})
     */
    public record Volume(
            int volume,
            long sizeBytes,
            long reads,
            long readBytes,
            long writes,
            long writtenBytes,
            long flushes,
            long ioErrors,
            long activityLogUpdates,
            long bitmapWrites,
            long outOfSyncBytes,
            int applicationRequests,
            int localRequests,
            int pendingWrites) {}

    /** On the data loop. */
    static DrbdStatistics of(ResourceCore core) {
        Link link = core.link();
        return new DrbdStatistics(
                core.options().name(),
                link == null || !link.isIntroduced()
                        ? Optional.empty()
                        : Optional.of(new Connection(
                                link.dialect().toString(),
                                link.sentBytes(),
                                link.receivedBytes(),
                                link.writes().unacked(),
                                link.sendLog().epochs())),
                core.volumes().stream().map(DrbdStatistics::of).toList());
    }

    private static Volume of(VolumeCore v) {
        Backing disk = v.backing();
        boolean attached = disk != null && v.hasDisk();
        Backing.Counters counted = disk == null ? new Backing.Counters() : disk.counters();
        return new Volume(
                v.number(),
                v.sectors() << 9,
                counted.reads,
                counted.readBytes,
                counted.writes,
                counted.writtenBytes,
                counted.flushes,
                counted.failures,
                attached ? v.meta().activityLog().transactions() : 0,
                attached ? v.meta().bitmapWrites() : 0,
                attached ? v.bitmap().dirtyBits() * 4096 : 0,
                v.local().incomplete(),
                disk == null ? 0 : disk.open(),
                v.local().pending());
    }
}
