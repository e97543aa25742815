package io.diskless.benchmarks.lab.node;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.initiator.AoeDisk;
import io.diskless.aoe.initiator.AoeInitiator;
import io.diskless.aoe.initiator.DiskOptions;
import io.diskless.aoe.initiator.InitiatorOptions;
import io.diskless.aoe.initiator.PathSnapshot;
import io.diskless.aoe.initiator.TargetInfo;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.benchmarks.lab.site.Message;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.mirror.InitialSync;
import io.diskless.cluster.block.mirror.MetadataPlacement;
import io.diskless.cluster.block.mirror.Mirror;
import io.diskless.cluster.block.mirror.MirrorEvent;
import io.diskless.cluster.block.mirror.MirrorOptions;
import io.diskless.cluster.block.mirror.MirrorSnapshot;
import io.diskless.cluster.block.mirror.Scrub;
import io.diskless.cluster.block.mirror.ScrubReport;
import io.diskless.cluster.net.AoeAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The disks of the site as an application node sees them: one AoE disk for each storage node, and a mirror over them.
 * Confined to the thread of the agent, except {@link #isDegraded}, {@link #kill} and the listener of the mirror.
 */
final class Volumes implements AutoCloseable {
    /** One round of asking all targets. */
    private static final Duration ROUND = Duration.ofMillis(300);

    private static final Duration OPEN = Duration.ofSeconds(10);
    private static final Duration PROBE = Duration.ofMillis(500);
    /** A bit of the bitmap costs a durable write on each leg before the first write of its region. */
    private static final long REGION = 256 << 10;

    private static final Duration CLEAR = Duration.ofSeconds(1);
    private static final long GLANCE_MILLIS = 100;

    private final EthernetLink link;
    private final AoeInitiator initiator;
    private final Changes changes;
    private List<AoeDisk> disks = List.of();
    private volatile @Nullable Mirror mirror;
    private volatile long resyncBytes;

    private Volumes(EthernetLink link, AoeInitiator initiator, Changes changes) {
        this.link = link;
        this.initiator = initiator;
        this.changes = changes;
    }

    static Volumes on(EthernetLink link, Changes changes) throws IOException {
        AoeInitiator initiator = AoeInitiator.open(List.of(link), InitiatorOptions.defaults());
        initiator.start();
        return new Volumes(link, initiator, changes);
    }

    /** What kind of link it is, for people. */
    String link() {
        return link.capabilities().kind().toString();
    }

    private static List<AoeAddress> parse(String addresses) {
        List<AoeAddress> list = new ArrayList<>();
        for (String address : addresses.split(",", -1)) {
            list.add(AoeAddress.parse(address));
        }
        return list;
    }

    Message discover(String addresses, long millis) throws IOException {
        List<AoeAddress> wanted = parse(addresses);
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        Set<AoeAddress> found = Set.of();
        do {
            found = initiator.discover(ROUND).stream().map(TargetInfo::address).collect(Collectors.toSet());
            if (found.containsAll(wanted)) {
                return Message.ok().with("found", found.size());
            }
        } while (System.nanoTime() < end);
        throw new IOException("found " + found + " on the Ethernet, expected " + wanted);
    }

    Message open(String addresses, boolean create, Duration deadline) throws IOException {
        DiskOptions options =
                DiskOptions.builder().deadline(deadline).openTimeout(OPEN).build();
        List<AoeDisk> opened = new ArrayList<>();
        try {
            for (AoeAddress address : parse(addresses)) {
                opened.add(initiator.disk(address, options));
            }
            MirrorOptions how = MirrorOptions.remote().toBuilder()
                    // Behind the data: a leg can be read, and could be mounted, without the mirror.
                    .placement(MetadataPlacement.END)
                    // The files of the storage nodes are new and read as zeroes.
                    .initialSync(InitialSync.ASSUME_IDENTICAL)
                    .regionSize(REGION)
                    .probeInterval(PROBE)
                    // So that the resync is about what the load wrote, not about an image that is seconds old.
                    .clearDelay(CLEAR)
                    .listener(this::onEvent)
                    .build();
            Mirror over = create ? Mirror.create(opened, how) : Mirror.open(opened, how);
            mirror = over;
            disks = opened;
            return Message.ok().with("bytes", over.geometry().size());
        } catch (IOException | RuntimeException e) {
            Closing.all(opened.toArray(AutoCloseable[]::new));
            throw e;
        }
    }

    private void onEvent(MirrorEvent event) {
        if (event instanceof MirrorEvent.LegRecovering recovering) {
            resyncBytes = recovering.dirtyBytes();
        } else if (event instanceof MirrorEvent.ResyncFinished finished) {
            resyncBytes = Math.max(resyncBytes, finished.bytes());
        }
        changes.happened();
    }

    private Mirror mirror() {
        Mirror open = mirror;
        if (open == null) {
            throw new IllegalStateException("the mirror is not open: \"open\" comes first");
        }
        return open;
    }

    /** The mirror, or the disk of an address. */
    BlockDevice source(String name) {
        if (name.equals(ApplicationAgent.MIRROR)) {
            return mirror();
        }
        AoeAddress address = AoeAddress.parse(name);
        return disks.stream()
                .filter(disk -> disk.address().equals(address))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no disk " + address + " is open"));
    }

    /** Compares the legs; the mirror's own view, beside the proof of the reader. */
    Message scrub(Work work) throws IOException, InterruptedException {
        Scrub scrub = mirror().scrub(false, 0);
        while (true) {
            try {
                ScrubReport report = scrub.report().get(GLANCE_MILLIS, TimeUnit.MILLISECONDS);
                work.reached(scrub.doneBytes());
                if (!report.complete() || report.skippedBytes() > 0 || report.readErrors() > 0) {
                    throw new IOException("the scrub is not complete: " + report);
                }
                long differing = report.differences().stream()
                        .mapToLong(ScrubReport.Difference::length)
                        .sum();
                return Message.ok().with("differing", differing).with("compared", report.comparedBytes());
            } catch (TimeoutException e) {
                work.reached(scrub.doneBytes());
            } catch (ExecutionException e) {
                throw new IOException("the scrub failed: " + e.getMessage(), e);
            } catch (InterruptedException e) {
                scrub.cancel();
                throw e;
            }
        }
    }

    /** Whether a leg takes no part just now. */
    boolean isDegraded() {
        Mirror open = mirror;
        return open != null && !open.snapshot().isHealthy();
    }

    Message status(Message to) {
        Mirror open = mirror;
        if (open == null) {
            return to;
        }
        MirrorSnapshot now = open.snapshot();
        long frames = 0;
        long retransmissions = 0;
        for (AoeDisk disk : disks) {
            for (PathSnapshot path : disk.snapshot().paths()) {
                frames += path.framesSent();
                retransmissions += path.retransmissions();
            }
        }
        return to.with(
                        "legs",
                        now.legs().stream().map(leg -> leg.state().name()).collect(Collectors.joining(",")))
                .with("insync", now.isHealthy())
                .with("resync.done", now.resync().doneBytes())
                .with("resync.total", now.resync().totalBytes())
                .with("resync.bytes", Math.max(resyncBytes, now.resync().totalBytes()))
                .with("frames", frames)
                .with("retransmissions", retransmissions);
    }

    /** Closes the mirror and its legs; the port stays open. */
    void release() throws IOException {
        Mirror open = mirror;
        mirror = null;
        disks = List.of();
        if (open != null) {
            open.close();
        }
    }

    /** As if the power was cut: from now on nothing is sent. */
    void kill() {
        try {
            link.close();
        } catch (AoeException e) {
            // Dead is dead.
        }
    }

    @Override
    public void close() throws IOException {
        Closing.all(this::release, initiator, link);
    }
}
