package io.diskless.benchmarks.load;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What replication is measured against: two ends of one TCP connection on Netty, each with a thread, that move frames of
 * the same sizes and do nothing with them, or put them on disks like those of the replicated volume. A write sends a header
 * and the payload and is answered by a header; a read the other way round. What leaves is gathered per batch of what came.
 * Answers without data come back on the same connection, or, as the protocol wants it, on one of their own, whose ends
 * have threads of their own and hand over what they get. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Channels tell their end.
final class EchoPair implements BlockDevice {
    /** Header of protocol 100 and sub-header: every packet that asks or answers begins with so much. */
    static final int HEADER = 40;

    private final MultiThreadIoEventLoopGroup client = group("echo-near");
    private final MultiThreadIoEventLoopGroup server = group("echo-far");
    private final Channel listening;
    private final Channel near;
    private final BlockGeometry geometry;
    private final Near answers = new Near();
    private final @Nullable Answering apart;
    private final ArrayDeque<Request> open = new ArrayDeque<>();
    private final Runnable flush = this::sendAll;
    private boolean flushing;

    /** A disk in memory says at once what it has to say. */
    private static final Completion IGNORED = new Completion() {
        @Override
        public void completed() {}

        @Override
        public void failed(BlockException cause) {
            throw new IllegalStateException(cause);
        }
    };

    private record Request(long offset, int answer, Completion done) {}

    private final @Nullable BlockDevice nearDisk;

    /** A pair that does nothing with what it moves. */
    EchoPair(long size) throws InterruptedException {
        this(size, null, null, false);
    }

    /**
     * A pair.
     *
     * @param size bytes that requests may be for
     * @param nearDisk gets what is written, before it is sent
     * @param farDisk gets it as it comes in, in pieces of any length
     * @param answersApart whether writes are answered on a second connection with threads of its own
     */
    EchoPair(long size, @Nullable BlockDevice nearDisk, @Nullable BlockDevice farDisk, boolean answersApart)
            throws InterruptedException {
        this.nearDisk = nearDisk;
        geometry = BlockGeometry.ofSectors(size);
        apart = answersApart ? new Answering() : null;
        listening = new ServerBootstrap()
                .group(server)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new Far(farDisk, apart))
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
        near = new Bootstrap()
                .group(client)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(answers)
                .connect(listening.localAddress())
                .sync()
                .channel();
    }

    private static MultiThreadIoEventLoopGroup group(String name) {
        return new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
    }

    @Override
    public BlockGeometry geometry() {
        return geometry;
    }

    @Override
    public boolean completesInline() {
        return false;
    }

    @Override
    public void write(long offset, ByteBuffer src, int flags, Completion done) {
        if (near.eventLoop().inEventLoop()) {
            send(offset, src, 0, done);
        } else {
            near.eventLoop().execute(() -> send(offset, src, 0, done));
        }
    }

    @Override
    public void read(long offset, ByteBuffer dst, Completion done) {
        if (near.eventLoop().inEventLoop()) {
            send(offset, null, dst.remaining(), done);
        } else {
            near.eventLoop().execute(() -> send(offset, null, dst.remaining(), done));
        }
    }

    private void send(long offset, @Nullable ByteBuffer payload, int wanted, Completion done) {
        open.add(new Request(offset, HEADER + wanted, done));
        int length = payload == null ? 0 : payload.remaining();
        ByteBuf header = near.alloc().ioBuffer(HEADER);
        header.writeInt(length).writeInt(wanted).writeLong(offset).writeZero(HEADER - 16);
        near.write(header, near.voidPromise());
        if (payload != null) {
            if (nearDisk != null) {
                nearDisk.write(offset, payload, 0, IGNORED);
            }
            near.write(Unpooled.wrappedBuffer(payload), near.voidPromise());
        }
        if (!flushing) {
            flushing = true;
            near.eventLoop().execute(flush);
        }
    }

    private void sendAll() {
        flushing = false;
        near.flush();
    }

    /** Takes answers in, in the order of the requests. */
    private final class Near extends ChannelInboundHandlerAdapter {
        private int came;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf in = (ByteBuf) msg;
            Request first = open.peek();
            while (first != null && in.isReadable()) {
                int part = Math.min(in.readableBytes(), first.answer() - came);
                int header = Math.min(part, Math.max(0, HEADER - came));
                if (nearDisk != null && part > header) {
                    nearDisk.write(
                            first.offset() + came + header - HEADER,
                            in.nioBuffer(in.readerIndex() + header, part - header),
                            0,
                            IGNORED);
                }
                in.skipBytes(part);
                came += part;
                if (came == first.answer()) {
                    came = 0;
                    open.remove().done().completed();
                    first = open.peek();
                }
            }
            in.release();
        }

        /** So many bytes of answers came on the other connection. */
        void answered(int bytes) {
            for (int n = (came + bytes) / HEADER; n > 0; n--) {
                open.remove().done().completed();
            }
            came = (came + bytes) % HEADER;
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            end(new IOException("the connection was closed"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            end(cause);
            ctx.close();
        }

        private void end(Throwable cause) {
            while (!open.isEmpty()) {
                open.remove().done().failed(new BlockException(BlockException.Kind.MEDIUM, 0, "echo", cause));
            }
        }
    }

    /** The second connection, from the far end to the near one. */
    private final class Answering {
        private final MultiThreadIoEventLoopGroup sending = group("echo-far-answers");
        private final MultiThreadIoEventLoopGroup receiving = group("echo-near-answers");
        private final Channel listening;
        private final Channel far;

        Answering() throws InterruptedException {
            listening = new ServerBootstrap()
                    .group(receiving)
                    .channel(NioServerSocketChannel.class)
                    .childHandler(new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelRead(ChannelHandlerContext ctx, Object msg) {
                            int bytes = ((ByteBuf) msg).readableBytes();
                            ((ByteBuf) msg).release();
                            near.eventLoop().execute(() -> answers.answered(bytes));
                        }
                    })
                    .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .sync()
                    .channel();
            far = new Bootstrap()
                    .group(sending)
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(listening.localAddress())
                    .sync()
                    .channel();
        }

        void close() {
            far.close().awaitUninterruptibly();
            listening.close().awaitUninterruptibly();
            var unusedSending = sending.shutdownGracefully(0, 2, TimeUnit.SECONDS);
            var unusedReceiving = receiving.shutdownGracefully(0, 2, TimeUnit.SECONDS);
        }
    }

    /** Takes requests in, and answers each when its last byte is here. */
    private static final class Far extends ChannelInboundHandlerAdapter {
        private static final ByteBuf BLOCK = Unpooled.unreleasableBuffer(Unpooled.directBuffer(1 << 20));

        private final ByteBuf header = Unpooled.buffer(HEADER);
        private final @Nullable BlockDevice disk;
        private final @Nullable Answering apart;
        private int payload;
        private int wanted;
        private int owed;
        private long offset;

        Far(@Nullable BlockDevice disk, @Nullable Answering apart) {
            this.disk = disk;
            this.apart = apart;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf in = (ByteBuf) msg;
            while (in.isReadable()) {
                if (header.writerIndex() < HEADER) {
                    in.readBytes(header, Math.min(in.readableBytes(), HEADER - header.writerIndex()));
                    if (header.writerIndex() == HEADER) {
                        payload = header.getInt(0);
                        wanted = header.getInt(4);
                        offset = header.getLong(8);
                    }
                }
                int part = Math.min(in.readableBytes(), payload);
                if (disk != null && part > 0) {
                    disk.write(offset, in.nioBuffer(in.readerIndex(), part), 0, IGNORED);
                }
                in.skipBytes(part);
                payload -= part;
                offset += part;
                if (header.writerIndex() == HEADER && payload == 0) {
                    header.clear();
                    answer(ctx);
                }
            }
            in.release();
        }

        private void answer(ChannelHandlerContext ctx) {
            if (apart != null && wanted == 0) {
                owed += HEADER;
                return;
            }
            ctx.write(ctx.alloc().ioBuffer(HEADER).writeZero(HEADER), ctx.voidPromise());
            if (wanted > 0 && disk != null) {
                ByteBuf data = ctx.alloc().directBuffer(wanted);
                disk.read(offset, data.internalNioBuffer(0, wanted), IGNORED);
                ctx.write(data.writerIndex(wanted), ctx.voidPromise());
            } else if (wanted > 0) {
                ctx.write(BLOCK.slice(0, wanted), ctx.voidPromise());
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
            if (apart != null && owed > 0) {
                apart.far.writeAndFlush(ctx.alloc().ioBuffer(owed).writeZero(owed), apart.far.voidPromise());
                owed = 0;
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    @Override
    public void flush(Completion done) {
        done.completed();
    }

    @Override
    public void discard(long offset, long length, Completion done) {
        done.failed(new BlockException(BlockException.Kind.NOT_SUPPORTED, offset, "echo"));
    }

    @Override
    public void writeZeroes(long offset, long length, Completion done) {
        done.failed(new BlockException(BlockException.Kind.NOT_SUPPORTED, offset, "echo"));
    }

    @Override
    public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
        return () -> {};
    }

    @Override
    public void close() {
        near.close().awaitUninterruptibly();
        listening.close().awaitUninterruptibly();
        if (apart != null) {
            apart.close();
        }
        var unusedClient = client.shutdownGracefully(0, 2, TimeUnit.SECONDS);
        var unusedServer = server.shutdownGracefully(0, 2, TimeUnit.SECONDS);
    }
}
