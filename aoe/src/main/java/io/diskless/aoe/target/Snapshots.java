package io.diskless.aoe.target;

import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.List;

/** Reads counters into snapshots. Stateless; called by any thread. */
final class Snapshots {
    private Snapshots() {}

    static TargetSnapshot of(List<PortLoop> ports, List<Export> exports) {
        List<TargetSnapshot.Port> p = new ArrayList<>();
        for (PortLoop loop : ports) {
            p.add(port(loop));
        }
        List<TargetSnapshot.ExportCounters> e = new ArrayList<>();
        for (Export export : exports) {
            e.add(export(export, ports));
        }
        return new TargetSnapshot(p, e);
    }

    private static TargetSnapshot.Port port(PortLoop loop) {
        List<TargetSnapshot.PeerCounters> peers = new ArrayList<>();
        for (Peer peer : loop.peers().list()) {
            peers.add(peer(peer));
        }
        return new TargetSnapshot.Port(
                loop.link().name(),
                loop.link().state(),
                loop.link().mtu(),
                loop.link().counters(),
                loop.verdicts().snapshot(),
                get(loop, PortCounter.ANSWERS),
                get(loop, PortCounter.TAGGED),
                get(loop, PortCounter.FOREIGN),
                get(loop, PortCounter.LOOPED),
                get(loop, PortCounter.NO_EXPORT),
                get(loop, PortCounter.LIMITED),
                get(loop, PortCounter.OVERLOADED),
                get(loop, PortCounter.NO_SLOT),
                get(loop, PortCounter.BROADCAST_WRITE),
                get(loop, PortCounter.ANNOUNCEMENTS),
                get(loop, PortCounter.LATE_INLINE),
                peers);
    }

    private static long get(PortLoop loop, int counter) {
        return loop.counters().get(counter);
    }

    private static TargetSnapshot.PeerCounters peer(Peer peer) {
        Counters c = peer.counters;
        return new TargetSnapshot.PeerCounters(
                MacAddress.of(peer.mac()),
                c.get(Peer.REQUESTS),
                c.get(Peer.READS),
                c.get(Peer.READ_BYTES),
                c.get(Peer.WRITES),
                c.get(Peer.WRITTEN_BYTES),
                c.get(Peer.FAILED),
                c.get(Peer.DENIED),
                c.get(Peer.LIMITED),
                c.get(Peer.DUPLICATES),
                peer.latency.latency());
    }

    /** The sums over all ports. */
    static long[] sums(Export export, List<PortLoop> ports) {
        long[] sums = new long[PortExport.COUNTERS];
        for (PortLoop loop : ports) {
            for (PortExport e : loop.exports().all()) {
                if (e.export == export) {
                    e.counters.addTo(sums);
                }
            }
        }
        return sums;
    }

    private static TargetSnapshot.ExportCounters export(Export export, List<PortLoop> ports) {
        long[] n = sums(export, ports);
        long[] reads = Histogram.newSum();
        long[] writes = Histogram.newSum();
        for (PortLoop loop : ports) {
            for (PortExport e : loop.exports().all()) {
                if (e.export == export) {
                    e.reads.addTo(reads);
                    e.writes.addTo(writes);
                }
            }
        }
        return new TargetSnapshot.ExportCounters(
                export.address(),
                export.geometry(),
                n[PortExport.READS],
                n[PortExport.READ_BYTES],
                n[PortExport.WRITES],
                n[PortExport.WRITTEN_BYTES],
                n[PortExport.FLUSHES],
                n[PortExport.DISCARDS],
                n[PortExport.VERIFIES],
                n[PortExport.IDENTIFIES],
                n[PortExport.OTHER_ATA],
                n[PortExport.ATA_FAILED],
                n[PortExport.CONFIG],
                n[PortExport.MASK],
                n[PortExport.RESERVE],
                n[PortExport.AOE_ERRORS],
                n[PortExport.DENIED],
                n[PortExport.MASKED],
                n[PortExport.RESERVED],
                n[PortExport.DUPLICATES],
                n[PortExport.COPIES],
                n[PortExport.COPIED_BYTES],
                n[PortExport.WAITED],
                n[PortExport.DROPPED],
                export.underWay(),
                Histogram.latency(reads),
                Histogram.latency(writes));
    }
}
