package io.diskless.cluster.block;

import io.diskless.cluster.internal.linux.LinuxFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One way to move bytes to and from an open file; {@link FileDevice} has checked the ranges. Every operation returns null
 * or the failure to report. Holes, zeroes, size and flush are the same for all ways and live here.
 *
 * <p>Thread-safe; the caller sees to it that nothing is under way at {@link #close()}.
 */
abstract class FileAccess {
    private static final int S_IFMT = 0xF000;
    private static final int S_IFBLK = 0x6000;
    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(1 << 16);

    final Path path;
    final FileOptions options;
    final boolean blockDevice;
    final StableChannel channel;
    // For holes and discards, -1 where they are not possible.
    private final int fd;
    private final int discardGranularity;
    private volatile boolean zeroRange = true;
    private volatile @Nullable BlockException lostFlush;

    FileAccess(Path path, FileOptions options, @Nullable FileLocks locks) throws IOException {
        this.path = path;
        this.options = options;
        this.blockDevice = isBlockDevice(path);
        this.channel = new StableChannel(path, openOptions(options.sync() == FileOptions.Sync.EVERY_WRITE), locks);
        int opened = -1;
        if (!options.readOnly() && LinuxFiles.whyNot() == null) {
            opened = LinuxFiles.open(path, LinuxFiles.O_RDWR);
        }
        this.fd = opened;
        this.discardGranularity = opened < 0 ? 0 : probeDiscard();
    }

    static boolean isBlockDevice(Path path) throws IOException {
        try {
            return ((Integer) Files.getAttribute(path, "unix:mode") & S_IFMT) == S_IFBLK;
        } catch (UnsupportedOperationException | IllegalArgumentException e) {
            return false; // No such attribute: no Unix, no block devices.
        }
    }

    final Set<OpenOption> openOptions(boolean durable) {
        Set<OpenOption> set = new HashSet<>();
        set.add(StandardOpenOption.READ);
        if (!options.readOnly()) {
            set.add(StandardOpenOption.WRITE);
            if (durable) {
                set.add(StandardOpenOption.DSYNC);
            }
        }
        return set;
    }

    abstract @Nullable BlockException read(long offset, ByteBuffer dst);

    abstract @Nullable BlockException write(long offset, ByteBuffer src, boolean durable);

    /** How often bytes had to be copied for alignment's sake. */
    long copies() {
        return 0;
    }

    int memoryAlignment() {
        return 1;
    }

    int logicalBlock() {
        return options.logicalBlock();
    }

    final int discardGranularity() {
        return discardGranularity;
    }

    /** The size in whole logical blocks; for a block device what the kernel says, not what its node says. */
    final long size() throws IOException {
        long size = channel.raw().size();
        return size - size % logicalBlock();
    }

    final @Nullable BlockException flush() {
        if (options.readOnly()) {
            return null;
        }
        BlockException lost = lostFlush;
        if (lost != null) {
            return new BlockException(
                    BlockException.Kind.MEDIUM,
                    BlockException.NO_OFFSET,
                    "an earlier flush of " + path + " failed and writes may be lost: open it anew and verify",
                    lost);
        }
        try {
            channel.force();
            return null;
        } catch (IOException e) {
            BlockException failure = failure(e, BlockException.NO_OFFSET, 0);
            lostFlush = failure;
            return failure;
        }
    }

    final @Nullable BlockException zero(long offset, long length) {
        if (fd >= 0 && zeroRange) {
            int keep = LinuxFiles.FALLOC_FL_KEEP_SIZE;
            if (LinuxFiles.fallocate(fd, LinuxFiles.FALLOC_FL_ZERO_RANGE | keep, offset, length) == 0) {
                return settle();
            }
            int result = LinuxFiles.fallocate(fd, LinuxFiles.FALLOC_FL_PUNCH_HOLE | keep, offset, length);
            if (result == 0) {
                return settle();
            }
            // Whatever the reason, plain writes work or tell better why not.
            zeroRange = result != -LinuxFiles.EOPNOTSUPP;
        }
        ByteBuffer zeroes = ZEROES.duplicate();
        for (long done = 0; done < length; ) {
            zeroes.clear().limit((int) Math.min(ZEROES.capacity(), length - done));
            int part = zeroes.remaining();
            BlockException failure = write(offset + done, zeroes, false);
            if (failure != null) {
                return failure;
            }
            done += part;
        }
        return null;
    }

    final @Nullable BlockException discard(long offset, long length) {
        int mode = LinuxFiles.FALLOC_FL_PUNCH_HOLE | LinuxFiles.FALLOC_FL_KEEP_SIZE;
        int result = blockDevice
                ? LinuxFiles.blockDiscard(fd, offset, length)
                : LinuxFiles.fallocate(fd, mode, offset, length);
        return result < 0 ? failure(-result, offset) : settle();
    }

    private @Nullable BlockException settle() {
        return options.sync() == FileOptions.Sync.EVERY_WRITE ? flush() : null;
    }

    private int probeDiscard() {
        if (blockDevice) {
            return blockGranularity();
        }
        try {
            // A hole beyond the end changes nothing and shows whether the file system can make one.
            int mode = LinuxFiles.FALLOC_FL_PUNCH_HOLE | LinuxFiles.FALLOC_FL_KEEP_SIZE;
            boolean can = LinuxFiles.fallocate(fd, mode, channel.raw().size(), 4096) == 0;
            return can ? Math.max(4096, options.logicalBlock()) : 0;
        } catch (IOException e) {
            return 0; // The size is asked again on the way, and reported there.
        }
    }

    private int blockGranularity() {
        try {
            int device = ((Long) Files.getAttribute(path, "unix:rdev")).intValue();
            // Linux dev_t: minor in bits 0-7 and 20-31, major in bits 8-19.
            String number = (device >>> 8 & 0xFFF) + ":" + ((device & 0xFF) | (device >>> 12 & 0xFFF00));
            Path home = Path.of("/sys/dev/block", number).toRealPath();
            Path queue = home.resolve("queue");
            // A partition has no queue of its own.
            Path file = (Files.exists(queue) ? queue : home.resolveSibling("queue")).resolve("discard_granularity");
            int granularity = Integer.parseInt(Files.readString(file).trim());
            return Integer.bitCount(granularity) == 1 ? granularity : 0;
        } catch (IOException | NumberFormatException e) {
            return 0; // No sysfs here: the device may be able to discard, but nobody says in which units.
        }
    }

    /** Cuts or extends a regular file. */
    final void resize(long newSize) throws IOException {
        FileChannel raw = channel.raw();
        long there = raw.size();
        if (newSize < there) {
            raw.truncate(newSize);
        } else if (newSize > there) {
            // One byte at the end: the rest stays a hole.
            raw.write(ByteBuffer.allocate(1), newSize - 1);
        }
        resized(newSize);
    }

    /** The file has another size now. */
    void resized(long newSize) throws IOException {}

    /** Translates what the JDK throws. */
    final BlockException failure(IOException e, long offset, long length) {
        if (e instanceof BlockException already) {
            return already;
        }
        if (e instanceof ClosedChannelException) {
            return Checks.closed();
        }
        return new BlockException(
                isFull(e, length) ? BlockException.Kind.NO_SPACE : BlockException.Kind.MEDIUM,
                offset,
                path + ": " + e.getMessage(),
                e);
    }

    /** The JDK hands on the C library's words, which are in the user's language; so look at the disk as well. */
    private boolean isFull(IOException e, long length) {
        String words = String.valueOf(e instanceof FileSystemException f ? f.getReason() : e.getMessage())
                .toLowerCase(Locale.ROOT);
        if (words.contains("no space left") || words.contains("quota") || words.contains("file too large")) {
            return true;
        }
        try {
            return length > 0 && !blockDevice && Files.getFileStore(path).getUsableSpace() < length;
        } catch (IOException unknown) {
            return false;
        }
    }

    /** Translates an error number. */
    final BlockException failure(int errno, long offset) {
        BlockException.Kind kind = switch (errno) {
            case LinuxFiles.ENOSPC, LinuxFiles.EDQUOT, LinuxFiles.EFBIG -> BlockException.Kind.NO_SPACE;
            case LinuxFiles.EOPNOTSUPP -> BlockException.Kind.NOT_SUPPORTED;
            default -> BlockException.Kind.MEDIUM;
        };
        return new BlockException(kind, offset, path + ": " + LinuxFiles.describe(errno));
    }

    final BlockException cutOff(long offset) {
        return new BlockException(
                BlockException.Kind.MEDIUM, offset, path + " ends at or before byte " + offset + ": it was cut off");
    }

    void close() throws IOException {
        if (fd >= 0) {
            LinuxFiles.close(fd);
        }
        channel.close();
    }
}
