package io.diskless.drbd.session;

import io.diskless.drbd.netty.Collector;
import io.diskless.drbd.netty.FrameDecoder;
import io.diskless.drbd.netty.FrameSink;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.HeaderFormat;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.SocketKind;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The meta socket. It answers pings by itself, at once, and asks for signs of life; everything else it hands to the data
 * loop in batches, in order. Confined to the meta loop except where said; nothing slow ever runs here, since a peer that
 * waits 0.5 s for an answer gives the connection up (spec drbd-wire 11).
 */
@SuppressWarnings("FutureReturnValueIgnored") // Channels tell their end; what fails to be sent ends the connection.
final class MetaPort implements FrameSink {
    private record Frame(PacketType type, int volume, ByteBuf payload) {}

    /** Packets that wait for the data loop; a kernel has some thousands of writes under way at the most. */
    private static final int MOST_HANDED = 1 << 14;

    private final Link link;
    private final ResourceCore core;
    private final long intervalNanos;
    private final long patienceNanos;
    private final FrameDecoder decoder = new FrameDecoder(SocketKind.META, this);
    private List<Frame> batch = new ArrayList<>();
    private @Nullable Channel channel;
    private @Nullable PacketDispatch dispatch;
    private @Nullable Future<?> timer;
    private HeaderFormat header = HeaderFormat.H80;
    private long pingSent;
    private int sent;
    private int answered;
    private boolean waiting;
    private volatile long lastSign = System.nanoTime();
    private volatile boolean stopped;
    /** Packets that the data loop has not taken yet. */
    private final AtomicInteger handed = new AtomicInteger();

    private volatile boolean paused;

    MetaPort(Link link, NetOptions net) {
        this.link = link;
        this.core = link.core();
        intervalNanos = net.pingInterval().toNanos();
        patienceNanos = net.pingTimeout().toNanos();
    }

    /** On the data loop. */
    void start(Channel socket, Dialect dialect, PacketDispatch to) {
        socket.eventLoop().execute(() -> {
            channel = socket;
            dispatch = to;
            header = dialect.shortHeader();
            decoder.expect(dialect);
            Collector.handOver(socket, decoder);
            watch();
        });
    }

    /** On any thread. */
    void stop() {
        stopped = true;
    }

    /** Something came on the data socket. On any thread. */
    void lifeSign() {
        lastSign = System.nanoTime();
    }

    /** Sends a ping, having said on the data loop which one it will be; its answer comes as a packet. On any thread. */
    void ping(IntConsumer sentAs) {
        // Behind start(), which may not have run yet.
        link.metaSocket().eventLoop().execute(() -> {
            int number = sent + 1;
            core.run(() -> sentAs.accept(number));
            sendPing();
        });
    }

    private void watch() {
        Channel c = channel;
        if (stopped || c == null) {
            return;
        }
        long now = System.nanoTime();
        long next;
        if (waiting) {
            next = pingSent + patienceNanos - now;
            // A sign of life on the data socket counts as well (spec drbd-wire 11).
            if (next <= 0 && lastSign - pingSent > 0) {
                waiting = false;
                next = lastSign + intervalNanos - now;
            } else if (next <= 0) {
                core.run(() -> link.fail(
                        new io.diskless.drbd.DrbdException(
                                io.diskless.drbd.DrbdException.Kind.TIMEOUT,
                                "the peer did not answer a ping within " + patienceNanos / 1_000_000 + " ms"),
                        false));
                return;
            }
        } else {
            next = lastSign + intervalNanos - now;
            if (next <= 0) {
                sendPing();
                next = patienceNanos;
            }
        }
        timer = c.eventLoop().schedule(this::watch, Math.max(next, 1_000_000), TimeUnit.NANOSECONDS);
    }

    private void sendPing() {
        if (stopped) {
            return;
        }
        if (!waiting) {
            waiting = true;
            pingSent = System.nanoTime();
            if (timer != null) {
                timer.cancel(false);
                timer = null;
            }
            Channel c = channel;
            if (c != null) {
                timer = c.eventLoop().schedule(this::watch, patienceNanos, TimeUnit.NANOSECONDS);
            }
        }
        sent++;
        write(PacketType.PING);
    }

    private void write(PacketType type) {
        Channel c = channel;
        if (c != null) {
            ByteBuf b = c.alloc().ioBuffer(header.length());
            header.write(b, 0, 0, type.code(), 0);
            c.writeAndFlush(b.writerIndex(header.length()), c.voidPromise());
            if (!stopped && c.bytesBeforeWritable() > Link.MOST_UNREAD) {
                stopped = true;
                core.run(link::unread);
            }
        }
    }

    @Override
    public void frame(PacketType type, int volume, ByteBuf payload) {
        lastSign = System.nanoTime();
        if (type == PacketType.PING) {
            payload.release();
            write(PacketType.PING_ACK);
            return;
        }
        if (type == PacketType.PING_ACK) {
            waiting = false;
            if (answered == sent) {
                // Nobody asked.
                payload.release();
                return;
            }
            // Answers come in the order of the pings.
            answered++;
            batch.add(new Frame(type, answered, payload));
            return;
        }
        batch.add(new Frame(type, volume, payload));
    }

    @Override
    public void batchEnd() {
        PacketDispatch to = dispatch;
        if (batch.isEmpty() || to == null) {
            return;
        }
        List<Frame> full = batch;
        batch = new ArrayList<>();
        if (handed.addAndGet(full.size()) > MOST_HANDED && !paused) {
            paused = true;
            reading(false);
        }
        core.run(() -> {
            for (Frame f : full) {
                try {
                    if (!link.isDead()) {
                        to.onMeta(f.type(), f.volume(), f.payload());
                    }
                } catch (RuntimeException e) {
                    link.broken(f.type(), e);
                } finally {
                    f.payload().release();
                }
            }
            if (handed.addAndGet(-full.size()) <= MOST_HANDED / 2 && paused && !link.isDead()) {
                link.metaSocket().eventLoop().execute(this::goOn);
            }
        });
    }

    private void goOn() {
        if (paused && handed.get() <= MOST_HANDED) {
            paused = false;
            reading(true);
        }
    }

    private void reading(boolean on) {
        Channel c = channel;
        if (c != null) {
            c.config().setAutoRead(on);
        }
    }

    @Override
    public void violation(String why) {
        batchEnd();
        core.run(() -> link.protocolError("meta socket: " + why));
    }

    @Override
    public void ended(String why) {
        batchEnd();
        core.run(() -> link.ended("meta socket: " + why));
    }
}
