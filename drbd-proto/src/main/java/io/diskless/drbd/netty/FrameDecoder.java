package io.diskless.drbd.netty;

import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.HeaderFormat;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.SocketKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts the byte stream of a socket into packets. Confined to the channel's event loop.
 *
 * <p>A payload that lies whole in what was read from the socket is handed on as a slice of it; one that does not is put
 * together in a buffer of its own, one copy; a large one is read from the socket straight into that buffer, and only its
 * begin is copied. The buffer of the last large one is kept, at most 1 MiB for a socket. No length is believed
 * before it was held against what the dialect allows for the packet.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Closing a channel that broke: its end is what counts.
public class FrameDecoder extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(FrameDecoder.class);
    private static final HeaderFormat[] FORMATS = HeaderFormat.values();

    /** What is missing of a packet is read apart from all else if it is so much: less is not worth a system call. */
    private static final int LARGE = 32 << 10;

    private final SocketKind socket;
    private final FrameSink sink;
    private final ByteBuf header = Unpooled.buffer(HeaderFormat.MAX_LENGTH, HeaderFormat.MAX_LENGTH);
    private Dialect dialect = Dialect.HANDSHAKE;
    private PacketType type = PacketType.UNKNOWN;
    private int volume;
    private int wanted = -1;
    private @Nullable ByteBuf partial;
    /** The buffer of the last large packet: the next one has it again where nobody holds it any more. */
    private @Nullable ByteBuf spare;

    private @Nullable ChannelHandlerContext context;
    private long copied;
    private boolean dead;

    /**
     * A decoder that expects the packets of the handshake.
     *
     * @param socket which of the two it reads from
     * @param sink gets the packets
     */
    public FrameDecoder(SocketKind socket, FrameSink sink) {
        this.socket = socket;
        this.sink = sink;
    }

    /**
     * Changes what is expected from the next header on; may be called from within {@link FrameSink#frame}.
     *
     * @param agreed what both sides speak now
     */
    public void expect(Dialect agreed) {
        dialect = agreed;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        if (ctx.channel().config().getRecvByteBufAllocator() instanceof ReceiveBuffers buffers) {
            buffers.serve(this);
        }
    }

    /** The packet that the next bytes of the socket belong to, if they are many and nobody changes them on their way here. */
    @Nullable
    ByteBuf unfinished() {
        ByteBuf part = partial;
        ChannelHandlerContext ctx = context;
        return !dead
                        && part != null
                        && part.writableBytes() >= LARGE
                        && ctx != null
                        && ctx.pipeline().firstContext() == ctx
                ? part
                : null;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // It is this very buffer that the socket was given.
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf in = (ByteBuf) msg;
        if (in == partial) {
            // The socket has put the bytes where they belong.
            in.release();
            if (!dead) {
                deliverWhole(in);
            }
            return;
        }
        try {
            while (!dead && (in.isReadable() || wanted == 0)) {
                if (wanted < 0) {
                    readHeader(in);
                } else {
                    readBody(ctx, in);
                }
            }
        } finally {
            in.release();
        }
    }

    /** Takes bytes that were read beside the pipeline; they are released here. */
    void feed(ByteBuf in) {
        ChannelHandlerContext ctx = context;
        if (ctx == null || ctx.isRemoved()) {
            in.release();
        } else {
            channelRead(ctx, in);
        }
    }

    private void readHeader(ByteBuf in) {
        int size = dialect.shortHeader().length();
        in.readBytes(header, Math.min(in.readableBytes(), size - header.writerIndex()));
        if (header.writerIndex() < size) {
            return;
        }
        HeaderFormat format = null;
        for (HeaderFormat candidate : FORMATS) {
            if (dialect.accepts(candidate) && candidate.matches(header, 0)) {
                format = candidate;
            }
        }
        if (format == null || format.padding(header, 0) != 0) {
            fail("expected a header of protocol " + dialect + ", got " + ByteBufUtil.hexDump(header));
            return;
        }
        type = PacketType.of(format.command(header, 0));
        volume = format.volume(header, 0);
        long length = format.payloadLength(header, 0);
        if ((!type.existsIn(dialect) && !type.isIgnored()) || !type.isOn(socket)) {
            fail("expected a packet of protocol " + dialect + " on the " + socket + " socket, got command 0x"
                    + Integer.toHexString(format.command(header, 0)));
        } else if (length < type.minLength(dialect) || length > type.maxLength(dialect)) {
            fail(type.label() + " has " + type.minLength(dialect) + " to " + type.maxLength(dialect)
                    + " bytes of payload, got " + length);
        } else {
            wanted = (int) length;
        }
        header.clear();
    }

    private void readBody(ChannelHandlerContext ctx, ByteBuf in) {
        ByteBuf part = partial;
        if (part == null && in.readableBytes() >= wanted) {
            deliver(in.readRetainedSlice(wanted));
            return;
        }
        if (part == null) {
            part = room(ctx.alloc());
            partial = part;
        }
        int more = Math.min(in.readableBytes(), wanted - part.writerIndex());
        in.readBytes(part, more);
        copied += more;
        deliverWhole(part);
    }

    /**
     * A buffer for what is wanted. Allocators keep none of more than 1 MiB, and to make and to clear one takes as long as to
     * fill it; one that was used a moment ago is still near the processor besides.
     */
    private ByteBuf room(ByteBufAllocator alloc) {
        ByteBuf kept = spare;
        if (kept != null && kept.capacity() == wanted && kept.refCnt() == 1) {
            return kept.clear().retain();
        }
        ByteBuf fresh = alloc.directBuffer(wanted, wanted);
        if (wanted >= LARGE) {
            dropSpare();
            spare = fresh.retain();
        }
        return fresh;
    }

    private void dropSpare() {
        ByteBuf kept = spare;
        spare = null;
        if (kept != null) {
            kept.release();
        }
    }

    /** How many bytes of payload were copied from one buffer to another so far. */
    long copied() {
        return copied;
    }

    private void deliverWhole(ByteBuf part) {
        if (part.writerIndex() == wanted) {
            partial = null;
            deliver(part);
        }
    }

    private void deliver(ByteBuf payload) {
        wanted = -1;
        sink.frame(type, volume, payload);
    }

    private void fail(String why) {
        dead = true;
        sink.violation(why);
    }

    /** Delivers nothing more: the owner has given the socket up. */
    public void stop() {
        dead = true;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!dead) {
            sink.batchEnd();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        sink.writable();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end("the peer closed the socket");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("a socket is given up", cause);
        end(String.valueOf(cause));
        ctx.close();
    }

    private void end(String why) {
        if (!dead) {
            dead = true;
            sink.ended(why);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (partial != null) {
            partial.release();
            partial = null;
        }
        dropSpare();
    }
}
