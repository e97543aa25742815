package io.diskless.aoe.pair;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.initiator.AoeDisk;
import io.diskless.aoe.initiator.DiskOptions;
import io.diskless.aoe.initiator.DiskSnapshot;
import io.diskless.aoe.link.Impairment;
import io.diskless.aoe.link.LinkState;
import io.diskless.cluster.block.MemoryDevice;
import java.io.UncheckedIOException;
import java.time.Duration;

/** One run of {@link RandomOperations} over a {@link Pair} on a bad Ethernet. */
final class ImpairedRun {
    private static final int DEPTH = 32;
    /** One failure of each kind in so many virtual nanoseconds. */
    private static final long CYCLE = 3_000_000_000L;

    private final int ports;
    private final int mtu;
    private final long total;
    private final long seed;
    private boolean failures;
    private int step;
    private int restarts;

    ImpairedRun(int ports, int mtu, long total, long seed) {
        this.ports = ports;
        this.mtu = mtu;
        this.total = total;
        this.seed = seed;
    }

    /** Besides, a port goes down, an Ethernet falls silent, and the target is replaced, again and again. */
    ImpairedRun withFailures() {
        failures = true;
        return this;
    }

    private static Impairment impairment(long seed) {
        return Impairment.builder()
                .loss(0.01)
                .duplication(0.01)
                .reorder(0.01, Duration.ofMillis(30))
                .delay(Duration.ofNanos(20_000), Duration.ofNanos(40_000))
                .seed(seed)
                .build();
    }

    void run() throws AoeException {
        try (Pair pair = new Pair(MemoryDevice.create(8 << 20), ports, mtu)) {
            for (int i = 0; i < ports; i++) {
                pair.ours.get(i).outbound(impairment(seed * 10 + i));
                pair.ours.get(i).inbound(impairment(seed * 20 + i));
            }
            AoeDisk disk = pair.open(DiskOptions.defaults());
            RandomOperations operations = new RandomOperations(disk, DEPTH, seed);
            boolean over = pair.segment.runUntil(
                    () -> operations.isOver(total),
                    () -> {
                        fail(pair);
                        return operations.submit(total) + pair.poll();
                    },
                    250_000,
                    Duration.ofHours(20).toNanos());
            if (operations.wrong != null) {
                throw operations.wrong;
            }
            DiskSnapshot snapshot = disk.snapshot();
            assertThat(over).isTrue();
            assertThat(operations.sectorsChecked).isGreaterThan(total / 2);
            assertThat(snapshot.failures()).isZero();
            assertThat(snapshot.heldTotal())
                    .as("the quarantine was really needed")
                    .isPositive();
            assertThat(snapshot.paths()).allMatch(p -> p.retransmissions() > 0);
            if (failures) {
                assertThat(restarts).isPositive();
                assertThat(snapshot.paths()).anyMatch(p -> p.demotions() > 0);
            }
        }
    }

    private void fail(Pair pair) {
        if (!failures) {
            return;
        }
        long time = pair.segment.clock().getAsLong();
        int due = (int) (time / (CYCLE / 6));
        if (due == step) {
            return;
        }
        step = due;
        switch (due % 6) {
            case 0 -> pair.ours.get(0).state(LinkState.DOWN);
            case 1 -> pair.ours.get(0).state(LinkState.UP);
            case 2 -> pair.segment.partition(pair.ours.get(1), pair.theirs.get(1));
            case 3 -> {
                pair.segment.heal();
                pair.segment.partition(pair.ours.get(0), pair.theirs.get(1));
                pair.segment.partition(pair.ours.get(1), pair.theirs.get(0));
            }
            case 4 -> pair.stop();
            default -> restart(pair);
        }
    }

    private void restart(Pair pair) {
        try {
            pair.serve();
            restarts++;
        } catch (AoeException e) {
            throw new UncheckedIOException(e);
        }
    }
}
