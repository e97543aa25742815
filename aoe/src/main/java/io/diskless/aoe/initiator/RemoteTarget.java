package io.diskless.aoe.initiator;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of one target. Confined to the event loop. */
final class RemoteTarget {
    /** AoE allows this many paths no less than others; it only keeps forged answers from filling memory. */
    static final int MAX_PATHS = 64;

    final AoeAddress address;
    final List<Path> paths = new ArrayList<>();
    final WriteLedger ledger = new WriteLedger();
    /** Copies taken for lost, in the order in which their quarantine ends. */
    final CopyList limbo = new CopyList();

    int bufferCount;
    int sectorCount;
    int firmware;
    /** Latin-1: one char per byte. */
    String config = "";

    @Nullable
    IdentifyData identity;

    long lastHeardAt;
    boolean identifying;
    /** When IDENTIFY was answered last; -1 for never. */
    long identifiedAt = -1;

    /** What listeners were told last; null while they think it is not there. */
    @Nullable
    TargetInfo told;

    @Nullable
    DiskEngine engine;

    RemoteTarget(AoeAddress address) {
        this.address = address;
    }

    @Nullable
    Path path(Port port, long mac) {
        for (int i = 0; i < paths.size(); i++) {
            Path path = paths.get(i);
            if (path.port == port && path.mac == mac) {
                return path;
            }
        }
        return null;
    }

    /**
     * The path for the next frame: the preferred one while it is in use, even if that means to wait for its window, so
     * that copies of one command stay on one path; else the one with the shortest expected delay.
     */
    @Nullable
    Path choose(@Nullable Path preferred) {
        if (preferred != null && preferred.state == PathState.UP && preferred.port.isUp()) {
            return preferred.hasRoom() ? preferred : null;
        }
        Path best = null;
        Path suspect = null;
        boolean up = false;
        long bestDelay = Long.MAX_VALUE;
        for (int i = 0; i < paths.size(); i++) {
            Path path = paths.get(i);
            if (!path.proven || !path.port.isUp()) {
                continue;
            }
            if (path.state == PathState.UP) {
                up = true;
                long delay = (path.inFlight() + 1L) * Math.max(1, path.rtt.srtt());
                if (path.hasRoom() && delay < bestDelay) {
                    best = path;
                    bestDelay = delay;
                }
            } else if (path.state == PathState.SUSPECT && path.inFlight() == 0) {
                suspect = path;
            }
        }
        return up ? best : suspect;
    }

    /** How many paths are known to lead to the disk. */
    int proven() {
        int proven = 0;
        for (int i = 0; i < paths.size(); i++) {
            proven += paths.get(i).proven ? 1 : 0;
        }
        return proven;
    }

    /** Most sectors that both ends promise for frames of this port. */
    int sectorLimit(Port port) {
        // The -36 form of the specification, §4.2: what Linux, vblade and ggaoed compute.
        int byMtu = (port.mtu - 36) / AtaCommand.SECTOR;
        int byTarget = sectorCount == 0 ? PayloadLadder.SMALL : sectorCount;
        return Math.max(1, Math.min(byMtu, byTarget));
    }

    TargetInfo info() {
        boolean proven = proven() > 0;
        return info(
                identity, paths.stream().filter(path -> !proven || path.proven).toList());
    }

    /** What is told of a disk that shows itself like this by these paths. */
    TargetInfo info(@Nullable IdentifyData id, List<Path> by) {
        List<TargetInfo.Route> routes = new ArrayList<>(by.size());
        for (Path path : by) {
            routes.add(new TargetInfo.Route(
                    path.port.name, MacAddress.of(path.mac), path.port.mtu, sectorLimit(path.port)));
        }
        return new TargetInfo(
                address,
                id == null ? TargetInfo.UNKNOWN_SIZE : id.sectors() * AtaCommand.SECTOR,
                id == null ? "" : id.model(),
                id == null ? "" : id.serial(),
                id == null ? "" : id.firmware(),
                bufferCount,
                sectorCount == 0 ? PayloadLadder.SMALL : sectorCount,
                firmware,
                config,
                List.copyOf(routes));
    }
}
