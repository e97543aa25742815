package io.diskless.cluster.block;

import io.diskless.cluster.internal.linux.LinuxFiles;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Past the page cache. The kernel moves the bytes straight from or to the caller's buffer if it is direct and aligned;
 * else they pass through an aligned buffer of the pool, which is counted.
 */
final class DirectAccess extends FileAccess {
    private static final int POOLED = 8;
    private static final int BOUNCE = 1 << 18;
    private static final int PAGE = 4096;

    private final int fd;
    private final int memoryAlignment;
    private final int offsetAlignment;
    private final AtomicReferenceArray<@Nullable ByteBuffer> pool = new AtomicReferenceArray<>(POOLED);
    private final LongAdder copies = new LongAdder();
    private volatile int durable = -1;

    private DirectAccess(Path path, FileOptions options, @Nullable FileLocks locks, int fd) throws IOException {
        super(path, options, locks);
        this.fd = fd;
        long told = LinuxFiles.directAlignment(path);
        // Kernels before 6.1 do not tell: a page satisfies every file system.
        memoryAlignment = told == 0 ? PAGE : Math.max(1, (int) told);
        offsetAlignment = told == 0 ? PAGE : Math.max(1, (int) (told >>> 32));
    }

    /** Why direct I/O is not possible on this file, or null if it is. */
    static @Nullable String whyNot(Path path) {
        String reason = LinuxFiles.whyNot();
        if (reason != null) {
            return reason;
        }
        int fd = LinuxFiles.open(path, LinuxFiles.O_RDONLY | LinuxFiles.O_DIRECT);
        if (fd < 0) {
            return fd == -LinuxFiles.EINVAL
                    ? "the file system of " + path + " has no direct I/O"
                    : path + ": " + LinuxFiles.describe(-fd);
        }
        LinuxFiles.close(fd);
        return null;
    }

    static DirectAccess open(Path path, FileOptions options, @Nullable FileLocks locks) throws IOException {
        boolean every = options.sync() == FileOptions.Sync.EVERY_WRITE;
        int access = options.readOnly() ? LinuxFiles.O_RDONLY : LinuxFiles.O_RDWR;
        int fd = LinuxFiles.open(path, access | LinuxFiles.O_DIRECT | (every ? LinuxFiles.O_DSYNC : 0));
        if (fd < 0) {
            throw new BlockException(
                    BlockException.Kind.NOT_SUPPORTED,
                    BlockException.NO_OFFSET,
                    path + " cannot be opened for direct I/O: " + LinuxFiles.describe(-fd));
        }
        try {
            return new DirectAccess(path, options, locks, fd);
        } catch (IOException e) {
            LinuxFiles.close(fd);
            throw e;
        }
    }

    @Override
    int memoryAlignment() {
        return memoryAlignment;
    }

    @Override
    int logicalBlock() {
        return Math.max(options.logicalBlock(), offsetAlignment);
    }

    @Override
    long copies() {
        return copies.sum();
    }

    @Override
    @Nullable
    BlockException read(long offset, ByteBuffer dst) {
        long address = aligned(dst);
        if (address != 0) {
            return transfer(false, fd, dst, address, dst.remaining(), offset);
        }
        ByteBuffer bounce = take();
        long base = LinuxFiles.address(bounce);
        BlockException failure = null;
        int total = dst.remaining();
        for (int done = 0; done < total && failure == null; ) {
            int part = Math.min(BOUNCE, total - done);
            failure = transfer(false, fd, bounce, base, part, offset + done);
            if (failure == null) {
                dst.put(dst.position() + done, bounce, 0, part);
            }
            done += part;
        }
        give(bounce);
        return failure;
    }

    @Override
    @Nullable
    BlockException write(long offset, ByteBuffer src, boolean force) {
        int out = fd;
        if (force && options.sync() == FileOptions.Sync.ON_FLUSH) {
            out = durable();
            if (out < 0) {
                return failure(-out, offset);
            }
        }
        long address = aligned(src);
        if (address != 0) {
            return transfer(true, out, src, address, src.remaining(), offset);
        }
        ByteBuffer bounce = take();
        long base = LinuxFiles.address(bounce);
        BlockException failure = null;
        int total = src.remaining();
        for (int done = 0; done < total && failure == null; ) {
            int part = Math.min(BOUNCE, total - done);
            bounce.put(0, src, src.position() + done, part);
            failure = transfer(true, out, bounce, base, part, offset + done);
            done += part;
        }
        give(bounce);
        return failure;
    }

    /** The address of the buffer's first remaining byte, or 0 if the kernel could not use it. */
    private long aligned(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            return 0;
        }
        long address = LinuxFiles.address(buffer);
        return (address & memoryAlignment - 1) == 0 ? address : 0;
    }

    /** The owner of the memory stays reachable until the kernel is done with it. */
    private @Nullable BlockException transfer(
            boolean out, int to, ByteBuffer owner, long address, int length, long offset) {
        try {
            for (int done = 0; done < length; ) {
                long n = out
                        ? LinuxFiles.pwrite(to, address + done, length - done, offset + done)
                        : LinuxFiles.pread(to, address + done, length - done, offset + done);
                if (n == 0) {
                    return cutOff(offset + done);
                }
                if (n < 0 && n != -LinuxFiles.EINTR) {
                    return failure((int) -n, offset + done);
                }
                done += (int) Math.max(0, n);
            }
            return null;
        } finally {
            Reference.reachabilityFence(owner);
        }
    }

    /** A second descriptor with O_DSYNC for writes with FUA; negative is an error number. */
    private int durable() {
        if (durable < 0) {
            synchronized (pool) {
                if (durable < 0) {
                    int opened = LinuxFiles.open(path, LinuxFiles.O_RDWR | LinuxFiles.O_DIRECT | LinuxFiles.O_DSYNC);
                    if (opened < 0) {
                        return opened;
                    }
                    durable = opened;
                }
            }
        }
        return durable;
    }

    private ByteBuffer take() {
        copies.increment();
        for (int i = 0; i < POOLED; i++) {
            ByteBuffer there = pool.getAndSet(i, null);
            if (there != null) {
                return there;
            }
        }
        return ByteBuffer.allocateDirect(BOUNCE + PAGE).alignedSlice(PAGE).slice(0, BOUNCE);
    }

    private void give(ByteBuffer bounce) {
        for (int i = 0; i < POOLED; i++) {
            if (pool.compareAndSet(i, null, bounce)) {
                return;
            }
        }
    }

    @Override
    void close() throws IOException {
        LinuxFiles.close(fd);
        if (durable >= 0) {
            LinuxFiles.close(durable);
        }
        super.close();
    }
}
