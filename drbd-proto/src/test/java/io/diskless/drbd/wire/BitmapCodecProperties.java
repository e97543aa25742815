package io.diskless.drbd.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.BitSet;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

final class BitmapCodecProperties {
    record Fill(int bits, double meanRun, long seed) {
        BitSet make() {
            Random random = new Random(seed);
            BitSet set = new BitSet();
            boolean on = random.nextBoolean();
            for (int at = 0; at < bits; on = !on) {
                int run = 1 + (int) (-Math.log(1 - random.nextDouble()) * (meanRun - 1));
                int end = Math.min(bits, at + run);
                set.set(at, end, on);
                at = end;
            }
            return set;
        }
    }

    @Provide
    Arbitrary<Fill> fills() {
        return Combinators.combine(
                        Arbitraries.integers().between(1, 300_000),
                        Arbitraries.of(1.0, 1.5, 2.0, 2.4, 2.6, 3.0, 8.0, 60.0, 1000.0, 50_000.0, 1e6),
                        Arbitraries.longs())
                .as(Fill::new);
    }

    /** Every packet is read by the codec and, where it is of run lengths, by the naive reference as well. */
    @Property(tries = 300)
    void whatIsSentIsReceived(@ForAll("fills") Fill fill, @ForAll boolean compress, @ForAll boolean old) {
        Dialect dialect = old ? new Dialect(97, 0) : new Dialect(101, 0);
        BitSet set = fill.make();
        BitmapSender sender = new BitmapSender(dialect, LongArrayBitmap.of(fill.bits, set), compress);
        LongArrayBitmap received = new LongArrayBitmap(fill.bits);
        BitmapReceiver receiver = new BitmapReceiver(dialect, received);
        BitSet naive = new BitSet();
        long naiveAt = 0;
        while (!sender.isDone()) {
            ByteBuf b = Unpooled.buffer();
            sender.append(0, b);
            assertThat(b.readableBytes()).isLessThanOrEqualTo(4096);
            assertThat(FrameValidator.header(dialect, SocketKind.DATA, b, 0)).isEqualTo(Verdict.ACCEPTED);
            HeaderFormat format = FrameValidator.format(dialect, b, 0);
            PacketType type = PacketType.of(format.command(b, 0));
            int length = (int) format.payloadLength(b, 0);
            int at = format.length();
            assertThat(FrameValidator.payload(dialect, type, b, at, length, 0)).isEqualTo(Verdict.ACCEPTED);
            assertThat(receiver.accept(type, b, at, length)).isEqualTo(Verdict.ACCEPTED);
            assertThat(receiver.position()).isEqualTo(sender.position());
            if (type == PacketType.COMPRESSED_BITMAP) {
                long before = naiveAt;
                byte[] payload = ByteBufUtil.getBytes(b, at, length);
                naiveAt = NaiveRunLengths.apply(NaiveRunLengths.decode(payload), naive, naiveAt);
                assertThat((length - 1) * 8L)
                        .as("run lengths only where they are shorter")
                        .isLessThanOrEqualTo(naiveAt - before);
            } else if (length > 0) {
                BitSet words = BitSet.valueOf(ByteBufUtil.getBytes(b, at, length));
                int from = (int) (naiveAt / 64 * 64);
                words.stream().forEach(bit -> naive.set(from + bit));
                naiveAt = Math.min(fill.bits, from + length * 8L);
            }
        }
        assertThat(receiver.isComplete()).isTrue();
        assertThat(naiveAt).isEqualTo(fill.bits);
        assertThat(naive).isEqualTo(set);
        assertThat(BitSet.valueOf(received.words)).isEqualTo(set);
        assertThat(receiver.packets()).isEqualTo(sender.packets());
        assertThat(receiver.bytes()).isEqualTo(sender.bytes());
    }

    /** Whatever a peer sends: only bits of the bitmap are set, none of another word than the packet may reach. */
    @Property
    void anyBytesAreJudgedAsTheNaiveReferenceDoes(@ForAll byte[] code, @ForAll boolean set, @ForAll("pads") int pad) {
        int bits = 4000;
        LongArrayBitmap bitmap = new LongArrayBitmap(bits);
        BitmapReceiver receiver = new BitmapReceiver(new Dialect(101, 0), bitmap);
        byte[] payload = new byte[1 + code.length];
        payload[0] = (byte) (2 | pad << 4 | (set ? 0x80 : 0));
        System.arraycopy(code, 0, payload, 1, code.length);
        Verdict verdict =
                receiver.accept(PacketType.COMPRESSED_BITMAP, Unpooled.wrappedBuffer(payload), 0, payload.length);
        BitSet naive = new BitSet();
        Verdict expected = Verdict.ACCEPTED;
        long end = 0;
        try {
            var runs = NaiveRunLengths.decode(payload);
            long total = 0;
            for (long run : runs) {
                total += Math.min(Math.abs(run), bits + 1);
            }
            end = total <= bits ? NaiveRunLengths.apply(runs, naive, 0) : total;
        } catch (StringIndexOutOfBoundsException e) {
            expected = Verdict.BAD_CODE;
        }
        if (code.length == 0) {
            expected = Verdict.BAD_ENCODING;
        } else if (end > bits) {
            expected = Verdict.BAD_CODE;
        }
        assertThat(verdict).isEqualTo(expected);
        if (verdict.isAccepted()) {
            assertThat(BitSet.valueOf(bitmap.words)).isEqualTo(naive);
            assertThat(receiver.position()).isEqualTo(end);
        }
    }

    @Provide
    Arbitrary<Integer> pads() {
        return Arbitraries.integers().between(0, 7);
    }
}
