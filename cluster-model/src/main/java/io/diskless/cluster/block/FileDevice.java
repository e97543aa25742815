package io.diskless.cluster.block;

import io.diskless.cluster.block.internal.Gate;
import io.diskless.cluster.block.internal.GeometryState;
import io.diskless.cluster.block.internal.Inline;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A device in a regular file or on a block device. How bytes travel and when they are durable is said by
 * {@link FileOptions}, together with the hazards of each way.
 *
 * <p>A file that is no multiple of the logical block is used up to the last whole block. A file is locked while it is
 * open: one writer or many readers; a second one is refused with {@link BlockException.Kind#STALE}. Discard makes a hole,
 * where Linux, JNA and the file system can; {@link #writeZeroes} uses what there is and else writes zeroes.
 *
 * <p>Completes inline unless the options name an executor. Reads and writes allocate nothing. While an operation is
 * under way its buffer's position may move; give each device a {@code duplicate()} of a buffer that several use at once.
 *
 * <p>Thread-safe. {@link #close()} waits for the operations under way.
 */
public final class FileDevice implements BlockDevice {
    private static final int OPTIMAL_TRANSFER = 1 << 20;
    private static final int PHYSICAL_BLOCK = 4096;

    private final Path path;
    private final FileAccess access;
    private final FileOptions.Mode mode;
    private final @Nullable String fallbackReason;
    private final @Nullable FileLocks locks;
    private final @Nullable Executor executor;
    private final GeometryState geometry;
    private final Gate gate = new Gate();
    private final Object resizing = new Object();

    private FileDevice(
            Path path,
            FileAccess access,
            FileOptions options,
            @Nullable String fallbackReason,
            @Nullable FileLocks locks)
            throws IOException {
        this.path = path;
        this.access = access;
        this.mode = access.options.mode();
        this.fallbackReason = fallbackReason;
        this.locks = locks;
        this.executor = options.executor();
        int block = access.logicalBlock();
        this.geometry = new GeometryState(new BlockGeometry(
                access.size(),
                block,
                Math.max(PHYSICAL_BLOCK, block),
                access.memoryAlignment(),
                OPTIMAL_TRANSFER,
                access.discardGranularity(),
                options.readOnly()));
    }

    /**
     * Opens a file or a block device.
     *
     * @param path which
     * @param options how
     * @return the device; close it
     * @throws BlockException NOT_SUPPORTED if direct I/O is not possible and no fallback is allowed, or the file cannot be
     *     locked; STALE if somebody else has it open; NO_SPACE or MEDIUM if it cannot be made or opened
     */
    public static FileDevice open(Path path, FileOptions options) throws BlockException {
        FileLocks locks = null;
        FileAccess access = null;
        try {
            boolean missing = options.createSize() >= 0 && !Files.exists(path);
            if (missing) {
                make(path, options.createSize());
            }
            // Before the lock: it opens and closes a descriptor, and closing loses the process's locks on the file.
            String whyNot = options.mode() == FileOptions.Mode.DIRECT ? DirectAccess.whyNot(path) : null;
            if (whyNot != null && !options.fallback()) {
                throw new BlockException(
                        BlockException.Kind.NOT_SUPPORTED,
                        BlockException.NO_OFFSET,
                        "direct I/O is not possible: " + whyNot + "; or allow FileOptions fallback(true)");
            }
            locks = options.lock() ? FileLocks.acquire(path, options.readOnly()) : null;
            if (whyNot != null) {
                FileOptions.Builder buffered = options.toBuilder().mode(FileOptions.Mode.BUFFERED);
                access = new ChannelAccess(path, buffered.build(), locks);
            } else if (options.mode() == FileOptions.Mode.DIRECT) {
                access = DirectAccess.open(path, options, locks);
            } else {
                access = new ChannelAccess(path, options, locks);
            }
            return new FileDevice(path, access, options, whyNot, locks);
        } catch (IOException | RuntimeException e) {
            undo(access, locks, e);
            if (e instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw translate(path, (IOException) e);
        }
    }

    private static void make(Path path, long size) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            if (size > 0) {
                channel.write(ByteBuffer.allocate(1), size - 1);
            }
            channel.force(true);
        }
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null && !System.getProperty("os.name", "").startsWith("Windows")) {
            // The name of the file is durable only when its directory is.
            try (FileChannel directory = FileChannel.open(parent, StandardOpenOption.READ)) {
                directory.force(true);
            }
        }
    }

    private static void undo(@Nullable FileAccess access, @Nullable FileLocks locks, Exception e) {
        try {
            if (access != null) {
                access.close();
            }
            if (locks != null) {
                locks.release();
            }
        } catch (IOException second) {
            e.addSuppressed(second);
        }
    }

    private static BlockException translate(Path path, IOException e) {
        if (e instanceof BlockException already) {
            return already;
        }
        String words = e instanceof NoSuchFileException
                ? path + " does not exist: make it, or open it with FileOptions.create(size)"
                : path + " cannot be opened: " + e;
        return new BlockException(BlockException.Kind.MEDIUM, BlockException.NO_OFFSET, words, e);
    }

    /**
     * Why {@link FileOptions.Mode#DIRECT} is not possible for a file.
     *
     * @param path an existing file or block device
     * @return null if it is possible, else why not, with the remedy
     */
    public static @Nullable String whyNoDirect(Path path) {
        return DirectAccess.whyNot(path);
    }

    /**
     * The file.
     *
     * @return as given to {@link #open}
     */
    public Path path() {
        return path;
    }

    /**
     * How bytes really travel.
     *
     * @return the mode asked for, or BUFFERED after a fallback
     */
    public FileOptions.Mode mode() {
        return mode;
    }

    /**
     * Why the mode is not the one asked for.
     *
     * @return null if it is
     */
    public @Nullable String fallbackReason() {
        return fallbackReason;
    }

    /**
     * How many transfers of {@link FileOptions.Mode#DIRECT} had to be copied, because their buffer was on the heap or not
     * aligned.
     *
     * @return so far
     */
    public long copies() {
        return access.copies();
    }

    @Override
    public BlockGeometry geometry() {
        return geometry.get();
    }

    @Override
    public boolean completesInline() {
        return executor == null;
    }

    @Override
    public void read(long offset, ByteBuffer dst, Completion done) {
        if (executor == null) {
            Inline.ended(done, doRead(offset, dst));
        } else {
            submit(executor, done, () -> doRead(offset, dst));
        }
    }

    private @Nullable BlockException doRead(long offset, ByteBuffer dst) {
        if (!gate.enter()) {
            return Checks.closed();
        }
        try {
            int length = dst.remaining();
            BlockException refusal = geometry.get().check(offset, length);
            return refusal != null || length == 0 ? refusal : access.read(offset, dst);
        } catch (RuntimeException | OutOfMemoryError e) {
            return unexpected(offset, e);
        } finally {
            gate.exit();
        }
    }

    @Override
    public void write(long offset, ByteBuffer src, int flags, Completion done) {
        if (executor == null) {
            Inline.ended(done, doWrite(offset, src, flags));
        } else {
            submit(executor, done, () -> doWrite(offset, src, flags));
        }
    }

    private @Nullable BlockException doWrite(long offset, ByteBuffer src, int flags) {
        if (!gate.enter()) {
            return Checks.closed();
        }
        try {
            int length = src.remaining();
            BlockException refusal = Checks.change(geometry.get(), true, offset, length);
            return refusal != null || length == 0 ? refusal : access.write(offset, src, (flags & FUA) != 0);
        } catch (RuntimeException | OutOfMemoryError e) {
            return unexpected(offset, e);
        } finally {
            gate.exit();
        }
    }

    @Override
    public void flush(Completion done) {
        guarded(done, access::flush);
    }

    @Override
    public void discard(long offset, long length, Completion done) {
        guarded(done, () -> {
            BlockException refusal = Checks.discard(geometry.get(), true, offset, length);
            return refusal != null || length == 0 ? refusal : access.discard(offset, length);
        });
    }

    @Override
    public void writeZeroes(long offset, long length, Completion done) {
        guarded(done, () -> {
            BlockException refusal = Checks.change(geometry.get(), true, offset, length);
            return refusal != null || length == 0 ? refusal : access.zero(offset, length);
        });
    }

    /** The colder operations. */
    private void guarded(Completion done, Supplier<@Nullable BlockException> work) {
        Supplier<@Nullable BlockException> inside = () -> {
            if (!gate.enter()) {
                return Checks.closed();
            }
            try {
                return work.get();
            } catch (RuntimeException | OutOfMemoryError e) {
                return unexpected(BlockException.NO_OFFSET, e);
            } finally {
                gate.exit();
            }
        };
        if (executor == null) {
            Inline.ended(done, inside.get());
        } else {
            submit(executor, done, inside);
        }
    }

    private static void submit(Executor executor, Completion done, Supplier<@Nullable BlockException> work) {
        try {
            executor.execute(() -> Inline.ended(done, work.get()));
        } catch (RejectedExecutionException e) {
            Inline.failed(
                    done,
                    new BlockException(
                            BlockException.Kind.CLOSED,
                            BlockException.NO_OFFSET,
                            "the executor of the device takes no more work: " + e.getMessage(),
                            e));
        }
    }

    private BlockException unexpected(long offset, Throwable e) {
        return new BlockException(BlockException.Kind.MEDIUM, offset, path + ": " + e, e);
    }

    /**
     * Cuts or extends a regular file; what is added reads as zeroes.
     *
     * @param newSize bytes, a multiple of the logical block
     * @throws BlockException NOT_SUPPORTED for a block device; READ_ONLY; NO_SPACE or MEDIUM if it fails; CLOSED
     */
    public void resize(long newSize) throws BlockException {
        if (!gate.enter()) {
            throw Checks.closed();
        }
        try {
            synchronized (resizing) {
                BlockGeometry next = geometry.get().withSize(newSize);
                if (next.readOnly()) {
                    throw new BlockException(
                            BlockException.Kind.READ_ONLY, BlockException.NO_OFFSET, path + " is open read-only");
                }
                if (access.blockDevice) {
                    throw new BlockException(
                            BlockException.Kind.NOT_SUPPORTED,
                            BlockException.NO_OFFSET,
                            path + " is a block device: change it with its own tools, then call refresh()");
                }
                long old = geometry.get().size();
                try {
                    // Bytes past the last whole block were not ours until now.
                    access.resize(Math.min(old, newSize));
                    access.resize(newSize);
                } catch (IOException e) {
                    throw access.failure(e, old, newSize - old);
                }
                geometry.replace(next);
            }
        } finally {
            gate.exit();
        }
        geometry.announce();
    }

    /**
     * Asks the system for the size again, for instance after a logical volume has grown, and tells the listeners.
     *
     * @throws BlockException MEDIUM if it cannot be told; CLOSED
     */
    public void refresh() throws BlockException {
        boolean announce;
        if (!gate.enter()) {
            throw Checks.closed();
        }
        try {
            synchronized (resizing) {
                long size = access.size();
                access.resized(size);
                announce = geometry.replace(geometry.get().withSize(size));
            }
        } catch (IOException e) {
            throw access.failure(e, BlockException.NO_OFFSET, 0);
        } finally {
            gate.exit();
        }
        if (announce) {
            geometry.announce();
        }
    }

    @Override
    public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
        return geometry.subscribe(Objects.requireNonNull(listener, "listener"));
    }

    @Override
    public void close() throws BlockException {
        if (!gate.close()) {
            return;
        }
        IOException failure = null;
        try {
            access.close();
        } catch (IOException e) {
            failure = e;
        }
        try {
            if (locks != null) {
                locks.release();
            }
        } catch (IOException e) {
            if (failure == null) {
                failure = e;
            } else {
                failure.addSuppressed(e);
            }
        }
        if (failure != null) {
            throw access.failure(failure, BlockException.NO_OFFSET, 0);
        }
    }

    @Override
    public String toString() {
        return "FileDevice[" + path + ", " + mode + "]";
    }
}
