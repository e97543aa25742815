package io.diskless.netboot.dhcpd;

import io.diskless.netboot.NetbootException;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.internal.Ports;
import io.diskless.netboot.internal.linux.NativeSockets;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
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
    static final int WAITING = 4 << 20;
    /**
     * How many datagrams share one write to the disk. Their replies go out together, and what hears them, such as a relay, has
     * room for about 160 (the default receive buffer of Linux, 208 KiB, at 1.25 KiB for each) and may be busy sending: with smaller
     * bursts it loses fewer.
     */
    static final int AT_ONCE = 32;
    /** How often it is looked whether an interface was removed or is back. */
    private static final int LOOK_SECONDS = 1;

    private final DhcpServerOptions options;
    private final Talk talk;
    private final RawSends raw;
    private final EventLoop loop;
    private final List<Channel> channels = new ArrayList<>();
    private final List<InterfaceEars> interfaces = new ArrayList<>();
    private @Nullable ScheduledFuture<?> looking;
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
            sockets.interfaces.forEach(InterfaceEars::close);
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
            hearBroadcasts(link, own, port, obstacle, notes);
            if (options.bootServer) {
                int boot = bootServerPort == 0 ? options.bootServerPort : bootServerPort;
                Channel asked = bind(
                        new Ear(link, Talk.Port.BOOT_SERVER, true, null), new InetSocketAddress(link.address(), boot));
                channels.add(asked);
                bootServerPort = port(asked);
            }
        }
        if (!interfaces.isEmpty()) {
            looking = loop.scheduleWithFixedDelay(
                    () -> interfaces.forEach(InterfaceEars::look), LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** On this interface only, where that can be. */
    private void hearBroadcasts(DhcpLink link, Channel replies, int port, Optional<String> obstacle, List<String> notes)
            throws NetbootException {
        Optional<String> why = obstacle;
        if (why.isEmpty()) {
            try {
                InterfaceEars ears = new InterfaceEars(options, talk, raw, loop, link, replies, port);
                ears.open(notes::add);
                interfaces.add(ears);
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
        channels.add(bind(new Ear(link, Talk.Port.DHCP, false, replies), new InetSocketAddress(port)));
        if (options.watch) {
            channels.add(
                    bind(new Ear(link, Talk.Port.CLIENT, false, replies), new InetSocketAddress(options.clientPort)));
        }
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
                .channelFactory(() -> new NioDatagramChannel(SocketProtocolFamily.INET))
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
        ScheduledFuture<?> timer = looking;
        if (timer != null) {
            timer.cancel(false);
            loop.submit(() -> interfaces.forEach(InterfaceEars::close)).awaitUninterruptibly();
        }
        channels.forEach(channel -> channel.close().awaitUninterruptibly());
        // What was under way on the event loop may still send.
        loop.submit(raw::close).awaitUninterruptibly();
    }
}
