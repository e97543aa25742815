package io.diskless.cluster.block.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.BlockGeometry;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.opentest4j.TestAbortedException;

/** What the clauses of {@link BlockDeviceContract} stand on: the hooks of a device under test, and short ways to use it. */
abstract class ContractBench {
    private final List<BlockDevice> opened = new ArrayList<>();

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

    static OnceCompletion add(List<OnceCompletion> all) {
        OnceCompletion one = new OnceCompletion();
        all.add(one);
        return one;
    }

    BlockDevice fresh() throws Exception {
        BlockDevice device = remember(open(1 << 20));
        assertThat(device.geometry().size()).as("size of the opened device").isEqualTo(1 << 20);
        return device;
    }

    BlockDevice remember(BlockDevice device) {
        opened.add(device);
        return device;
    }

    /** Says where the difference is rather than print two long arrays. */
    static void same(byte[] found, byte[] expected, String what) {
        assertThat(Arrays.mismatch(found, expected))
                .as("first difference of %d bytes, %s", expected.length, what)
                .isEqualTo(-1);
    }

    static int unit(BlockDevice device) {
        return Math.max(BlockGeometry.SECTOR, device.geometry().logicalBlock());
    }

    static @Nullable Kind kind(@Nullable BlockException failure) {
        return failure == null ? null : failure.kind();
    }

    @Nullable
    BlockException read(BlockDevice device, long offset, ByteBuffer dst) {
        OnceCompletion done = new OnceCompletion();
        device.read(offset, dst, done);
        return done.outcome(patience());
    }

    @Nullable
    BlockException write(BlockDevice device, long offset, ByteBuffer src, int flags) {
        OnceCompletion done = new OnceCompletion();
        device.write(offset, src, flags, done);
        return done.outcome(patience());
    }

    @Nullable
    BlockException flush(BlockDevice device) {
        OnceCompletion done = new OnceCompletion();
        device.flush(done);
        return done.outcome(patience());
    }

    @Nullable
    BlockException zeroes(BlockDevice device, long offset, long length) {
        OnceCompletion done = new OnceCompletion();
        device.writeZeroes(offset, length, done);
        return done.outcome(patience());
    }

    @Nullable
    BlockException discard(BlockDevice device, long offset, long length) {
        OnceCompletion done = new OnceCompletion();
        device.discard(offset, length, done);
        return done.outcome(patience());
    }

    /** A buffer as the geometry wants it. */
    static ByteBuffer buffer(BlockDevice device, int length) {
        return buffer(device.geometry(), length);
    }

    static ByteBuffer buffer(BlockGeometry geometry, int length) {
        int alignment = geometry.memoryAlignment();
        if (alignment == 1) {
            return ByteBuffer.allocate(length);
        }
        // Room for both ends: an aligned slice is cut at its end as well.
        return ByteBuffer.allocateDirect(length + 2 * alignment)
                .alignedSlice(alignment)
                .slice(0, length);
    }

    static ByteBuffer zeroed(BlockDevice device, int length) {
        return buffer(device, length);
    }

    static ByteBuffer content(BlockDevice device, int length, int seed) {
        ByteBuffer buffer = buffer(device, length);
        buffer.put(buffer.position(), random(length, seed));
        return buffer;
    }

    static byte[] random(int length, int seed) {
        byte[] bytes = new byte[length];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    static byte[] bytes(ByteBuffer buffer) {
        return bytes(buffer, buffer.position(), buffer.remaining());
    }

    static byte[] bytes(ByteBuffer buffer, int from, int length) {
        byte[] bytes = new byte[length];
        buffer.get(from, bytes);
        return bytes;
    }

    static void fill(ByteBuffer buffer, int value) {
        ByteBuffer all = buffer.duplicate().clear();
        while (all.hasRemaining()) {
            all.put((byte) value);
        }
    }

    /** Buffers of every kind, with room before and after the transfer. */
    List<ByteBuffer> kinds(BlockGeometry geometry, int length) {
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
