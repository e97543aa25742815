package io.diskless.drbd.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Any bytes at all as the packets of a bitmap: nothing outside of the bitmap is set, and the exchange only goes on. The
 * first two bytes choose how many bits there are; then come packets, each with one byte for its type and two for its
 * length.
 *
 * <p>The corpus beside this class runs in every build. {@code mvn -P long -pl drbd-proto -am test} lets the fuzzer look for
 * new inputs; what it finds is added to the corpus.
 */
class BitmapFuzzTest {
    private static final int PACKET = 3;

    @FuzzTest(maxDuration = "5m")
    void exchange(byte[] input) {
        if (input.length < 2) {
            return;
        }
        ByteBuf b = Unpooled.wrappedBuffer(input).asReadOnly();
        int bits = b.readUnsignedShort() * 3;
        Dialect dialect = new Dialect((bits & 1) == 0 ? 101 : 97, 0);
        BitmapReceiver receiver = new BitmapReceiver(dialect, new LongArrayBitmap(bits));
        while (b.readableBytes() >= PACKET) {
            PacketType type = b.readByte() < 0 ? PacketType.COMPRESSED_BITMAP : PacketType.BITMAP;
            int length = Math.min(b.readUnsignedShort(), b.readableBytes());
            long before = receiver.position();
            boolean wasComplete = receiver.isComplete();
            Verdict verdict = receiver.accept(type, b, b.readerIndex(), length);
            b.skipBytes(length);
            expect(!wasComplete || !verdict.isAccepted(), "nothing behind the end");
            expect(receiver.position() <= bits, "no position behind the end");
            expect(verdict.isAccepted() || receiver.position() == before, "no step for a refused packet");
            expect(receiver.position() >= before, "no step back");
        }
    }

    private static void expect(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("expected " + what);
        }
    }
}
