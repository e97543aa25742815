package io.diskless.cluster.block.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/**
 * The contract of {@link BlockDevice}, clause by clause; every device passes it. To check a device of your own:
 *
 * <pre>{@code
 * class MyDeviceContractTest extends BlockDeviceContract {
 *     protected BlockDevice open(long size) { return new MyDevice(size); }
 * }
 * }</pre>
 *
 * <p>The hooks with a default tell about abilities that not every device has; a test that needs a missing one is skipped
 * and says so. Names of tests start with the number of the clause in the Javadoc of {@link BlockDevice}.
 *
 * <p>Random tests print their seed when they fail; {@code -Ddiskless.seed=N} repeats them.
 */
public abstract class BlockDeviceContract {
    private final List<BlockDevice> opened = new ArrayList<>();

    /** For subclasses. */
    protected BlockDeviceContract() {}

    /**
     * Opens a new device whose content is all zeroes.
     *
     * @param size bytes, a multiple of 64 KiB
     * @return a device of exactly that size, closed by the contract
     * @throws Exception if it cannot be opened
     */
    protected abstract BlockDevice open(long size) throws Exception;

    /**
     * Opens the device that {@link #open} opened last and the test has closed; what was flushed must be there. By default
     * the device keeps nothing.
     *
     * @return the same store again
     * @throws Exception if it cannot be opened
     */
    protected BlockDevice reopen() throws Exception {
        throw new TestAbortedException("the device keeps nothing: reopen() is not overridden");
    }

    /**
     * Changes the size of an open device. By default it cannot be changed.
     *
     * @param device made by {@link #open}
     * @param newSize bytes, a multiple of 64 KiB
     * @throws Exception if it fails
     */
    protected void resize(BlockDevice device, long newSize) throws Exception {
        throw new TestAbortedException("the device has one size: resize() is not overridden");
    }

    /**
     * Puts bytes on the medium by whatever way. By default through the device; override for a read-only one.
     *
     * @param device made by {@link #open}
     * @param offset first byte
     * @param bytes what
     * @throws Exception if it fails
     */
    protected void put(BlockDevice device, long offset, ByteBuffer bytes) throws Exception {
        device.write(offset, bytes);
    }

    /**
     * Whether the device takes buffers of any kind and alignment although its geometry asks for an alignment.
     *
     * @param geometry of the device
     * @return by default whether the geometry asks for nothing
     */
    protected boolean takesAnyBuffer(BlockGeometry geometry) {
        return geometry.memoryAlignment() == 1;
    }

    /**
     * How many operations the test of bounded recursion chains; fewer for a device behind a network.
     *
     * @return by default 100 000
     */
    protected int chainLength() {
        return 100_000;
    }

    /**
     * How many operations the comparison with the model does.
     *
     * @return by default 600
     */
    protected int randomOperations() {
        return 600;
    }

    /**
     * How long a test waits for an operation before it fails.
     *
     * @return by default 30 seconds
     */
    protected Duration patience() {
        return Duration.ofSeconds(30);
    }

    /** Closes what the test has opened. */
    @AfterEach
    protected void closeAll() throws Exception {
        for (BlockDevice device : opened) {
            device.close();
        }
    }

    // ---- clause 1: exactly once, and close -----------------------------------------------------------------------

    @Test
    @DisplayName("1: every operation, good or bad, ends exactly once")
    void everyOperationEndsOnce() throws Exception {
        BlockDevice device = fresh();
        int unit = unit(device);
        List<OnceCompletion> all = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            long offset = (long) i * unit;
            device.read(offset, buffer(device, unit), add(all));
            device.write(offset, buffer(device, unit), i % 2 == 0 ? 0 : BlockDevice.FUA, add(all));
            device.flush(add(all));
            device.writeZeroes(offset, unit, add(all));
            device.discard(offset, unit, add(all));
            device.read(device.geometry().size(), buffer(device, unit), add(all));
            device.write(-unit, buffer(device, unit), 0, add(all));
            device.read(0, buffer(device, 0), add(all));
        }
        all.forEach(one -> one.outcome(patience()));
        device.close();
        assertThat(all).allSatisfy(one -> assertThat(one.calls()).isEqualTo(1));
    }

    private static OnceCompletion add(List<OnceCompletion> all) {
        OnceCompletion one = new OnceCompletion();
        all.add(one);
        return one;
    }

    @Test
    @DisplayName("1: after close every operation fails with CLOSED, and the geometry is still known")
    void closedMeansClosed() throws Exception {
        BlockDevice device = fresh();
        int unit = unit(device);
        BlockGeometry before = device.geometry();
        device.close();
        assertThatCode(device::close).as("a second close").doesNotThrowAnyException();
        assertThat(device.geometry()).isEqualTo(before);
        List<OnceCompletion> all = new ArrayList<>();
        device.read(0, buffer(before, unit), add(all));
        device.read(0, buffer(before, 0), add(all));
        device.write(0, buffer(before, unit), 0, add(all));
        device.write(0, buffer(before, unit), BlockDevice.FUA, add(all));
        device.flush(add(all));
        device.discard(0, unit, add(all));
        device.writeZeroes(0, unit, add(all));
        for (OnceCompletion one : all) {
            assertThat(kind(one.outcome(patience())))
                    .as("operation %d", all.indexOf(one))
                    .isEqualTo(Kind.CLOSED);
        }
    }

    @Test
    @DisplayName("1: operations under way at close end once, done or CLOSED")
    void closeUnderLoad() throws Exception {
        BlockDevice device = fresh();
        int unit = unit(device);
        List<List<OnceCompletion>> perThread = new ArrayList<>();
        CountDownLatch warm = new CountDownLatch(3);
        List<Thread> threads = new ArrayList<>();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        for (int t = 0; t < 3; t++) {
            List<OnceCompletion> mine = new ArrayList<>();
            perThread.add(mine);
            long offset = (long) t * unit;
            boolean write = t != 0 && !device.geometry().readOnly();
            Thread thread = new Thread(() -> {
                // Until the close shows; the bound only keeps a broken device from running for ever.
                for (int i = 0; i < 100_000; i++) {
                    OnceCompletion one = add(mine);
                    if (write) {
                        device.write(offset, buffer(device, unit), 0, one);
                    } else {
                        device.read(offset, buffer(device, unit), one);
                    }
                    if (i == 20) {
                        warm.countDown();
                    }
                    // A few at a time are under way on a device that does not complete inline.
                    if (i >= 4 && mine.get(i - 4).outcome(patience()) != null) {
                        return;
                    }
                }
            });
            thread.setUncaughtExceptionHandler((where, what) -> thrown.set(what));
            threads.add(thread);
            thread.start();
        }
        assertThat(warm.await(patience().toSeconds(), TimeUnit.SECONDS)).isTrue();
        device.close();
        for (Thread thread : threads) {
            thread.join(patience().toMillis());
            assertThat(thread.isAlive()).isFalse();
        }
        assertThat(thrown.get()).isNull();
        for (List<OnceCompletion> mine : perThread) {
            for (OnceCompletion one : mine) {
                BlockException failure = one.outcome(patience());
                assertThat(failure == null ? Kind.CLOSED : failure.kind()).isEqualTo(Kind.CLOSED);
                assertThat(one.calls()).isEqualTo(1);
            }
        }
    }

    // ---- clause 2: completions --------------------------------------------------------------------------------------

    @Test
    @DisplayName(
            "2: a chain of operations, each started by the completion of the one before, does not overflow the stack")
    void inlineRecursionIsBounded() throws Exception {
        BlockDevice device = fresh();
        int unit = unit(device);
        ByteBuffer bytes = buffer(device, unit);
        long beyond = device.geometry().size();
        // Good and refused operations by turns: a refusal too must not recurse without bound.
        chain(left -> device.read(left % 2 == 0 ? 0 : beyond, bytes, completion(left)));
        if (!device.geometry().readOnly()) {
            chain(left -> device.write(0, bytes, 0, completion(left)));
        }
    }

    private final AtomicReference<@Nullable Chain> chain = new AtomicReference<>();

    /** Starts the operation of one link. */
    private interface Start {
        void start(int left);
    }

    private record Chain(Start start, CountDownLatch over) {}

    private void chain(Start start) throws InterruptedException {
        Chain running = new Chain(start, new CountDownLatch(1));
        chain.set(running);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        // A small stack, so that a device that nests too deep is found out.
        Thread thread = new Thread(null, () -> start.start(chainLength()), "chain", 256 * 1024);
        thread.setUncaughtExceptionHandler((where, what) -> {
            thrown.set(what);
            running.over.countDown();
        });
        thread.start();
        assertThat(running.over.await(patience().toMillis(), TimeUnit.MILLISECONDS))
                .as("the chain ended")
                .isTrue();
        thread.join(patience().toMillis());
        assertThat(thrown.get()).isNull();
    }

    private Completion completion(int left) {
        return new Completion() {
            @Override
            public void completed() {
                Chain running = java.util.Objects.requireNonNull(chain.get());
                if (left == 0) {
                    running.over.countDown();
                } else {
                    running.start.start(left - 1);
                }
            }

            @Override
            public void failed(BlockException cause) {
                completed();
            }
        };
    }

    @Test
    @DisplayName("2: no lock of the device is held while a completion runs")
    void completionsRunWithoutLock() throws Exception {
        BlockDevice device = fresh();
        assumeTrue(device.completesInline(), "only a device that completes inline can be blocked without harm");
        int unit = unit(device);
        AtomicReference<Throwable> seen = new AtomicReference<>(new AssertionError("the completion was not called"));
        device.read(0, buffer(device, unit), new Completion() {
            @Override
            public void completed() {
                try {
                    CompletableFuture.runAsync(() -> {
                                OnceCompletion other = new OnceCompletion();
                                device.read(unit, buffer(device, unit), other);
                                other.outcome(patience());
                                OnceCompletion flush = new OnceCompletion();
                                device.flush(flush);
                                flush.outcome(patience());
                                device.onGeometryChange(g -> {}).close();
                            })
                            .get(patience().toMillis(), TimeUnit.MILLISECONDS);
                    seen.set(Thread.holdsLock(device) ? new AssertionError("the device's monitor is held") : null);
                } catch (Exception e) {
                    seen.set(e);
                }
            }

            @Override
            public void failed(BlockException cause) {
                seen.set(cause);
            }
        });
        assertThat(seen.get()).isNull();
    }

    // ---- clause 3: buffers ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("3: heap, direct, sliced and read-only buffers; position, limit and the bytes around stay")
    void buffersComeBackAsTheyWere() throws Exception {
        BlockDevice device = fresh();
        int length = 4 * unit(device);
        for (ByteBuffer whole : kinds(device.geometry(), length)) {
            int from = whole.position();
            int to = whole.limit();
            byte[] content = random(length, from);
            fill(whole, 0x5A);
            whole.put(from, content);
            ByteBuffer source = content[0] % 2 == 0 ? whole : whole.asReadOnlyBuffer();
            put(device, length, source);
            assertThat(source.position()).isEqualTo(from);
            assertThat(source.limit()).isEqualTo(to);
            same(bytes(whole, from, length), content, "a source is not changed: " + whole);

            fill(whole, 0x33);
            device.read(length, whole);
            assertThat(whole.position()).isEqualTo(from);
            assertThat(whole.limit()).isEqualTo(to);
            same(bytes(whole, from, length), content, "read into " + whole);
            ByteBuffer around = whole.duplicate().clear();
            for (int i = 0; i < around.capacity(); i++) {
                if (i < from || i >= to) {
                    assertThat(around.get(i)).as("byte %d, outside", i).isEqualTo((byte) 0x33);
                }
            }
        }
    }

    @Test
    @DisplayName("3: a buffer that is not aligned as the geometry asks is refused with MISALIGNED, if the device cares")
    void misalignedBuffers() throws Exception {
        BlockDevice device = fresh();
        BlockGeometry geometry = device.geometry();
        assumeTrue(!takesAnyBuffer(geometry), "the device takes any buffer");
        ByteBuffer odd = buffer(geometry, 2 * unit(device));
        odd.position(odd.position() + 1).limit(odd.position() + unit(device));
        OnceCompletion read = new OnceCompletion();
        device.read(0, odd, read);
        assertThat(kind(read.outcome(patience()))).isEqualTo(Kind.MISALIGNED);
    }

    // ---- clauses 4 and 5: ranges ------------------------------------------------------------------------------------

    @Test
    @DisplayName("4: a length of 0 succeeds anywhere inside and does nothing")
    void zeroLength() throws Exception {
        BlockDevice device = fresh();
        BlockGeometry geometry = device.geometry();
        for (long offset : new long[] {0, unit(device), geometry.size()}) {
            assertThat(read(device, offset, buffer(device, 0))).isNull();
            if (!geometry.readOnly()) {
                assertThat(write(device, offset, buffer(device, 0), BlockDevice.FUA))
                        .isNull();
                assertThat(zeroes(device, offset, 0)).isNull();
                if (geometry.discardGranularity() > 0) {
                    assertThat(discard(device, offset, 0)).isNull();
                }
            }
        }
        assertThat(kind(read(device, geometry.size() + unit(device), buffer(device, 0))))
                .isEqualTo(Kind.OUT_OF_RANGE);
    }

    @Test
    @DisplayName(
            "4, 5: a range that is not wholly inside fails as a whole, transfers nothing and names an offset in it")
    void outOfRange() throws Exception {
        BlockDevice device = fresh();
        BlockGeometry geometry = device.geometry();
        int unit = unit(device);
        long size = geometry.size();
        put(device, size - unit, content(device, unit, 1));
        long[] offsets = {size, size - unit, size + unit, -unit, Long.MIN_VALUE, Long.MAX_VALUE - unit + 1, 1L << 62};
        for (long offset : offsets) {
            ByteBuffer bytes = content(device, 2 * unit, 9);
            BlockException failure = read(device, offset, bytes);
            assertThat(kind(failure)).as("read at %d", offset).isEqualTo(Kind.OUT_OF_RANGE);
            assertThat(bytes).as("nothing was transferred").isEqualTo(content(device, 2 * unit, 9));
            assertThat(failure.offset() == BlockException.NO_OFFSET
                            || (failure.offset() >= offset && failure.offset() - offset <= 2L * unit))
                    .as("offset %d of a failure at %d", failure.offset(), offset)
                    .isTrue();
            assertThat(failure).hasMessageContaining(Long.toString(size));
            if (!geometry.readOnly()) {
                assertThat(kind(write(device, offset, bytes, 0))).isEqualTo(Kind.OUT_OF_RANGE);
                assertThat(kind(zeroes(device, offset, 2L * unit))).isEqualTo(Kind.OUT_OF_RANGE);
                assertThat(kind(zeroes(device, 0, Long.MAX_VALUE - unit + 1))).isEqualTo(Kind.OUT_OF_RANGE);
                if (geometry.discardGranularity() > 0) {
                    assertThat(kind(discard(device, offset, 2L * unit))).isEqualTo(Kind.OUT_OF_RANGE);
                }
            }
        }
        ByteBuffer back = buffer(device, unit);
        device.read(size - unit, back);
        assertThat(back).as("the medium is as it was").isEqualTo(content(device, unit, 1));
    }

    @Test
    @DisplayName("4: offsets and lengths that are not multiples of the logical block fail with MISALIGNED")
    void misalignedRanges() throws Exception {
        BlockDevice device = fresh();
        BlockGeometry geometry = device.geometry();
        int block = geometry.logicalBlock();
        assumeTrue(block > 1, "the device addresses single bytes");
        assertThat(kind(read(device, 1, buffer(device, block)))).isEqualTo(Kind.MISALIGNED);
        assertThat(kind(read(device, 0, buffer(device, block - 1)))).isEqualTo(Kind.MISALIGNED);
        if (!geometry.readOnly()) {
            assertThat(kind(write(device, block / 2, buffer(device, block), 0))).isEqualTo(Kind.MISALIGNED);
            assertThat(kind(write(device, 0, buffer(device, block + 1), 0))).isEqualTo(Kind.MISALIGNED);
            assertThat(kind(zeroes(device, 0, block - 1))).isEqualTo(Kind.MISALIGNED);
            if (geometry.discardGranularity() > 0) {
                assertThat(kind(discard(device, 1, block))).isEqualTo(Kind.MISALIGNED);
            }
        }
    }

    // ---- clause 6: independence -------------------------------------------------------------------------------------

    @Test
    @DisplayName("6: operations on disjoint ranges, from several threads, do not disturb each other")
    void disjointRangesAreIndependent() throws Exception {
        BlockDevice device = fresh();
        assumeTrue(!device.geometry().readOnly(), "needs a device that takes writes");
        int unit = unit(device);
        int threads = 4;
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int mine = t;
            CompletableFuture<Void> result = new CompletableFuture<>();
            all.add(result);
            new Thread(() -> {
                        try {
                            // Interleaved: neighbours belong to other threads.
                            for (int round = 0; round < 8; round++) {
                                for (int i = mine; i < 32; i += threads) {
                                    device.write((long) i * unit, content(device, unit, round * 100 + i));
                                }
                                for (int i = mine; i < 32; i += threads) {
                                    ByteBuffer back = buffer(device, unit);
                                    device.read((long) i * unit, back);
                                    assertThat(back).isEqualTo(content(device, unit, round * 100 + i));
                                }
                            }
                            result.complete(null);
                        } catch (Throwable e) {
                            result.completeExceptionally(e);
                        }
                    })
                    .start();
        }
        for (CompletableFuture<Void> result : all) {
            result.get(patience().toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    // ---- clause 7: durability ---------------------------------------------------------------------------------------

    @Test
    @DisplayName("7: what was flushed, and what was written with FUA, is there after a reopen")
    void flushedIsDurable() throws Exception {
        BlockDevice device = fresh();
        assumeTrue(!device.geometry().readOnly(), "needs a device that takes writes");
        int unit = unit(device);
        device.write(0, content(device, unit, 1));
        device.write(3L * unit, content(device, unit, 2));
        device.writeZeroes(3L * unit, unit);
        device.flush();
        assertThat(write(device, 5L * unit, content(device, unit, 3), BlockDevice.FUA))
                .isNull();
        BlockGeometry geometry = device.geometry();
        device.close();
        BlockDevice again = remember(reopen());
        assertThat(again.geometry()).isEqualTo(geometry);
        ByteBuffer back = buffer(again, unit);
        again.read(0, back);
        assertThat(back).isEqualTo(content(again, unit, 1));
        again.read(3L * unit, back);
        assertThat(back).isEqualTo(zeroed(again, unit));
        again.read(5L * unit, back);
        assertThat(back).isEqualTo(content(again, unit, 3));
        again.read(7L * unit, back);
        assertThat(back).isEqualTo(zeroed(again, unit));
    }

    @Test
    @DisplayName("7: a flush of an idle device succeeds, and many may be under way")
    void flushes() throws Exception {
        BlockDevice device = fresh();
        List<OnceCompletion> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            device.flush(add(all));
        }
        for (OnceCompletion one : all) {
            assertThat(one.outcome(patience())).isNull();
        }
    }

    // ---- clause 8: zeroes and discard -------------------------------------------------------------------------------

    @Test
    @DisplayName("8: zeroes read back as zeroes, and the neighbours stay")
    void zeroesReadBack() throws Exception {
        BlockDevice device = fresh();
        assumeTrue(!device.geometry().readOnly(), "needs a device that takes writes");
        int unit = unit(device);
        int total = (int) device.geometry().size();
        for (int[] range : new int[][] {{1, 1}, {3, 40}, {0, total / unit}}) {
            device.write(0, content(device, total, 4));
            int from = range[0] * unit;
            int length = range[1] * unit;
            device.writeZeroes(from, length);
            byte[] expected = bytes(content(device, total, 4));
            Arrays.fill(expected, from, from + length, (byte) 0);
            ByteBuffer back = buffer(device, total);
            device.read(0, back);
            same(bytes(back), expected, "zeroes of " + length + " bytes at " + from);
        }
    }

    @Test
    @DisplayName("8: a discard leaves something stable and lets the neighbours alone; where there is none it says so")
    void discardIsStable() throws Exception {
        BlockDevice device = fresh();
        assumeTrue(!device.geometry().readOnly(), "needs a device that takes writes");
        int unit = unit(device);
        if (device.geometry().discardGranularity() == 0) {
            assertThat(kind(discard(device, 0, unit))).isEqualTo(Kind.NOT_SUPPORTED);
            return;
        }
        int total = (int) device.geometry().size();
        device.write(0, content(device, total, 5));
        int from = 3 * unit;
        int length = total / 2;
        device.discard(from, length);
        ByteBuffer once = buffer(device, total);
        ByteBuffer twice = buffer(device, total);
        device.read(0, once);
        device.read(0, twice);
        assertThat(once).as("read twice").isEqualTo(twice);
        byte[] expected = bytes(content(device, total, 5));
        byte[] found = bytes(once);
        same(Arrays.copyOf(found, from), Arrays.copyOf(expected, from), "before the discarded range");
        same(
                Arrays.copyOfRange(found, from + length, total),
                Arrays.copyOfRange(expected, from + length, total),
                "behind the discarded range");
        device.write(from, content(device, length, 6));
        ByteBuffer back = buffer(device, length);
        device.read(from, back);
        assertThat(back).as("a discarded range takes writes").isEqualTo(content(device, length, 6));
    }

    // ---- geometry ---------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("a read-only device reads and refuses every change with READ_ONLY")
    void readOnlyRefusesChanges() throws Exception {
        BlockDevice device = fresh();
        assumeTrue(device.geometry().readOnly(), "the device takes writes");
        int unit = unit(device);
        put(device, unit, content(device, unit, 1));
        assertThat(kind(write(device, unit, content(device, unit, 2), 0))).isEqualTo(Kind.READ_ONLY);
        assertThat(kind(write(device, unit, content(device, unit, 2), BlockDevice.FUA)))
                .isEqualTo(Kind.READ_ONLY);
        assertThat(kind(zeroes(device, unit, unit))).isEqualTo(Kind.READ_ONLY);
        assertThat(kind(discard(device, unit, unit))).isIn(Kind.READ_ONLY, Kind.NOT_SUPPORTED);
        ByteBuffer back = buffer(device, unit);
        device.read(unit, back);
        assertThat(back).isEqualTo(content(device, unit, 1));
        assertThatCode(device::flush).doesNotThrowAnyException();
    }

    @Test
    @DisplayName("a resize is told to the listeners, and the range check follows it")
    void resizeIsTold() throws Exception {
        long size = 1 << 20;
        BlockDevice device = remember(open(size));
        int unit = unit(device);
        CountDownLatch told = new CountDownLatch(1);
        List<BlockGeometry> first = new ArrayList<>();
        AtomicInteger ended = new AtomicInteger();
        device.onGeometryChange(g -> {
            synchronized (first) {
                first.add(g);
            }
            told.countDown();
        });
        BlockDevice.Subscription subscription = device.onGeometryChange(g -> ended.incrementAndGet());
        subscription.close();
        subscription.close();
        assertThat(kind(read(device, size, buffer(device, unit)))).isEqualTo(Kind.OUT_OF_RANGE);
        put(device, size - unit, content(device, unit, 1));
        resize(device, 2 * size);
        assertThat(told.await(patience().toSeconds(), TimeUnit.SECONDS)).isTrue();
        synchronized (first) {
            assertThat(first).hasSize(1);
            assertThat(first.get(0)).isEqualTo(device.geometry());
        }
        assertThat(device.geometry().size()).isEqualTo(2 * size);
        assertThat(ended).hasValue(0);
        ByteBuffer back = buffer(device, 2 * unit);
        device.read(size - unit, back);
        byte[] expected = Arrays.copyOf(bytes(content(device, unit, 1)), 2 * unit);
        assertThat(bytes(back)).isEqualTo(expected);
        put(device, 2 * size - unit, content(device, unit, 2));
        device.read(2 * size - 2L * unit, back);
        assertThat(Arrays.copyOfRange(bytes(back), unit, 2 * unit)).isEqualTo(bytes(content(device, unit, 2)));
    }

    // ---- conveniences -----------------------------------------------------------------------------------------------

    @Test
    @DisplayName("the blocking and the future forms tell the same")
    void conveniences() throws Exception {
        BlockDevice device = fresh();
        int unit = unit(device);
        long size = device.geometry().size();
        put(device, 0, content(device, unit, 3));
        ByteBuffer back = buffer(device, unit);
        device.readAsync(0, back).get(patience().toMillis(), TimeUnit.MILLISECONDS);
        assertThat(back).isEqualTo(content(device, unit, 3));
        device.flushAsync().get(patience().toMillis(), TimeUnit.MILLISECONDS);
        if (!device.geometry().readOnly()) {
            device.writeAsync(0, content(device, unit, 4), BlockDevice.FUA)
                    .get(patience().toMillis(), TimeUnit.MILLISECONDS);
            device.read(0, back);
            assertThat(back).isEqualTo(content(device, unit, 4));
        }
        assertThatThrownBy(() -> device.read(size, back)).isInstanceOf(BlockException.class);
        assertThatThrownBy(() -> device.readAsync(size, back).get(patience().toMillis(), TimeUnit.MILLISECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(BlockException.class);
    }

    @Test
    @DisplayName("an interrupted thread does not break the device for the others")
    void interruptsDoNoHarm() throws Exception {
        BlockDevice device = fresh();
        int unit = unit(device);
        put(device, 0, content(device, unit, 8));
        OnceCompletion read = new OnceCompletion();
        OnceCompletion flush = new OnceCompletion();
        Thread thread = new Thread(() -> {
            Thread.currentThread().interrupt();
            device.read(0, buffer(device, unit), read);
            device.flush(flush);
        });
        thread.start();
        assertThat(read.outcome(patience())).isNull();
        assertThat(flush.outcome(patience())).isNull();
        thread.join();
        ByteBuffer back = buffer(device, unit);
        device.read(0, back);
        assertThat(back).isEqualTo(content(device, unit, 8));
    }

    // ---- against a model --------------------------------------------------------------------------------------------

    @Test
    @DisplayName("random operations give what an array of bytes gives")
    void randomOperationsAgainstAModel() throws Exception {
        long seed = Long.getLong("diskless.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        BlockDevice device = fresh();
        assumeTrue(!device.geometry().readOnly(), "needs a device that takes writes");
        int block = device.geometry().logicalBlock();
        int total = (int) device.geometry().size();
        byte[] model = new byte[total];
        int steps = randomOperations();
        for (int step = 0; step < steps; step++) {
            int blocks = total / block;
            int from = random.nextInt(blocks);
            // Mostly small, sometimes anything: both sides of every internal border.
            int most = random.nextInt(8) == 0 ? blocks - from : Math.min(blocks - from, 1 + (1 << 14) / block);
            int offset = from * block;
            int length = (1 + random.nextInt(most)) * block;
            String what = "seed " + seed + ", step " + step + ", " + length + " bytes at " + offset;
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> {
                    byte[] content = new byte[length];
                    random.nextBytes(content);
                    ByteBuffer bytes = buffer(device, length);
                    bytes.put(bytes.position(), content);
                    int flags = random.nextInt(4) == 0 ? BlockDevice.FUA : 0;
                    assertThat(write(device, offset, bytes, flags)).as(what).isNull();
                    System.arraycopy(content, 0, model, offset, length);
                }
                case 3 -> {
                    assertThat(zeroes(device, offset, length)).as(what).isNull();
                    Arrays.fill(model, offset, offset + length, (byte) 0);
                }
                case 4 -> {
                    if (device.geometry().discardGranularity() > 0) {
                        assertThat(discard(device, offset, length)).as(what).isNull();
                        // Anything stable is legal: take over what is there.
                        ByteBuffer there = buffer(device, length);
                        assertThat(read(device, offset, there)).as(what).isNull();
                        System.arraycopy(bytes(there), 0, model, offset, length);
                    }
                }
                case 5 -> assertThat(flush(device)).as(what).isNull();
                default -> {
                    ByteBuffer back = buffer(device, length);
                    assertThat(read(device, offset, back)).as(what).isNull();
                    int mismatch = Arrays.mismatch(bytes(back), Arrays.copyOfRange(model, offset, offset + length));
                    assertThat(mismatch).as(what).isEqualTo(-1);
                }
            }
        }
        ByteBuffer back = buffer(device, total);
        device.read(0, back);
        assertThat(Arrays.mismatch(bytes(back), model)).as("seed " + seed).isEqualTo(-1);
    }

    // ---- tools ------------------------------------------------------------------------------------------------------

    private BlockDevice fresh() throws Exception {
        BlockDevice device = remember(open(1 << 20));
        assertThat(device.geometry().size()).as("size of the opened device").isEqualTo(1 << 20);
        return device;
    }

    private BlockDevice remember(BlockDevice device) {
        opened.add(device);
        return device;
    }

    /** Says where the difference is rather than print two long arrays. */
    private static void same(byte[] found, byte[] expected, String what) {
        assertThat(Arrays.mismatch(found, expected))
                .as("first difference of %d bytes, %s", expected.length, what)
                .isEqualTo(-1);
    }

    private static int unit(BlockDevice device) {
        return Math.max(BlockGeometry.SECTOR, device.geometry().logicalBlock());
    }

    private static @Nullable Kind kind(@Nullable BlockException failure) {
        return failure == null ? null : failure.kind();
    }

    private @Nullable BlockException read(BlockDevice device, long offset, ByteBuffer dst) {
        OnceCompletion done = new OnceCompletion();
        device.read(offset, dst, done);
        return done.outcome(patience());
    }

    private @Nullable BlockException write(BlockDevice device, long offset, ByteBuffer src, int flags) {
        OnceCompletion done = new OnceCompletion();
        device.write(offset, src, flags, done);
        return done.outcome(patience());
    }

    private @Nullable BlockException flush(BlockDevice device) {
        OnceCompletion done = new OnceCompletion();
        device.flush(done);
        return done.outcome(patience());
    }

    private @Nullable BlockException zeroes(BlockDevice device, long offset, long length) {
        OnceCompletion done = new OnceCompletion();
        device.writeZeroes(offset, length, done);
        return done.outcome(patience());
    }

    private @Nullable BlockException discard(BlockDevice device, long offset, long length) {
        OnceCompletion done = new OnceCompletion();
        device.discard(offset, length, done);
        return done.outcome(patience());
    }

    /** A buffer as the geometry wants it. */
    private static ByteBuffer buffer(BlockDevice device, int length) {
        return buffer(device.geometry(), length);
    }

    private static ByteBuffer buffer(BlockGeometry geometry, int length) {
        int alignment = geometry.memoryAlignment();
        if (alignment == 1) {
            return ByteBuffer.allocate(length);
        }
        // Room for both ends: an aligned slice is cut at its end as well.
        return ByteBuffer.allocateDirect(length + 2 * alignment)
                .alignedSlice(alignment)
                .slice(0, length);
    }

    private static ByteBuffer zeroed(BlockDevice device, int length) {
        return buffer(device, length);
    }

    private static ByteBuffer content(BlockDevice device, int length, int seed) {
        ByteBuffer buffer = buffer(device, length);
        buffer.put(buffer.position(), random(length, seed));
        return buffer;
    }

    private static byte[] random(int length, int seed) {
        byte[] bytes = new byte[length];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        return bytes(buffer, buffer.position(), buffer.remaining());
    }

    private static byte[] bytes(ByteBuffer buffer, int from, int length) {
        byte[] bytes = new byte[length];
        buffer.get(from, bytes);
        return bytes;
    }

    private static void fill(ByteBuffer buffer, int value) {
        ByteBuffer all = buffer.duplicate().clear();
        while (all.hasRemaining()) {
            all.put((byte) value);
        }
    }

    /** Buffers of every kind, with room before and after the transfer. */
    private List<ByteBuffer> kinds(BlockGeometry geometry, int length) {
        int room = Math.max(64, geometry.memoryAlignment());
        List<ByteBuffer> kinds = new ArrayList<>();
        ByteBuffer aligned = ByteBuffer.allocateDirect(length + 3 * room).alignedSlice(room);
        kinds.add(aligned.duplicate().position(room).limit(room + length));
        kinds.add(aligned.slice(room, length + room).limit(length));
        if (takesAnyBuffer(geometry)) {
            kinds.add(ByteBuffer.allocate(length + 100).position(33).limit(33 + length));
            kinds.add(ByteBuffer.allocate(length + 100)
                    .slice(7, length + 50)
                    .position(11)
                    .limit(11 + length));
            kinds.add(ByteBuffer.allocateDirect(length + 100).position(1).limit(1 + length));
            kinds.add(ByteBuffer.allocateDirect(length + 100)
                    .slice(3, length + 50)
                    .position(5)
                    .limit(5 + length));
        }
        return kinds;
    }
}
