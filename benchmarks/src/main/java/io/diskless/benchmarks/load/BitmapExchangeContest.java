package io.diskless.benchmarks.load;

import io.diskless.drbd.meta.DirtyBitmap;
import io.diskless.drbd.netty.FrameDecoder;
import io.diskless.drbd.netty.FrameSink;
import io.diskless.drbd.wire.BitmapReceiver;
import io.diskless.drbd.wire.BitmapSender;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.SocketKind;
import io.diskless.drbd.wire.Verdict;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The bitmaps of both sides of a volume told to each other over TCP on the loopback, first one way, then the other, and
 * then read on both sides: all bytes of bitmap in all of that time, against what a bare Netty pair moves. The
 * bits lie where the session keeps them, and nowhere else.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Channels tell their end.
final class BitmapExchangeContest {
    private static final int MIB = 1 << 20;
    private static final int PIECE = 64 << 10;
    private static final int PAGE = 512;

    private final long bytes;
    private final int rounds;
    private final Dialect dialect = new Dialect(Dialect.MAX_VERSION, 0);

    /** What is dirty. */
    private enum Fill {
        EMPTY,
        /** One bit in each sixteenth word. */
        SPARSE,
        /** Runs of 16 bits on average. */
        CLUSTERED,
        RANDOM;

        void into(DirtyBitmap bitmap, long seed) {
            SplittableRandom random = new SplittableRandom(seed);
            for (long i = 0, n = bitmap.words(); this != EMPTY && i < n; i++) {
                long word = switch (this) {
                    case SPARSE -> i % 16 == 0 ? 1L << random.nextInt(64) : 0;
                    case CLUSTERED -> random.nextInt(2) == 0 ? 0xFFFFL << random.nextInt(64) : 0;
                    default -> random.nextLong();
                };
                bitmap.or(i, word);
            }
        }
    }

    /**
     * A contest.
     *
     * @param volume bytes of the volume; its bitmap has one bit for 4 KiB
     * @param rounds how often it is exchanged
     */
    BitmapExchangeContest(long volume, int rounds) {
        bytes = volume / DirtyBitmap.BLOCK / 8;
        this.rounds = rounds;
    }

    void run(PrintWriter out) throws Exception {
        out.printf(
                Locale.ROOT, "%nBitmap of %d MiB a side, exchanged both ways and read on both sides.%n%n", bytes >> 20);
        out.println(
                "| bitmap | bitmap : bare | goal | bitmap (exchange alone) | bare | on the wire, both ways | memory |");
        out.println("|---|---|---|---|---|---|---|");
        try (Line line = new Line();
                EchoPair bare = new EchoPair(256L * MIB)) {
            DeviceLoad load = new DeviceLoad(List.of(bare));
            for (Fill fill : Fill.values()) {
                run(out, fill, line, load);
            }
        }
    }

    private void run(PrintWriter out, Fill fill, Line line, DeviceLoad bare) throws Exception {
        double[] ratios = new double[rounds];
        double[] speeds = new double[rounds];
        double[] exchanges = new double[rounds];
        double[] bares = new double[rounds];
        long wire = 0;
        long sectors = bytes * 8 * (DirtyBitmap.BLOCK >> 9);
        DirtyBitmap a = new DirtyBitmap(sectors);
        DirtyBitmap b = new DirtyBitmap(sectors);
        long before = direct();
        for (int i = -2; i < rounds; i++) {
            a.clearAll();
            b.clearAll();
            fill.into(a, 1);
            fill.into(b, 2);
            double moved = bare.burst(4, MIB, false, 300_000_000L).perSecond() * MIB / 1e6;
            long start = System.nanoTime();
            wire = line.send(a, b) + line.send(b, a);
            long exchanged = System.nanoTime();
            long dirty = count(a);
            if (dirty != count(b) || dirty != a.dirtyBits()) {
                throw new IOException("the bitmaps differ: " + dirty + " bits here, " + count(b) + " there");
            }
            long read = System.nanoTime();
            if (i >= 0) {
                speeds[i] = 2.0 * bytes * 1000 / (read - start);
                exchanges[i] = 2.0 * bytes * 1000 / (exchanged - start);
                bares[i] = moved;
                ratios[i] = speeds[i] / moved;
            }
        }
        out.printf(
                Locale.ROOT,
                "| %s | %s | >= 0.50 | %.0f MB/s (%.0f MB/s) | %.0f MB/s | %.1f MB | + %.1f MB |%n",
                fill.name().toLowerCase(Locale.ROOT),
                ReplicationContest.quartiles(ratios),
                Median.of(speeds),
                Median.of(exchanges),
                Median.of(bares),
                wire / 1e6,
                (direct() - before) / 1e6);
    }

    /** Reads it as a sender does, a page at a time. */
    private static long count(DirtyBitmap bitmap) {
        long[] page = new long[PAGE];
        long sum = 0;
        for (long i = 0, n = bitmap.words(); i < n; i += PAGE) {
            int count = (int) Math.min(PAGE, n - i);
            if (bitmap.read(i, page, count)) {
                for (int k = 0; k < count; k++) {
                    sum += Long.bitCount(page[k]);
                }
            }
        }
        return sum;
    }

    /** Bytes outside the heap that the JVM has handed out, the buffers of Netty among them. */
    private static long direct() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> "direct".equals(pool.getName()))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    /** A connection; either direction has a loop of its own, as both sides of a resource have. */
    private final class Line implements AutoCloseable {
        private final MultiThreadIoEventLoopGroup near = group("bitmap-near");
        private final MultiThreadIoEventLoopGroup far = group("bitmap-far");
        private final Channel listening;
        private final Channel out;
        private volatile Receiving receiving = new Receiving(new DirtyBitmap(0));

        Line() throws InterruptedException {
            listening = new ServerBootstrap()
                    .group(far)
                    .channel(NioServerSocketChannel.class)
                    .childHandler(new ChannelInitializer<SocketChannel>() {
                        @Override
                        protected void initChannel(SocketChannel ch) {
                            FrameDecoder decoder = new FrameDecoder(SocketKind.DATA, new Sink(ch));
                            decoder.expect(dialect);
                            ch.pipeline().addLast(decoder);
                        }
                    })
                    .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .sync()
                    .channel();
            out = new Bootstrap()
                    .group(near)
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .handler(new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
                            if (ctx.channel().isWritable()) {
                                receiving.whenWritable.run();
                            }
                        }
                    })
                    .connect(listening.localAddress())
                    .sync()
                    .channel();
        }

        /** One way; how many bytes went over the wire. */
        long send(DirtyBitmap from, DirtyBitmap to) throws InterruptedException, ExecutionException, TimeoutException {
            BitmapSender sender = new BitmapSender(dialect, from, true);
            Receiving r = new Receiving(to);
            r.whenWritable = () -> pump(sender);
            receiving = r;
            out.eventLoop().execute(r.whenWritable);
            r.done.get(5, TimeUnit.MINUTES);
            return sender.bytes();
        }

        private void pump(BitmapSender sender) {
            while (!sender.isDone() && out.isWritable()) {
                ByteBuf b = out.alloc().ioBuffer(PIECE);
                while (!sender.isDone() && b.writerIndex() < PIECE - 4096) {
                    sender.append(0, b);
                }
                out.writeAndFlush(b, out.voidPromise());
            }
        }

        private final class Sink implements FrameSink {
            private final Channel channel;

            Sink(Channel channel) {
                this.channel = channel;
            }

            @Override
            public void frame(PacketType type, int volume, ByteBuf payload) {
                Receiving r = receiving;
                Verdict verdict = r.receiver.accept(type, payload, payload.readerIndex(), payload.readableBytes());
                payload.release();
                if (!verdict.isAccepted()) {
                    violation(type + ": " + verdict);
                } else if (r.receiver.isComplete()) {
                    r.done.complete(null);
                }
            }

            @Override
            public void batchEnd() {}

            @Override
            public void violation(String why) {
                receiving.done.completeExceptionally(new IOException(why));
                channel.close();
            }

            @Override
            public void ended(String why) {
                receiving.done.completeExceptionally(new IOException(why));
            }
        }

        @Override
        public void close() {
            out.close().awaitUninterruptibly();
            listening.close().awaitUninterruptibly();
            var unusedNear = near.shutdownGracefully(0, 2, TimeUnit.SECONDS);
            var unusedFar = far.shutdownGracefully(0, 2, TimeUnit.SECONDS);
        }
    }

    /** A bitmap on its way. */
    private final class Receiving {
        private final BitmapReceiver receiver;
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private volatile Runnable whenWritable = () -> {};

        Receiving(DirtyBitmap into) {
            receiver = new BitmapReceiver(dialect, into);
        }
    }

    private static MultiThreadIoEventLoopGroup group(String name) {
        return new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
    }
}
