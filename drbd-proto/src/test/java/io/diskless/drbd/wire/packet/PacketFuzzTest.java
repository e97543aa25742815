package io.diskless.drbd.wire.packet;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.FrameValidator;
import io.diskless.drbd.wire.HeaderFormat;
import io.diskless.drbd.wire.PacketType;
import io.diskless.drbd.wire.SocketKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

/**
 * Any bytes at all as a packet, in a buffer that ends where they end: a read beyond it throws. The first two bytes choose
 * the dialect.
 *
 * <p>The corpus beside this class runs in every build. {@code mvn -P long -pl drbd-proto -am test} lets the fuzzer look for
 * new inputs; what it finds is added to the corpus.
 */
class PacketFuzzTest {
    private static final int CHOICE = 2;
    private static final int HANDSHAKE = 0x1F;
    private static final int[] DIGESTS = {0, 4, 16, 64};

    @FuzzTest(maxDuration = "5m")
    void packet(byte[] input) {
        if (input.length < CHOICE + HeaderFormat.MAX_LENGTH) {
            return;
        }
        Dialect dialect = (input[0] & 0x1F) == HANDSHAKE
                ? Dialect.HANDSHAKE
                : new Dialect(Dialect.MIN_VERSION + (input[0] & 0xF), input[1] & Dialect.FF_ALL);
        ByteBuf b = Unpooled.wrappedBuffer(input)
                .slice(CHOICE, input.length - CHOICE)
                .asReadOnly();
        boolean accepted = false;
        for (SocketKind socket : SocketKind.values()) {
            if (FrameValidator.header(dialect, socket, b, 0).isAccepted()) {
                accepted = true;
                fields(dialect, socket, b);
            }
        }
        whole(dialect, b, accepted);
    }

    /** What an accepted header promises. */
    private static void fields(Dialect dialect, SocketKind socket, ByteBuf b) {
        HeaderFormat format = FrameValidator.format(dialect, b, 0);
        PacketType type = PacketType.of(format.command(b, 0));
        long length = format.payloadLength(b, 0);
        expect(type.isOn(socket) && type.existsIn(dialect), "a packet of this socket and dialect");
        expect(length >= type.minLength(dialect) && length <= type.maxLength(dialect), "a length of the table");
        expect(length <= (1 << 20) + 4096, "no more than a megabyte and its digest");
        if (format.length() + length <= b.readableBytes()) {
            for (int digest : DIGESTS) {
                FrameValidator.payload(dialect, type, b, format.length(), (int) length, digest);
            }
        }
    }

    /** Whatever is taken apart is put together to the same bytes. */
    private static void whole(Dialect dialect, ByteBuf b, boolean accepted) {
        HeaderFormat format = FrameValidator.format(dialect, b, 0);
        boolean isThere = format.matches(b, 0)
                && format.padding(b, 0) == 0
                && format.payloadLength(b, 0) <= b.readableBytes() - format.length();
        if (!isThere) {
            return;
        }
        PacketFrame frame = PacketFrame.decode(dialect, b, 0);
        expect(
                !accepted
                        || !(frame.packet() instanceof OpaquePacket)
                        || frame.packet().type().isIgnored(),
                "taken apart");
        ByteBuf again = Unpooled.buffer();
        frame.append(again);
        expect(ByteBufUtil.equals(again, b.slice(0, frame.length())), "the same bytes");
        expect(!frame.toString().isEmpty(), "words");
    }

    private static void expect(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("expected " + what);
        }
    }
}
