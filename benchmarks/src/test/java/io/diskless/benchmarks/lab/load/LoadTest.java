package io.diskless.benchmarks.lab.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.MemoryDevice;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The load sees every lost, stale or torn block, and its reference is what the device holds. */
class LoadTest {
    private static final int BLOCKS = 64;
    private static final long OFFSET = 1 << 20;

    private final Pattern pattern = new Pattern(7);
    private final Reference reference = new Reference(pattern, BLOCKS);
    private final ExecutorService threads = Executors.newFixedThreadPool(3);
    private Chaos device;

    @BeforeEach
    void open() throws BlockException {
        device = new Chaos(MemoryDevice.create(OFFSET + BLOCKS * Pattern.BLOCK), threads);
    }

    @AfterEach
    void close() throws BlockException {
        threads.shutdownNow();
        device.close();
    }

    private Load load(int lanes, boolean alone) {
        return new Load(device, OFFSET, reference, pattern, lanes, 40, () -> alone, System::nanoTime);
    }

    private static void runUntil(Load load, BooleanSupplier enough) throws InterruptedException {
        load.start(new SplittableRandom(1));
        while (!enough.getAsBoolean()) {
            Thread.onSpinWait();
        }
        load.stop();
        assertThat(load.await(TimeUnit.MINUTES.toNanos(2))).isTrue();
    }

    private String digest() throws Exception {
        ByteBuffer all = ByteBuffer.allocate(BLOCKS * Pattern.BLOCK);
        device.read(OFFSET, all);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(all);
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String digest(Reference reference) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        reference.digest(digest);
        return HexFormat.of().formatHex(digest.digest());
    }

    @Test
    void afterAnyNumberOfRequestsTheReferenceIsWhatTheDeviceHolds(@TempDir Path folder) throws Exception {
        Load load = load(5, false);
        runUntil(load, () -> load.operations() > 5_000);
        assertThat(load.failures()).isZero();
        assertThat(load.mismatches()).isZero();
        assertThat(load.verified()).isPositive();
        assertThat(load.operations()).isEqualTo(load.verified() + reference.writes());
        assertThat(digest(reference)).isEqualTo(digest());

        reference.save(folder.resolve("versions"));
        assertThat(digest(Reference.load(folder.resolve("versions"), pattern))).isEqualTo(digest());
    }

    @Test
    void requestsNeverOverlap() throws Exception {
        Load load = load(BLOCKS, false);
        runUntil(load, () -> load.operations() > 2_000);
        assertThat(device.overlaps.get()).isZero();
        assertThat(device.mostUnderWay.get()).isBetween(2L, (long) BLOCKS);
    }

    @Test
    void aWriteThatIsAcknowledgedAndLostIsSeenByTheNextReadOfTheBlock() throws Exception {
        device.swallow = block -> block == 9;
        Load load = load(4, false);
        runUntil(load, () -> load.mismatches() > 0);
        assertThat(load.firstTrouble().orElseThrow())
                .startsWith("a read of block 9 found zeroes, acknowledged was version ");
        assertThat(digest(reference)).isNotEqualTo(digest());
    }

    @Test
    void aTornBlockIsDescribed() {
        ByteBuffer found = ByteBuffer.allocate(Pattern.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        pattern.fill(found, 3, 5);
        assertThat(pattern.describe(found)).isEqualTo("version 5 of block 3");
        found.put(512, (byte) ~found.get(512));
        assertThat(pattern.describe(found)).isEqualTo("version 5 of block 3 torn at byte 512");
        found.putLong(8, -1);
        assertThat(pattern.describe(found)).isEqualTo("bytes that nobody wrote");
    }

    @Test
    void failedRequestsAreCountedAndEndAHopelessLoad() throws Exception {
        device.fail = block -> true;
        Load load = load(4, false);
        load.start(new SplittableRandom(1));
        assertThat(load.await(TimeUnit.MINUTES.toNanos(2))).isTrue();
        assertThat(load.failures()).isGreaterThanOrEqualTo(64);
        assertThat(load.firstTrouble().orElseThrow()).contains("failed with TIMEOUT: nobody answers");
        assertThat(reference.writes()).isZero();
    }

    @Test
    void aMarkTellsOfTheTimeSinceTheLastOneOnly() throws Exception {
        Load load = load(2, false);
        runUntil(load, () -> load.operations() > 500);
        Load.Interval first = load.mark();
        assertThat(first.operations()).isEqualTo(load.operations());
        assertThat(first.reads().getTotalCount() + first.writes().getTotalCount())
                .isEqualTo(first.operations());
        Load.Interval second = load.mark();
        assertThat(second.operations()).isZero();
        assertThat(second.writes().getTotalCount()).isZero();
    }

    @Test
    void theFirstWriteWithoutALegIsTimedOnlyWhileWatched() throws Exception {
        Load load = load(2, true);
        load.start(new SplittableRandom(1));
        while (load.operations() < 100) {
            Thread.onSpinWait();
        }
        assertThat(load.firstAlone()).isEmpty();
        long before = System.nanoTime();
        load.watch();
        while (load.firstAlone().isEmpty()) {
            Thread.onSpinWait();
        }
        load.stop();
        assertThat(load.await(TimeUnit.MINUTES.toNanos(2))).isTrue();
        assertThat(load.firstAlone().orElseThrow()).isBetween(before, System.nanoTime());
    }

    @Test
    void aWriteThatEndedBeforeTheWatchIsNotTheFirstEvenWhenItIsCountedAfterIt() {
        Load load = load(2, true);
        long earlier = System.nanoTime() - 1;
        load.watch();
        load.writeEnded(earlier, 10);
        assertThat(load.firstAlone()).isEmpty();
        long later = System.nanoTime();
        load.writeEnded(later, 10);
        assertThat(load.firstAlone()).contains(later);
    }

    /** Completes on other threads, watches for overlaps, and does as it is told with some blocks. */
    private static final class Chaos implements BlockDevice {
        private final BlockDevice under;
        private final ExecutorService threads;
        private final AtomicLong[] busy = new AtomicLong[BLOCKS];
        final AtomicLong overlaps = new AtomicLong();
        final AtomicLong underWay = new AtomicLong();
        final AtomicLong mostUnderWay = new AtomicLong();
        volatile LongPredicate swallow = block -> false;
        volatile LongPredicate fail = block -> false;

        Chaos(BlockDevice under, ExecutorService threads) {
            this.under = under;
            this.threads = threads;
            Arrays.setAll(busy, i -> new AtomicLong());
        }

        private void later(long offset, Completion done, Consumer<Completion> work) {
            int block = (int) ((offset - OFFSET) / Pattern.BLOCK);
            if (busy[block].incrementAndGet() > 1) {
                overlaps.incrementAndGet();
            }
            mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
            threads.execute(() -> {
                busy[block].decrementAndGet();
                underWay.decrementAndGet();
                if (fail.test(block)) {
                    done.failed(new BlockException(BlockException.Kind.TIMEOUT, offset, "nobody answers"));
                } else {
                    work.accept(done);
                }
            });
        }

        @Override
        public void read(long offset, ByteBuffer dst, Completion done) {
            if (dst.remaining() > Pattern.BLOCK) {
                under.read(offset, dst, done);
                return;
            }
            later(offset, done, then -> under.read(offset, dst, then));
        }

        @Override
        public void write(long offset, ByteBuffer src, int flags, Completion done) {
            later(offset, done, then -> {
                if (swallow.test((offset - OFFSET) / Pattern.BLOCK)) {
                    then.completed();
                } else {
                    under.write(offset, src, flags, then);
                }
            });
        }

        @Override
        public BlockGeometry geometry() {
            return under.geometry();
        }

        @Override
        public boolean completesInline() {
            return false;
        }

        @Override
        public void flush(Completion done) {
            under.flush(done);
        }

        @Override
        public void discard(long offset, long length, Completion done) {
            under.discard(offset, length, done);
        }

        @Override
        public void writeZeroes(long offset, long length, Completion done) {
            under.writeZeroes(offset, length, done);
        }

        @Override
        public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
            return under.onGeometryChange(listener);
        }

        @Override
        public void close() throws BlockException {
            under.close();
        }
    }
}
