package io.diskless.aoe.initiator;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.link.EthernetSegment;
import io.diskless.aoe.link.SegmentPort;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/** A segment with a virtual clock, an initiator, and what is to be polled besides. */
final class Bench implements AutoCloseable {
    static final AoeAddress E1_2 = new AoeAddress(1, 2);
    static final long MILLI = 1_000_000L;
    static final long SECOND = 1_000_000_000L;

    final EthernetSegment segment = EthernetSegment.virtual();
    final List<SegmentPort> ports = new ArrayList<>();
    final AoeInitiator initiator;
    final List<IntSupplier> others = new ArrayList<>();

    Bench(int mtu, int ourPorts, InitiatorOptions.Builder options) {
        for (int i = 0; i < ourPorts; i++) {
            ports.add(segment.attach("our" + i, MacAddress.of(0x0200_0000_0001L + i), mtu));
        }
        initiator = AoeInitiator.open(
                ports,
                options.clock(segment.clock()).random(new SplittableRandom(1)).build());
    }

    Bench(int mtu) {
        this(mtu, 1, InitiatorOptions.builder());
    }

    ScriptedTarget target(int mtu, int sectors, int targetPorts) {
        SegmentPort[] links = new SegmentPort[targetPorts];
        for (int i = 0; i < targetPorts; i++) {
            links[i] = segment.attach("target" + i, MacAddress.of(0x0200_0000_0011L + i), mtu);
        }
        ScriptedTarget target = new ScriptedTarget(E1_2, sectors, links);
        others.add(target::poll);
        return target;
    }

    AoeDisk open(DiskOptions options) {
        return join(initiator.openDisk(E1_2, options));
    }

    int poll() {
        int work = initiator.poll();
        for (IntSupplier other : others) {
            work += other.getAsInt();
        }
        return work;
    }

    boolean until(BooleanSupplier done, long limit) {
        return segment.runUntil(done, this::poll, MILLI / 4, limit);
    }

    void pass(long nanos) {
        until(() -> false, nanos);
    }

    /** Runs the virtual time until the future has ended. */
    <T> T join(CompletableFuture<T> future) {
        assertThat(until(future::isDone, 120 * SECOND))
                .as("ended within 120 virtual seconds")
                .isTrue();
        return future.join();
    }

    /** The failure of a future that fails. */
    BlockException failure(CompletableFuture<?> future) {
        assertThat(until(future::isDone, 120 * SECOND))
                .as("ended within 120 virtual seconds")
                .isTrue();
        try {
            future.join();
        } catch (CompletionException e) {
            return (BlockException) e.getCause();
        }
        throw new AssertionError("succeeded");
    }

    byte[] read(AoeDisk disk, long offset, int length) {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        join(disk.readAsync(offset, buffer));
        return buffer.array();
    }

    void write(AoeDisk disk, long offset, byte[] bytes) {
        join(disk.writeAsync(offset, ByteBuffer.wrap(bytes), 0));
    }

    static byte[] pattern(int length, int seed) {
        byte[] bytes = new byte[length];
        new java.util.Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Counts ends. */
    static final class Count implements Completion {
        int completed;
        final List<BlockException> failures = new ArrayList<>();

        @Override
        public void completed() {
            completed++;
        }

        @Override
        public void failed(BlockException cause) {
            failures.add(cause);
        }

        int ended() {
            return completed + failures.size();
        }
    }

    @Override
    public void close() {
        initiator.close();
    }
}
