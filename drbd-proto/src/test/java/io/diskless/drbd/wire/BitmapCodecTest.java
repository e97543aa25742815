package io.diskless.drbd.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BitmapCodecTest {
    private static final Dialect KERNEL = new Dialect(101, Dialect.FF_ALL);
    private static final Dialect OLD = new Dialect(89, 0);

    private static BitSet set(String runs) {
        BitSet set = new BitSet();
        int at = 0;
        for (String run : runs.split(" ", -1)) {
            int length = Integer.parseInt(run.substring(1));
            set.set(at, at + length, run.charAt(0) == '+');
            at += length;
        }
        return set;
    }

    /** Vectors that a kernel sent (spec §16): 48 bits, + set and - clear. */
    @ParameterizedTest
    @CsvSource({
        "e2ef03, +48",
        "62ef03, -48",
        "92fb5d, +8 -40",
        "12e16d, -3 +1 -44",
        "82c8db, +1 -2 +1 -44",
        "52075e05, -9 +1 -38"
    })
    void aKernelsRunLengthsAreReadAndWritten(String hex, String runs) {
        LongArrayBitmap received = new LongArrayBitmap(48);
        BitmapReceiver receiver = new BitmapReceiver(KERNEL, received);
        ByteBuf payload = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex));
        assertThat(receiver.accept(PacketType.COMPRESSED_BITMAP, payload, 0, payload.readableBytes()))
                .isEqualTo(Verdict.ACCEPTED);
        assertThat(receiver.isComplete()).isTrue();
        assertThat(BitSet.valueOf(received.words)).isEqualTo(set(runs));

        BitmapSender sender = new BitmapSender(KERNEL, LongArrayBitmap.of(48, set(runs)), true);
        ByteBuf sent = Unpooled.buffer();
        sender.append(0, sent);
        assertThat(ByteBufUtil.hexDump(sent))
                .isEqualTo("8620ec2000000024" + String.format("%08x", hex.length() / 2) + "00000000" + hex);
        assertThat(sender.isDone()).isTrue();
    }

    @Test
    void aKernelsWordsAreReadAndWrittenAndEndWithAnEmptyPacket() {
        BitSet set = BitSet.valueOf(ByteBufUtil.decodeHexDump("aaaabaaaaaaa0000"));
        BitmapSender sender = new BitmapSender(KERNEL, LongArrayBitmap.of(48, set), true);
        ByteBuf sent = Unpooled.buffer();
        sender.append(0, sent);
        assertThat(sender.isDone()).isFalse();
        sender.append(0, sent);
        assertThat(sender.isDone()).isTrue();
        assertThat(ByteBufUtil.hexDump(sent))
                .isEqualTo(
                        "8620ec20000000040000000800000000" + "aaaabaaaaaaa0000" + "8620ec20000000040000000000000000");
        assertThat(sender.packets()).isEqualTo(2);
        assertThat(sender.bytes()).isEqualTo(40);
        assertThatThrownBy(() -> sender.append(0, sent)).isInstanceOf(IllegalStateException.class);

        LongArrayBitmap received = new LongArrayBitmap(48);
        BitmapReceiver receiver = new BitmapReceiver(KERNEL, received);
        assertThat(receiver.accept(PacketType.BITMAP, sent, 16, 8)).isEqualTo(Verdict.ACCEPTED);
        assertThat(receiver.isComplete()).isFalse();
        assertThat(receiver.accept(PacketType.BITMAP, sent, 40, 0)).isEqualTo(Verdict.ACCEPTED);
        assertThat(receiver.isComplete()).isTrue();
        assertThat(BitSet.valueOf(received.words)).isEqualTo(set);
        assertThat(receiver.accept(PacketType.BITMAP, sent, 40, 0)).isEqualTo(Verdict.NOT_EXPECTED);
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                1,
                2,
                3,
                4,
                5,
                8,
                9,
                16,
                17,
                48,
                49,
                304,
                305,
                8496,
                8497,
                2105648,
                2105649,
                0x400202130L,
                0x400202131L,
                0x100000400202130L
            })
    void theEdgesOfTheLevelsAreThoseOfTheTable(long run) {
        String naive = NaiveRunLengths.code(run);
        String code =
                new StringBuilder(Long.toBinaryString(Vli.code(run))).reverse().toString();
        assertThat(code + "0".repeat(Vli.codeBits(run) - code.length())).isEqualTo(naive);
        int level = Vli.level(Vli.code(run));
        assertThat(Vli.length(level, Vli.code(run))).isEqualTo(run);
        assertThat(Vli.bits(level)).isEqualTo(naive.length());
        if (run <= Vli.SMALL) {
            assertThat(Vli.smallCode(Vli.small((int) run))).isEqualTo(Vli.code(run));
            assertThat(Vli.smallBits(Vli.small((int) run))).isEqualTo(naive.length());
        }
    }

    @Test
    void noLevelHoldsMoreThanTheLast() {
        assertThatThrownBy(() -> Vli.code(0x100000400202131L)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void wordsComeInTheNumberThatIsDictated() {
        LongArrayBitmap bitmap = new LongArrayBitmap(520 * 64 + 1);
        BitmapReceiver receiver = new BitmapReceiver(KERNEL, bitmap);
        ByteBuf b = Unpooled.buffer(5000).writeZero(5000);
        assertThat(receiver.accept(PacketType.BITMAP, b, 0, 4072)).isEqualTo(Verdict.BAD_WORDS);
        assertThat(receiver.accept(PacketType.BITMAP, b, 0, 4088)).isEqualTo(Verdict.BAD_WORDS);
        assertThat(receiver.accept(PacketType.BITMAP, b, 0, 0)).isEqualTo(Verdict.BAD_WORDS);
        assertThat(receiver.accept(PacketType.BITMAP, b, 0, 4080)).isEqualTo(Verdict.ACCEPTED);
        assertThat(receiver.position()).isEqualTo(510 * 64);
        assertThat(receiver.accept(PacketType.BITMAP, b, 0, 80)).isEqualTo(Verdict.BAD_WORDS);
        assertThat(receiver.accept(PacketType.BITMAP, b, 0, 88)).isEqualTo(Verdict.ACCEPTED);
        assertThat(receiver.accept(PacketType.BITMAP, b, 0, 8)).isEqualTo(Verdict.BAD_WORDS);
        assertThat(receiver.accept(PacketType.BITMAP, b, 0, 0)).isEqualTo(Verdict.ACCEPTED);
        assertThat(receiver.isComplete()).isTrue();
        assertThat(new BitmapReceiver(OLD, bitmap).accept(PacketType.BITMAP, b, 0, 4088))
                .isEqualTo(Verdict.ACCEPTED);
    }

    @Test
    void bitsBehindTheEndAreNotSet() {
        LongArrayBitmap bitmap = new LongArrayBitmap(48);
        BitmapReceiver receiver = new BitmapReceiver(KERNEL, bitmap);
        ByteBuf ones = Unpooled.buffer().writeLong(-1);
        assertThat(receiver.accept(PacketType.BITMAP, ones, 0, 8)).isEqualTo(Verdict.ACCEPTED);
        assertThat(bitmap.words[0]).isEqualTo((1L << 48) - 1);
    }

    @ParameterizedTest
    @CsvSource({
        "e200, BAD_CODE, padding leaves two bits that are the level of three",
        "72, BAD_ENCODING, no code",
        "e3ef03, BAD_ENCODING, another encoding",
        "f2ef03, BAD_CODE, one bit less than the code has",
        "e2ff03, BAD_CODE, goes beyond 48 bits",
        "62ff03, BAD_CODE, clear bits beyond 48 bits",
        "82ffffffffffffffffff, BAD_CODE, the longest run of all"
    })
    void codeThatBreaksTheRulesIsRefused(String hex, Verdict verdict, String why) {
        ByteBuf payload = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex));
        if (hex.equals("e200")) {
            payload.setByte(1, 0x01);
        }
        BitmapReceiver receiver = new BitmapReceiver(KERNEL, new LongArrayBitmap(48));
        assertThat(receiver.accept(PacketType.COMPRESSED_BITMAP, payload, 0, payload.readableBytes()))
                .as(why)
                .isEqualTo(verdict);
        assertThat(receiver.isComplete()).isFalse();
        assertThat(receiver.packets()).isZero();
    }

    @Test
    void otherPacketsAreNotExpected() {
        BitmapReceiver receiver = new BitmapReceiver(KERNEL, new LongArrayBitmap(48));
        assertThat(receiver.accept(PacketType.DATA, Unpooled.EMPTY_BUFFER, 0, 0))
                .isEqualTo(Verdict.NOT_EXPECTED);
    }

    @Test
    void wordsGoOnAtTheWordInWhichRunLengthsEnded() {
        LongArrayBitmap bitmap = new LongArrayBitmap(200);
        BitmapReceiver receiver = new BitmapReceiver(KERNEL, bitmap);
        // 8 set, 62 clear, then words from bit 64 on.
        ByteBuf runs = code("11011" + NaiveRunLengths.code(62), true);
        assertThat(receiver.accept(PacketType.COMPRESSED_BITMAP, runs, 0, runs.readableBytes()))
                .isEqualTo(Verdict.ACCEPTED);
        assertThat(receiver.position()).isEqualTo(70);
        ByteBuf words = Unpooled.buffer().writeLongLE(1L << 10).writeLongLE(0).writeLongLE(128);
        assertThat(receiver.accept(PacketType.BITMAP, words, 0, 24)).isEqualTo(Verdict.ACCEPTED);
        assertThat(receiver.accept(PacketType.BITMAP, words, 0, 0)).isEqualTo(Verdict.ACCEPTED);
        assertThat(bitmap.words).containsExactly(0xff, 1L << 10, 0, 128);
        assertThat(receiver.isComplete()).isTrue();
    }

    @Test
    void withoutRunLengthsInTheDialectOnlyWordsAreSent() {
        BitmapSender sender = new BitmapSender(OLD, new LongArrayBitmap(511 * 64 + 1), true);
        ByteBuf sent = Unpooled.buffer();
        sender.append(0, sent);
        sender.append(0, sent);
        sender.append(0, sent);
        assertThat(sender.isDone()).isTrue();
        assertThat(sent.readableBytes()).isEqualTo(8 + 4088 + 8 + 8 + 8);
    }

    private static ByteBuf code(String stream, boolean firstSet) {
        int length = (stream.length() + 7) / 8;
        byte[] payload = new byte[1 + length];
        payload[0] = (byte) (2 | (length * 8 - stream.length()) << 4 | (firstSet ? 0x80 : 0));
        for (int i = 0; i < stream.length(); i++) {
            payload[1 + i / 8] |= (byte) ((stream.charAt(i) - '0') << i % 8);
        }
        return Unpooled.wrappedBuffer(payload);
    }
}
