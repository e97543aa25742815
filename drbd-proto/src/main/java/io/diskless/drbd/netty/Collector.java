package io.diskless.drbd.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the bytes of a socket that nobody serves yet, and sees its end. What a peer may send before the handshake is
 * small; beyond {@link #LIMIT} the socket is no longer read. Confined to the channel's event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Channels tell their end; what fails to be sent ends the connection.
public final class Collector extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Collector.class);

    /** Features, challenge and response fit many times. */
    private static final int LIMIT = 4096;

    /** Length of the first packet: a header of 8 bytes without payload (spec drbd-wire 1.1). */
    static final int FIRST_PACKET = 8;

    private final Runnable change;
    private final ByteBuf held = Unpooled.buffer(256, 1 << 20);
    private @Nullable ChannelHandlerContext context;
    private boolean ended;

    /** @param change runs when bytes came or the socket ended */
    Collector(Runnable change) {
        this.change = change;
    }

    boolean ended() {
        return ended;
    }

    /** The first packet, or null if it is not there yet. */
    byte @Nullable [] takeFirst() {
        if (held.readableBytes() < FIRST_PACKET) {
            return null;
        }
        return ByteBufUtil.getBytes(held.readSlice(FIRST_PACKET));
    }

    /**
     * Puts another handler into this one's place, which gets the bytes held.
     *
     * @param channel the channel, on its event loop
     * @param next gets everything from now on, and the end of the socket even if it has ended already
     */
    public static void handOver(Channel channel, ChannelHandler next) {
        Collector collector = channel.pipeline().get(Collector.class);
        if (collector == null) {
            // The channel was closed meanwhile, and its pipeline is empty: its close future tells its end.
            return;
        }
        channel.pipeline().addLast(next);
        ChannelHandlerContext context = channel.pipeline().context(collector);
        ByteBuf bytes = collector.held.retain();
        channel.pipeline().remove(collector);
        ChannelHandlerContext target = channel.pipeline().context(next);
        try {
            ChannelInboundHandlerAdapter inbound = (ChannelInboundHandlerAdapter) next;
            if (bytes.isReadable()) {
                inbound.channelRead(target, bytes);
                inbound.channelReadComplete(target);
            } else {
                bytes.release();
            }
            if (collector.ended && context != null) {
                inbound.channelInactive(target);
            }
        } catch (Exception e) {
            // As the pipeline does with what a handler throws.
            LOG.warn("a packet could not be handled", e);
            channel.close();
        }
        channel.config().setAutoRead(true);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        held.release();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        try {
            ByteBuf in = (ByteBuf) msg;
            held.writeBytes(in, Math.min(in.readableBytes(), held.maxWritableBytes()));
            if (held.readableBytes() >= LIMIT) {
                ctx.channel().config().setAutoRead(false);
            }
        } finally {
            ReferenceCountUtil.release(msg);
        }
        change.run();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        ended = true;
        change.run();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // A broken socket is a socket that ended; close() leads to channelInactive.
        ctx.close();
    }

    @Nullable
    ChannelHandlerContext context() {
        return context;
    }
}
