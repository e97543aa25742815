package io.diskless.netboot.internal.linux;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A UDP socket that hears what comes in on one interface only, broadcasts included (SO_BINDTODEVICE, socket(7)). It needs no
 * privilege since Linux 5.7. Confined to one thread at a time, but for closing.
 */
public final class DeviceUdpSocket extends NativeSocket {
    private static final int AF_INET = 2;
    private static final int SO_REUSEADDR = 2;
    private static final int SO_RCVBUF = 8;
    private static final int SO_BINDTODEVICE = 25;
    private static final int SOCKADDR_IN = 16;

    private DeviceUdpSocket(int fd) {
        super(fd);
    }

    /**
     * What came in.
     *
     * @param data the payload
     * @param from its sender
     */
    public record Datagram(ByteBuffer data, InetSocketAddress from) {}

    /**
     * Binds a socket to an interface and a port, which may be shared with sockets that are bound to addresses.
     *
     * @param networkInterface the interface's name
     * @param port 1 to 65535
     * @param receiveBuffer octets that may wait; the system may grant less
     * @return the socket
     * @throws IOException where the system refuses
     */
    public static DeviceUdpSocket open(String networkInterface, int port, int receiveBuffer) throws IOException {
        int fd = NativeSockets.checked(
                LibC.socket(
                        AF_INET,
                        NativeSockets.SOCK_DGRAM | NativeSockets.SOCK_NONBLOCK | NativeSockets.SOCK_CLOEXEC,
                        0),
                "a UDP socket");
        DeviceUdpSocket socket = new DeviceUdpSocket(fd);
        try {
            NativeSockets.option(fd, NativeSockets.SOL_SOCKET, SO_REUSEADDR, 1, "sharing port " + port);
            NativeSockets.option(fd, NativeSockets.SOL_SOCKET, SO_RCVBUF, receiveBuffer, "a receive buffer");
            byte[] name = networkInterface.getBytes(StandardCharsets.US_ASCII);
            ByteBuffer m = NativeSockets.memory(name.length + 1);
            m.put(0, name);
            NativeSockets.option(
                    fd, NativeSockets.SOL_SOCKET, SO_BINDTODEVICE, m, "binding to interface " + networkInterface);
            // struct sockaddr_in: u16 family, be16 port, be32 address, 8 octets of nothing.
            ByteBuffer address = NativeSockets.memory(SOCKADDR_IN);
            address.putShort(0, (short) AF_INET).put(2, (byte) (port >> 8)).put(3, (byte) port);
            NativeSockets.bind(fd, address, "binding to port " + port);
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * The next datagram.
     *
     * @return the datagram; empty if none is waiting
     * @throws IOException where the system reports an error, which is then over
     */
    public Optional<Datagram> receive() throws IOException {
        byte @Nullable [] data = next();
        if (data == null) {
            return Optional.empty();
        }
        byte[] ip = new byte[4];
        address().get(4, ip);
        int port = ((address().get(2) & 0xFF) << 8) | (address().get(3) & 0xFF);
        return Optional.of(new Datagram(
                ByteBuffer.wrap(data), new InetSocketAddress((Inet4Address) InetAddress.getByAddress(ip), port)));
    }
}
