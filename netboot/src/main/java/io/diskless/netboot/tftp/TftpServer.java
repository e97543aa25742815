package io.diskless.netboot.tftp;

import io.diskless.netboot.NetbootException;
import io.diskless.netboot.internal.Ports;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A TFTP server: RFC 1350, 2347, 2348, 2349 and 7440. All its transfers run on one event loop, each on a port of its own.
 * Requests to write get ERROR 2 unless the options say where files go. Thread-safe.
 */
public final class TftpServer implements AutoCloseable {
    private final Requests requests;
    private final List<Channel> doors;
    private final List<Channel> others;
    private final EventLoop loop;
    private final @Nullable EventLoopGroup owned;
    private final AtomicBoolean closed = new AtomicBoolean();

    private TftpServer(
            Requests requests,
            List<Channel> doors,
            List<Channel> others,
            EventLoop loop,
            @Nullable EventLoopGroup owned) {
        this.requests = requests;
        this.doors = List.copyOf(doors);
        this.others = List.copyOf(others);
        this.loop = loop;
        this.owned = owned;
    }

    /**
     * Opens a server with a thread of its own.
     *
     * @param options where to listen and what to grant
     * @param content what to hand out
     * @return the server, listening
     * @throws NetbootException where an address cannot be bound
     */
    public static TftpServer open(TftpServerOptions options, TftpContent content) throws NetbootException {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("diskless-tftp", true), NioIoHandler.newFactory());
        try {
            return open(options, content, group, group);
        } catch (NetbootException | RuntimeException e) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
            throw e;
        }
    }

    /**
     * Opens a server on one event loop of a group. Its waits follow that loop's clock.
     *
     * @param options where to listen and what to grant
     * @param content what to hand out
     * @param group a group of NIO event loops, which stays the caller's
     * @return the server, listening
     * @throws NetbootException where an address cannot be bound
     */
    public static TftpServer open(TftpServerOptions options, TftpContent content, EventLoopGroup group)
            throws NetbootException {
        return open(options, content, group, null);
    }

    private static TftpServer open(
            TftpServerOptions options, TftpContent content, EventLoopGroup group, @Nullable EventLoopGroup owned)
            throws NetbootException {
        Objects.requireNonNull(content, "content");
        EventLoop loop = group.next();
        if (loop.inEventLoop()) {
            throw new IllegalStateException("a server cannot be opened on its own event loop");
        }
        Requests requests = new Requests(options, content, loop, Requests.Ports::bind);
        List<Channel> doors = new ArrayList<>();
        List<Channel> others = new ArrayList<>();
        for (InetSocketAddress address : options.listen()) {
            try {
                Channel refusals = bind(loop, new Requests.Silent(), new InetSocketAddress(address.getAddress(), 0));
                others.add(refusals);
                doors.add(bind(loop, new Requests.Door(requests, refusals), address));
            } catch (NetbootException e) {
                doors.forEach(channel -> channel.close().awaitUninterruptibly());
                others.forEach(channel -> channel.close().awaitUninterruptibly());
                throw e;
            }
        }
        return new TftpServer(requests, doors, others, loop, owned);
    }

    private static Channel bind(EventLoop loop, ChannelHandler handler, InetSocketAddress address)
            throws NetbootException {
        ChannelFuture bound = new Bootstrap()
                .group(loop)
                .channelFactory(Requests.Ports.channels(address.getAddress()))
                .handler(handler)
                .bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw Ports.cannotListen(address, bound.cause());
        }
        return bound.channel();
    }

    /**
     * Where the server listens.
     *
     * @return the addresses in the order of the options, with the ports that were taken
     */
    public List<InetSocketAddress> addresses() {
        return doors.stream()
                .map(channel -> (InetSocketAddress) channel.localAddress())
                .toList();
    }

    /**
     * What the server has done so far.
     *
     * @return a snapshot; each value is true by itself
     */
    public TftpCounters counters() {
        return requests.counters();
    }

    /** Stops listening and ends all transfers. Returns when every port is closed; later calls do nothing. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        if (loop.inEventLoop()) {
            throw new IllegalStateException("a server cannot be closed on its own event loop");
        }
        doors.forEach(channel -> channel.close().awaitUninterruptibly());
        loop.submit(requests::close).awaitUninterruptibly();
        others.forEach(channel -> channel.close().awaitUninterruptibly());
        if (owned != null) {
            owned.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }
}
