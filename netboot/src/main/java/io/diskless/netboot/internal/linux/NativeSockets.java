package io.diskless.netboot.internal.linux;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** Whether these sockets can be had here, and what they have in common. Thread-safe. */
public final class NativeSockets {
    // <asm-generic/socket.h>, <bits/socket.h>: the generic ABI of amd64 and aarch64.
    static final int SOL_SOCKET = 1;
    static final int SOCK_DGRAM = 2;
    static final int SOCK_NONBLOCK = 0x800;
    static final int SOCK_CLOEXEC = 0x80000;
    static final int EFD_NONBLOCK = SOCK_NONBLOCK;
    static final int EFD_CLOEXEC = SOCK_CLOEXEC;

    private static final int EPERM = 1;
    private static final int EINTR = 4;
    private static final int EAGAIN = 11;
    private static final int EACCES = 13;
    private static final int ENODEV = 19;
    private static final int EADDRINUSE = 98;
    private static final int ENETDOWN = 100;
    private static final int ENOBUFS = 105;

    private NativeSockets() {}

    /**
     * What stands in the way.
     *
     * @return the reason with its remedy; empty where these sockets can be made, given the privilege
     */
    public static Optional<String> obstacle() {
        return obstacle(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
    }

    static Optional<String> obstacle(String system, String architecture) {
        String arch = architecture.toLowerCase(Locale.ROOT);
        if (!system.equals("Linux")) {
            return Optional.of("such sockets exist on Linux only, this is " + system);
        }
        // The structures' layouts are those of 64-bit little-endian Linux.
        if (!arch.equals("amd64") && !arch.equals("x86_64") && !arch.equals("aarch64")) {
            return Optional.of("the sockets' structures are known for amd64 and aarch64, this is " + architecture);
        }
        try {
            // A call that the kernel refuses: the library is there.
            LibC.close(-1);
            return Optional.empty();
        } catch (LinkageError e) {
            // NoClassDefFoundError: no JNA; UnsatisfiedLinkError: its library cannot be unpacked or loaded.
            return Optional.of(
                    "JNA cannot be used (" + e + "); put net.java.dev.jna:jna on the class path, and on Java 24"
                            + " and later start with --enable-native-access=ALL-UNNAMED");
        }
    }

    /**
     * The number of an interface. One that was removed and made again has another. Only where there is no {@link #obstacle}.
     *
     * @param networkInterface its name
     * @return 1 or more; 0 where there is none of this name
     */
    public static int index(String networkInterface) {
        byte[] name = networkInterface.getBytes(StandardCharsets.UTF_8);
        // Direct memory is zero, so the name ends with a NUL.
        ByteBuffer m = memory(name.length + 1);
        m.put(0, name);
        try {
            return LibC.if_nametoindex(LibC.address(m));
        } finally {
            Reference.reachabilityFence(m);
        }
    }

    static ByteBuffer memory(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    }

    /** A new socket's descriptor, or the failure. */
    static int checked(int result, String what) throws IOException {
        if (result < 0) {
            throw failure(what, LibC.errno());
        }
        return result;
    }

    static void option(int fd, int level, int name, int value, String what) throws IOException {
        ByteBuffer m = memory(4);
        m.putInt(0, value);
        option(fd, level, name, m, what);
    }

    static void option(int fd, int level, int name, ByteBuffer value, String what) throws IOException {
        try {
            checked(LibC.setsockopt(fd, level, name, LibC.address(value), value.capacity()), what);
        } finally {
            Reference.reachabilityFence(value);
        }
    }

    static void bind(int fd, ByteBuffer address, String what) throws IOException {
        try {
            checked(LibC.bind(fd, LibC.address(address), address.capacity()), what);
        } finally {
            Reference.reachabilityFence(address);
        }
    }

    /** Whether a call is to be made again at once, or when there is something. */
    static boolean isInterrupted(int errno) {
        return errno == EINTR;
    }

    static boolean isEmpty(int errno) {
        return errno == EAGAIN;
    }

    /** Whether what was to be sent finds no room now. */
    static boolean isFull(int errno) {
        return errno == EAGAIN || errno == ENOBUFS;
    }

    static IOException failure(String what, int errno) {
        String reason = switch (errno) {
            case EPERM, EACCES -> "Permission denied";
            case ENETDOWN -> "the interface is down";
            case ENODEV -> "there is no such interface";
            case EADDRINUSE -> "Address already in use";
            default -> "error " + errno;
        };
        return new IOException(what + ": " + reason);
    }
}
