package io.diskless.netboot.tftp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One transfer on its own port, whichever way: brings packets and the clock to its state machine. Confined to its event loop. */
// Netty hands out a future for each write; a lost ERROR is like one lost on the way, others have a listener.
@SuppressWarnings("FutureReturnValueIgnored")
abstract class Exchange extends SimpleChannelInboundHandler<DatagramPacket> {
    static final Logger LOG = LoggerFactory.getLogger(TftpServer.class);

    final Requests server;
    final InetSocketAddress client;
    final TftpRequest request;
    final EventLoop loop;
    private final ChannelFutureListener onSent;
    private @Nullable Channel channel;
    private @Nullable ScheduledFuture<?> alarm;

    Exchange(Requests server, InetSocketAddress client, TftpRequest request, EventLoop loop) {
        this.server = server;
        this.client = client;
        this.request = request;
        this.loop = loop;
        this.onSent = sent -> {
            if (!sent.isSuccess() && !hasEnded()) {
                LOG.info("TFTP: cannot send to {}: {}", client, String.valueOf(sent.cause()));
                end(TftpOutcome.SEND_FAILED);
            }
        };
    }

    abstract void start(long now);

    /** A packet of the client with at least opcode and number. */
    abstract void heard(int opcode, int number, ByteBuf packet, long now);

    abstract boolean requestedAgain(long now);

    abstract void tick(long now);

    abstract long deadline();

    abstract boolean hasEnded();

    abstract void end(TftpOutcome outcome);

    /** The longest packet that the client may send here, in bytes. */
    abstract int longest();

    /** The port is there. */
    final void begin(Channel bound) {
        if (hasEnded()) {
            bound.close();
            return;
        }
        channel = bound;
        start(now());
        arm();
    }

    /** The same client asks again; returns false where that begins something new. */
    final boolean hears(TftpRequest again) {
        if (!again.equals(request)) {
            return false;
        }
        // Without a port nothing was sent yet, and the first packet answers both.
        return channel == null || requestedAgain(now());
    }

    @Override
    protected final void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
        ByteBuf bytes = packet.content();
        int opcode = bytes.readableBytes() < Wire.HEADER ? 0 : bytes.getUnsignedShort(bytes.readerIndex());
        if (!packet.sender().equals(client)) {
            server.strangers.increment();
            // RFC 1350 section 4; an ERROR is never answered with an ERROR.
            if (opcode == Wire.ACK || opcode == Wire.DATA) {
                context.writeAndFlush(new DatagramPacket(
                        Wire.error(context.alloc(), Wire.ERROR_UNKNOWN_ID, "unknown transfer"), packet.sender()));
            }
            return;
        }
        if (opcode != 0) {
            heard(opcode, bytes.getUnsignedShort(bytes.readerIndex() + 2), bytes, now());
        }
    }

    @Override
    public final void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.warn("TFTP: the transfer of {} with {} failed", request.filename(), client, cause);
        end(TftpOutcome.SEND_FAILED);
    }

    /** Sends with the next flush. */
    final void write(ByteBuf packet) {
        channel().write(new DatagramPacket(packet, client)).addListener(onSent);
    }

    /** Says that it is over, and why. */
    final void error(int code, String text) {
        Channel out = channel;
        if (out != null) {
            out.writeAndFlush(new DatagramPacket(Wire.error(out.alloc(), code, text), client));
        }
    }

    final void flushSent() {
        if (channel != null) {
            channel.flush();
        }
    }

    final Channel channel() {
        if (channel == null) {
            throw new IllegalStateException("nothing can be sent before the port is there");
        }
        return channel;
    }

    final void disarm() {
        if (alarm != null) {
            alarm.cancel(false);
        }
    }

    final void closePort() {
        if (channel != null) {
            channel.close();
        }
    }

    /** One alarm, which looks when it rings whether the deadline has moved: no timer is made for each block. */
    private void arm() {
        if (!hasEnded()) {
            alarm = loop.schedule(this::ring, Math.max(0, deadline() - now()), TimeUnit.NANOSECONDS);
        }
    }

    private void ring() {
        tick(now());
        arm();
    }

    private long now() {
        return loop.ticker().nanoTime();
    }
}
