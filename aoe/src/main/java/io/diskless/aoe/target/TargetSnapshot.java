package io.diskless.aoe.target;

import io.diskless.aoe.link.LinkCounters;
import io.diskless.aoe.link.LinkState;
import io.diskless.aoe.wire.Verdict;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.List;
import java.util.Map;

/**
 * What a target has counted so far. Each number is exact; numbers that belong together may be a few requests apart, since
 * nothing is stopped to read them. Immutable.
 *
 * @param ports the links, in the order in which they were attached
 * @param exports by address
 */
public record TargetSnapshot(List<Port> ports, List<ExportCounters> exports) {
    /** Copies the lists. */
    public TargetSnapshot {
        ports = List.copyOf(ports);
        exports = List.copyOf(exports);
    }

    /**
     * One link.
     *
     * @param name of the link
     * @param state of the link
     * @param mtu of the link
     * @param link what the link itself counted
     * @param verdicts how often the door said what; those that never occurred are left out
     * @param answers frames sent, announcements included
     * @param tagged frames with a VLAN tag, dropped
     * @param foreign frames for another station, dropped
     * @param looped frames with our own source address, dropped
     * @param noExport frames for an address that is not exported here
     * @param limited frames of sources beyond their rate, dropped
     * @param overloaded requests dropped because all request buffers were in use
     * @param noSlot answers that found no transmit slot
     * @param broadcastWrites writes and changes of settings to all shelves or slots, dropped
     * @param announcements sent without being asked
     * @param lateInline operations that a device promised to complete inline and did not
     * @param peers the sources remembered
     */
    public record Port(
            String name,
            LinkState state,
            int mtu,
            LinkCounters link,
            Map<Verdict, Long> verdicts,
            long answers,
            long tagged,
            long foreign,
            long looped,
            long noExport,
            long limited,
            long overloaded,
            long noSlot,
            long broadcastWrites,
            long announcements,
            long lateInline,
            List<PeerCounters> peers) {
        /** Copies the collections. */
        public Port {
            verdicts = Map.copyOf(verdicts);
            peers = List.copyOf(peers);
        }
    }

    /**
     * One source address on one port.
     *
     * @param source the peer
     * @param requests that an export looked at
     * @param reads completed
     * @param readBytes completed
     * @param writes completed
     * @param writtenBytes completed
     * @param failed answered with an ATA or AoE error
     * @param denied left without an answer by access control
     * @param limited dropped by the rate limit
     * @param duplicates late copies of changes that were recognised
     * @param latency of reads and writes
     */
    public record PeerCounters(
            MacAddress source,
            long requests,
            long reads,
            long readBytes,
            long writes,
            long writtenBytes,
            long failed,
            long denied,
            long limited,
            long duplicates,
            Latency latency) {}

    /**
     * One export, over all ports.
     *
     * @param address the export
     * @param geometry the shape as peers see it
     * @param reads completed
     * @param readBytes completed
     * @param writes completed
     * @param writtenBytes completed
     * @param flushes asked for by peers
     * @param discards TRIM commands
     * @param verifies VERIFY commands
     * @param identifies IDENTIFY commands
     * @param otherAta all other ATA commands
     * @param ataFailed answered with an ATA error
     * @param config Query Config commands
     * @param mask MAC Mask List commands
     * @param reserve Reserve/Release commands
     * @param aoeErrors answered with an AoE error
     * @param denied left without an answer by access control
     * @param masked left without an answer because of the mask list
     * @param reserved refused because of a reservation
     * @param duplicates late copies of changes that were recognised
     * @param copies of sector data between slots and request buffers; 0 for a device that completes inline
     * @param copiedBytes in those copies
     * @param waited transfers that found their range in use by another port
     * @param dropped requests dropped for lack of a slot or a request buffer
     * @param underWay requests that the device has now
     * @param readLatency of reads
     * @param writeLatency of writes
     */
    public record ExportCounters(
            AoeAddress address,
            BlockGeometry geometry,
            long reads,
            long readBytes,
            long writes,
            long writtenBytes,
            long flushes,
            long discards,
            long verifies,
            long identifies,
            long otherAta,
            long ataFailed,
            long config,
            long mask,
            long reserve,
            long aoeErrors,
            long denied,
            long masked,
            long reserved,
            long duplicates,
            long copies,
            long copiedBytes,
            long waited,
            long dropped,
            int underWay,
            Latency readLatency,
            Latency writeLatency) {}

    /**
     * The counters of an export.
     *
     * @param address the export
     * @return its counters
     * @throws IllegalArgumentException if it is not exported
     */
    public ExportCounters export(AoeAddress address) {
        for (ExportCounters e : exports) {
            if (e.address().equals(address)) {
                return e;
            }
        }
        throw new IllegalArgumentException(address + " is not exported");
    }
}
