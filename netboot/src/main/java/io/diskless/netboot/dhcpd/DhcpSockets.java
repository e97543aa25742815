package io.diskless.netboot.dhcpd;

import io.diskless.netboot.NetbootException;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.internal.Ports;
import io.diskless.netboot.internal.linux.DeviceUdpSocket;
import io.diskless.netboot.internal.linux.NativeSockets;
import io.diskless.netboot.internal.linux.PacketSocket;
import io.diskless.netboot.internal.linux.SocketThread;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server's ears. On each link there are two sockets on the servers' port: one for the server's own address, which replies
 * come from and renewals and relays come to, and one for the interface, which broadcasts come to. Where the system does not
 * let us bind to an interface, one link is served by a socket for everything, which takes other interfaces' broadcasts for
 * its own. Thread-safe once open.
 */
final class DhcpSockets implements AutoCloseable {
    static final Inet4Address EVERYBODY = DhcpHeader.address(-1);

    private static final Logger LOG = LoggerFactory.getLogger(DhcpServer.class);
    /** An Ethernet frame's payload and more: longer messages are cut, and then refused. */
    private static final int LARGEST = 4096;
    /** Octets that wait in the socket while the disk is written to; the system may grant less. */
    private static final int WAITING = 4 << 20;
    /** How many datagrams share one write to the disk. */
    private static final int AT_ONCE = 256;

    private final DhcpServerOptions options;
    private final Talk talk;
    private final RawSends raw;
    private final EventLoop loop;
    private final List<Channel> channels = new ArrayList<>();
    private final SocketThread.Builder interfaces = new SocketThread.Builder();
    private @Nullable SocketThread thread;
    private int bootServerPort;

    private DhcpSockets(DhcpServerOptions options, Talk talk, RawSends raw, EventLoop loop) {
        this.options = options;
        this.talk = talk;
        this.raw = raw;
        this.loop = loop;
    }

    /** Opens all or nothing. */
    static DhcpSockets open(DhcpServerOptions options, Talk talk, RawSends raw, EventLoop loop, List<String> notes)
            throws NetbootException {
        DhcpSockets sockets = new DhcpSockets(options, talk, raw, loop);
        try {
            sockets.bindAll(notes);
            return sockets;
        } catch (NetbootException | RuntimeException e) {
            sockets.interfaces.abandon();
            sockets.channels.forEach(channel -> channel.close().awaitUninterruptibly());
            throw e;
        }
    }

    private void bindAll(List<String> notes) throws NetbootException {
        if (options.serverPort != 0) {
            expectFree(new InetSocketAddress(options.serverPort));
        }
        Optional<String> obstacle = NativeSockets.obstacle();
        int port = options.serverPort;
        for (DhcpLink link : options.links) {
            Channel own = bind(new Ear(link, Talk.Port.DHCP, true, null), new InetSocketAddress(link.address(), port));
            channels.add(own);
            port = port(own);
            hearBroadcasts(link, Talk.Port.DHCP, own, port, obstacle, notes);
            if (options.watch) {
                hearBroadcasts(link, Talk.Port.CLIENT, own, options.clientPort, obstacle, notes);
            }
            if (options.bootServer) {
                int boot = bootServerPort == 0 ? options.bootServerPort : bootServerPort;
                Channel asked = bind(
                        new Ear(link, Talk.Port.BOOT_SERVER, true, null), new InetSocketAddress(link.address(), boot));
                channels.add(asked);
                bootServerPort = port(asked);
            }
            if (options.routerAnswers && !options.dryRun) {
                hearRouters(link, notes);
            }
        }
        try {
            thread = interfaces.isEmpty() ? null : interfaces.start("diskless-dhcp-interfaces");
        } catch (IOException e) {
            throw new NetbootException(NetbootException.Kind.IO, "cannot listen: " + e.getMessage(), e);
        }
    }

    /** On this interface only, where that can be. */
    private void hearBroadcasts(
            DhcpLink link, Talk.Port what, Channel replies, int port, Optional<String> obstacle, List<String> notes)
            throws NetbootException {
        Optional<String> why = obstacle;
        if (why.isEmpty()) {
            try {
                DeviceUdpSocket socket = DeviceUdpSocket.open(link.networkInterface(), port, WAITING);
                interfaces.udp(socket, () -> drain(socket, link, what, replies));
                return;
            } catch (IOException e) {
                why = Optional.of(String.valueOf(e.getMessage()));
            }
        }
        if (options.links.size() > 1) {
            throw new NetbootException(
                    NetbootException.Kind.NO_PRIVILEGE,
                    "cannot serve several links, for no socket can be bound to " + link.networkInterface() + ": "
                            + why.get());
        }
        notes.add("broadcasts of every interface are taken for those of " + link.networkInterface() + ": " + why.get());
        channels.add(bind(new Ear(link, what, false, replies), new InetSocketAddress(port)));
    }

    private void drain(DeviceUdpSocket socket, DhcpLink link, Talk.Port what, Channel replies)
            throws IOException, InterruptedException {
        List<DatagramPacket> batch = new ArrayList<>();
        Optional<DeviceUdpSocket.Datagram> next = socket.receive();
        while (next.isPresent()) {
            DeviceUdpSocket.Datagram datagram = next.get();
            batch.add(new DatagramPacket(
                    Unpooled.wrappedBuffer(datagram.data()),
                    (InetSocketAddress) replies.localAddress(),
                    datagram.from()));
            next = batch.size() < AT_ONCE ? socket.receive() : Optional.empty();
        }
        // The next ones wait in the socket until these have been dealt with.
        loop.submit(() -> {
                    batch.forEach(packet -> talk.hear(packet, replies, link, what, false));
                    talk.flush();
                })
                .await();
    }

    private void hearRouters(DhcpLink link, List<String> notes) {
        raw.card(link).ifPresent(own -> {
            try {
                PacketSocket socket = PacketSocket.routerDiscovery(raw.index(link));
                RouterAnswers answers = new RouterAnswers(own);
                interfaces.packets(socket, () -> {
                    for (Optional<PacketSocket.Packet> next = socket.receive();
                            next.isPresent();
                            next = socket.receive()) {
                        PacketSocket.Packet packet = next.get();
                        loop.submit(() -> talk.hearRouter(link, answers, packet.from(), packet.packet()))
                                .await();
                    }
                });
            } catch (IOException e) {
                notes.add("no router answers on " + link.networkInterface() + ": " + e.getMessage());
            }
        });
    }

    /**
     * Our own two sockets share the port, and so could another server's without an error: the two would take each other's
     * messages.
     */
    private static void expectFree(InetSocketAddress address) throws NetbootException {
        try (DatagramSocket probe = new DatagramSocket(null)) {
            probe.setReuseAddress(false);
            probe.bind(address);
        } catch (SocketException e) {
            throw Ports.cannotListen(address, e);
        }
    }

    private static int port(Channel channel) {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    private Channel bind(Ear ear, InetSocketAddress address) throws NetbootException {
        FixedRecvByteBufAllocator buffers = new FixedRecvByteBufAllocator(LARGEST);
        buffers.maxMessagesPerRead(AT_ONCE);
        ChannelFuture bound = new Bootstrap()
                .group(loop)
                .channel(NioDatagramChannel.class)
                .option(ChannelOption.SO_BROADCAST, true)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_RCVBUF, WAITING)
                .option(ChannelOption.RECVBUF_ALLOCATOR, buffers)
                .handler(ear)
                .bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw Ports.cannotListen(address, bound.cause());
        }
        return bound.channel();
    }

    /** One of the system's own sockets. */
    private final class Ear extends SimpleChannelInboundHandler<DatagramPacket> {
        private final DhcpLink link;
        private final Talk.Port port;
        private final boolean unicast;
        private final @Nullable Channel replies;

        Ear(DhcpLink link, Talk.Port port, boolean unicast, @Nullable Channel replies) {
            this.link = link;
            this.port = port;
            this.unicast = unicast;
            this.replies = replies;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
            Channel other = replies;
            talk.hear(packet, other == null ? context.channel() : other, link, port, unicast);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            talk.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // A datagram socket goes on after an error.
            LOG.warn("DHCP at {}: {}", context.channel().localAddress(), cause.toString(), cause);
        }
    }

    int port() {
        return port(channels.get(0));
    }

    int bootServerPort() {
        return bootServerPort;
    }

    Inet4Address address() {
        return (Inet4Address) ((InetSocketAddress) channels.get(0).localAddress()).getAddress();
    }

    @Override
    public void close() {
        SocketThread running = thread;
        if (running != null) {
            running.close();
        }
        channels.forEach(channel -> channel.close().awaitUninterruptibly());
        // What was under way on the event loop may still send.
        loop.submit(raw::close).awaitUninterruptibly();
    }
}
