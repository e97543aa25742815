package io.diskless.netboot.internal.linux;

import io.diskless.cluster.net.MacAddress;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A socket for whole IP packets on one interface, whose Ethernet header the kernel makes and takes away (packet(7),
 * SOCK_DGRAM): what is sent reaches a network card that has no address yet. Needs CAP_NET_RAW. Confined to one thread at a
 * time, but for closing.
 */
public final class PacketSocket extends NativeSocket {
    /** Ethernet's number for IPv4. */
    public static final int IPV4 = 0x0800;
    /** Ethernet's number for IPv6. */
    public static final int IPV6 = 0x86DD;

    private static final int AF_PACKET = 17;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_ADD_MEMBERSHIP = 1;
    private static final int PACKET_MR_MULTICAST = 0;
    private static final int SO_ATTACH_FILTER = 26;
    private static final int SOCKADDR_LL = 20;
    private static final int PACKET_OUTGOING = 4;

    // Classic BPF (linux/filter.h); offsets count from the IPv6 header. Next header ICMPv6, type 133 or 134.
    private static final int[][] ROUTER_DISCOVERY = {
        {0x30, 0, 0, 6},
        {0x15, 0, 4, 58},
        {0x30, 0, 0, 40},
        {0x15, 1, 0, 133},
        {0x15, 0, 1, 134},
        {0x06, 0, 0, 0xFFFF},
        {0x06, 0, 0, 0}
    };

    private final int index;

    private PacketSocket(int fd, int index) {
        super(fd);
        this.index = index;
    }

    /**
     * What came in.
     *
     * @param packet from the IP header on
     * @param from the sending network card
     */
    public record Packet(ByteBuffer packet, MacAddress from) {}

    /**
     * A socket that only sends.
     *
     * @param index the interface's index
     * @return the socket
     * @throws IOException where the system refuses, usually for want of CAP_NET_RAW
     */
    public static PacketSocket sending(int index) throws IOException {
        return open(index);
    }

    /**
     * A socket that hears IPv6 router solicitations and advertisements, and sends.
     *
     * @param index the interface's index
     * @return the socket
     * @throws IOException where the system refuses, usually for want of CAP_NET_RAW
     */
    public static PacketSocket routerDiscovery(int index) throws IOException {
        PacketSocket socket = bound(index, IPV6, ROUTER_DISCOVERY);
        try {
            // All nodes and all routers (RFC 4291 §2.7.1), for cards that filter.
            socket.join(MacAddress.parse("33:33:00:00:00:01"));
            socket.join(MacAddress.parse("33:33:00:00:00:02"));
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * A socket that hears UDP datagrams to a port, whoever has the port: what this machine sends is not among them, nor are
     * fragments.
     *
     * @param index the interface's index
     * @param port 1 to 65535
     * @return the socket
     * @throws IOException where the system refuses, usually for want of CAP_NET_RAW
     */
    public static PacketSocket datagrams(int index, int port) throws IOException {
        // Offsets count from the IPv4 header. UDP, the first fragment or the only one, and behind the header that port.
        int[][] lines = {
            {0x30, 0, 0, 9},
            {0x15, 0, 6, 17},
            {0x28, 0, 0, 6},
            {0x45, 4, 0, 0x1FFF},
            {0xB1, 0, 0, 0},
            {0x48, 0, 0, 2},
            {0x15, 0, 1, port},
            {0x06, 0, 0, 0xFFFF},
            {0x06, 0, 0, 0}
        };
        return bound(index, IPV4, lines);
    }

    private static PacketSocket bound(int index, int protocol, int[][] filter) throws IOException {
        PacketSocket socket = open(index);
        try {
            // Before it is bound nothing comes in, so the filter misses nothing.
            socket.filter(filter);
            ByteBuffer address = NativeSockets.memory(SOCKADDR_LL);
            socket.put(address, protocol);
            NativeSockets.bind(socket.fd, address, "binding to an interface");
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static PacketSocket open(int index) throws IOException {
        return new PacketSocket(
                NativeSockets.checked(
                        LibC.socket(
                                AF_PACKET,
                                NativeSockets.SOCK_DGRAM | NativeSockets.SOCK_NONBLOCK | NativeSockets.SOCK_CLOEXEC,
                                0),
                        "a packet socket (needs CAP_NET_RAW)"),
                index);
    }

    private void filter(int[][] lines) throws IOException {
        ByteBuffer code = NativeSockets.memory(8 * lines.length);
        for (int[] line : lines) {
            code.putShort((short) line[0])
                    .put((byte) line[1])
                    .put((byte) line[2])
                    .putInt(line[3]);
        }
        // struct sock_fprog: u16 length, and at 8 the program's address.
        ByteBuffer program = NativeSockets.memory(16);
        program.putShort(0, (short) lines.length).putLong(8, LibC.address(code));
        try {
            NativeSockets.option(fd, NativeSockets.SOL_SOCKET, SO_ATTACH_FILTER, program, "a filter");
        } finally {
            Reference.reachabilityFence(code);
        }
    }

    private void join(MacAddress group) throws IOException {
        // struct packet_mreq: i32 index, u16 type, u16 length, 8 octets of address.
        ByteBuffer m = NativeSockets.memory(16);
        m.putInt(0, index).putShort(4, (short) PACKET_MR_MULTICAST).putShort(6, (short) MacAddress.BYTES);
        m.put(8, octets(group));
        NativeSockets.option(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, m, "joining " + group);
    }

    /** struct sockaddr_ll: u16 family, be16 protocol, i32 index, u16 hardware, u8 type, u8 length, 8 octets of address. */
    private void put(ByteBuffer address, int protocol) {
        address.putShort(0, (short) AF_PACKET).put(2, (byte) (protocol >> 8)).put(3, (byte) protocol);
        address.putInt(4, index).putShort(8, (short) 0).put(10, (byte) 0).put(11, (byte) MacAddress.BYTES);
    }

    private static byte[] octets(MacAddress mac) {
        return ByteBuffer.allocate(MacAddress.BYTES)
                .putShort((short) (mac.value() >> 32))
                .putInt((int) mac.value())
                .array();
    }

    /**
     * Sends one packet.
     *
     * @param protocol {@link #IPV4} or {@link #IPV6}
     * @param to the network card
     * @param packet from the IP header on; its position is left alone
     * @throws IOException where the system refuses
     */
    public void send(int protocol, MacAddress to, ByteBuffer packet) throws IOException {
        put(address(), protocol);
        address().put(12, octets(to));
        send(packet, SOCKADDR_LL);
    }

    /**
     * The next packet that another station sent.
     *
     * @return the packet; empty if none is waiting
     * @throws IOException where the system reports an error, which is then over
     */
    public Optional<Packet> receive() throws IOException {
        for (byte @Nullable [] packet = next(); packet != null; packet = next()) {
            if (address().get(10) != PACKET_OUTGOING && address().get(11) == MacAddress.BYTES) {
                long mac = (address().get(12) & 0xFFL) << 40;
                for (int i = 1; i < MacAddress.BYTES; i++) {
                    mac |= (address().get(12 + i) & 0xFFL) << (8 * (5 - i));
                }
                return Optional.of(new Packet(ByteBuffer.wrap(packet), MacAddress.of(mac)));
            }
        }
        return Optional.empty();
    }
}
