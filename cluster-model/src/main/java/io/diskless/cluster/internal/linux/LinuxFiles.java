package io.diskless.cluster.internal.linux;

import com.sun.jna.Native;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Files as Linux sees them: direct I/O, holes, durable writes. Every native call of this module is in this file.
 *
 * <p>Ask {@link #whyNot()} first: where JNA is missing or the system is no 64-bit Linux, it says so, and no other method
 * may be called. Calls return what the kernel returns, with a negative {@code errno} in place of -1. The ones for
 * transfers take primitives only and allocate nothing.
 *
 * <p>Thread-safe.
 */
public final class LinuxFiles {
    // Values of the kernel's UAPI headers, asm-generic; O_DIRECT is 0x4000 on x86 and differs on some others.
    /** Open flag: read and write. */
    public static final int O_RDWR = 0x2;
    /** Open flag: read. */
    public static final int O_RDONLY = 0;
    /** Open flag: each write is durable when it returns. */
    public static final int O_DSYNC = 0x1000;
    /** Open flag: not inherited by child processes. */
    public static final int O_CLOEXEC = 0x80000;
    /** Open flag: past the page cache. */
    public static final int O_DIRECT = switch (System.getProperty("os.arch", "")) {
        case "aarch64", "arm" -> 0x10000;
        case "ppc64le", "ppc64" -> 0x20000;
        default -> 0x4000;
    };

    /** {@code fallocate}: the file keeps its size. */
    public static final int FALLOC_FL_KEEP_SIZE = 1;
    /** {@code fallocate}: deallocate; reads as zeroes. */
    public static final int FALLOC_FL_PUNCH_HOLE = 2;
    /** {@code fallocate}: zero, keep the room. */
    public static final int FALLOC_FL_ZERO_RANGE = 0x10;

    /** Interrupted by a signal; try again. */
    public static final int EINTR = 4;
    /** Input/output error. */
    public static final int EIO = 5;
    /** Invalid argument; for direct I/O, wrong alignment. */
    public static final int EINVAL = 22;
    /** File too large for the file system. */
    public static final int EFBIG = 27;
    /** No space left. */
    public static final int ENOSPC = 28;
    /** Quota used up. */
    public static final int EDQUOT = 122;
    /** Operation not supported. */
    public static final int EOPNOTSUPP = 95;

    private static final long BLKDISCARD = 0x1277;
    private static final int AT_FDCWD = -100;
    private static final int STATX_DIOALIGN = 0x2000;
    private static final int STATX_BYTES = 256;
    private static final int STX_DIO_MEM_ALIGN = 152;
    private static final int STX_DIO_OFFSET_ALIGN = 156;

    private static final @Nullable String REASON = reason();

    private LinuxFiles() {}

    /** Loaded only when JNA is there; JNA binds the native methods to the C library. */
    private static final class C {
        static {
            Native.register(C.class, "c");
        }

        private C() {}

        static native int open(byte[] path, int flags, int mode);

        static native int close(int fd);

        static native long pread(int fd, long address, long count, long offset);

        static native long pwrite(int fd, long address, long count, long offset);

        static native int fallocate(int fd, int mode, long offset, long length);

        static native int ioctl(int fd, long request, long[] argument);

        static native int statx(int directory, byte[] path, int flags, int mask, byte[] result);

        /** With a length of 0 nothing but a way to learn the address of a buffer without allocating. */
        static native long memcpy(ByteBuffer destination, long source, long count);
    }

    private static @Nullable String reason() {
        if (!System.getProperty("os.name", "").equals("Linux")) {
            return "needs Linux, this is " + System.getProperty("os.name");
        }
        try {
            if (Native.POINTER_SIZE != 8) {
                return "needs a 64-bit JVM";
            }
            // Binds the calls now, so that what is missing shows here and not in the middle of a transfer.
            C.memcpy(ByteBuffer.allocateDirect(8), 0, 0);
            return null;
        } catch (LinkageError e) {
            return e instanceof NoClassDefFoundError
                    ? "needs JNA: add net.java.dev.jna:jna to the class path"
                    : "JNA cannot be used: " + e.getMessage();
        }
    }

    /**
     * Whether the calls of this class work here.
     *
     * @return null if they do, else why not, with the remedy
     */
    public static @Nullable String whyNot() {
        return REASON;
    }

    private static int result(int value) {
        return value >= 0 ? value : -Native.getLastError();
    }

    private static long result(long value) {
        return value >= 0 ? value : -Native.getLastError();
    }

    private static byte[] cString(Path path) {
        return (path.toAbsolutePath() + "\0").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * {@code open(2)}.
     *
     * @param path the file
     * @param flags what {@code O_} flags
     * @return a file descriptor or {@code -errno}
     */
    public static int open(Path path, int flags) {
        return result(C.open(cString(path), flags | O_CLOEXEC, 0));
    }

    /**
     * {@code close(2)}.
     *
     * @param fd the descriptor
     * @return 0 or {@code -errno}
     */
    public static int close(int fd) {
        return result(C.close(fd));
    }

    /**
     * {@code pread(2)}.
     *
     * @param fd the descriptor
     * @param address where to
     * @param count bytes
     * @param offset from where
     * @return bytes read, 0 at the end, or {@code -errno}
     */
    public static long pread(int fd, long address, long count, long offset) {
        return result(C.pread(fd, address, count, offset));
    }

    /**
     * {@code pwrite(2)}.
     *
     * @param fd the descriptor
     * @param address from where
     * @param count bytes
     * @param offset where to
     * @return bytes written or {@code -errno}
     */
    public static long pwrite(int fd, long address, long count, long offset) {
        return result(C.pwrite(fd, address, count, offset));
    }

    /**
     * {@code fallocate(2)}.
     *
     * @param fd the descriptor
     * @param mode what {@code FALLOC_FL_} flags
     * @param offset first byte
     * @param length bytes
     * @return 0 or {@code -errno}
     */
    public static int fallocate(int fd, int mode, long offset, long length) {
        return result(C.fallocate(fd, mode, offset, length));
    }

    /**
     * {@code BLKDISCARD}: a block device may forget a range.
     *
     * @param fd the descriptor of a block device
     * @param offset first byte
     * @param length bytes
     * @return 0 or {@code -errno}
     */
    public static int blockDiscard(int fd, long offset, long length) {
        return result(C.ioctl(fd, BLKDISCARD, new long[] {offset, length}));
    }

    /**
     * What alignment direct I/O needs (Linux 6.1 and later tell).
     *
     * @param path the file
     * @return memory alignment in the low, offset alignment in the high 32 bits; 0 if the kernel does not tell
     */
    public static long directAlignment(Path path) {
        byte[] stat = new byte[STATX_BYTES];
        try {
            if (C.statx(AT_FDCWD, cString(path), 0, STATX_DIOALIGN, stat) != 0) {
                return 0;
            }
        } catch (UnsatisfiedLinkError e) {
            // A C library before 2.28 has no statx: the kernel does not tell.
            return 0;
        }
        ByteBuffer fields = ByteBuffer.wrap(stat).order(java.nio.ByteOrder.nativeOrder());
        if ((fields.getInt(0) & STATX_DIOALIGN) == 0) {
            return 0;
        }
        return (long) fields.getInt(STX_DIO_OFFSET_ALIGN) << 32 | fields.getInt(STX_DIO_MEM_ALIGN);
    }

    /**
     * Where the first remaining byte of a direct buffer lies: JNA adds the position by itself. Allocates nothing.
     *
     * @param buffer direct
     * @return the address of the byte at its position
     */
    public static long address(ByteBuffer buffer) {
        return C.memcpy(buffer, 0, 0);
    }

    /**
     * Words for an error number.
     *
     * @param errno positive
     * @return the usual name where it is one of those above
     */
    public static String describe(int errno) {
        return switch (errno) {
            case EIO -> "input/output error (EIO)";
            case EINVAL -> "invalid argument (EINVAL)";
            case EFBIG -> "file too large (EFBIG)";
            case ENOSPC -> "no space left on device (ENOSPC)";
            case EDQUOT -> "disk quota exceeded (EDQUOT)";
            case EOPNOTSUPP -> "operation not supported (EOPNOTSUPP)";
            case 13 -> "permission denied (EACCES)";
            case 2 -> "no such file (ENOENT)";
            default -> "errno " + errno;
        };
    }
}
