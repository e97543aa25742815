package io.diskless.drbd.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.HeaderFormat;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.SocketKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The buffer of a large packet is used again, and never while somebody holds it. */
final class LargePacketsTest {
    private static final Dialect DIALECT = new Dialect(Dialect.MAX_VERSION, 0);
    private static final int LARGE = 24 + (1 << 20);

    private final ArrayDeque<ByteBuf> payloads = new ArrayDeque<>();
    private final FrameDecoder decoder = new FrameDecoder(SocketKind.DATA, new FrameSink() {
        @Override
        public void frame(PacketType type, int volume, ByteBuf payload) {
            payloads.add(payload);
        }

        @Override
        public void batchEnd() {}

        @Override
        public void violation(String why) {
            throw new AssertionError(why);
        }

        @Override
        public void ended(String why) {}
    });

    private final EmbeddedChannel channel = new EmbeddedChannel(decoder);

    LargePacketsTest() {
        decoder.expect(DIALECT);
    }

    /** Sends a packet full of one value in two pieces, as a socket would. */
    private ByteBuf take(int length, int value) {
        HeaderFormat format = DIALECT.headerFor(length);
        ByteBuf b = Unpooled.buffer(format.length() + length);
        format.write(b, 0, 0, PacketType.DATA.code(), length);
        b.writerIndex(format.length()).writeBytes(filled(length, value));
        channel.writeInbound(b.readRetainedSlice(length / 2), b);
        return payloads.remove();
    }

    private static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    @Test
    void aBufferThatNobodyHoldsIsUsedAgain() {
        ByteBuf first = take(LARGE, 1);
        first.release();
        ByteBuf second = take(LARGE, 2);
        assertThat(second).isSameAs(first);
        assertThat(ByteBufUtil.getBytes(second)).isEqualTo(filled(LARGE, 2));
        second.release();
        channel.finishAndReleaseAll();
        assertThat(second.refCnt()).isZero();
    }

    @Test
    void aBufferThatIsHeldIsLeftAlone() {
        ByteBuf first = take(LARGE, 1);
        ByteBuf second = take(LARGE, 2);
        ByteBuf third = take(LARGE, 3);
        assertThat(ByteBufUtil.getBytes(first)).isEqualTo(filled(LARGE, 1));
        assertThat(ByteBufUtil.getBytes(second)).isEqualTo(filled(LARGE, 2));
        assertThat(ByteBufUtil.getBytes(third)).isEqualTo(filled(LARGE, 3));
        first.release();
        second.release();
        // One is kept, no more.
        assertThat(first.refCnt()).isZero();
        assertThat(second.refCnt()).isZero();
        channel.finishAndReleaseAll();
        assertThat(third.refCnt()).isOne();
        third.release();
    }

    @Test
    void aPacketOfAnotherSizeHasABufferOfItsOwnSize() {
        take(LARGE, 1).release();
        ByteBuf other = take(LARGE / 2, 2);
        assertThat(other.capacity()).isEqualTo(LARGE / 2);
        assertThat(ByteBufUtil.getBytes(other)).isEqualTo(filled(LARGE / 2, 2));
        other.release();
        channel.finishAndReleaseAll();
        assertThat(other.refCnt()).isZero();
    }
}
