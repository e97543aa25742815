package io.diskless.cluster.block;

import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** How {@link FileDevice} opens and uses a file or a block device. Immutable. */
public final class FileOptions {
    /** How bytes get to and from the file. */
    public enum Mode {
        /**
         * Through the page cache with {@code pread} and {@code pwrite}. Works everywhere. Hazards: what was written is not
         * durable until a flush; after a failed flush the kernel forgets which pages it could not write, so that every
         * later flush of the device fails as well, until it is opened anew.
         */
        BUFFERED,
        /**
         * Reads copy straight from a mapping of the page cache, without a system call; writes are those of
         * {@link #BUFFERED}, because a store into a mapping cannot report a full disk. Hazards: those of
         * {@link #BUFFERED}; a read of what another process has cut off the file fails with {@code MEDIUM} from the next
         * page border on, and reads as zeroes before it; a page that is not in memory stalls the thread without the JVM
         * seeing a system call, so that a garbage collection, and with it every thread, waits for the disk; the address
         * space is given back only when the garbage collector finds the mapping. The JVM is not killed in any of these
         * cases.
         */
        MAPPED,
        /**
         * Reads and writes copy from and into a mapping: the cheapest way where the image is in memory anyway. A full disk
         * is noticed, because what was stored is looked at again, and then the write is repeated by {@code pwrite}, which
         * tells. Writes with FUA and those of {@link Sync#EVERY_WRITE} go by {@code pwrite} from the start; a flush covers
         * the mapping. Hazards: those of {@link #MAPPED}; a store behind the end of a file that another process has cut
         * off, but in its last page, is lost without notice; the first store into a page after the kernel has written it
         * out costs a page fault.
         */
        MAPPED_WRITES,
        /**
         * Past the page cache ({@code O_DIRECT}). Needs Linux, JNA and a file system that can. No copy is made from or to
         * a direct buffer aligned as the geometry asks; any other goes through an aligned buffer and is counted, see
         * {@link FileDevice#copies()}. Hazards: past the cache is not durable, the disk has a cache of its own, so a
         * flush is needed all the same; a program that reads the same file through the page cache may see it late.
         */
        DIRECT
    }

    /** When bytes become durable. */
    public enum Sync {
        /** By a flush, or by a write with FUA. A crash loses the writes since. */
        ON_FLUSH,
        /** Each write before it completes ({@code O_DSYNC}). Slow, and right for clients that never flush. */
        EVERY_WRITE
    }

    private static final FileOptions DEFAULTS = new Builder().build();

    private final Mode mode;
    private final Sync sync;
    private final boolean readOnly;
    private final boolean lock;
    private final boolean fallback;
    private final int logicalBlock;
    private final long createSize;
    private final @Nullable Executor executor;

    private FileOptions(Builder b) {
        mode = b.mode;
        sync = b.sync;
        readOnly = b.readOnly;
        lock = b.lock;
        fallback = b.fallback;
        logicalBlock = b.logicalBlock;
        createSize = b.createSize;
        executor = b.executor;
    }

    /**
     * An existing file, read and written through the page cache, durable on flush, locked, completing inline.
     *
     * @return the preset
     */
    public static FileOptions defaults() {
        return DEFAULTS;
    }

    /**
     * As {@link #defaults()}, and the file is made if it is not there.
     *
     * @param size bytes of a file that has to be made, a multiple of 512; an existing one keeps its size
     * @return the preset
     */
    public static FileOptions create(long size) {
        return new Builder().create(size).build();
    }

    /**
     * Starts from the defaults.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts from these options.
     *
     * @return a builder
     */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.mode = mode;
        b.sync = sync;
        b.readOnly = readOnly;
        b.lock = lock;
        b.fallback = fallback;
        b.logicalBlock = logicalBlock;
        b.createSize = createSize;
        b.executor = executor;
        return b;
    }

    /**
     * How bytes get to and from the file.
     *
     * @return the mode asked for
     */
    public Mode mode() {
        return mode;
    }

    /**
     * When bytes become durable.
     *
     * @return the policy
     */
    public Sync sync() {
        return sync;
    }

    /**
     * Whether the file is opened for reading only.
     *
     * @return true if writes are refused
     */
    public boolean readOnly() {
        return readOnly;
    }

    /**
     * Whether the file is locked against other processes and other devices of this one.
     *
     * @return true by default
     */
    public boolean lock() {
        return lock;
    }

    /**
     * Whether {@link Mode#DIRECT} may become {@link Mode#BUFFERED} where it is not possible.
     *
     * @return false by default
     */
    public boolean fallback() {
        return fallback;
    }

    /**
     * The least unit of a transfer.
     *
     * @return bytes; direct I/O may need more, see the geometry
     */
    public int logicalBlock() {
        return logicalBlock;
    }

    /**
     * The size of a file that has to be made.
     *
     * @return bytes, or -1 if the file must exist
     */
    public long createSize() {
        return createSize;
    }

    /**
     * Who runs the operations.
     *
     * @return null if they complete inline
     */
    public @Nullable Executor executor() {
        return executor;
    }

    /** Collects options; {@link #build()} checks them. Not thread-safe. */
    public static final class Builder {
        private Mode mode = Mode.BUFFERED;
        private Sync sync = Sync.ON_FLUSH;
        private boolean readOnly;
        private boolean lock = true;
        private boolean fallback;
        private int logicalBlock = BlockGeometry.SECTOR;
        private long createSize = -1;
        private @Nullable Executor executor;

        private Builder() {}

        /**
         * How bytes get to and from the file.
         *
         * @param value the mode
         * @return this
         */
        public Builder mode(Mode value) {
            mode = Objects.requireNonNull(value, "mode");
            return this;
        }

        /**
         * When bytes become durable.
         *
         * @param value the policy
         * @return this
         */
        public Builder sync(Sync value) {
            sync = Objects.requireNonNull(value, "sync");
            return this;
        }

        /**
         * Opens for reading only. Several devices and processes may do so at once.
         *
         * @param value true for read-only
         * @return this
         */
        public Builder readOnly(boolean value) {
            readOnly = value;
            return this;
        }

        /**
         * Locks the file: shared when read-only, else exclusively. Turn it off only where the file system has no locks.
         *
         * @param value true to lock
         * @return this
         */
        public Builder lock(boolean value) {
            lock = value;
            return this;
        }

        /**
         * Lets {@link Mode#DIRECT} become {@link Mode#BUFFERED} where it is not possible; {@link FileDevice#mode()} and
         * {@link FileDevice#fallbackReason()} tell.
         *
         * @param value true to allow
         * @return this
         */
        public Builder fallback(boolean value) {
            fallback = value;
            return this;
        }

        /**
         * The least unit of a transfer, 512 by default.
         *
         * @param bytes a power of two; 1 for single bytes
         * @return this
         */
        public Builder logicalBlock(int bytes) {
            logicalBlock = bytes;
            return this;
        }

        /**
         * Makes the file if it is not there. It is sparse: it takes room as it is written.
         *
         * @param size bytes, a multiple of the logical block
         * @return this
         */
        public Builder create(long size) {
            createSize = size;
            return this;
        }

        /**
         * Runs operations on an executor; the device then does not complete inline. Closing the device leaves it alone.
         *
         * @param value the executor
         * @return this
         */
        public Builder executor(Executor value) {
            executor = Objects.requireNonNull(value, "executor");
            return this;
        }

        /**
         * Checks everything.
         *
         * @return the options
         * @throws IllegalArgumentException if they contradict each other
         */
        public FileOptions build() {
            if (logicalBlock <= 0 || Integer.bitCount(logicalBlock) != 1 || logicalBlock > 1 << 20) {
                throw new IllegalArgumentException(
                        "logicalBlock must be a power of two up to 1 MiB, got " + logicalBlock);
            }
            if (createSize != -1 && (createSize < 0 || createSize % logicalBlock != 0)) {
                throw new IllegalArgumentException(
                        "the size to create must be a multiple of " + logicalBlock + ", got " + createSize);
            }
            if (readOnly && createSize >= 0) {
                throw new IllegalArgumentException("a read-only file is not created: drop create() or readOnly()");
            }
            return new FileOptions(this);
        }
    }
}
