package io.diskless.drbd.session;

import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.HeaderFormat;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.SocketKind;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Lets a side speak until it is about to say one of some words; that, and all that it wants to say behind it on its data
 * socket, is never heard. Then somebody else speaks in its place. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A channel that is gone hears nothing.
final class Gag {
    private final Set<PacketType> words;
    private final CountDownLatch silenced = new CountDownLatch(1);
    private volatile @Nullable ChannelHandlerContext data;
    private volatile @Nullable ChannelHandlerContext meta;
    private volatile boolean over;

    Gag(Set<PacketType> words) {
        this.words = words;
    }

    /** For a transport whose channels it listens to. */
    void tap(Channel channel) {
        channel.pipeline().addFirst(new Ear());
    }

    CountDownLatch silenced() {
        return silenced;
    }

    /** Later connections may say what they want. */
    void off() {
        over = true;
    }

    /** Says something on the connection that is there now; nothing if there is none. */
    void say(SocketKind socket, ByteBuf bytes) {
        ChannelHandlerContext c = socket == SocketKind.DATA ? data : meta;
        if (c == null || c.isRemoved()) {
            bytes.release();
        } else {
            // Behind what is on its way there already.
            c.channel().eventLoop().execute(() -> c.writeAndFlush(bytes));
        }
    }

    /** Hangs up, without a word. */
    void hangUp() {
        ChannelHandlerContext d = data;
        ChannelHandlerContext m = meta;
        if (d != null) {
            d.channel().close();
        }
        if (m != null) {
            m.channel().close();
        }
    }

    private final class Ear extends ChannelOutboundHandlerAdapter {
        private boolean known;
        private boolean listens;
        private boolean silent;

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            ByteBuf b = (ByteBuf) msg;
            if (!known) {
                known = true;
                boolean isData = HeaderFormat.H80.command(b, b.readerIndex()) == PacketType.INITIAL_DATA.code();
                if (isData) {
                    data = ctx;
                } else {
                    meta = ctx;
                }
                listens = isData;
            } else if (listens && !over && !silent && words.contains(type(b))) {
                silent = true;
                silenced.countDown();
            }
            if (silent) {
                b.release();
                promise.setSuccess();
            } else {
                ctx.write(msg, promise);
            }
        }

        private PacketType type(ByteBuf b) {
            for (HeaderFormat f : HeaderFormat.values()) {
                if (b.readableBytes() >= f.length() && f.matches(b, b.readerIndex())) {
                    return PacketType.of(f.command(b, b.readerIndex()));
                }
            }
            return PacketType.UNKNOWN;
        }
    }

    /** The header of a packet of any length, true or not, in the format of a version. */
    static ByteBuf header(ByteBuf into, Dialect dialect, int volume, int command, int length) {
        HeaderFormat f = dialect.headerFor(Math.max(0, length));
        int at = into.writerIndex();
        into.ensureWritable(f.length());
        f.write(into, at, f == HeaderFormat.H100 ? volume : 0, command, length);
        return into.writerIndex(at + f.length());
    }
}
