package io.diskless.drbd.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.HeaderFormat;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.SocketKind;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets of every size from a real socket: whole, in order, and copied no more than a small part of a large one. */
@SuppressWarnings("FutureReturnValueIgnored") // What does not arrive is missed by the reader.
class FrameDecoderOnSocketTest {
    private static final Dialect DIALECT = new Dialect(Dialect.MAX_VERSION, 0);
    private static final int SUB_HEADER = 24;

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final BlockingQueue<byte[]> payloads = new LinkedBlockingQueue<>();
    private final FrameDecoder decoder = new FrameDecoder(SocketKind.DATA, new Sink());

    private final class Sink implements FrameSink {
        @Override
        public void frame(PacketType type, int volume, ByteBuf payload) {
            payloads.add(ByteBufUtil.getBytes(payload));
            payload.release();
        }

        @Override
        public void batchEnd() {}

        @Override
        public void violation(String why) {
            payloads.add(new byte[0]);
        }

        @Override
        public void ended(String why) {
            payloads.add(new byte[0]);
        }
    }

    @AfterEach
    void close() {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private Channel connect() throws InterruptedException {
        Channel server = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel ch) {
                        ch.config().setRecvByteBufAllocator(new ReceiveBuffers());
                        decoder.expect(DIALECT);
                        ch.pipeline().addLast(decoder);
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
        return new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(server.localAddress())
                .sync()
                .channel();
    }

    private static ByteBuf packet(byte[] payload) {
        HeaderFormat format = DIALECT.headerFor(payload.length);
        ByteBuf b = Unpooled.buffer(format.length() + payload.length);
        format.write(b, 0, 0, PacketType.DATA.code(), payload.length);
        return b.writerIndex(format.length()).writeBytes(payload);
    }

    private byte[] next() throws InterruptedException {
        byte[] payload = payloads.poll(60, TimeUnit.SECONDS);
        assertThat(payload).as("a packet within a minute").isNotNull();
        return payload;
    }

    @Test
    void packetsOfEverySizeArriveWholeAndInOrder() throws Exception {
        Channel out = connect();
        Random random = new Random(3);
        byte[][] sent = new byte[200][];
        for (int i = 0; i < sent.length; i++) {
            // From a sector to a megabyte, as many large as small.
            sent[i] = new byte[SUB_HEADER + (512 << random.nextInt(12))];
            random.nextBytes(sent[i]);
            out.writeAndFlush(packet(sent[i]));
        }
        for (byte[] payload : sent) {
            assertThat(next()).isEqualTo(payload);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 4096})
    void packetsThatComeInPiecesArriveWhole(int first) throws Exception {
        Channel out = connect();
        byte[] payload = new byte[SUB_HEADER + (1 << 20)];
        new Random(first).nextBytes(payload);
        for (int i = 0; i < 3; i++) {
            ByteBuf whole = packet(payload);
            out.writeAndFlush(whole.readRetainedSlice(first)).sync();
            out.writeAndFlush(whole.readRetainedSlice(whole.readableBytes() / 2))
                    .sync();
            out.writeAndFlush(whole).sync();
            assertThat(next()).isEqualTo(payload);
        }
    }

    @Test
    void ofALargePacketOnlyTheBeginIsCopied() throws Exception {
        Channel out = connect();
        byte[] payload = new byte[SUB_HEADER + (1 << 20)];
        int packets = 16;
        for (int i = 0; i < packets; i++) {
            out.writeAndFlush(packet(payload));
        }
        for (int i = 0; i < packets; i++) {
            assertThat(next()).isEqualTo(payload);
        }
        // What came in the usual receive buffer of 64 KiB, and an end too short for a read of its own; never twice.
        assertThat(decoder.copied()).isLessThanOrEqualTo(packets * ((64L + 32) << 10));
    }
}
