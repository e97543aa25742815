package io.diskless.drbd.robust;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A bad network: each direction of each connection is split into pieces of any size, delayed, cut at any byte, or falls
 * silent before it ends. What one connection suffers is drawn from the seed when it is made. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A closed channel tells its end.
final class ImpairedWire {
    private final SplittableRandom random;
    private final Set<Channel> open = ConcurrentHashMap.newKeySet();
    private volatile boolean calm;

    ImpairedWire(long seed) {
        random = new SplittableRandom(seed);
    }

    /** New connections, and what comes on old ones, are left alone from now on. */
    void calm() {
        calm = true;
    }

    /** Ends every connection there is. */
    void cut() {
        open.forEach(Channel::close);
    }

    void tap(Channel channel) {
        SplittableRandom own;
        synchronized (random) {
            own = random.split();
        }
        open.add(channel);
        channel.closeFuture().addListener(f -> open.remove(channel));
        channel.pipeline().addFirst(new Direction(own));
    }

    /** What comes in on one channel. Confined to its event loop. */
    private final class Direction extends ChannelInboundHandlerAdapter {
        private final SplittableRandom random;
        private final ArrayDeque<ByteBuf> queue = new ArrayDeque<>();
        private final int piece;
        private final boolean slow;
        private final boolean silent;
        private long left;
        private boolean pumping;
        private boolean ended;
        private boolean cut;

        Direction(SplittableRandom random) {
            this.random = random;
            piece = random.nextInt(4) == 0 ? 1 + random.nextInt(64) : 1 << random.nextInt(8, 20);
            slow = random.nextInt(4) == 0;
            silent = random.nextInt(2) == 0;
            // Some die in the handshake, some in the exchange of parameters, some under load, most not at all.
            left = switch (random.nextInt(10)) {
                case 0 -> random.nextInt(200);
                case 1 -> random.nextInt(2_000);
                case 2 -> random.nextInt(100_000);
                default -> Long.MAX_VALUE;
            };
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf bytes = (ByteBuf) msg;
            if (cut) {
                bytes.release();
                return;
            }
            queue.add(bytes);
            later(ctx);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            // Said behind each piece.
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            ended = true;
            if (queue.isEmpty() || random.nextBoolean()) {
                drop();
                ctx.fireChannelInactive();
            } else {
                // An orderly end comes behind the data.
                later(ctx);
            }
        }

        private void later(ChannelHandlerContext ctx) {
            if (!pumping) {
                pumping = true;
                Runnable next = () -> here(ctx);
                if (slow && !calm) {
                    ctx.channel().eventLoop().schedule(next, random.nextInt(2_000), TimeUnit.MICROSECONDS);
                } else {
                    ctx.channel().eventLoop().execute(next);
                }
            }
        }

        /** The meta socket moves to another loop in its life. */
        private void here(ChannelHandlerContext ctx) {
            if (ctx.channel().eventLoop().inEventLoop()) {
                pumping = false;
                pump(ctx);
            } else {
                ctx.channel().eventLoop().execute(() -> here(ctx));
            }
        }

        private void pump(ChannelHandlerContext ctx) {
            ByteBuf first = queue.peek();
            if (first == null || cut || ctx.isRemoved()) {
                return;
            }
            int size = Math.min(first.readableBytes(), calm ? Integer.MAX_VALUE : piece);
            if (!calm && size >= left) {
                size = (int) left;
                cut = true;
            } else {
                left -= calm ? 0 : size;
            }
            if (size > 0) {
                ctx.fireChannelRead(first.readRetainedSlice(size));
                ctx.fireChannelReadComplete();
            }
            if (cut) {
                drop();
                if (silent) {
                    // Half a connection: this way nothing comes any more, the other way it still goes for a while.
                    ctx.channel().eventLoop().schedule(() -> ctx.close(), 3, TimeUnit.MILLISECONDS);
                } else {
                    ctx.close();
                }
                if (ended) {
                    ctx.fireChannelInactive();
                }
                return;
            }
            if (!queue.isEmpty() && !first.isReadable()) {
                queue.remove().release();
            }
            if (!queue.isEmpty()) {
                later(ctx);
            } else if (ended) {
                ctx.fireChannelInactive();
            }
        }

        private void drop() {
            queue.forEach(ByteBuf::release);
            queue.clear();
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            drop();
        }
    }
}
