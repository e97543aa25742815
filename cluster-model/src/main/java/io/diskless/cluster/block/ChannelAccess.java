package io.diskless.cluster.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Through the page cache: {@code pread} and {@code pwrite}, or copying from and to a mapping.
 *
 * <p>A mapped page that cannot be had (the file was cut off, the medium failed) makes the processor fault. HotSpot turns
 * that into an {@code InternalError}, but on JDK 17 it throws it some time <em>after</em> the copy, long after the method
 * that copied has returned. So nothing here relies on it: before the copy a random mark is put at both ends of the
 * destination; a copy that was broken off leaves one of them. Then the error is made to surface here, and the transfer is
 * repeated by {@code pread}, which tells what is the matter, or succeeds if the bytes merely looked like the mark.
 *
 * <p>A store into the mapping is held to the same rule: the last bytes of each page that was written are copied back to
 * where their complement stands. Where they do not arrive, the write is repeated by {@code pwrite}.
 */
final class ChannelAccess extends FileAccess {
    private static final int SEGMENT_BITS = 30;
    private static final long SEGMENT = 1L << SEGMENT_BITS;
    private static final long MARK = new SplittableRandom().nextLong();
    /** No system has smaller pages. */
    private static final int PAGE = 4096;

    private static final ThreadLocal<ByteBuffer> PROBE = ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(8));

    // Not final, so that no compiler knows it.
    private static volatile int minusOne = -1;

    @SuppressWarnings("UnusedVariable") // A store that no compiler drops.
    private static volatile Object sink = "";

    private final boolean mapped;
    private final boolean storing;
    private volatile MappedByteBuffer[] segments = {};
    private volatile @Nullable StableChannel durable;
    private final @Nullable FileLocks locks;

    ChannelAccess(Path path, FileOptions options, @Nullable FileLocks locks) throws IOException {
        super(path, options, locks);
        this.locks = locks;
        this.mapped = options.mode() == FileOptions.Mode.MAPPED || options.mode() == FileOptions.Mode.MAPPED_WRITES;
        this.storing = options.mode() == FileOptions.Mode.MAPPED_WRITES && !options.readOnly();
        try {
            resized(size());
        } catch (IOException | RuntimeException | Error e) {
            super.close();
            throw e;
        }
    }

    @Override
    void resized(long newSize) throws IOException {
        if (!mapped) {
            return;
        }
        FileChannel.MapMode how = storing ? FileChannel.MapMode.READ_WRITE : FileChannel.MapMode.READ_ONLY;
        MappedByteBuffer[] fresh = new MappedByteBuffer[(int) ((newSize + SEGMENT - 1) / SEGMENT)];
        for (int i = 0; i < fresh.length; i++) {
            long from = i * SEGMENT;
            long length = Math.min(SEGMENT, newSize - from);
            boolean same = i < segments.length && segments[i].capacity() == length;
            fresh[i] = same ? segments[i] : channel.raw().map(how, from, length);
        }
        segments = fresh;
    }

    @Override
    @Nullable
    BlockException read(long offset, ByteBuffer dst) {
        int at = dst.position();
        int end = dst.limit();
        if (!mapped) {
            return readChannel(offset, dst, at, end);
        }
        MappedByteBuffer[] maps = segments;
        for (long from = offset; at < end; ) {
            int within = (int) (from & SEGMENT - 1);
            int part = (int) Math.min(SEGMENT - within, end - at);
            int index = (int) (from >>> SEGMENT_BITS);
            boolean copied = index < maps.length
                    && within + part <= maps[index].capacity()
                    && copy(maps[index], within, dst, at, part);
            if (!copied) {
                BlockException failure = readChannel(from, dst, at, at + part);
                if (failure != null) {
                    return failure;
                }
            }
            at += part;
            from += part;
        }
        return null;
    }

    /** Whether the bytes are there for certain. */
    private static boolean copy(MappedByteBuffer map, int from, ByteBuffer dst, int at, int length) {
        if (length < Long.BYTES) {
            return false;
        }
        int last = at + length - Long.BYTES;
        dst.putLong(at, MARK);
        dst.putLong(last, MARK);
        try {
            dst.put(at, map, from, length);
            if (dst.getLong(at) != MARK && dst.getLong(last) != MARK) {
                return true;
            }
            surface();
        } catch (InternalError e) {
            // The caller asks the kernel for the same bytes and reports what it says.
        }
        return false;
    }

    /**
     * Lets an error that the JVM holds back be thrown here: asking for an array of -1 bytes is a call into the JVM, and
     * the only one found after which JDK 17 looks for such an error both in compiled and in interpreted code.
     */
    private static void surface() {
        try {
            sink = new byte[minusOne];
        } catch (NegativeArraySizeException expected) {
            sink = "";
        }
    }

    private @Nullable BlockException readChannel(long offset, ByteBuffer dst, int from, int to) {
        int position = dst.position();
        int limit = dst.limit();
        int at = from;
        try {
            dst.limit(to);
            while (at < to) {
                int n = channel.read(dst, at, offset + (at - from));
                if (n < 0) {
                    return cutOff(offset + (at - from));
                }
                at += n;
            }
            return null;
        } catch (IOException e) {
            return failure(e, offset + (at - from), 0);
        } finally {
            dst.limit(limit).position(position);
        }
    }

    @Override
    @Nullable
    BlockException write(long offset, ByteBuffer src, boolean force) {
        int from = src.position();
        int to = src.limit();
        int at = from;
        if (storing && !force && options.sync() == FileOptions.Sync.ON_FLUSH) {
            at += store(offset, src);
            if (at == to) {
                return null;
            }
        }
        try {
            StableChannel out = force && options.sync() == FileOptions.Sync.ON_FLUSH ? durable() : channel;
            while (at < to) {
                at += out.write(src, at, offset + (at - from));
            }
            return null;
        } catch (IOException e) {
            return failure(e, offset + (at - from), to - at);
        } finally {
            src.position(from);
        }
    }

    /** Copies into the mapping, as far as that is certain to have worked. */
    private int store(long offset, ByteBuffer src) {
        MappedByteBuffer[] maps = segments;
        int begin = src.position();
        int at = begin;
        for (long to = offset; at < src.limit(); ) {
            int within = (int) (to & SEGMENT - 1);
            int part = (int) Math.min(SEGMENT - within, src.limit() - at);
            int index = (int) (to >>> SEGMENT_BITS);
            boolean stored = index < maps.length
                    && within + part <= maps[index].capacity()
                    && store(maps[index], within, src, at, part);
            if (!stored) {
                break;
            }
            at += part;
            to += part;
        }
        return at - begin;
    }

    /** Whether the bytes are there for certain. */
    private static boolean store(MappedByteBuffer map, int to, ByteBuffer src, int at, int length) {
        if (length < Long.BYTES) {
            return false;
        }
        ByteBuffer probe = PROBE.get().order(src.order());
        int end = to + length;
        try {
            map.put(to, src, at, length);
            for (int stop = Math.min((to | PAGE - 1) + 1, end); ; stop = Math.min(stop + PAGE, end)) {
                // Where only a few bytes lie in the first page the look begins at the first of all.
                int look = Math.max(to, stop - Long.BYTES);
                long expected = src.getLong(at + (look - to));
                probe.putLong(0, ~expected);
                probe.put(0, map, look, Long.BYTES);
                if (probe.getLong(0) != expected) {
                    surface();
                    return false;
                }
                if (stop == end) {
                    return true;
                }
            }
        } catch (InternalError e) {
            // The caller asks the kernel to write the same bytes and reports what it says.
            return false;
        }
    }

    /** A second descriptor with O_DSYNC for writes with FUA: only they pay for it. */
    private StableChannel durable() throws IOException {
        StableChannel there = durable;
        if (there == null) {
            synchronized (this) {
                there = durable;
                if (there == null) {
                    there = new StableChannel(path, openOptions(true), locks);
                    durable = there;
                }
            }
        }
        return there;
    }

    @Override
    void close() throws IOException {
        StableChannel second = durable;
        segments = new MappedByteBuffer[0];
        try {
            if (second != null) {
                second.close();
            }
        } finally {
            super.close();
        }
    }
}
