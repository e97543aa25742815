package io.diskless.cluster.block.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.BlockGeometry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

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
public abstract class BlockDeviceContract extends RangeContract {
    /** For subclasses. */
    protected BlockDeviceContract() {}

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
}
