package io.diskless.netboot.internal.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;

/**
 * The C library, mapped directly and with primitives only. Addresses and sizes are {@code long} (LP64). Nobody touches this
 * class before {@link NativeSockets#obstacle()} said that nothing is in the way: its initialiser needs JNA. Thread-safe as
 * far as the system calls are.
 */
final class LibC {
    static {
        Native.register(LibC.class, "c");
    }

    private LibC() {}

    static native int socket(int domain, int type, int protocol);

    static native int bind(int fd, long address, int length);

    static native int setsockopt(int fd, int level, int name, long value, int length);

    static native long sendto(int fd, long buffer, long length, int flags, long address, int addressLength);

    static native int connect(int fd, long address, int length);

    static native long sendmsg(int fd, long message, int flags);

    static native long recvfrom(int fd, long buffer, long length, int flags, long address, long addressLength);

    static native int poll(long fds, long count, int milliseconds);

    static native int eventfd(int value, int flags);

    static native long write(int fd, long buffer, long length);

    static native int close(int fd);

    static native int if_nametoindex(long name);

    /** The errno of this thread's last call through this class; ask at once. */
    static int errno() {
        return Native.getLastError();
    }

    /** Where a direct buffer begins. Valid while the buffer is reachable. */
    static long address(ByteBuffer direct) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
    }
}
