package io.diskless.netboot.simulate;

import io.diskless.netboot.Datagram;
import io.diskless.netboot.dhcp.DhcpFields;
import io.diskless.netboot.dhcp.DhcpHeader;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The sockets of this machine, lent to one that is not there. Its files come to this machine's own address.
 *
 * <p>Two ways to the DHCP server: through a relay agent that this link plays, which needs no privilege and lets servers
 * listen on any port; or by broadcast, which needs port 68. The relay sets and clears {@code giaddr} and {@code hops}; for
 * the broadcast the flag is set, because the system drops what is sent to an address that is not yet its own. Nothing else
 * of the messages is changed.
 *
 * <p>Not thread-safe.
 */
public final class SocketLink implements ClientLink {
    private static final int CLIENT = 68;
    private static final int TFTP = 69;
    private static final int BOOT_SERVER = 4011;
    private static final int LARGEST = 65_535;
    private static final int HOPS_AT = 3;
    private static final int FLAGS_AT = 10;
    private static final int RELAY_AT = 24;
    private static final int PATIENCE_MILLIS = (int) TimeUnit.SECONDS.toMillis(30);

    private final Inet4Address own;
    private final @Nullable InetSocketAddress relayTo;
    private final int tftpPort;
    private final int bootServerPort;

    private SocketLink(Inet4Address own, @Nullable InetSocketAddress relayTo, int tftpPort, int bootServerPort) {
        this.own = own;
        this.relayTo = relayTo;
        this.tftpPort = tftpPort;
        this.bootServerPort = bootServerPort;
    }

    /**
     * A network card behind a relay agent.
     *
     * @param own an address of this machine, which the relay calls itself by
     * @param dhcp where the server listens; a relay to port 67 needs the privilege of port 67 itself
     * @param tftpPort where TFTP servers listen, usually 69
     * @param bootServerPort where boot servers listen, usually 4011
     * @return the link
     */
    public static SocketLink relayed(Inet4Address own, InetSocketAddress dhcp, int tftpPort, int bootServerPort) {
        return new SocketLink(own, dhcp, tftpPort, bootServerPort);
    }

    /**
     * A network card on an interface of this machine, with the standard's ports.
     *
     * @param own the interface's address
     * @return the link
     */
    public static SocketLink broadcasting(Inet4Address own) {
        return new SocketLink(own, null, TFTP, BOOT_SERVER);
    }

    @Override
    public Udp open(int port) throws IOException {
        return new Port(port);
    }

    @Override
    public Tcp connect(InetSocketAddress to) throws IOException {
        Socket socket = new Socket();
        try {
            socket.bind(new InetSocketAddress(own, 0));
            socket.connect(to, PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            return new Stream(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public void configured(Inet4Address address) {
        // This machine keeps its own address.
    }

    @Override
    public void close() {
        // Ports and connections are their users' to close.
    }

    /** One port: one socket, or two where broadcasts are to be heard too. */
    private final class Port implements Udp {
        private final Selector selector;
        private final List<DatagramChannel> sockets = new ArrayList<>();
        private final boolean dhcp;

        Port(int number) throws IOException {
            dhcp = number == CLIENT;
            InetSocketAddress relay = relayTo;
            selector = Selector.open();
            try {
                if (dhcp && relay == null) {
                    bind(new InetSocketAddress(own, CLIENT));
                    bind(new InetSocketAddress(CLIENT));
                } else {
                    bind(new InetSocketAddress(own, dhcp && relay != null && relay.getPort() == 67 ? 67 : 0));
                }
            } catch (IOException e) {
                close();
                throw e;
            }
        }

        private void bind(InetSocketAddress address) throws IOException {
            DatagramChannel socket = DatagramChannel.open();
            sockets.add(socket);
            socket.setOption(StandardSocketOptions.SO_BROADCAST, true);
            socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            socket.bind(address);
            socket.configureBlocking(false);
            socket.register(selector, SelectionKey.OP_READ);
        }

        @Override
        public void send(InetSocketAddress to, byte[] payload) throws IOException {
            ByteBuffer out = ByteBuffer.wrap(payload.clone());
            InetSocketAddress where = to;
            if (to.getAddress().equals(DhcpHeader.address(-1))) {
                if (relayTo == null) {
                    out.putShort(FLAGS_AT, (short) (out.getShort(FLAGS_AT) | DhcpFields.BROADCAST));
                } else {
                    out.put(HOPS_AT, (byte) 1).put(RELAY_AT, own.getAddress());
                    where = relayTo;
                }
            } else if (to.getPort() == TFTP) {
                where = new InetSocketAddress(to.getAddress(), tftpPort);
            } else if (to.getPort() == BOOT_SERVER) {
                where = new InetSocketAddress(to.getAddress(), bootServerPort);
            }
            sockets.get(0).send(out, where);
        }

        @Override
        public Optional<Datagram> receive(Duration atMost) throws IOException {
            ByteBuffer in = ByteBuffer.allocate(LARGEST);
            long until = System.nanoTime() + atMost.toNanos();
            while (true) {
                for (DatagramChannel socket : sockets) {
                    InetSocketAddress from = (InetSocketAddress) socket.receive(in);
                    if (from != null) {
                        return Optional.of(
                                new Datagram(from, (InetSocketAddress) socket.getLocalAddress(), payload(in.flip())));
                    }
                }
                long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
                if (left <= 0) {
                    return Optional.empty();
                }
                selector.select(left);
                selector.selectedKeys().clear();
            }
        }

        private ByteBuffer payload(ByteBuffer in) {
            if (dhcp && relayTo != null && in.remaining() > RELAY_AT + 4) {
                in.putInt(RELAY_AT, 0);
            }
            return in;
        }

        @Override
        public void close() throws IOException {
            for (DatagramChannel socket : sockets) {
                socket.close();
            }
            selector.close();
        }
    }

    /** One TCP connection. */
    private record Stream(Socket socket) implements Tcp {
        @Override
        public void write(byte[] octets) throws IOException {
            socket.getOutputStream().write(octets);
        }

        @Override
        public int read(byte[] into) throws IOException {
            InputStream in = socket.getInputStream();
            return in.read(into);
        }

        @Override
        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
