package io.diskless.drbd.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.HeaderFormat;
import io.diskless.drbd.wire.PacketType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The meta socket between its two loops, with a plain socket as the peer. */
@Timeout(120)
@SuppressWarnings("FutureReturnValueIgnored") // What does not arrive is missed by the reader.
class MetaSocketTest {
    private static final Dialect DIALECT = new Dialect(Dialect.MAX_VERSION, 0);
    private static final HeaderFormat HEADER = DIALECT.shortHeader();
    private static final int BARRIER_ACK = 8;

    /** Buffers of the sockets, in bytes. */
    private static final int SMALL = 16 << 10;

    private final DrbdTransport transport = DrbdTransport.tcp();
    private final EventLoop dataLoop = transport.nextDataLoop();
    private final EventLoop metaLoop = transport.nextMetaLoop();
    private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    private Socket peer = new Socket();
    private Channel channel;
    private MetaSocket meta;

    /** Says which packet came, and on which loop. */
    private final class Sink implements FrameSink {
        @Override
        public void frame(PacketType type, int volume, ByteBuf payload) {
            String number = payload.isReadable() ? " " + payload.getInt(payload.readerIndex()) : "";
            payload.release();
            seen.add((dataLoop.inEventLoop() ? "data: " : "meta: ") + type + number);
        }

        @Override
        public void batchEnd() {}

        @Override
        public void violation(String why) {
            seen.add("violation");
        }

        @Override
        public void ended(String why) {
            seen.add("ended");
        }
    }

    @BeforeEach
    void connect() throws Exception {
        try (ServerSocket server = new ServerSocket()) {
            server.setReceiveBufferSize(SMALL);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            channel = transport
                    .client(
                            metaLoop,
                            new ChannelInitializer<Channel>() {
                                @Override
                                protected void initChannel(Channel ch) {
                                    transport.tap(ch);
                                    ch.pipeline().addLast(new Collector(() -> {}));
                                }
                            },
                            10_000)
                    .connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort()))
                    .sync()
                    .channel();
            peer = server.accept();
            peer.setTcpNoDelay(true);
        }
        assertThat(channel.config().setOption(ChannelOption.SO_SNDBUF, SMALL)).isTrue();
        // However slow this machine is, what comes counts as fast.
        meta = new MetaSocket(channel, dataLoop, new Sink(), TimeUnit.HOURS.toNanos(1));
        metaLoop.submit(() -> meta.start(DIALECT)).sync();
    }

    @AfterEach
    void close() throws IOException {
        peer.close();
        transport.close();
    }

    private static byte[] packet(PacketType type, int... words) {
        ByteBuf b = Unpooled.buffer();
        HEADER.write(b, 0, 0, type.code(), words.length * Integer.BYTES);
        b.writerIndex(HEADER.length());
        for (int word : words) {
            b.writeInt(word);
        }
        return ByteBufUtil.getBytes(b);
    }

    private String next() throws InterruptedException {
        String packet = seen.poll(60, TimeUnit.SECONDS);
        assertThat(packet).as("a packet within a minute").isNotNull();
        return packet;
    }

    /** One packet at a time, each sent when the one before was seen, until the data loop reads them. */
    private int talkUntilLent() throws Exception {
        OutputStream out = peer.getOutputStream();
        for (int i = 0; ; i++) {
            out.write(packet(PacketType.BARRIER_ACK, i, 1));
            String packet = next();
            assertThat(packet).endsWith(": " + PacketType.BARRIER_ACK + " " + i);
            if (packet.startsWith("data")) {
                return i + 1;
            }
        }
    }

    @Test
    void whileAcksComeFastTheDataLoopReadsThemItself() throws Exception {
        assertThat(talkUntilLent()).isGreaterThanOrEqualTo(MetaSocket.DENSE);
    }

    @Test
    void aPingIsReadWhileTheDataLoopIsBusy() throws Exception {
        talkUntilLent();
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        dataLoop.execute(() -> {
            busy.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        busy.await();

        peer.getOutputStream().write(packet(PacketType.PING));

        assertThat(next()).isEqualTo("meta: " + PacketType.PING);
        assertThat(meta.isLent()).isFalse();
        release.countDown();
    }

    @Test
    void packetsKeepTheirOrderWhoeverReadsThem() throws Exception {
        OutputStream out = peer.getOutputStream();
        int changes = 0;
        String reader = "meta";
        int i = 0;
        // Lent and taken back several times, each time with packets under way.
        while (changes < 8) {
            if (i % 200 == 195) {
                CountDownLatch pause = new CountDownLatch(1);
                dataLoop.schedule(pause::countDown, 3L * MetaSocket.WATCH_MILLIS, TimeUnit.MILLISECONDS);
                pause.await();
            }
            int first = i;
            for (; i < first + 5; i++) {
                out.write(packet(PacketType.BARRIER_ACK, i, 1));
            }
            for (int n = first; n < i; n++) {
                String packet = next();
                assertThat(packet).endsWith(" " + n);
                if (!packet.startsWith(reader)) {
                    reader = packet.substring(0, 4);
                    changes++;
                }
            }
        }
    }

    @Test
    void theEndOfTheSocketIsToldWhoeverReadsIt() throws Exception {
        talkUntilLent();

        peer.close();

        assertThat(next()).isEqualTo("ended");
        channel.closeFuture().sync();
    }

    @Test
    void nothingIsOvertakenWhereTheSocketTakesNoMore() throws Exception {
        int count = 20_000;
        CountDownLatch sent = new CountDownLatch(1);
        dataLoop.execute(() -> {
            for (int i = 0; i < count; i++) {
                ByteBuf b = channel.alloc().ioBuffer(64);
                b.writeBytes(packet(PacketType.BARRIER_ACK, i, 1));
                meta.send(b);
            }
            sent.countDown();
        });
        // More than any socket takes: nobody reads yet.
        sent.await();

        DataInputStream in = new DataInputStream(peer.getInputStream());
        byte[] packet = new byte[HEADER.length() + BARRIER_ACK];
        for (int i = 0; i < count; i++) {
            in.readFully(packet);
            assertThat(ByteBuffer.wrap(packet).getInt(HEADER.length())).isEqualTo(i);
        }
    }

    @Test
    void afterTheEndTheMetaLoopReadsTheRest() throws Exception {
        int n = talkUntilLent();

        dataLoop.submit(meta::stop).sync();
        peer.getOutputStream().write(packet(PacketType.BARRIER_ACK, n, 1));

        assertThat(next()).isEqualTo("meta: " + PacketType.BARRIER_ACK + " " + n);
    }
}
