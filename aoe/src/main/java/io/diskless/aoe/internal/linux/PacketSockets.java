package io.diskless.aoe.internal.linux;

import static io.diskless.aoe.internal.linux.LinuxConstants.*;

import io.diskless.aoe.AoeException;

/** Set-up of packet sockets, call by call. Slow paths only: these methods allocate. */
public final class PacketSockets {
    /** sizeof(struct sockaddr_ll). */
    private static final int SOCKADDR_LL = 20;

    private PacketSockets() {}

    /** A raw packet socket that receives nothing until it is bound to a protocol. */
    public static int open() throws AoeException {
        int fd = LibC.socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0) {
            throw Errno.exception("opening a packet socket", LibC.errno());
        }
        return fd;
    }

    public static void option(int fd, int level, int name, int value, String what) throws AoeException {
        int errno = tryOption(fd, level, name, value);
        if (errno != 0) {
            throw Errno.exception(what, errno);
        }
    }

    /** The errno, or 0. */
    public static int tryOption(int fd, int level, int name, int value) {
        NativeMemory m = new NativeMemory(4);
        m.bytes().putInt(0, value);
        return LibC.setsockopt(fd, level, name, m.address(), 4) < 0 ? LibC.errno() : 0;
    }

    public static int intOption(int fd, int level, int name, String what) throws AoeException {
        NativeMemory m = new NativeMemory(8);
        m.bytes().putInt(4, 4);
        if (LibC.getsockopt(fd, level, name, m.address(), m.address(4)) < 0) {
            throw Errno.exception(what, LibC.errno());
        }
        return m.bytes().getInt(0);
    }

    /** Attaches a filter, or hands a fanout group its program: both take a sock_fprog. */
    public static void program(int fd, int level, int name, Bpf program, String what) throws AoeException {
        NativeMemory image = program.image();
        if (LibC.setsockopt(fd, level, name, image.address(), 16) < 0) {
            throw Errno.exception(what, LibC.errno());
        }
    }

    /** PACKET_RX_RING or PACKET_TX_RING with a tpacket_req. */
    public static void ring(int fd, int which, int blockSize, int blocks, int slotSize, int slots) throws AoeException {
        NativeMemory m = new NativeMemory(16);
        m.bytes().putInt(0, blockSize).putInt(4, blocks).putInt(8, slotSize).putInt(12, slots);
        if (LibC.setsockopt(fd, SOL_PACKET, which, m.address(), 16) < 0) {
            throw Errno.exception("a ring of " + slots + " slots of " + slotSize + " bytes", LibC.errno());
        }
    }

    /**
     * Binds to an interface, also again to another one.
     *
     * @param receive whether AoE frames are to be received; else the socket only sends
     */
    public static void bind(int fd, int index, boolean receive) throws AoeException {
        if (index <= 0) {
            throw new AoeException(AoeException.Kind.NO_INTERFACE, "no interface has index " + index);
        }
        // sockaddr_ll: u16 family, be16 protocol, i32 index.
        NativeMemory m = new NativeMemory(SOCKADDR_LL);
        m.bytes()
                .putShort(0, (short) AF_PACKET)
                .putShort(2, (short) (receive ? ETH_P_AOE_NETWORK_ORDER : 0))
                .putInt(4, index);
        if (LibC.bind(fd, m.address(), SOCKADDR_LL) < 0) {
            throw Errno.exception("binding to interface " + index, LibC.errno());
        }
    }

    /**
     * Asks for a socket buffer, with privilege if there is one.
     *
     * @return what was granted, as the kernel counts it: twice what was asked for
     */
    public static int buffer(int fd, boolean receive, int bytes) throws AoeException {
        if (tryOption(fd, SOL_SOCKET, receive ? SO_RCVBUFFORCE : SO_SNDBUFFORCE, bytes) != 0) {
            option(fd, SOL_SOCKET, receive ? SO_RCVBUF : SO_SNDBUF, bytes, "setting a socket buffer");
        }
        return intOption(fd, SOL_SOCKET, receive ? SO_RCVBUF : SO_SNDBUF, "reading a socket buffer");
    }

    /** Reads and forgets the error that a socket keeps; what happened is asked of the interface's monitor. */
    public static void clearError(int fd) {
        NativeMemory m = new NativeMemory(8);
        m.bytes().putInt(4, 4);
        LibC.getsockopt(fd, SOL_SOCKET, SO_ERROR, m.address(), m.address(4));
    }
}
