package io.diskless.cluster.block;

import io.diskless.cluster.block.internal.Gate;
import io.diskless.cluster.block.internal.Inline;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A channel as a device, see {@link BlockChannels}. */
final class ChannelDevice implements BlockDevice {
    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(1 << 16);

    private final SeekableByteChannel channel;
    private final @Nullable FileChannel file;
    private final BlockGeometry geometry;
    private final Gate gate = new Gate();

    ChannelDevice(SeekableByteChannel channel, boolean readOnly) throws BlockException {
        this.channel = channel;
        this.file = channel instanceof FileChannel f ? f : null;
        try {
            long size = channel.size() / BlockGeometry.SECTOR * BlockGeometry.SECTOR;
            this.geometry = BlockGeometry.ofSectors(size).withReadOnly(readOnly);
        } catch (IOException e) {
            throw failure(e, BlockException.NO_OFFSET);
        }
    }

    private static BlockException failure(IOException e, long offset) {
        return e instanceof ClosedChannelException
                ? new BlockException(BlockException.Kind.CLOSED, offset, "the channel was closed under the device", e)
                : new BlockException(BlockException.Kind.MEDIUM, offset, "channel: " + e.getMessage(), e);
    }

    @Override
    public BlockGeometry geometry() {
        return geometry;
    }

    @Override
    public boolean completesInline() {
        return true;
    }

    @Override
    public void read(long offset, ByteBuffer dst, Completion done) {
        Inline.ended(done, guarded(offset, dst, dst.remaining(), false));
    }

    @Override
    public void write(long offset, ByteBuffer src, int flags, Completion done) {
        BlockException failure = guarded(offset, src, src.remaining(), true);
        Inline.ended(done, failure == null && (flags & FUA) != 0 ? force() : failure);
    }

    private @Nullable BlockException guarded(long offset, ByteBuffer buffer, long length, boolean out) {
        if (!gate.enter()) {
            return Checks.closed();
        }
        try {
            BlockException refusal = out
                    ? Checks.change(geometry, true, offset, length)
                    : Checks.transfer(geometry, true, offset, length);
            return refusal != null ? refusal : transfer(offset, buffer, out);
        } finally {
            gate.exit();
        }
    }

    private @Nullable BlockException transfer(long offset, ByteBuffer buffer, boolean out) {
        int first = buffer.position();
        long at = offset;
        try {
            if (file == null) {
                synchronized (channel) {
                    channel.position(offset);
                    while (buffer.hasRemaining()) {
                        int n = out ? channel.write(buffer) : channel.read(buffer);
                        if (n < 0) {
                            return cutOff(at);
                        }
                        at += n;
                    }
                }
            } else {
                while (buffer.hasRemaining()) {
                    int n = out ? file.write(buffer, at) : file.read(buffer, at);
                    if (n < 0) {
                        return cutOff(at);
                    }
                    at += n;
                }
            }
            return null;
        } catch (IOException e) {
            return failure(e, at);
        } catch (RuntimeException e) {
            // A channel that was opened for reading only, or that is not what it should be.
            return new BlockException(BlockException.Kind.MEDIUM, at, "channel: " + e, e);
        } finally {
            buffer.position(first);
        }
    }

    private static BlockException cutOff(long at) {
        return new BlockException(
                BlockException.Kind.MEDIUM, at, "the channel ends at byte " + at + ": it was cut off");
    }

    @Override
    public void flush(Completion done) {
        Inline.ended(done, force());
    }

    private @Nullable BlockException force() {
        if (!gate.enter()) {
            return Checks.closed();
        }
        try {
            if (file != null && !geometry.readOnly()) {
                file.force(false);
            }
            return null;
        } catch (IOException e) {
            return failure(e, BlockException.NO_OFFSET);
        } finally {
            gate.exit();
        }
    }

    @Override
    public void discard(long offset, long length, Completion done) {
        Inline.ended(done, Checks.discard(geometry, gate.isOpen(), offset, length));
    }

    @Override
    public void writeZeroes(long offset, long length, Completion done) {
        BlockException failure = guarded(offset, ByteBuffer.allocate(0), length, true);
        for (long at = 0; failure == null && at < length; ) {
            ByteBuffer zeroes = ZEROES.duplicate().limit((int) Math.min(ZEROES.capacity(), length - at));
            failure = guarded(offset + at, zeroes, zeroes.remaining(), true);
            at += zeroes.remaining();
        }
        Inline.ended(done, failure);
    }

    /** The size is fixed: the listener is never called. */
    @Override
    public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
        return () -> {};
    }

    @Override
    public void close() throws BlockException {
        if (gate.close()) {
            try {
                channel.close();
            } catch (IOException e) {
                throw failure(e, BlockException.NO_OFFSET);
            }
        }
    }
}
