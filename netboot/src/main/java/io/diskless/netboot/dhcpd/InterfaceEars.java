package io.diskless.netboot.dhcpd;

import io.diskless.netboot.internal.linux.DeviceUdpSocket;
import io.diskless.netboot.internal.linux.NativeSockets;
import io.diskless.netboot.internal.linux.PacketSocket;
import io.diskless.netboot.internal.linux.SocketThread;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What hears one interface past its addresses: broadcasts to the servers' port, what other servers say to clients, and IPv6
 * router solicitations. Sockets belong to the interface that had the name when they were opened; one that was removed
 * and has come back is another. So somebody must {@link #look} now and then. Confined to its event loop once it is open.
 */
final class InterfaceEars implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DhcpServer.class);

    private final DhcpServerOptions options;
    private final Talk talk;
    private final RawSends raw;
    private final EventLoop loop;
    private final DhcpLink link;
    private final Channel replies;
    private final int port;
    private @Nullable SocketThread thread;
    private int index;
    private boolean failing;

    /** For a link whose replies go out by a channel. */
    InterfaceEars(
            DhcpServerOptions options,
            Talk talk,
            RawSends raw,
            EventLoop loop,
            DhcpLink link,
            Channel replies,
            int port) {
        this.options = options;
        this.talk = talk;
        this.raw = raw;
        this.loop = loop;
        this.link = link;
        this.replies = replies;
        this.port = port;
    }

    /** Opens all sockets, or none. */
    void open(Consumer<String> notes) throws IOException {
        SocketThread.Builder sockets = new SocketThread.Builder();
        try {
            int now = NativeSockets.index(link.networkInterface());
            hearBroadcasts(sockets, Talk.Port.DHCP, port);
            hearOthers(sockets, now, notes);
            if (options.routerAnswers && !options.dryRun) {
                hearRouters(sockets, notes);
            }
            thread = sockets.start("diskless-dhcp-" + link.networkInterface());
            index = now;
        } catch (IOException | RuntimeException e) {
            sockets.abandon();
            throw e;
        }
    }

    private void hearBroadcasts(SocketThread.Builder sockets, Talk.Port what, int number) throws IOException {
        DeviceUdpSocket socket = DeviceUdpSocket.open(link.networkInterface(), number, DhcpSockets.WAITING);
        sockets.udp(socket, () -> drain(socket, what));
    }

    /** What other servers say to clients: past the system, or else by the clients' port where that is wanted. */
    private void hearOthers(SocketThread.Builder sockets, int number, Consumer<String> notes) throws IOException {
        NetworkInterface found = NetworkInterface.getByName(link.networkInterface());
        boolean card =
                found != null && RouterAnswers.card(found.getHardwareAddress()).isPresent();
        if (card && options.raw) {
            try {
                PacketSocket socket = PacketSocket.datagrams(number, options.clientPort);
                sockets.packets(socket, () -> overhear(socket));
                return;
            } catch (IOException e) {
                notes.accept("another DHCP server on " + link.networkInterface()
                        + " is heard of only where a machine chooses it: " + e.getMessage());
            }
        }
        if (options.watch) {
            hearBroadcasts(sockets, Talk.Port.CLIENT, options.clientPort);
        }
    }

    private void overhear(PacketSocket socket) throws IOException, InterruptedException {
        for (Optional<PacketSocket.Packet> next = socket.receive(); next.isPresent(); next = socket.receive()) {
            Optional<ByteBuffer> payload = IpPackets.udpPayload(next.get().packet());
            if (payload.isPresent()) {
                InetSocketAddress own = (InetSocketAddress) replies.localAddress();
                DatagramPacket packet = new DatagramPacket(Unpooled.wrappedBuffer(payload.get()), own, own);
                loop.submit(() -> talk.hear(packet, replies, link, Talk.Port.CLIENT, false))
                        .await();
            }
        }
    }

    private void drain(DeviceUdpSocket socket, Talk.Port what) throws IOException, InterruptedException {
        List<DatagramPacket> batch = new ArrayList<>();
        Optional<DeviceUdpSocket.Datagram> next = socket.receive();
        while (next.isPresent()) {
            DeviceUdpSocket.Datagram datagram = next.get();
            batch.add(new DatagramPacket(
                    Unpooled.wrappedBuffer(datagram.data()),
                    (InetSocketAddress) replies.localAddress(),
                    datagram.from()));
            next = batch.size() < DhcpSockets.AT_ONCE ? socket.receive() : Optional.empty();
        }
        // The next ones wait in the socket until these have been dealt with.
        loop.submit(() -> {
                    batch.forEach(packet -> talk.hear(packet, replies, link, what, false));
                    talk.flush();
                })
                .await();
    }

    private void hearRouters(SocketThread.Builder sockets, Consumer<String> notes) {
        raw.card(link).ifPresent(own -> {
            try {
                PacketSocket socket = PacketSocket.routerDiscovery(raw.index(link));
                RouterAnswers answers = new RouterAnswers(own);
                sockets.packets(socket, () -> {
                    for (Optional<PacketSocket.Packet> next = socket.receive();
                            next.isPresent();
                            next = socket.receive()) {
                        PacketSocket.Packet packet = next.get();
                        loop.submit(() -> talk.hearRouter(link, answers, packet.from(), packet.packet()))
                                .await();
                    }
                });
            } catch (IOException e) {
                notes.accept("no router answers on " + link.networkInterface() + ": " + e.getMessage());
            }
        });
    }

    /** Whether the interface is still the one that is heard; opens all anew where another has its name. */
    void look() {
        String name = link.networkInterface();
        int now = NativeSockets.index(name);
        if (now == index) {
            return;
        }
        if (index != 0) {
            LOG.warn("DHCP: interface {} is gone; its machines are heard again once it is back", name);
            index = 0;
            close();
        }
        if (now == 0) {
            return;
        }
        try {
            raw.reopen(link, note -> LOG.warn("DHCP: {}", note));
            open(note -> LOG.warn("DHCP: {}", note));
            LOG.info("DHCP: interface {} is back", name);
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                LOG.warn("DHCP: interface {} is back and cannot be heard yet: {}", name, e.getMessage());
            }
            failing = true;
        }
    }

    @Override
    public void close() {
        SocketThread running = thread;
        thread = null;
        if (running != null) {
            running.close();
        }
    }
}
