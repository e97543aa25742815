package io.diskless.drbd.netty;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.SocketAddress;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;

/**
 * Where connections come from, and the threads that serve them: TCP, or pairs in the memory of this process.
 *
 * <p>The loops for the data sockets and those for the meta sockets are apart, so that a ping is answered while a digest
 * is computed or a disk is waited for. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Channels tell their end; what fails to be sent ends the connection.
public final class DrbdTransport implements AutoCloseable {
    /** A thread that finds nothing for so long is not about to find something. */
    private static final Duration MOST_SPIN = Duration.ofMillis(10);

    /**
     * How long a data thread looks again before it sleeps unless it is told otherwise: somewhat longer than a peer on a fast
     * network takes to wake, to write 4 KiB and to answer.
     */
    public static final Duration USUAL_SPIN = Duration.ofNanos(100_000);

    private final MultiThreadIoEventLoopGroup data;
    private final MultiThreadIoEventLoopGroup meta;
    private final ChannelFactory<? extends Channel> channel;
    private final ChannelFactory<? extends ServerChannel> server;
    private final boolean sockets;
    private final ByteBufAllocator allocator;
    private final Consumer<Channel> tap;

    private DrbdTransport(
            IoHandlerFactory factory,
            IoHandlerFactory metaFactory,
            ChannelFactory<? extends Channel> channel,
            ChannelFactory<? extends ServerChannel> server,
            boolean sockets,
            int dataThreads,
            ByteBufAllocator allocator,
            Consumer<Channel> tap) {
        data = new MultiThreadIoEventLoopGroup(dataThreads, new DefaultThreadFactory("drbd-data", true), factory);
        meta = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("drbd-meta", true), metaFactory);
        this.channel = channel;
        this.server = server;
        this.sockets = sockets;
        this.allocator = allocator;
        this.tap = tap;
    }

    /**
     * TCP by the JDK's channels, with one thread for the data sockets and one for the meta sockets. The former stays awake for
     * {@link #USUAL_SPIN} where that helps.
     *
     * @return to be closed by the caller, after the resources that use it
     */
    public static DrbdTransport tcp() {
        return tcp(1);
    }

    /**
     * TCP by the JDK's channels.
     *
     * @param dataThreads threads that serve data sockets, at least 1; each resource has one of them
     * @return to be closed by the caller, after the resources that use it
     */
    public static DrbdTransport tcp(int dataThreads) {
        return tcp(dataThreads, ByteBufAllocator.DEFAULT);
    }

    /**
     * TCP by the JDK's channels, with all buffers from one source: an embedder can limit or count them.
     *
     * @param dataThreads threads that serve data sockets, at least 1; each resource has one of them
     * @param allocator where every buffer of a connection comes from
     * @return to be closed by the caller, after the resources that use it
     */
    public static DrbdTransport tcp(int dataThreads, ByteBufAllocator allocator) {
        return tcp(dataThreads, allocator, USUAL_SPIN);
    }

    /**
     * TCP by the JDK's channels, whose data threads look again for a while before they sleep. Where a request follows the
     * answer to the one before, that spares each of them the waking of a processor, which takes longer than the rest on most
     * machines. A thread that looks in vain does so more and more seldom, and one whose packets come further apart than that
     * does not look at all; so what it costs is up to that much processor time for each pause that was short enough, and
     * nothing while nothing happens.
     *
     * @param dataThreads threads that serve data sockets, at least 1; each resource has one of them
     * @param allocator where every buffer of a connection comes from
     * @param spin how long a thread stays awake behind the last thing it had to do; zero for not at all, at most 10 ms
     * @return to be closed by the caller, after the resources that use it
     * @throws IllegalArgumentException if {@code spin} is out of range
     */
    public static DrbdTransport tcp(int dataThreads, ByteBufAllocator allocator, Duration spin) {
        if (spin.isNegative() || spin.compareTo(MOST_SPIN) > 0) {
            throw new IllegalArgumentException("spin is 0 to " + MOST_SPIN + ", got " + spin);
        }
        long nanos = spin.toNanos();
        IoHandlerFactory sleeping = NioIoHandler.newFactory();
        return new DrbdTransport(
                nanos == 0
                        ? sleeping
                        : NioIoHandler.newFactory(
                                SelectorProvider.provider(), () -> new Spinning(nanos, System::nanoTime)),
                sleeping,
                OpenSocket::new,
                OpenSocket.Server::new,
                true,
                dataThreads,
                allocator,
                c -> {});
    }

    /**
     * TCP with TLS around both sockets, between two sides that both use it. This is no part of the kernel's protocol: a kernel
     * cannot connect to it. Each side has to show a certificate that the other's context trusts, whatever its name; so let
     * the contexts trust an authority that signs for the two sides and for nobody else.
     *
     * @param dataThreads threads that serve data sockets, at least 1; each resource has one of them
     * @param context own key and certificate, and whom to trust
     * @param refused told of each handshake that failed, with the other end and the cause: one side does not trust the
     *     other, or speaks no TLS; called on an event loop, it must not block
     * @return to be closed by the caller, after the resources that use it
     */
    public static DrbdTransport tls(int dataThreads, SSLContext context, BiConsumer<SocketAddress, Throwable> refused) {
        IoHandlerFactory factory = NioIoHandler.newFactory();
        return new DrbdTransport(
                factory,
                factory,
                NioSocketChannel::new,
                NioServerSocketChannel::new,
                true,
                dataThreads,
                ByteBufAllocator.DEFAULT,
                Tls.around(context, refused));
    }

    /**
     * Connections inside this process; addresses are {@link io.netty.channel.local.LocalAddress}.
     *
     * @return to be closed by the caller, after the resources that use it
     */
    public static DrbdTransport inMemory() {
        return inMemory(c -> {});
    }

    /**
     * Connections inside this process whose channels pass through the caller's hands first: handlers added there see the
     * bytes on their way, and may delay, cut, split or change them.
     *
     * @param tap called with each new channel before it is connected, on its event loop
     * @return to be closed by the caller, after the resources that use it
     */
    public static DrbdTransport inMemory(Consumer<Channel> tap) {
        return inMemory(ByteBufAllocator.DEFAULT, tap);
    }

    /**
     * As {@link #inMemory(Consumer)}, with all buffers from one source.
     *
     * @param allocator where every buffer of a connection comes from
     * @param tap called with each new channel before it is connected, on its event loop
     * @return to be closed by the caller, after the resources that use it
     */
    public static DrbdTransport inMemory(ByteBufAllocator allocator, Consumer<Channel> tap) {
        IoHandlerFactory factory = LocalIoHandler.newFactory();
        return new DrbdTransport(
                factory, factory, LocalChannel::new, LocalServerChannel::new, false, 2, allocator, tap);
    }

    /** {@return where every buffer of a connection comes from} */
    public ByteBufAllocator allocator() {
        return allocator;
    }

    /** {@return a loop for the data socket's work and the state of one resource} */
    public EventLoop nextDataLoop() {
        return data.next();
    }

    /** {@return a loop for a meta socket, on which nothing slow ever runs} */
    public EventLoop nextMetaLoop() {
        return meta.next();
    }

    Bootstrap client(EventLoop loop, ChannelHandler init, int connectMillis) {
        Bootstrap b = new Bootstrap()
                .group(loop)
                .channelFactory(channel)
                .handler(init)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectMillis)
                .option(ChannelOption.ALLOCATOR, allocator)
                .option(ChannelOption.AUTO_CLOSE, true);
        if (sockets) {
            b.option(ChannelOption.TCP_NODELAY, true).option(ChannelOption.SO_REUSEADDR, true);
        }
        return b;
    }

    ServerBootstrap server(EventLoop loop, ChannelHandler init) {
        ServerBootstrap b = new ServerBootstrap()
                .group(loop, loop)
                .channelFactory(server)
                .childHandler(init)
                .childOption(ChannelOption.ALLOCATOR, allocator);
        if (sockets) {
            // Both sockets of a connection may come at once, and crossed ones besides.
            b.option(ChannelOption.SO_REUSEADDR, true)
                    .option(ChannelOption.SO_BACKLOG, 8)
                    .childOption(ChannelOption.TCP_NODELAY, true);
        }
        return b;
    }

    /** A channel is new: nothing was read from it. */
    void tap(Channel fresh) {
        if (sockets) {
            fresh.config().setRecvByteBufAllocator(new ReceiveBuffers());
        } else {
            fresh.pipeline().addLast(new OwnBytes());
        }
        tap.accept(fresh);
    }

    /** Gives the peer bytes of its own, as a socket does: what the sender lent it gets back once it is sent. */
    private static final class OwnBytes extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            ByteBuf lent = (ByteBuf) msg;
            ByteBuf own = ctx.alloc().directBuffer(lent.readableBytes());
            own.writeBytes(lent);
            lent.release();
            ctx.write(own, promise);
        }
    }

    /** Ends the loops; work that is queued on them still runs for a moment. Idempotent. */
    @Override
    public void close() {
        data.shutdownGracefully(0, 2, TimeUnit.SECONDS);
        meta.shutdownGracefully(0, 2, TimeUnit.SECONDS);
    }
}
