package io.diskless.cluster.block.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.BlockGeometry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The second part of {@link BlockDeviceContract}: buffers, ranges, independence. */
abstract class RangeContract extends CompletionContract {
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
}
