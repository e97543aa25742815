package io.diskless.drbd.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Brings up the two sockets of a connection, together with a peer that tries the same at the same time (spec drbd-wire
 * 1.2). Confined to the data loop.
 *
 * <p>Either side may open either socket. Who has the data socket and did not open it opens the meta socket at once; who
 * opened the data socket waits {@code connect-int}, give or take a seventh, for the peer to open the meta socket, and
 * then opens it itself.
 *
 * <p>Crossed attempts: both sides open a data socket at once. The kernel closes its own and keeps the one it accepted;
 * so this side keeps its own and closes the one it accepted, and the two agree at the first try. Two sides that both are
 * of this kind close each other's and try again, each after a random moment.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Channels tell their end; what fails to be sent ends the connection.
public final class Connector {
    // Spec drbd-wire 1.1: header of 8 bytes, no payload.
    private static final int MAGIC = 0x83740267;
    private static final int INITIAL_META = 0xfff1_0000;
    private static final int INITIAL_DATA = 0xfff2_0000;

    /** Accepted sockets that have not said yet what they are; more than both, twice, are a flood. */
    private static final int MOST_PENDING = 8;

    /** Gets the outcome, on the data loop. */
    public interface Listener {
        /**
         * Both sockets are up; the connector has ended.
         *
         * @param pair belongs to the listener now
         */
        void connected(LinkPair pair);

        /**
         * The address cannot be listened on; it is tried again.
         *
         * @param cause what the system said
         */
        void listenFailed(Throwable cause);
    }

    private final class Socket {
        final Channel channel;
        final Collector collector;
        final boolean mine;
        /** Ends an accepted socket that does not say which it is; null where there is nothing to wait for. */
        java.util.concurrent.@Nullable Future<?> silence;

        Socket(Channel channel, boolean mine) {
            this.channel = channel;
            this.mine = mine;
            this.collector = new Collector(() -> changed(this));
            channel.pipeline().addLast(collector);
        }
    }

    private final DrbdTransport transport;
    private final LinkOptions options;
    private final EventLoop loop;
    private final EventLoop metaLoop;
    private final Listener listener;
    private final List<Socket> pending = new ArrayList<>();
    private @Nullable Channel server;
    private @Nullable Socket data;
    private @Nullable Socket meta;
    /** Our own meta socket, where the peer opened one as well. */
    private @Nullable Socket spare;

    private java.util.concurrent.@Nullable Future<?> timer;
    private java.util.concurrent.@Nullable Future<?> settle;
    private @Nullable ChannelFuture connecting;
    private int listenMillis = 1;
    private volatile boolean ended;

    /**
     * A connector that has not started.
     *
     * @param transport where sockets come from
     * @param options addresses and times
     * @param loop the data loop
     * @param metaLoop where the meta socket will live
     * @param listener gets the outcome
     */
    public Connector(
            DrbdTransport transport, LinkOptions options, EventLoop loop, EventLoop metaLoop, Listener listener) {
        this.transport = transport;
        this.options = options;
        this.loop = loop;
        this.metaLoop = metaLoop;
        this.listener = listener;
    }

    /** Starts to listen and to connect. Call it on the data loop, once. */
    public void start() {
        if (options.mode() == LinkOptions.Mode.CONNECT) {
            step();
        } else {
            listen();
        }
    }

    /** Ends every attempt and closes what is not handed out. On the data loop; idempotent. */
    public void stop() {
        ended = true;
        cancelTimer();
        cancelSettle();
        closeServer();
        if (connecting != null) {
            connecting.cancel(false);
        }
        closePending();
        drop(data);
        drop(meta);
        drop(spare);
    }

    private void listen() {
        transport
                .server(loop, new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel ch) {
                        transport.tap(ch);
                        accepted(ch);
                    }
                })
                .bind(options.local())
                .addListener((ChannelFuture f) -> {
                    if (ended) {
                        f.channel().close();
                    } else if (f.isSuccess()) {
                        server = f.channel();
                        step();
                    } else {
                        listenAgain(f.cause());
                    }
                });
    }

    private void listenAgain(Throwable cause) {
        int millis = Math.min(listenMillis, options.connectMillis());
        if (millis == listenMillis) {
            // The system may not be done yet with the socket that we closed last.
            listenMillis *= 2;
        } else {
            listener.listenFailed(cause);
        }
        timer = loop.schedule(
                () -> {
                    timer = null;
                    listen();
                },
                millis,
                TimeUnit.MILLISECONDS);
    }

    /** Does what is due now: settle, connect, or wait. */
    private void step() {
        if (ended || settle != null || connecting != null) {
            return;
        }
        if (data != null && meta != null) {
            cancelTimer();
            settle = loop.schedule(this::settled, options.settleMillis(), TimeUnit.MILLISECONDS);
        } else if (timer == null && options.mode() != LinkOptions.Mode.LISTEN) {
            if (data != null && data.mine && options.mode() == LinkOptions.Mode.BOTH) {
                // The peer is expected to open the other one.
                later(jittered());
            } else {
                connect();
            }
        }
    }

    private int jittered() {
        // 28.5 % in all, half of it to either side (spec drbd-wire 1.2, step 3).
        int seventh = Math.max(1, options.connectMillis() / 7);
        return options.connectMillis() + (options.random().nextBoolean() ? seventh : -seventh);
    }

    private void later(int millis) {
        timer = loop.schedule(
                () -> {
                    timer = null;
                    if (!ended && settle == null && connecting == null) {
                        connect();
                    }
                },
                millis,
                TimeUnit.MILLISECONDS);
    }

    private void connect() {
        if (options.mode() == LinkOptions.Mode.LISTEN || (data != null && meta != null)) {
            step();
            return;
        }
        ChannelFuture attempt = transport
                .client(
                        loop,
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel ch) {
                                transport.tap(ch);
                            }
                        },
                        options.connectMillis())
                .connect(options.peer(), SourceAddress.of(options.local()));
        connecting = attempt;
        attempt.addListener((ChannelFuture f) -> {
            connecting = null;
            if (!f.isSuccess()) {
                if (!ended && timer == null) {
                    later(jittered());
                }
                step();
            } else if (ended || (data != null && meta != null)) {
                f.channel().close();
                step();
            } else {
                opened(new Socket(f.channel(), true));
            }
        });
    }

    private void opened(Socket socket) {
        boolean isData = data == null;
        if (isData) {
            data = socket;
        } else {
            meta = socket;
        }
        ByteBuf first = socket.channel.alloc().buffer(Collector.FIRST_PACKET);
        first.writeInt(MAGIC).writeInt(isData ? INITIAL_DATA : INITIAL_META);
        socket.channel.writeAndFlush(first);
        step();
    }

    private void accepted(Channel channel) {
        if (ended) {
            channel.close();
            return;
        }
        if (pending.size() >= MOST_PENDING) {
            // The one that has been silent for longest, not the one that may be the peer.
            Socket oldest = pending.get(0);
            noLongerPending(oldest);
            oldest.channel.close();
        }
        Socket socket = new Socket(channel, false);
        pending.add(socket);
        socket.silence = loop.schedule(
                () -> {
                    if (pending.remove(socket)) {
                        channel.close();
                    }
                },
                options.firstPacketMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** Takes a socket from those that have yet to speak; a timer that stayed would keep all behind it in memory. */
    private void noLongerPending(Socket socket) {
        pending.remove(socket);
        if (socket.silence != null) {
            socket.silence.cancel(false);
            socket.silence = null;
        }
    }

    private void closePending() {
        for (Socket s : new ArrayList<>(pending)) {
            noLongerPending(s);
            s.channel.close();
        }
    }

    /** Bytes came on a socket, or it ended. */
    private void changed(Socket socket) {
        if (ended) {
            return;
        }
        if (socket.collector.ended()) {
            gone(socket);
        } else if (pending.contains(socket)) {
            byte[] first = socket.collector.takeFirst();
            if (first != null) {
                noLongerPending(socket);
                introduced(socket, intAt(first, 0), intAt(first, 4));
            }
        }
    }

    private void introduced(Socket socket, int magic, int rest) {
        if (magic == MAGIC && rest == INITIAL_DATA) {
            if (data != null && data.mine) {
                socket.channel.close();
            } else {
                Socket older = data;
                data = socket;
                drop(older);
            }
        } else if (magic == MAGIC && rest == INITIAL_META) {
            Socket older = meta;
            meta = socket;
            if (older != null && older.mine) {
                // Crossed: which of the two the peer keeps shows when both have settled.
                drop(spare);
                spare = older;
            } else {
                drop(older);
            }
        } else {
            socket.channel.close();
        }
        if (data != null && !data.mine && meta == null) {
            // The peer waits for the meta socket: no reason to let it wait.
            cancelTimer();
        }
        step();
    }

    private void gone(Socket socket) {
        noLongerPending(socket);
        boolean mattered = socket == data || socket == meta;
        if (socket == data) {
            data = null;
        }
        if (socket == spare) {
            spare = null;
        }
        if (socket == meta) {
            meta = spare;
            spare = null;
            mattered = meta == null;
        }
        if (mattered) {
            cancelSettle();
            cancelTimer();
            // Two sides that closed each other's sockets must not meet again at the same instant.
            later(1 + options.random().nextInt(Math.max(2, options.connectMillis() / 7)));
        }
    }

    private void settled() {
        settle = null;
        Socket d = data;
        Socket m = meta;
        if (ended || d == null || m == null) {
            step();
            return;
        }
        ended = true;
        cancelTimer();
        closeServer();
        closePending();
        drop(spare);
        LinkPair pair = new LinkPair(d.channel, m.channel, !m.mine);
        m.channel
                .deregister()
                .addListener(f ->
                        metaLoop.register(m.channel).addListener(g -> loop.execute(() -> listener.connected(pair))));
    }

    private static int intAt(byte[] b, int i) {
        return (b[i] & 0xff) << 24 | (b[i + 1] & 0xff) << 16 | (b[i + 2] & 0xff) << 8 | (b[i + 3] & 0xff);
    }

    private void drop(@Nullable Socket socket) {
        if (socket != null) {
            if (socket == data) {
                data = null;
            }
            if (socket == meta) {
                meta = null;
            }
            if (socket == spare) {
                spare = null;
            }
            socket.channel.close();
        }
    }

    private void closeServer() {
        if (server != null) {
            server.close();
            server = null;
        }
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private void cancelSettle() {
        if (settle != null) {
            settle.cancel(false);
            settle = null;
        }
    }
}
