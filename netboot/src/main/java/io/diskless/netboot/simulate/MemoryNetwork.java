package io.diskless.netboot.simulate;

import io.diskless.netboot.Datagram;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.dhcpd.DhcpResponder;
import io.diskless.netboot.http.HttpResponder;
import io.diskless.netboot.tftp.TftpResponder;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A network of servers and machines within one thread: nothing is lost and nothing takes time, so that a boot is over when
 * {@link SimulatedClient#boot} returns and a thousand machines boot in a second. Not thread-safe.
 */
public final class MemoryNetwork {
    private static final int DHCP = 67;
    private static final int BOOT_SERVER = 4011;
    /** The dynamic ports of RFC 6335. */
    private static final int FIRST_PORT = 49_152;

    private static final Inet4Address EVERYBODY = DhcpHeader.address(-1);

    private final List<DhcpResponder> dhcp = new ArrayList<>();
    private final List<TftpResponder> tftp = new ArrayList<>();
    private final Map<InetSocketAddress, HttpResponder> http = new HashMap<>();
    private final List<Card> cards = new ArrayList<>();

    /** A network with nobody on it. */
    public MemoryNetwork() {}

    /**
     * Adds a server for DHCP, ProxyDHCP or both ports; there may be several, and all hear a broadcast.
     *
     * @param server the server, at its own address
     * @return this
     */
    public MemoryNetwork attach(DhcpResponder server) {
        dhcp.add(server);
        return this;
    }

    /**
     * Adds a TFTP server.
     *
     * @param server the server, at its own address
     * @return this
     */
    public MemoryNetwork attach(TftpResponder server) {
        tftp.add(server);
        return this;
    }

    /**
     * Adds an HTTP server.
     *
     * @param server the server
     * @param listens where it is
     * @return this
     */
    public MemoryNetwork attach(HttpResponder server, InetSocketAddress listens) {
        http.put(listens, server);
        return this;
    }

    /**
     * Plugs in a machine.
     *
     * @return its network card; closing it pulls the plug
     */
    public ClientLink plug() {
        Card card = new Card();
        cards.add(card);
        return card;
    }

    private void deliver(Datagram datagram) {
        InetSocketAddress to = datagram.to();
        for (Card card : cards) {
            if (to.getAddress().equals(EVERYBODY) || to.getAddress().equals(card.address)) {
                card.take(to.getPort(), datagram);
            }
        }
    }

    private void send(InetSocketAddress from, InetSocketAddress to, ByteBuffer payload) {
        boolean all = to.getAddress().equals(EVERYBODY);
        if (to.getPort() == DHCP || to.getPort() == BOOT_SERVER) {
            for (DhcpResponder server : dhcp) {
                if (all || to.getAddress().equals(server.address())) {
                    List<Datagram> said = to.getPort() == DHCP
                            ? server.hear(from, payload, !all)
                            : server.hearBootServer(from, payload);
                    said.forEach(this::deliver);
                }
            }
            return;
        }
        for (TftpResponder server : tftp) {
            if (to.getAddress().equals(server.address().getAddress())) {
                server.hear(to.getPort(), from, payload).forEach(this::deliver);
            }
        }
    }

    /** One machine's plug. */
    private final class Card implements ClientLink {
        private final Map<Integer, Port> ports = new HashMap<>();
        private Inet4Address address = DhcpHeader.NO_ADDRESS;
        private int nextPort = FIRST_PORT;

        private void take(int port, Datagram in) {
            Port open = ports.get(port);
            if (open != null) {
                open.waiting.add(in);
            }
        }

        @Override
        public Udp open(int port) throws IOException {
            int number = port;
            while (number == 0 || (port == 0 && ports.containsKey(number))) {
                number = nextPort++;
            }
            Port open = new Port(number);
            if (ports.putIfAbsent(number, open) != null) {
                throw new IOException("port " + number + " is open already");
            }
            return open;
        }

        @Override
        public Tcp connect(InetSocketAddress to) throws IOException {
            HttpResponder server = http.get(to);
            if (server == null) {
                throw new IOException("nobody listens at " + to);
            }
            return new Stream(server.connect(new InetSocketAddress(address, nextPort++)));
        }

        @Override
        public void configured(Inet4Address own) {
            address = own;
        }

        @Override
        public void close() {
            ports.clear();
            cards.remove(this);
        }

        /** One UDP port. */
        private final class Port implements Udp {
            private final int number;
            private final Queue<Datagram> waiting = new ArrayDeque<>();

            Port(int number) {
                this.number = number;
            }

            @Override
            public void send(InetSocketAddress to, byte[] payload) {
                MemoryNetwork.this.send(new InetSocketAddress(address, number), to, ByteBuffer.wrap(payload.clone()));
            }

            @Override
            public Optional<Datagram> receive(Duration atMost) {
                return Optional.ofNullable(waiting.poll());
            }

            @Override
            public void close() {
                ports.remove(number, this);
            }
        }
    }

    /** One TCP connection. */
    private static final class Stream implements ClientLink.Tcp {
        private final HttpResponder.Connection connection;
        private byte @Nullable [] waiting;
        private int at;

        Stream(HttpResponder.Connection connection) {
            this.connection = connection;
        }

        @Override
        public void write(byte[] octets) throws IOException {
            byte[] left = waiting == null ? new byte[0] : Arrays.copyOfRange(waiting, at, waiting.length);
            byte[] more = connection.hear(octets);
            byte[] both = Arrays.copyOf(left, left.length + more.length);
            System.arraycopy(more, 0, both, left.length, more.length);
            waiting = both;
            at = 0;
        }

        @Override
        public int read(byte[] into) throws IOException {
            if (waiting == null || at == waiting.length) {
                if (connection.isOpen()) {
                    throw new IOException("the server has nothing more to say");
                }
                return -1;
            }
            int count = Math.min(into.length, waiting.length - at);
            System.arraycopy(waiting, at, into, 0, count);
            at += count;
            return count;
        }

        @Override
        public void reset() {
            connection.close();
        }

        @Override
        public void close() {
            connection.close();
        }
    }
}
