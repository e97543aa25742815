package io.diskless.benchmarks.load;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.initiator.AoeDisk;
import io.diskless.aoe.initiator.AoeInitiator;
import io.diskless.aoe.initiator.DiskOptions;
import io.diskless.aoe.initiator.InitiatorOptions;
import io.diskless.aoe.initiator.PathSnapshot;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.net.AoeAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The same load as {@link BareRequester}'s by way of our initiator, which the calling thread polls. Each request has a
 * buffer of its own. Not thread-safe.
 */
final class InitiatorLoad implements AutoCloseable {
    private final AoeInitiator initiator;
    private final AoeDisk disk;
    private final Histogram latency = new Histogram(10_000_000_000L, 3);
    private long random = 0x9E37_79B9_7F4A_7C15L;
    private long end;
    private long answered;
    private long failed;
    private int underWay;

    InitiatorLoad(EthernetLink link, AoeAddress address) throws AoeException {
        initiator = AoeInitiator.open(List.of(link), InitiatorOptions.defaults());
        CompletableFuture<AoeDisk> opening = initiator.openDisk(address, DiskOptions.defaults());
        while (!opening.isDone()) {
            if (initiator.poll() == 0) {
                Thread.onSpinWait();
            }
        }
        try {
            disk = opening.join();
        } catch (CompletionException e) {
            initiator.close();
            throw e;
        }
    }

    /** One request at a time, again and again until the burst is over. */
    private final class Slot implements Completion {
        private final ByteBuffer buffer;
        private final boolean writes;
        private final long first;
        private final long blocks;
        private long sentAt;

        Slot(int index, int depth, int sectors, boolean writes) {
            buffer = ByteBuffer.allocateDirect(sectors * 512);
            this.writes = writes;
            blocks = disk.geometry().size() / buffer.capacity() / depth;
            first = index * blocks;
        }

        void start() {
            random ^= random << 13;
            random ^= random >>> 7;
            random ^= random << 17;
            long at = (first + Long.remainderUnsigned(random, blocks)) * buffer.capacity();
            sentAt = System.nanoTime();
            if (writes) {
                disk.write(at, buffer, 0, this);
            } else {
                disk.read(at, buffer, this);
            }
        }

        @Override
        public void completed() {
            long now = System.nanoTime();
            latency.recordValue(now - sentAt);
            answered++;
            if (now < end) {
                start();
            } else {
                underWay--;
            }
        }

        @Override
        public void failed(@Nullable BlockException cause) {
            failed++;
            completed();
        }
    }

    private long repeated() {
        return disk.snapshot().paths().stream()
                .mapToLong(PathSnapshot::retransmissions)
                .sum();
    }

    /** As {@link BareRequester#burst}. */
    BareRequester.Burst burst(int depth, int sectors, boolean writes, long nanos) {
        answered = 0;
        failed = 0;
        latency.reset();
        long repeated = repeated();
        Slot[] slots = new Slot[depth];
        for (int i = 0; i < depth; i++) {
            slots[i] = new Slot(i, depth, sectors, writes);
        }
        long start = System.nanoTime();
        end = start + nanos;
        underWay = depth;
        for (Slot slot : slots) {
            slot.start();
        }
        while (underWay > 0) {
            if (initiator.poll() == 0) {
                Thread.onSpinWait();
            }
        }
        long took = System.nanoTime() - start;
        return new BareRequester.Burst(
                answered,
                took,
                repeated() - repeated,
                failed,
                latency.getValueAtPercentile(50),
                latency.getValueAtPercentile(99));
    }

    @Override
    public void close() {
        disk.close();
        initiator.close();
    }
}
