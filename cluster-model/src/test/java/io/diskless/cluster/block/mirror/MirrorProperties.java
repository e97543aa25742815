package io.diskless.cluster.block.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.block.testkit.FaultyDevice;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Random operations, many at a time, over legs that fail and come back at random, against a model of the disk. */
class MirrorProperties {
    private static final int BLOCK = 512;
    private static final int BLOCKS = 256;
    private static final int META = 4096;

    private static final class World {
        final SplittableRandom random;
        final ManualScheduler time = new ManualScheduler();
        final List<MemoryDevice> disks = new ArrayList<>();
        final List<FaultyDevice> legs = new ArrayList<>();
        final List<FaultyDevice.Fault> faults = new ArrayList<>();
        final Mirror mirror;
        /** What a read must show; -1 where a failed write left it open. */
        final int[] expected = new int[BLOCKS];

        final boolean[] busy = new boolean[BLOCKS];
        final boolean[] written = new boolean[BLOCKS];
        int version;
        int underWay;
        int failedWrites;
        int checkedReads;

        World(long seed, int count) throws BlockException {
            random = new SplittableRandom(seed);
            for (int i = 0; i < count; i++) {
                disks.add(MemoryDevice.create(BLOCKS * BLOCK + META));
                FaultyDevice leg = FaultyDevice.of(disks.get(i));
                legs.add(leg);
            }
            mirror = Mirror.create(
                    legs,
                    MirrorOptions.builder()
                            .regionSize(8192)
                            .resyncChunk(4096)
                            .resyncDepth(1 + random.nextInt(3))
                            .initialSync(
                                    random.nextBoolean() ? InitialSync.ASSUME_IDENTICAL : InitialSync.FROM_FIRST_LEG)
                            .clearDelay(Duration.ofMillis(20))
                            .probeInterval(Duration.ofMillis(30))
                            .scheduler(time)
                            .clock(time)
                            .random(random)
                            .closeLegs(false)
                            .build());
            assertThat(mirror.geometry().size()).isEqualTo(BLOCKS * BLOCK);
            for (FaultyDevice leg : legs) {
                leg.delay(() -> random.nextInt(10) < 4 ? 0 : random.nextInt(3_000_000), time::schedule);
            }
        }

        boolean free(int first, int count, boolean forWrite) {
            for (int i = first; i < first + count; i++) {
                if (busy[i] && (forWrite || written[i])) {
                    return false;
                }
                if (busy[i]) {
                    return false;
                }
            }
            return true;
        }

        void mark(int first, int count, boolean on, boolean write) {
            for (int i = first; i < first + count; i++) {
                busy[i] = on;
                written[i] = on && write;
            }
            underWay += on ? 1 : -1;
        }

        void step() {
            int count = 1 + random.nextInt(24);
            int first = random.nextInt(BLOCKS - count);
            switch (random.nextInt(24)) {
                case 0 -> {
                    if (faults.size() < 2) {
                        Kind[] kinds = {Kind.TIMEOUT, Kind.TIMEOUT, Kind.MEDIUM, Kind.STALE};
                        FaultyDevice leg = legs.get(random.nextInt(legs.size()));
                        faults.add(
                                random.nextBoolean()
                                        ? leg.fail(kinds[random.nextInt(kinds.length)])
                                        : leg.fail(kinds[random.nextInt(kinds.length)], FaultyDevice.Op.WRITE));
                    }
                }
                case 1, 2 -> {
                    if (!faults.isEmpty()) {
                        faults.remove(random.nextInt(faults.size())).repair();
                    }
                }
                case 3 -> {
                    CompletableFuture<Void> unused = mirror.readmit(random.nextInt(legs.size()));
                }
                case 4 -> time.advance(Duration.ofMillis(random.nextInt(60)));
                case 5 ->
                    mirror.flush(new Completion() {
                        @Override
                        public void completed() {}

                        @Override
                        public void failed(BlockException cause) {}
                    });
                case 6, 7, 8, 9, 10, 11 -> read(first, count);
                case 12 -> write(first, count, true);
                default -> write(first, count, false);
            }
            time.advance(Duration.ofNanos(random.nextInt(1_000_000)));
        }

        void write(int first, int count, boolean zero) {
            if (!free(first, count, true)) {
                return;
            }
            mark(first, count, true, true);
            int v = zero ? 0 : ++version;
            ByteBuffer bytes = random.nextBoolean()
                    ? ByteBuffer.allocate(count * BLOCK)
                    : ByteBuffer.allocateDirect(count * BLOCK);
            for (int i = 0; i < count; i++) {
                bytes.putInt(i * BLOCK, v);
            }
            Completion done = new Completion() {
                @Override
                public void completed() {
                    for (int i = first; i < first + count; i++) {
                        expected[i] = v;
                    }
                    mark(first, count, false, true);
                }

                @Override
                public void failed(BlockException cause) {
                    failedWrites++;
                    for (int i = first; i < first + count; i++) {
                        expected[i] = -1;
                    }
                    mark(first, count, false, true);
                }
            };
            if (zero) {
                mirror.writeZeroes((long) first * BLOCK, (long) count * BLOCK, done);
            } else {
                mirror.write((long) first * BLOCK, bytes, random.nextBoolean() ? 0 : BlockDevice.FUA, done);
            }
        }

        void read(int first, int count) {
            if (!free(first, count, false)) {
                return;
            }
            mark(first, count, true, false);
            ByteBuffer bytes = ByteBuffer.allocate(count * BLOCK);
            mirror.read((long) first * BLOCK, bytes, new Completion() {
                @Override
                public void completed() {
                    compare(first, count, bytes);
                    mark(first, count, false, false);
                }

                @Override
                public void failed(BlockException cause) {
                    mark(first, count, false, false);
                }
            });
        }

        void compare(int first, int count, ByteBuffer bytes) {
            checkedReads++;
            for (int i = 0; i < count; i++) {
                int value = bytes.getInt(i * BLOCK);
                if (expected[first + i] == -1) {
                    // Open until somebody has seen it; then it stays.
                    expected[first + i] = value;
                }
                if (value != expected[first + i]) {
                    wrong.add("block " + (first + i) + " shows version " + value + ", expected " + expected[first + i]);
                }
            }
        }

        final List<String> wrong = new ArrayList<>();

        void finish() throws BlockException {
            faults.forEach(FaultyDevice.Fault::repair);
            for (int i = 0; i < 400 && (underWay > 0 || !mirror.snapshot().isHealthy()); i++) {
                for (LegSnapshot leg : mirror.snapshot().legs()) {
                    if (leg.state() == LegState.OUT) {
                        CompletableFuture<Void> unused = mirror.readmit(leg.index());
                    }
                }
                time.advance(Duration.ofMillis(100));
            }
            assertThat(mirror.snapshot().isHealthy())
                    .as("%s", mirror.snapshot())
                    .isTrue();
            assertThat(underWay).as("operations that never ended").isZero();
            ByteBuffer all = ByteBuffer.allocate(BLOCKS * BLOCK);
            assertThat(time.run(done -> {
                        mirror.read(0, all, done);
                        time.advance(Duration.ofMillis(10));
                    }))
                    .isNull();
            compare(0, BLOCKS, all);
            assertThat(wrong).isEmpty();
            for (MemoryDevice disk : disks) {
                ByteBuffer leg = ByteBuffer.allocate(BLOCKS * BLOCK);
                disk.read(META, leg);
                assertThat(leg.mismatch(all)).isEqualTo(-1);
            }
            time.advance(Duration.ofSeconds(1));
            assertThat(mirror.snapshot().markedBytes())
                    .as("all bits are cleared in the end")
                    .isZero();
        }
    }

    @Property(tries = 40)
    void noBlockIsLostTornOrStale(@ForAll long seed) throws BlockException {
        World world = new World(seed, 2 + (int) Long.remainderUnsigned(seed, 2));
        for (int i = 0; i < 400; i++) {
            world.step();
        }
        world.finish();
        assertThat(world.checkedReads).isGreaterThan(10);
    }
}
