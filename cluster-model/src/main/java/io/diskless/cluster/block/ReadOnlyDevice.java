package io.diskless.cluster.block;

import io.diskless.cluster.block.internal.Inline;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * A device that can only be read, over any other. It owns the one below and closes it.
 *
 * <p>Reads go straight through, without a copy and without an allocation. Thread-safe.
 */
public final class ReadOnlyDevice implements BlockDevice {
    private final BlockDevice below;
    private volatile boolean closed;

    private ReadOnlyDevice(BlockDevice below) {
        this.below = below;
    }

    /**
     * Lets a device be read only.
     *
     * @param below where the blocks are; closed with the new one
     * @return refuses every change with {@link BlockException.Kind#READ_ONLY}
     */
    public static ReadOnlyDevice of(BlockDevice below) {
        return new ReadOnlyDevice(Objects.requireNonNull(below, "below"));
    }

    @Override
    public BlockGeometry geometry() {
        return below.geometry().withReadOnly(true);
    }

    @Override
    public boolean completesInline() {
        return below.completesInline();
    }

    @Override
    public void read(long offset, ByteBuffer dst, Completion done) {
        if (closed) {
            Inline.failed(done, Checks.closed());
        } else {
            below.read(offset, dst, done);
        }
    }

    @Override
    public void write(long offset, ByteBuffer src, int flags, Completion done) {
        refuse(offset, src.remaining(), done);
    }

    /** There is nothing that could be made durable. */
    @Override
    public void flush(Completion done) {
        Inline.ended(done, closed ? Checks.closed() : null);
    }

    @Override
    public void discard(long offset, long length, Completion done) {
        refuse(offset, length, done);
    }

    @Override
    public void writeZeroes(long offset, long length, Completion done) {
        refuse(offset, length, done);
    }

    private void refuse(long offset, long length, Completion done) {
        Inline.ended(done, Checks.change(geometry(), !closed, offset, length));
    }

    @Override
    public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
        return below.onGeometryChange(geometry -> listener.accept(geometry.withReadOnly(true)));
    }

    @Override
    public void close() throws BlockException {
        closed = true;
        below.close();
    }
}
