package io.diskless.aoe.pair;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.initiator.AoeDisk;
import io.diskless.aoe.initiator.AoeInitiator;
import io.diskless.aoe.initiator.DiskOptions;
import io.diskless.aoe.initiator.InitiatorOptions;
import io.diskless.aoe.link.EthernetSegment;
import io.diskless.aoe.link.SegmentPort;
import io.diskless.aoe.target.AoeTarget;
import io.diskless.aoe.target.ExportOptions;
import io.diskless.aoe.target.TargetOptions;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/** Our target and our initiator on one segment, in virtual time, some ports each. */
final class Pair implements AutoCloseable {
    static final AoeAddress ADDRESS = new AoeAddress(0, 1);

    final EthernetSegment segment = EthernetSegment.virtual();
    final List<SegmentPort> ours = new ArrayList<>();
    final List<SegmentPort> theirs = new ArrayList<>();
    final BlockDevice store;
    final AoeInitiator initiator;
    AoeTarget target;
    private boolean stopped;

    Pair(BlockDevice store, int ports, int mtu) throws AoeException {
        this.store = store;
        for (int i = 0; i < ports; i++) {
            ours.add(segment.attach("ours" + i, MacAddress.of(0x0200_0000_0001L + i), mtu, 512));
            theirs.add(segment.attach("target" + i, MacAddress.of(0x0200_0000_0011L + i), mtu, 512));
        }
        // Each of our ports sees one of the target's: two Ethernets that have nothing in common.
        for (int i = 0; i < ports; i++) {
            for (int j = 0; j < ports; j++) {
                if (i != j) {
                    segment.partition(ours.get(i), theirs.get(j));
                }
            }
        }
        serve();
        initiator = AoeInitiator.open(
                ours,
                InitiatorOptions.builder()
                        .clock(segment.clock())
                        .random(new SplittableRandom(42))
                        .build());
    }

    void serve() throws AoeException {
        if (stopped) {
            for (SegmentPort port : theirs) {
                target.detach(port);
            }
            target.close();
            stopped = false;
        }
        // Frames that the network itself doubles are the target's affair: an initiator sees one answer per tag and
        // cannot know of a second copy. Its cache holds, by default, what is written while a copy is held back.
        target = AoeTarget.create(TargetOptions.builder().clock(segment.clock()).build());
        for (SegmentPort port : theirs) {
            target.attach(port);
        }
        target.export(ADDRESS, store, ExportOptions.defaults());
    }

    /** The target falls silent; what it had not executed is lost, the store stays. */
    void stop() {
        stopped = true;
    }

    AoeDisk open(DiskOptions options) {
        return join(initiator.openDisk(ADDRESS, options));
    }

    int poll() {
        if (stopped) {
            int lost = 0;
            for (SegmentPort port : theirs) {
                lost += port.receive(frame -> {}, 64);
            }
            return initiator.poll() + lost;
        }
        return initiator.poll() + target.poll();
    }

    boolean until(BooleanSupplier done, long limit) {
        return segment.runUntil(done, this::poll, 250_000, limit);
    }

    <T> T join(CompletableFuture<T> future) {
        if (!until(future::isDone, 300_000_000_000L)) {
            throw new AssertionError("not ended within 300 virtual seconds");
        }
        return future.join();
    }

    @Override
    public void close() throws AoeException {
        initiator.close();
        target.close();
    }
}
