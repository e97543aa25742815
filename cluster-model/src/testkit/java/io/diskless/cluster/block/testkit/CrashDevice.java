package io.diskless.cluster.block.testkit;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.MemoryDevice;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * A device in memory that tells its {@link PowerCut} everything that changes it. Made by {@link PowerCut#device}.
 *
 * <p>Everything completes inline. Thread-safe.
 */
public final class CrashDevice implements BlockDevice {
    private final PowerCut power;
    private final int number;
    private final MemoryDevice memory;

    CrashDevice(PowerCut power, int number, MemoryDevice memory) {
        this.power = power;
        this.number = number;
        this.memory = memory;
    }

    /** Records an operation once it succeeded, before its owner hears of it. */
    private record Recorded(PowerCut power, PowerCut.Event event, Completion done) implements Completion {
        @Override
        public void completed() {
            power.record(event);
            done.completed();
        }

        @Override
        public void failed(BlockException cause) {
            done.failed(cause);
        }
    }

    @Override
    public BlockGeometry geometry() {
        return memory.geometry();
    }

    @Override
    public boolean completesInline() {
        return true;
    }

    @Override
    public void read(long offset, ByteBuffer dst, Completion done) {
        memory.read(offset, dst, done);
    }

    @Override
    public void write(long offset, ByteBuffer src, int flags, Completion done) {
        int length = src.remaining();
        if (length == 0) {
            memory.write(offset, src, flags, done);
            return;
        }
        byte[] data = new byte[length];
        src.get(src.position(), data);
        boolean fua = (flags & FUA) != 0;
        memory.write(
                offset,
                src,
                flags,
                new Recorded(power, new PowerCut.Written(number, offset, length, ByteBuffer.wrap(data), fua), done));
    }

    @Override
    public void flush(Completion done) {
        memory.flush(new Recorded(power, new PowerCut.Flushed(number), done));
    }

    @Override
    public void discard(long offset, long length, Completion done) {
        memory.discard(offset, length, zeroes(offset, length, done));
    }

    @Override
    public void writeZeroes(long offset, long length, Completion done) {
        memory.writeZeroes(offset, length, zeroes(offset, length, done));
    }

    private Completion zeroes(long offset, long length, Completion done) {
        return new Recorded(power, new PowerCut.Written(number, offset, length, ByteBuffer.allocate(0), false), done);
    }

    @Override
    public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
        return memory.onGeometryChange(listener);
    }

    @Override
    public void close() {
        memory.close();
    }
}
