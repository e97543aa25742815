package io.diskless.netboot.http;

import io.diskless.netboot.NetbootException;
import io.diskless.netboot.internal.Ports;
import io.diskless.netboot.tftp.TftpContent;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 server for UEFI's HTTP boot and for iPXE, out of the same content as TFTP: GET and HEAD, one range,
 * connections that stay open, a length always, neither chunks nor redirects. A large file goes from the disk to the socket
 * without passing through the program, except by TLS. Thread-safe.
 */
// A connection beyond the bound is closed, and nobody waits for that.
@SuppressWarnings("FutureReturnValueIgnored")
public final class HttpBootServer implements AutoCloseable {
    /** The longest request line with all its headers is a quarter of this; a body has no meaning here. */
    private static final int LARGEST_BODY = 8192;
    /** Firmware may think for a while between HEAD and GET; a dead machine must not hold a socket for ever. */
    private static final int IDLE_SECONDS = 120;
    /** More connections than machines in a rack, and fewer than a process has descriptors. */
    private static final int MOST_CONNECTIONS = 4096;

    private final Channel door;
    private final Counting counting;
    private final ChannelGroup open;
    private final @Nullable EventLoopGroup owned;
    private final AtomicBoolean closed = new AtomicBoolean();

    private HttpBootServer(Channel door, Counting counting, ChannelGroup open, @Nullable EventLoopGroup owned) {
        this.door = door;
        this.counting = counting;
        this.open = open;
        this.owned = owned;
    }

    /**
     * Opens a server with a thread of its own.
     *
     * @param listen an address and a port; 0 takes a free one
     * @param content what to hand out; names have no leading slash
     * @param listener who hears of answered requests
     * @return the server, listening
     * @throws NetbootException where the address cannot be bound
     */
    public static HttpBootServer open(InetSocketAddress listen, TftpContent content, HttpListener listener)
            throws NetbootException {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("diskless-http", true), NioIoHandler.newFactory());
        try {
            return open(listen, content, listener, null, group, group);
        } catch (NetbootException | RuntimeException e) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
            throw e;
        }
    }

    /**
     * Opens a server on event loops of a group.
     *
     * @param listen an address and a port; 0 takes a free one
     * @param content what to hand out; it is asked and read on the event loops
     * @param listener who hears of answered requests
     * @param group a group of NIO event loops, which stays the caller's
     * @return the server, listening
     * @throws NetbootException where the address cannot be bound
     */
    public static HttpBootServer open(
            InetSocketAddress listen, TftpContent content, HttpListener listener, EventLoopGroup group)
            throws NetbootException {
        return open(listen, content, listener, null, group, null);
    }

    /**
     * Opens a server that speaks TLS, with a certificate that the machines know: firmware and iPXE must be given its issuer.
     * Files are read through the program, because the system cannot encrypt them.
     *
     * @param listen an address and a port; 0 takes a free one
     * @param content what to hand out; it is asked and read on the event loops
     * @param listener who hears of answered requests
     * @param tls the certificate and its key; clients show none
     * @param group a group of NIO event loops, which stays the caller's
     * @return the server, listening
     * @throws NetbootException where the address cannot be bound
     */
    public static HttpBootServer openTls(
            InetSocketAddress listen, TftpContent content, HttpListener listener, SSLContext tls, EventLoopGroup group)
            throws NetbootException {
        return open(listen, content, listener, Objects.requireNonNull(tls, "tls"), group, null);
    }

    private static SSLEngine serverSide(SSLContext tls) {
        SSLEngine engine = tls.createSSLEngine();
        engine.setUseClientMode(false);
        return engine;
    }

    private static HttpBootServer open(
            InetSocketAddress listen,
            TftpContent content,
            HttpListener listener,
            @Nullable SSLContext tls,
            EventLoopGroup group,
            @Nullable EventLoopGroup owned)
            throws NetbootException {
        Objects.requireNonNull(content, "content");
        Counting counting = new Counting(Objects.requireNonNull(listener, "listener"));
        ChannelGroup all = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
        ChannelFuture bound = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        if (all.size() >= MOST_CONNECTIONS) {
                            channel.close();
                            return;
                        }
                        all.add(channel);
                        if (tls != null) {
                            channel.pipeline().addLast(new SslHandler(serverSide(tls)));
                        }
                        equip(channel.pipeline(), content, counting);
                    }
                })
                .bind(listen)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw Ports.cannotListen(listen, bound.cause());
        }
        return new HttpBootServer(bound.channel(), counting, all, owned);
    }

    /** What every connection goes through. */
    static void equip(ChannelPipeline pipeline, TftpContent content, HttpListener listener) {
        pipeline.addLast(new IdleStateHandler(0, 0, IDLE_SECONDS))
                .addLast(new HttpServerCodec())
                .addLast(new HttpServerKeepAliveHandler())
                .addLast(new HttpObjectAggregator(LARGEST_BODY))
                .addLast(new FlowControlHandler())
                .addLast(new Answers(content, listener));
    }

    /**
     * Where the server listens.
     *
     * @return the address, with the port that was taken
     */
    public InetSocketAddress address() {
        return (InetSocketAddress) door.localAddress();
    }

    /**
     * What the server has done so far.
     *
     * @return a snapshot; each value is true by itself
     */
    public HttpCounters counters() {
        return counting.counters(open.size());
    }

    /** Stops listening and ends all connections. Returns when all are closed; later calls do nothing. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        door.close().awaitUninterruptibly();
        open.close().awaitUninterruptibly();
        if (owned != null) {
            owned.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }
}
