package io.diskless.netboot.internal.linux;

import java.io.IOException;
import java.lang.ref.Reference;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Sends many datagrams of the same length with one system call, which the kernel cuts only where it must (UDP_SEGMENT, udp(7), Linux
 * 4.18 and later): a window of blocks goes through the network stack as one packet. It only sends, from a port that
 * another socket hears at: it is connected to itself, so that nothing that comes for the other is given to it. Confined to one thread
 * at a time, but for closing.
 */
public final class SegmentSocket implements AutoCloseable {
    private static final int AF_INET = 2;
    private static final int SO_REUSEADDR = 2;
    // <linux/udp.h>
    private static final int SOL_UDP = 17;
    private static final int UDP_SEGMENT = 103;
    private static final int SOCKADDR_IN = 16;
    // Where the parts of Memory are; struct msghdr, struct iovec and struct cmsghdr of 64-bit Linux.
    private static final int MSGHDR = 0;
    private static final int IOVEC = 56;
    private static final int CMSG = 72;
    private static final int CMSG_SPACE = 24;
    private static final int CMSG_LEN = 18;
    private static final int NAME = 96;
    private static final int HEADERS = 112;

    private final int fd;
    private final int address;
    private final int port;
    private final AtomicBoolean closed = new AtomicBoolean();

    private SegmentSocket(int fd, InetSocketAddress to) {
        this.fd = fd;
        this.address = ByteBuffer.wrap(to.getAddress().getAddress()).getInt();
        this.port = to.getPort();
    }

    /** What goes out in one call, and the structures that describe it. Sockets of one thread share it. Confined to that thread. */
    public static final class Memory {
        /** The longest payload of UDP over IPv4. */
        public static final int CAPACITY = 65_507;
        /** UDP_MAX_SEGMENTS of the oldest kernels that have it. */
        public static final int MOST_SEGMENTS = 64;

        private final ByteBuffer headers = NativeSockets.memory(HEADERS);
        private final ByteBuffer data = ByteBuffer.allocateDirect(CAPACITY);
        private final long at = LibC.address(headers);

        /** Empty. Only where there is no {@link NativeSockets#obstacle}. */
        public Memory() {
            headers.putLong(MSGHDR, at + NAME)
                    .putInt(MSGHDR + 8, SOCKADDR_IN)
                    .putLong(MSGHDR + 16, at + IOVEC)
                    .putLong(MSGHDR + 24, 1)
                    .putLong(IOVEC, LibC.address(data))
                    .putLong(CMSG, CMSG_LEN)
                    .putInt(CMSG + 8, SOL_UDP)
                    .putInt(CMSG + 12, UDP_SEGMENT);
        }

        /**
         * Where datagrams are put, one behind the other.
         *
         * @return always the same buffer, big-endian, whose position is the caller's
         */
        public ByteBuffer data() {
            return data;
        }
    }

    /**
     * A socket beside one that is bound to the same address and lets it be shared (SO_REUSEADDR) for the time of this call.
     *
     * @param own where the other socket is bound
     * @param to where datagrams go
     * @return the socket, which shares its port with no further one
     * @throws IOException where the system refuses
     */
    public static SegmentSocket open(InetSocketAddress own, InetSocketAddress to) throws IOException {
        int fd = NativeSockets.checked(
                LibC.socket(
                        AF_INET,
                        NativeSockets.SOCK_DGRAM | NativeSockets.SOCK_NONBLOCK | NativeSockets.SOCK_CLOEXEC,
                        0),
                "a UDP socket");
        SegmentSocket socket = new SegmentSocket(fd, to);
        try {
            NativeSockets.option(fd, NativeSockets.SOL_SOCKET, SO_REUSEADDR, 1, "sharing port " + own.getPort());
            ByteBuffer name = NativeSockets.memory(SOCKADDR_IN);
            put(
                    name,
                    0,
                    ByteBuffer.wrap(((Inet4Address) own.getAddress()).getAddress())
                            .getInt(),
                    own.getPort());
            NativeSockets.bind(fd, name, "binding to port " + own.getPort());
            try {
                NativeSockets.checked(LibC.connect(fd, LibC.address(name), SOCKADDR_IN), "connecting to itself");
            } finally {
                Reference.reachabilityFence(name);
            }
            NativeSockets.option(fd, NativeSockets.SOL_SOCKET, SO_REUSEADDR, 0, "keeping port " + own.getPort());
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** struct sockaddr_in: u16 family, be16 port, be32 address, 8 octets of nothing. */
    private static void put(ByteBuffer b, int at, int address, int port) {
        b.putShort(at, (short) AF_INET)
                .putShort(at + 2, Short.reverseBytes((short) port))
                .putInt(at + 4, Integer.reverseBytes(address));
    }

    /** What became of datagrams. */
    public enum Sent {
        /** They are on their way. */
        ALL,
        /** The system has no room for them just now, and none was sent. */
        LATER,
        /** The system cannot do it here, such as with datagrams longer than the network's packets; none was sent. */
        REFUSED
    }

    /**
     * Sends what is in memory.
     *
     * @param memory with datagrams from position 0 on
     * @param length of all together, 1 to {@link Memory#CAPACITY}
     * @param each length of each but the last, which may be shorter; at most {@link Memory#MOST_SEGMENTS} of them
     * @return what became of them
     */
    public Sent send(Memory memory, int length, int each) {
        boolean several = length > each;
        put(memory.headers, NAME, address, port);
        memory.headers
                .putLong(IOVEC + 8, length)
                .putLong(MSGHDR + 32, several ? memory.at + CMSG : 0)
                .putLong(MSGHDR + 40, several ? CMSG_SPACE : 0)
                .putShort(CMSG + 16, (short) each);
        try {
            while (LibC.sendmsg(fd, memory.at, 0) < 0) {
                int errno = LibC.errno();
                if (!NativeSockets.isInterrupted(errno)) {
                    return NativeSockets.isFull(errno) ? Sent.LATER : Sent.REFUSED;
                }
            }
            return Sent.ALL;
        } finally {
            Reference.reachabilityFence(memory);
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            LibC.close(fd);
        }
    }
}
