package io.diskless.cluster.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Objects;

/**
 * A device as a file channel, see {@link BlockChannels}. Everything passes through a buffer of whole, aligned blocks;
 * writes that change a block in part exclude each other, so that neighbours in a block do not undo each other.
 */
final class DeviceChannel extends FileChannel {
    private static final int BUFFER = 1 << 16;

    private final BlockDevice device;
    private final Object positionLock = new Object();
    private final Object partLock = new Object();
    private long position;

    DeviceChannel(BlockDevice device) {
        this.device = device;
    }

    private void checkOpen() throws IOException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }

    private ByteBuffer blocks() {
        BlockGeometry shape = device.geometry();
        int length = Math.max(BUFFER, shape.logicalBlock());
        return OverlayFormat.aligned(length, shape.memoryAlignment());
    }

    @Override
    public int read(ByteBuffer dst, long from) throws IOException {
        checkOpen();
        checkPosition(from);
        long size = size();
        if (from >= size) {
            return dst.hasRemaining() ? -1 : 0;
        }
        int wanted = (int) Math.min(dst.remaining(), size - from);
        int block = device.geometry().logicalBlock();
        ByteBuffer blocks = blocks();
        for (int done = 0; done < wanted; ) {
            long at = from + done;
            int skip = (int) (at % block);
            int part = Math.min(wanted - done, blocks.capacity() - skip);
            blocks.clear().limit(roundUp(skip + part, block));
            device.read(at - skip, blocks);
            dst.put(blocks.slice(skip, part));
            done += part;
        }
        return wanted;
    }

    @Override
    public int write(ByteBuffer src, long to) throws IOException {
        checkOpen();
        checkPosition(to);
        if (device.geometry().readOnly()) {
            throw new NonWritableChannelException();
        }
        int wanted = src.remaining();
        if (wanted > size() - to) {
            throw new BlockException(
                    BlockException.Kind.OUT_OF_RANGE,
                    Math.max(to, size()),
                    "a device cannot grow: " + wanted + " bytes at " + to + " go beyond its " + size());
        }
        int block = device.geometry().logicalBlock();
        ByteBuffer blocks = blocks();
        for (int done = 0; done < wanted; ) {
            long at = to + done;
            int skip = (int) (at % block);
            int part = Math.min(wanted - done, blocks.capacity() - skip);
            int whole = roundUp(skip + part, block);
            blocks.clear().limit(whole);
            if (whole == part) {
                blocks.put(0, src, src.position(), part);
                device.write(at, blocks);
            } else {
                synchronized (partLock) {
                    device.read(at - skip, blocks);
                    blocks.put(skip, src, src.position(), part);
                    device.write(at - skip, blocks);
                }
            }
            src.position(src.position() + part);
            done += part;
        }
        return wanted;
    }

    private static int roundUp(int value, int block) {
        return (value + block - 1) / block * block;
    }

    private static void checkPosition(long at) {
        if (at < 0) {
            throw new IllegalArgumentException("a position is not negative, got " + at);
        }
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
        synchronized (positionLock) {
            int n = read(dst, position);
            position += Math.max(0, n);
            return n;
        }
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        synchronized (positionLock) {
            int n = write(src, position);
            position += n;
            return n;
        }
    }

    @Override
    public long read(ByteBuffer[] dsts, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, dsts.length);
        long total = 0;
        for (int i = offset; i < offset + length; i++) {
            int n = read(dsts[i]);
            if (n < 0) {
                return total == 0 ? -1 : total;
            }
            total += n;
            if (dsts[i].hasRemaining()) {
                break;
            }
        }
        return total;
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, srcs.length);
        long total = 0;
        for (int i = offset; i < offset + length; i++) {
            total += write(srcs[i]);
        }
        return total;
    }

    @Override
    public long position() throws IOException {
        checkOpen();
        synchronized (positionLock) {
            return position;
        }
    }

    @Override
    public FileChannel position(long newPosition) throws IOException {
        checkOpen();
        checkPosition(newPosition);
        synchronized (positionLock) {
            position = newPosition;
        }
        return this;
    }

    @Override
    public long size() throws IOException {
        checkOpen();
        return device.geometry().size();
    }

    /** A size that is not smaller changes nothing, as with any channel; a smaller one is not possible. */
    @Override
    public FileChannel truncate(long size) throws IOException {
        checkPosition(size);
        if (size < size()) {
            throw new BlockException(
                    BlockException.Kind.NOT_SUPPORTED, size, "a device is not cut off through a channel");
        }
        return this;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        checkOpen();
        device.flush();
    }

    @Override
    public long transferTo(long from, long count, WritableByteChannel target) throws IOException {
        checkPosition(count);
        long done = 0;
        ByteBuffer bytes = ByteBuffer.allocateDirect(BUFFER);
        while (done < count) {
            bytes.clear().limit((int) Math.min(BUFFER, count - done));
            if (read(bytes, from + done) <= 0) {
                break;
            }
            bytes.flip();
            int wanted = bytes.remaining();
            int n = target.write(bytes);
            done += n;
            if (n < wanted) {
                break; // The target takes no more now.
            }
        }
        return done;
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long to, long count) throws IOException {
        checkPosition(count);
        long done = 0;
        ByteBuffer bytes = ByteBuffer.allocateDirect(BUFFER);
        while (done < count && to + done < size()) {
            bytes.clear().limit((int) Math.min(Math.min(BUFFER, count - done), size() - to - done));
            if (source.read(bytes) <= 0) {
                break;
            }
            bytes.flip();
            done += write(bytes, to + done);
        }
        return done;
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long from, long size) {
        throw new UnsupportedOperationException("a block device is not mapped; use read and write");
    }

    @Override
    public FileLock lock(long from, long size, boolean shared) {
        throw new UnsupportedOperationException("a block device has no file locks; use RangeLock");
    }

    @Override
    public FileLock tryLock(long from, long size, boolean shared) {
        return lock(from, size, shared);
    }

    @Override
    protected void implCloseChannel() {
        // The device belongs to somebody else.
    }
}
