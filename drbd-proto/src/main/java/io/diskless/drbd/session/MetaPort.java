package io.diskless.drbd.session;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.netty.FrameSink;
import io.diskless.drbd.netty.MetaSocket;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.HeaderFormat;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The meta socket. It answers pings by itself, at once, and asks for signs of life; everything else it hands to the data
 * loop in batches, in order. Nothing slow ever runs here, since a peer that waits 0.5 s for an answer gives the connection
 * up (spec drbd-wire 11). Packets come on the meta loop, or while {@link MetaSocket} lends its reading, on the data loop.
 * Thread-safe except where said.
 */
final class MetaPort implements FrameSink {
    /** What a batch keeps of its memory for the next. */
    private static final int KEPT = 64 << 10;

    /** Packets that wait for the data loop; a kernel has some thousands of writes under way at the most. */
    private static final int MOST_HANDED = 1 << 14;

    private final Link link;
    private final Channel channel;
    private final MetaSocket socket;
    private final ResourceCore core;
    private final long intervalNanos;
    private final long patienceNanos;
    private final Runnable handle = this::handle;
    // Under the lock of this object.
    private ByteBuf batch = Unpooled.buffer(1024);
    private @Nullable ByteBuf spare;
    private boolean handed;
    private boolean handling;
    private @Nullable PacketDispatch dispatch;
    private @Nullable Future<?> timer;
    private HeaderFormat header = HeaderFormat.H80;
    private long pingSent;
    private int sent;
    private int answered;
    private boolean waiting;
    /** Packets in the batch. */
    private int kept;

    private volatile long lastSign = System.nanoTime();
    private volatile boolean stopped;
    private volatile boolean paused;

    MetaPort(Link link, Channel channel, NetOptions net) {
        this.link = link;
        this.channel = channel;
        this.core = link.core();
        socket = new MetaSocket(channel, core.loop(), this);
        intervalNanos = net.pingInterval().toNanos();
        patienceNanos = net.pingTimeout().toNanos();
    }

    /** On the data loop. */
    void start(Dialect dialect, PacketDispatch to) {
        channel.eventLoop().execute(() -> {
            synchronized (this) {
                dispatch = to;
                header = dialect.shortHeader();
            }
            socket.start(dialect);
            watch();
        });
    }

    /** On the data loop. */
    void stop() {
        synchronized (this) {
            stopped = true;
            Future<?> t = timer;
            if (t != null) {
                // It would keep the whole resource in memory until it is due.
                t.cancel(false);
            }
        }
        socket.stop();
    }

    /** Sends packets, behind all that were sent before; they leave at once. */
    void send(ByteBuf packets) {
        socket.send(packets);
        watchUnread();
    }

    private void watchUnread() {
        if (!stopped && channel.bytesBeforeWritable() > Link.MOST_UNREAD) {
            stopped = true;
            core.later(link::unread);
        }
    }

    /** Something came on the data socket. */
    void lifeSign() {
        lastSign = System.nanoTime();
    }

    /** Sends a ping, having said which one it will be; its answer comes as a packet. On the data loop. */
    void ping(IntConsumer sentAs) {
        int number;
        synchronized (this) {
            if (dispatch == null) {
                // Not before start() has run.
                channel.eventLoop().execute(() -> core.run(() -> ping(sentAs)));
                return;
            }
            number = sent + 1;
            // Whoever else asks meanwhile sends a later one, or the same for both of us.
            sentAs.accept(number);
            sent = number;
        }
        sendPing();
    }

    private void watch() {
        long next;
        boolean asks = false;
        synchronized (this) {
            if (stopped) {
                return;
            }
            long now = System.nanoTime();
            if (waiting) {
                next = pingSent + patienceNanos - now;
                // A sign of life on the data socket counts as well (spec drbd-wire 11).
                if (next <= 0 && lastSign - pingSent > 0) {
                    waiting = false;
                    next = lastSign + intervalNanos - now;
                }
            } else {
                next = lastSign + intervalNanos - now;
                asks = next <= 0;
            }
            if (asks) {
                sent++;
            } else if (next > 0 || !waiting) {
                timer = channel.eventLoop().schedule(this::watch, Math.max(next, 1_000_000), TimeUnit.NANOSECONDS);
                return;
            }
        }
        if (asks) {
            sendPing();
        } else {
            String why = "the peer did not answer a ping within " + patienceNanos / 1_000_000 + " ms";
            core.later(() -> link.fail(new DrbdException(DrbdException.Kind.TIMEOUT, why), false));
        }
    }

    /** One that is counted already. */
    private void sendPing() {
        synchronized (this) {
            if (stopped) {
                return;
            }
            if (!waiting) {
                waiting = true;
                pingSent = System.nanoTime();
                Future<?> t = timer;
                if (t != null) {
                    t.cancel(false);
                }
                timer = channel.eventLoop().schedule(this::watch, patienceNanos, TimeUnit.NANOSECONDS);
            }
        }
        write(PacketType.PING);
    }

    private void write(PacketType type) {
        HeaderFormat h = header;
        ByteBuf b = channel.alloc().ioBuffer(h.length());
        h.write(b, 0, 0, type.code(), 0);
        send(b.writerIndex(h.length()));
    }

    @Override
    public void frame(PacketType type, int volume, ByteBuf payload) {
        lastSign = System.nanoTime();
        try {
            if (type == PacketType.PING) {
                write(PacketType.PING_ACK);
            } else {
                keep(type, volume, payload);
            }
        } finally {
            payload.release();
        }
    }

    private synchronized void keep(PacketType type, int volume, ByteBuf payload) {
        int number = volume;
        if (type == PacketType.PING_ACK) {
            if (waiting) {
                FlightRecorder.ping(core.options().name(), System.nanoTime() - pingSent);
            }
            waiting = false;
            if (answered == sent) {
                // Nobody asked.
                return;
            }
            // Answers come in the order of the pings.
            answered++;
            number = answered;
        }
        kept++;
        batch.writeInt(type.code()).writeInt(number).writeInt(payload.readableBytes());
        batch.writeBytes(payload, payload.readerIndex(), payload.readableBytes());
    }

    @Override
    public void batchEnd() {
        synchronized (this) {
            if (!batch.isReadable()) {
                return;
            }
            if (kept > MOST_HANDED && !paused && channel.eventLoop().inEventLoop()) {
                paused = true;
                socket.reading(false);
            }
            if (handed) {
                return;
            }
            handed = true;
        }
        core.run(handle);
    }

    /** On the data loop: acts on all that has come so far, though its turn may be behind what the data loop does now. */
    void handleAll() {
        synchronized (this) {
            // One of them may be what leads here: those behind it keep their order.
            if (handling || !batch.isReadable()) {
                return;
            }
        }
        handle();
    }

    /** On the data loop: everything that has come, in order. */
    private void handle() {
        ByteBuf full;
        PacketDispatch to;
        synchronized (this) {
            handed = false;
            kept = 0;
            full = batch;
            batch = spare == null ? Unpooled.buffer(1024) : spare;
            spare = null;
            to = dispatch;
            handling = true;
        }
        int end = full.writerIndex();
        while (full.readerIndex() < end && to != null && !link.isDead()) {
            PacketType type = PacketType.of(full.readInt());
            int number = full.readInt();
            int length = full.readInt();
            int next = full.readerIndex() + length;
            full.writerIndex(next);
            try {
                to.onMeta(type, number, full);
            } catch (RuntimeException e) {
                link.broken(type, e);
            }
            full.writerIndex(end).readerIndex(next);
        }
        synchronized (this) {
            handling = false;
            if (full.capacity() <= KEPT) {
                spare = full.clear();
            }
        }
        if (paused && !link.isDead()) {
            channel.eventLoop().execute(this::goOn);
        }
    }

    private void goOn() {
        if (paused) {
            paused = false;
            socket.reading(true);
        }
    }

    @Override
    public void violation(String why) {
        end(DrbdException.Kind.PROTOCOL, why);
    }

    @Override
    public void ended(String why) {
        end(DrbdException.Kind.DISCONNECTED, why);
    }

    private void end(DrbdException.Kind kind, String why) {
        // What came before it still counts.
        core.later(() -> {
            handle();
            link.fail(new DrbdException(kind, "meta socket: " + why), false);
        });
    }
}
