package io.diskless.drbd.netty;

import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.SocketKind;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoOps;
import io.netty.channel.nio.NioSelectableChannelIoHandle;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The meta socket, as both loops use it. It belongs to the meta loop, which answers pings whatever the data loop does. To
 * wake another thread costs more than all else that is done for a small write, so two detours are spared where the
 * socket is a plain one of TCP:
 *
 * <p><b>Sending.</b> Who has something to say writes it to the socket himself. Only what the socket does not take at
 * once, and what comes behind that, goes through the pipeline.
 *
 * <p><b>Reading.</b> While acknowledgements come thick and fast, the reading is lent to the data loop, for which they are.
 * The meta loop looks after it: when the data loop has read nothing for {@link #WATCH_MILLIS}, because nothing came or
 * because it does something else, the reading is taken back. So a ping waits for its answer twice that long at most.
 *
 * <p><b>Order.</b> What was read is handed on in the order in which it came. When the reading is lent, all that the meta
 * loop has read was put before the data loop already, and the data loop begins behind that ({@code term}). When it is
 * taken back, what the data loop has decoded is kept by the sink in order. Bytes are read and decoded under one lock,
 * under which no packet is acted on.
 *
 * <p>Thread-safe except where said.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Channels tell their end; what fails to be sent ends the connection.
public final class MetaSocket {
    private static final Logger LOG = LoggerFactory.getLogger(MetaSocket.class);

    /** How often it is looked whether the data loop reads: far below any ping-timeout. */
    static final int WATCH_MILLIS = 10;

    /** So many batches within {@link #WATCH_MILLIS} are thick and fast. */
    static final int DENSE = 16;

    /** Room for two hundred acknowledgements. */
    private static final int RECEIVE = 8 << 10;

    private final Channel channel;
    private final long window;
    private final Decoder decoder;
    private final @Nullable SocketChannel socket;
    private final @Nullable IoEventLoop dataLoop;
    private final ChannelFutureListener taken = f -> taken();

    private final Object sending = new Object();
    /** Messages on their way through the pipeline: nobody may overtake them. Under {@link #sending}. */
    private int queued;

    private final Object reading = new Object();
    // Under the lock of reading.
    private boolean lent;
    private boolean stopped;
    /** Counts the times that the reading was lent. */
    private int term;
    /** Counts what the data loop has read. */
    private long turns;

    // Confined to the meta loop.
    private long seenTurns;
    private long since;
    private int batches;
    private boolean paused;

    // Confined to the data loop.
    private @Nullable IoRegistration registration;
    /** The term whose turn in the order of packets has come. */
    private int begun;

    /**
     * A socket that is not served yet.
     *
     * @param channel the meta socket, registered on its own loop
     * @param dataLoop the loop that the packets are for
     * @param sink gets the packets on either loop, one call after the other; {@link FrameSink#violation} and {@link
     *     FrameSink#ended} are called with a lock held and must not act at once
     */
    public MetaSocket(Channel channel, EventLoop dataLoop, FrameSink sink) {
        this(channel, dataLoop, sink, TimeUnit.MILLISECONDS.toNanos(WATCH_MILLIS));
    }

    /** As above; {@link #DENSE} batches within so many nanoseconds are thick and fast. */
    MetaSocket(Channel channel, EventLoop dataLoop, FrameSink sink, long window) {
        this.channel = channel;
        this.window = window;
        decoder = new Decoder(sink);
        socket = channel instanceof OpenSocket open ? open.socket() : null;
        this.dataLoop = dataLoop instanceof IoEventLoop io && io.isCompatible(NioIoHandle.class) ? io : null;
    }

    /**
     * Packets are read from now on. On the meta loop, once.
     *
     * @param dialect what both sides have agreed to speak
     */
    public void start(Dialect dialect) {
        decoder.expect(dialect);
        Collector.handOver(channel, decoder);
    }

    /** The connection ends: nothing is read beside the pipeline any more. On the data loop. */
    public void stop() {
        boolean mustReturn;
        synchronized (reading) {
            stopped = true;
            mustReturn = lent;
            lent = false;
        }
        IoRegistration r = registration;
        if (r != null) {
            r.cancel();
        }
        if (mustReturn) {
            // A socket that is closed with bytes unread looks to the peer as if the connection had failed.
            channel.config().setAutoRead(true);
        }
    }

    /**
     * Reads nothing for a while, or goes on; the data loop reads what it was lent all the same. On the meta loop.
     *
     * @param on whether to read
     */
    public void reading(boolean on) {
        paused = !on;
        synchronized (reading) {
            if (lent) {
                return;
            }
        }
        channel.config().setAutoRead(on);
    }

    /**
     * Whether the data loop reads now.
     *
     * @return true while the reading is lent
     */
    public boolean isLent() {
        synchronized (reading) {
            return lent;
        }
    }

    /**
     * Sends bytes behind all that were sent before, at once.
     *
     * @param bytes released here
     */
    public void send(ByteBuf bytes) {
        SocketChannel s = socket;
        if (s == null) {
            channel.writeAndFlush(bytes, channel.voidPromise());
            return;
        }
        synchronized (sending) {
            try {
                if (queued == 0 && isTaken(s, bytes)) {
                    return;
                }
            } catch (IOException e) {
                bytes.release();
                LOG.debug("a meta socket is given up", e);
                channel.close();
                return;
            }
            queued++;
            channel.writeAndFlush(bytes).addListener(taken);
        }
    }

    private static boolean isTaken(SocketChannel s, ByteBuf bytes) throws IOException {
        int length = bytes.readableBytes();
        int n = s.write(bytes.internalNioBuffer(bytes.readerIndex(), length));
        if (n == length) {
            bytes.release();
            return true;
        }
        bytes.skipBytes(Math.max(0, n));
        return false;
    }

    private void taken() {
        synchronized (sending) {
            queued--;
        }
    }

    /** On the meta loop: a batch was handed on. */
    private void consider() {
        if (socket == null || dataLoop == null || paused) {
            return;
        }
        long now = System.nanoTime();
        if (now - since > window) {
            since = now;
            batches = 0;
        }
        batches++;
        if (batches == DENSE) {
            lend(dataLoop);
        }
    }

    private void lend(IoEventLoop to) {
        int mine;
        synchronized (reading) {
            if (stopped || lent) {
                return;
            }
            lent = true;
            mine = ++term;
            seenTurns = turns;
        }
        channel.config().setAutoRead(false);
        channel.eventLoop().schedule(this::watch, WATCH_MILLIS, TimeUnit.MILLISECONDS);
        to.execute(() -> begin(to, mine));
    }

    /** On the meta loop. */
    private void watch() {
        synchronized (reading) {
            if (!lent) {
                return;
            }
            lent = seenTurns != turns;
            seenTurns = turns;
            if (lent) {
                channel.eventLoop().schedule(this::watch, WATCH_MILLIS, TimeUnit.MILLISECONDS);
                return;
            }
        }
        batches = 0;
        channel.config().setAutoRead(!paused);
    }

    /** On the data loop, behind all that the meta loop has read. */
    private void begin(IoEventLoop loop, int mine) {
        begun = mine;
        IoRegistration r = registration;
        if (r != null) {
            submit(r, NioIoOps.READ);
        } else if (socket != null) {
            loop.register(new Handle(socket)).addListener(f -> {
                if (f.isSuccess()) {
                    IoRegistration fresh = (IoRegistration) f.getNow();
                    registration = fresh;
                    submit(fresh, NioIoOps.READ);
                } else {
                    // The meta loop notices that nobody reads.
                    LOG.debug("the meta socket cannot be read on the data loop", f.cause());
                }
            });
        }
    }

    private static void submit(IoRegistration r, NioIoOps ops) {
        if (r.isValid()) {
            r.submit(ops);
        }
    }

    /** On the data loop: there is something to read. */
    private void read(SocketChannel from) {
        boolean ended = false;
        synchronized (reading) {
            if (!lent || begun != term) {
                // Taken back; perhaps lent anew, but there are packets that come first.
                IoRegistration r = registration;
                if (r != null) {
                    submit(r, NioIoOps.NONE);
                }
                return;
            }
            turns++;
            ByteBuf in = channel.alloc().ioBuffer(RECEIVE, RECEIVE);
            try {
                int n = in.writeBytes(from, RECEIVE);
                if (n > 0) {
                    decoder.feed(in.retain());
                }
                ended = n < 0;
            } catch (IOException e) {
                LOG.debug("a meta socket is given up", e);
                ended = true;
            } catch (RuntimeException e) {
                channel.pipeline().fireExceptionCaught(e);
                ended = true;
            } finally {
                in.release();
            }
            lent = !ended;
        }
        if (ended) {
            channel.close();
        }
        decoder.batchEnd();
    }

    private final class Handle extends NioSelectableChannelIoHandle<SocketChannel> {
        Handle(SocketChannel of) {
            super(of);
        }

        @Override
        protected void handle(SocketChannel ready, SelectionKey key) {
            read(ready);
        }

        /** The channel is its pipeline's, not that of the loop that ends here. */
        @Override
        public void close() {}
    }

    /** Of either loop, one after the other. */
    private final class Decoder extends FrameDecoder {
        private final FrameSink sink;

        Decoder(FrameSink sink) {
            super(SocketKind.META, sink);
            this.sink = sink;
        }

        void batchEnd() {
            sink.batchEnd();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            synchronized (reading) {
                super.channelRead(ctx, msg);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            super.channelReadComplete(ctx);
            consider();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            synchronized (reading) {
                super.channelInactive(ctx);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            synchronized (reading) {
                super.exceptionCaught(ctx, cause);
            }
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            synchronized (reading) {
                super.handlerRemoved(ctx);
            }
        }
    }
}
