package io.diskless.aoe.internal.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The native door: the C library, mapped directly and with primitives only, so that a call allocates nothing. Addresses,
 * sizes and offsets are {@code long} (LP64). Nobody touches this class before {@link NativeAccess#obstacle()} said null:
 * its initialiser needs JNA. Thread-safe as far as the system calls are.
 */
public final class LibC {
    static {
        Native.register(LibC.class, "c");
    }

    private LibC() {}

    // Sockets

    public static native int socket(int domain, int type, int protocol);

    public static native int bind(int fd, long address, int length);

    public static native int setsockopt(int fd, int level, int name, long value, int length);

    public static native int getsockopt(int fd, int level, int name, long value, long length);

    public static native long send(int fd, long buffer, long length, int flags);

    public static native long recv(int fd, long buffer, long length, int flags);

    public static native int sendmmsg(int fd, long messages, int count, int flags);

    public static native int recvmmsg(int fd, long messages, int count, int flags, long timeout);

    // Memory

    public static native long mmap(long address, long length, int protection, int flags, int fd, long offset);

    public static native int munmap(long address, long length);

    // Waiting

    public static native int ppoll(long fds, long count, long timeout, long signals);

    public static native int eventfd(int value, int flags);

    public static native long read(int fd, long buffer, long length);

    public static native long write(int fd, long buffer, long length);

    public static native int close(int fd);

    /** The errno of this thread's last call through this class; ask at once. */
    public static int errno() {
        return Native.getLastError();
    }

    /** Where a direct buffer begins. Valid while the buffer is reachable. */
    public static long address(ByteBuffer direct) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
    }

    /** Memory as a buffer in native order. It does not own the memory. */
    public static ByteBuffer view(long address, long length) {
        return new Pointer(address).getByteBuffer(0, length).order(ByteOrder.nativeOrder());
    }
}
