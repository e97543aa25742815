package io.diskless.netboot.tftp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One transfer on its own port: brings packets, content and the clock to the state machine. Confined to its event loop. */
// Netty hands out a future for each write; a lost ERROR is like one lost on the way, blocks have a listener.
@SuppressWarnings("FutureReturnValueIgnored")
final class Conversation extends SimpleChannelInboundHandler<DatagramPacket> implements Transfer.Port {
    private static final Logger LOG = LoggerFactory.getLogger(TftpServer.class);

    private final Requests server;
    private final InetSocketAddress client;
    private final TftpRequest request;
    private final TftpData data;
    private final EventLoop loop;
    private final Negotiation agreed;
    private final Transfer transfer;
    private final ChannelFutureListener onSent;
    private @Nullable Channel channel;
    private @Nullable ScheduledFuture<?> alarm;

    Conversation(
            Requests server,
            InetSocketAddress client,
            TftpRequest request,
            TftpData data,
            boolean octet,
            EventLoop loop) {
        this.server = server;
        this.client = client;
        this.request = request;
        this.data = data;
        this.loop = loop;
        this.agreed = Negotiation.of(request, data.size(), octet, server.options);
        this.transfer = new Transfer(this, agreed, server.options);
        this.onSent = sent -> {
            if (!sent.isSuccess() && !transfer.hasEnded()) {
                LOG.info("TFTP: cannot send to {}: {}", client, String.valueOf(sent.cause()));
                transfer.fail(TftpOutcome.SEND_FAILED);
            }
        };
    }

    /** The port is there. */
    void begin(Channel bound) {
        if (transfer.hasEnded()) {
            bound.close();
            return;
        }
        channel = bound;
        transfer.start(now());
        arm();
    }

    /** The same client asks again; returns false where that begins something new. */
    boolean hears(TftpRequest again) {
        if (!again.equals(request)) {
            return false;
        }
        // Without a port nothing was sent yet, and the first packet answers both.
        return channel == null || transfer.requestedAgain(now());
    }

    void end(TftpOutcome outcome) {
        transfer.fail(outcome);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
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
        if (opcode == Wire.ACK) {
            transfer.acknowledged(bytes.getUnsignedShort(bytes.readerIndex() + 2), now());
        } else if (opcode == Wire.ERROR) {
            transfer.refused();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.warn("TFTP: the transfer of {} to {} failed", request.filename(), client, cause);
        transfer.fail(TftpOutcome.SEND_FAILED);
    }

    @Override
    public void oack() {
        Channel out = open();
        write(out, Wire.oack(out.alloc(), agreed.answer()));
    }

    @Override
    public boolean data(long index) {
        Channel out = open();
        int size = agreed.blockSize();
        ByteBuf packet = out.alloc().buffer(Wire.HEADER + size);
        packet.writeShort(Wire.DATA).writeShort((int) index & 0xffff);
        long offset = (index - 1) * size;
        int filled;
        try {
            ByteBuffer target = packet.internalNioBuffer(Wire.HEADER, size);
            int start = target.position();
            while (target.hasRemaining() && data.read(offset + target.position() - start, target) > 0) {
                // A short read is not the end; only -1 is.
            }
            filled = target.position() - start;
            long whole = data.size();
            if (whole >= 0 && filled < Math.min(size, Math.max(0, whole - offset))) {
                throw new IOException("content of " + whole + " bytes ended at " + (offset + filled));
            }
        } catch (IOException | RuntimeException e) {
            packet.release();
            LOG.warn("TFTP: cannot read {} for {}", request.filename(), client, e);
            write(out, Wire.error(out.alloc(), Wire.ERROR_SEE_TEXT, "cannot read"));
            out.flush();
            transfer.fail(TftpOutcome.CONTENT_FAILED);
            return false;
        }
        packet.writerIndex(Wire.HEADER + filled);
        write(out, packet);
        return filled < size;
    }

    @Override
    public void flush() {
        if (channel != null) {
            channel.flush();
        }
    }

    @Override
    public void ended(TftpOutcome outcome) {
        if (alarm != null) {
            alarm.cancel(false);
        }
        if (outcome == TftpOutcome.TIMED_OUT && channel != null) {
            channel.writeAndFlush(new DatagramPacket(
                    Wire.error(channel.alloc(), Wire.ERROR_SEE_TEXT, "no answer from the client"), client));
        }
        if (channel != null) {
            channel.close();
        }
        try {
            data.close();
        } catch (IOException e) {
            LOG.warn("TFTP: cannot close {}", request.filename(), e);
        }
        server.forget(
                this,
                new TftpReport(
                        client,
                        request.filename(),
                        outcome,
                        transfer.blocks(),
                        agreed.blockSize(),
                        agreed.windowSize(),
                        transfer.repeats()));
    }

    private void write(Channel out, ByteBuf packet) {
        out.write(new DatagramPacket(packet, client)).addListener(onSent);
    }

    private Channel open() {
        if (channel == null) {
            throw new IllegalStateException("nothing can be sent before the port is there");
        }
        return channel;
    }

    /** One alarm, which looks when it rings whether the deadline has moved: no timer is made for each block. */
    private void arm() {
        if (!transfer.hasEnded()) {
            alarm = loop.schedule(this::ring, Math.max(0, transfer.deadline() - now()), TimeUnit.NANOSECONDS);
        }
    }

    private void ring() {
        transfer.tick(now());
        arm();
    }

    private long now() {
        return loop.ticker().nanoTime();
    }
}
