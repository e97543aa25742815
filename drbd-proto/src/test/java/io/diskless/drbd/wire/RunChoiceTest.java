package io.diskless.drbd.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Runs of some dozens of bits go the way that is faster, by a clock that the test sets. */
final class RunChoiceTest {
    private static final Dialect KERNEL = new Dialect(101, Dialect.FF_ALL);

    /** Two stretches that are tried, and one behind them. */
    private static final long BITS = 3 * RunChoice.STRETCH;

    private static final long PATTERN = 0x0000_00FF_FFFF_0000L;

    private long now;

    /** Words of the same pattern, which take no memory. */
    private static BitmapWords patterns() {
        return new BitmapWords() {
            @Override
            public long bits() {
                return BITS;
            }

            @Override
            public long word(long index) {
                return PATTERN;
            }

            @Override
            public void or(long index, long word) {
                throw new AssertionError("nobody sets these");
            }
        };
    }

    /** All packets, of which each word and each run length takes so long; the types in the order in which they changed. */
    private List<PacketType> send(long perWord, long perLength) {
        BitmapSender sender = new BitmapSender(KERNEL, patterns(), true, () -> now);
        LongArrayBitmap received = new LongArrayBitmap(BITS);
        BitmapReceiver receiver = new BitmapReceiver(KERNEL, received);
        List<PacketType> types = new ArrayList<>();
        ByteBuf b = Unpooled.buffer(4096);
        while (!sender.isDone()) {
            long before = sender.position();
            sender.append(0, b.clear());
            PacketType type = PacketType.of(HeaderFormat.H100.command(b, 0));
            assertThat(receiver.accept(type, b, 16, b.readableBytes() - 16)).isEqualTo(Verdict.ACCEPTED);
            now += (sender.position() - before) * (type == PacketType.BITMAP ? perWord : perLength);
            if (types.isEmpty() || types.get(types.size() - 1) != type) {
                types.add(type);
            }
        }
        assertThat(receiver.isComplete()).isTrue();
        assertThat(Arrays.stream(received.words).allMatch(w -> w == PATTERN)).isTrue();
        return types;
    }

    @Test
    void wordsStayWhereTheyAreFaster() {
        assertThat(send(1, 2)).containsExactly(PacketType.COMPRESSED_BITMAP, PacketType.BITMAP);
    }

    @Test
    void lengthsComeBackWhereTheyAreFaster() {
        assertThat(send(2, 1))
                .containsExactly(PacketType.COMPRESSED_BITMAP, PacketType.BITMAP, PacketType.COMPRESSED_BITMAP);
    }
}
