package io.diskless.netboot.dhcpd;

import io.diskless.netboot.NetbootException;
import io.diskless.netboot.boot.BootPolicy;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A DHCPv4 server, or a ProxyDHCP server beside another's. It has two sockets on the servers' port: one for everything,
 * which broadcasts come to, and one for its own address, which replies come from and renewals come to. Thread-safe.
 */
public final class DhcpServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DhcpServer.class);
    /** An Ethernet frame's payload and more: longer messages are cut, and then refused. */
    private static final int LARGEST = 4096;
    /** Octets that wait in the socket while the disk is written to; the system may grant less. */
    private static final int WAITING = 4 << 20;
    /** How many datagrams share one write to the disk. */
    private static final int AT_ONCE = 256;

    private final Talk talk;
    private final List<Channel> channels;
    private final Ports ports;
    private final EventLoop loop;
    private final @Nullable EventLoopGroup owned;
    private final AtomicBoolean closed = new AtomicBoolean();

    private record Ports(int dhcp, int bootServer) {}

    private DhcpServer(Talk talk, List<Channel> channels, Ports ports, EventLoop loop, @Nullable EventLoopGroup owned) {
        this.talk = talk;
        this.channels = List.copyOf(channels);
        this.ports = ports;
        this.loop = loop;
        this.owned = owned;
    }

    /**
     * Opens a server with a thread of its own, which goes by the system's clock.
     *
     * @param options where it is and whom it serves
     * @param policy what it asks about every message
     * @param store where leases are kept; it stays the caller's, and no other server may use it meanwhile
     * @return the server, listening
     * @throws NetbootException where an address cannot be bound
     */
    public static DhcpServer open(DhcpServerOptions options, BootPolicy policy, LeaseStore store)
            throws NetbootException {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("diskless-dhcp", true), NioIoHandler.newFactory());
        try {
            return open(options, policy, store, group, Clock.systemUTC(), group);
        } catch (NetbootException | RuntimeException e) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
            throw e;
        }
    }

    /**
     * Opens a server on one event loop of a group.
     *
     * @param options where it is and whom it serves
     * @param policy what it asks about every message
     * @param store where leases are kept; it stays the caller's, and is used on that event loop
     * @param group a group of NIO event loops, which stays the caller's
     * @param clock the time that leases go by
     * @return the server, listening
     * @throws NetbootException where an address cannot be bound
     */
    public static DhcpServer open(
            DhcpServerOptions options, BootPolicy policy, LeaseStore store, EventLoopGroup group, Clock clock)
            throws NetbootException {
        return open(options, policy, store, group, clock, null);
    }

    private static DhcpServer open(
            DhcpServerOptions options,
            BootPolicy policy,
            LeaseStore store,
            EventLoopGroup group,
            Clock clock,
            @Nullable EventLoopGroup owned)
            throws NetbootException {
        EventLoop loop = group.next();
        if (loop.inEventLoop()) {
            throw new IllegalStateException("a server cannot be opened on its own event loop");
        }
        Talk talk = new Talk(options, policy, store, clock);
        List<Channel> channels = new ArrayList<>();
        try {
            Ports ports = bindAll(options, talk, loop, channels);
            return new DhcpServer(talk, channels, ports, loop, owned);
        } catch (NetbootException e) {
            channels.forEach(channel -> channel.close().awaitUninterruptibly());
            throw e;
        }
    }

    private static Ports bindAll(DhcpServerOptions options, Talk talk, EventLoop loop, List<Channel> channels)
            throws NetbootException {
        DhcpLink link = options.links.get(0);
        if (options.serverPort != 0) {
            expectFree(new InetSocketAddress(options.serverPort));
        }
        Ear own = new Ear(talk, link, Talk.Port.DHCP, true);
        channels.add(bind(loop, own, new InetSocketAddress(link.address(), options.serverPort)));
        int port = port(channels.get(0));
        Ear all = new Ear(talk, link, Talk.Port.DHCP, false);
        all.replies = channels.get(0);
        channels.add(bind(loop, all, new InetSocketAddress(port)));
        int boot = 0;
        if (options.bootServer) {
            Ear asked = new Ear(talk, link, Talk.Port.BOOT_SERVER, true);
            Channel channel = bind(loop, asked, new InetSocketAddress(link.address(), options.bootServerPort));
            channels.add(channel);
            boot = port(channel);
        }
        if (options.watch) {
            Ear overhears = new Ear(talk, link, Talk.Port.CLIENT, false);
            channels.add(bind(loop, overhears, new InetSocketAddress(options.clientPort)));
        }
        return new Ports(port, boot);
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
            throw cannotBind(address, e);
        }
    }

    private static int port(Channel channel) {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    private static Channel bind(EventLoop loop, Ear ear, InetSocketAddress address) throws NetbootException {
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
            throw cannotBind(address, bound.cause());
        }
        return bound.channel();
    }

    private static NetbootException cannotBind(InetSocketAddress address, Throwable cause) {
        String text = String.valueOf(cause.getMessage());
        if (cause instanceof BindException && text.contains("in use")) {
            return new NetbootException(
                    NetbootException.Kind.PORT_IN_USE,
                    "cannot listen on " + address + ": another server has the port",
                    cause);
        }
        if (text.contains("ermission")) {
            return new NetbootException(
                    NetbootException.Kind.NO_PRIVILEGE,
                    "cannot listen on " + address + ": ports below 1024 need CAP_NET_BIND_SERVICE",
                    cause);
        }
        return new NetbootException(NetbootException.Kind.IO, "cannot listen on " + address + ": " + text, cause);
    }

    /** One socket. */
    private static final class Ear extends SimpleChannelInboundHandler<DatagramPacket> {
        private final Talk talk;
        private final DhcpLink link;
        private final Talk.Port port;
        private final boolean unicast;
        private @Nullable Channel replies;

        Ear(Talk talk, DhcpLink link, Talk.Port port, boolean unicast) {
            this.talk = talk;
            this.link = link;
            this.port = port;
            this.unicast = unicast;
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

    /**
     * The port that clients and relays send to.
     *
     * @return the port that was taken
     */
    public int port() {
        return ports.dhcp;
    }

    /**
     * The port that PXE clients ask a boot server at.
     *
     * @return the port that was taken, or 0 where the server does not listen there
     */
    public int bootServerPort() {
        return ports.bootServer;
    }

    /**
     * What the server has done so far.
     *
     * @return a snapshot; each value is true by itself
     */
    public DhcpCounters counters() {
        return talk.counters();
    }

    /**
     * The leases on record, those that are over included.
     *
     * @return a snapshot, in no order; empty once the server is closed
     */
    public List<Lease> leases() {
        if (closed.get()) {
            return Collections.emptyList();
        }
        if (loop.inEventLoop()) {
            return talk.leases();
        }
        return loop.submit(talk::leases).awaitUninterruptibly().getNow();
    }

    /** Stops listening. Returns when every port is closed; later calls do nothing. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        if (loop.inEventLoop()) {
            throw new IllegalStateException("a server cannot be closed on its own event loop");
        }
        channels.forEach(channel -> channel.close().awaitUninterruptibly());
        if (owned != null) {
            owned.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }

    /**
     * The server's own address.
     *
     * @return its identity in replies
     */
    public Inet4Address address() {
        return ((Inet4Address) ((InetSocketAddress) channels.get(0).localAddress()).getAddress());
    }
}
