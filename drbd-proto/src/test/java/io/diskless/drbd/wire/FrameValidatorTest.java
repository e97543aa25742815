package io.diskless.drbd.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class FrameValidatorTest {
    private static final Dialect KERNEL = new Dialect(101, Dialect.FF_ALL);
    private static final Dialect OLD = new Dialect(88, 0);

    private static ByteBuf header(HeaderFormat format, int command, int length) {
        ByteBuf b = Unpooled.buffer(16).writerIndex(format.length());
        format.write(b, 0, 0, command, length);
        return b;
    }

    private static Verdict judge(Dialect dialect, SocketKind socket, HeaderFormat format, PacketType type, int length) {
        return FrameValidator.header(dialect, socket, header(format, type.code(), length), 0);
    }

    @Test
    void theFirstPacketSaysWhichSocketItIs() {
        ByteBuf data = header(HeaderFormat.H80, 0xfff2, 0);
        ByteBuf meta = header(HeaderFormat.H80, 0xfff1, 0);
        assertThat(FrameValidator.first(data, 0)).contains(SocketKind.DATA);
        assertThat(FrameValidator.first(meta, 0)).contains(SocketKind.META);
        data.setByte(7, 1);
        assertThat(FrameValidator.first(data, 0)).isEmpty();
        assertThat(FrameValidator.first(header(HeaderFormat.H80, 0xfffe, 72), 0))
                .isEmpty();
        assertThat(FrameValidator.first(Unpooled.wrappedBuffer("GET / HT".getBytes(StandardCharsets.US_ASCII)), 0))
                .isEmpty();
    }

    @Test
    void headersOfAnotherVersionAreRefused() {
        PacketType ping = PacketType.PING;
        assertThat(judge(KERNEL, SocketKind.META, HeaderFormat.H100, ping, 0)).isEqualTo(Verdict.ACCEPTED);
        assertThat(judge(OLD, SocketKind.META, HeaderFormat.H80, ping, 0)).isEqualTo(Verdict.ACCEPTED);
        assertThat(judge(OLD, SocketKind.META, HeaderFormat.H95, ping, 0)).isEqualTo(Verdict.ACCEPTED);
        assertThat(FrameValidator.header(KERNEL, SocketKind.META, header(HeaderFormat.H80, ping.code(), 0), 0))
                .isEqualTo(Verdict.BAD_MAGIC);
        assertThat(judge(OLD, SocketKind.META, HeaderFormat.H100, ping, 0)).isEqualTo(Verdict.BAD_MAGIC);
        assertThat(judge(Dialect.HANDSHAKE, SocketKind.DATA, HeaderFormat.H95, PacketType.CONNECTION_FEATURES, 72))
                .isEqualTo(Verdict.BAD_MAGIC);
        ByteBuf padded = header(HeaderFormat.H100, ping.code(), 0);
        padded.setByte(15, 1);
        assertThat(FrameValidator.header(KERNEL, SocketKind.META, padded, 0)).isEqualTo(Verdict.BAD_PADDING);
    }

    @Test
    void commandsWithoutBusinessHereAreRefused() {
        ByteBuf unknown = header(HeaderFormat.H100, 0x2e, 0);
        Verdict verdict = FrameValidator.header(KERNEL, SocketKind.META, unknown, 0);
        assertThat(verdict).isEqualTo(Verdict.UNKNOWN_COMMAND);
        assertThat(verdict.isFinal(SocketKind.META, PacketType.UNKNOWN)).isTrue();
        assertThat(verdict.isFinal(SocketKind.DATA, PacketType.UNKNOWN)).isFalse();
        assertThat(judge(KERNEL, SocketKind.META, HeaderFormat.H100, PacketType.DATA, 536))
                .isEqualTo(Verdict.WRONG_SOCKET);
        assertThat(judge(OLD, SocketKind.DATA, HeaderFormat.H80, PacketType.COMPRESSED_BITMAP, 9))
                .isEqualTo(Verdict.NOT_IN_DIALECT);
        assertThat(judge(KERNEL, SocketKind.DATA, HeaderFormat.H100, PacketType.CONNECTION_FEATURES, 72))
                .isEqualTo(Verdict.NOT_IN_DIALECT);
        assertThat(judge(Dialect.HANDSHAKE, SocketKind.DATA, HeaderFormat.H80, PacketType.PROTOCOL, 25))
                .isEqualTo(Verdict.NOT_IN_DIALECT);
    }

    @Test
    void lengthsAreThoseOfTheTable() {
        PacketType features = PacketType.CONNECTION_FEATURES;
        Verdict verdict = judge(Dialect.HANDSHAKE, SocketKind.DATA, HeaderFormat.H80, features, 73);
        assertThat(verdict).isEqualTo(Verdict.TOO_LONG);
        assertThat(verdict.isFinal(SocketKind.DATA, features)).isTrue();
        assertThat(judge(KERNEL, SocketKind.META, HeaderFormat.H100, PacketType.WRITE_ACK, 23))
                .isEqualTo(Verdict.TOO_SHORT);
        assertThat(judge(KERNEL, SocketKind.META, HeaderFormat.H100, PacketType.WRITE_ACK, 25))
                .isEqualTo(Verdict.TOO_LONG);
        assertThat(judge(KERNEL, SocketKind.DATA, HeaderFormat.H100, PacketType.SIZES, 32))
                .isEqualTo(Verdict.TOO_SHORT);
        assertThat(judge(new Dialect(101, 0), SocketKind.DATA, HeaderFormat.H100, PacketType.SIZES, 56))
                .isEqualTo(Verdict.TOO_LONG);
        assertThat(judge(KERNEL, SocketKind.DATA, HeaderFormat.H100, PacketType.AUTH_CHALLENGE, 63))
                .isEqualTo(Verdict.TOO_SHORT);
        assertThat(judge(KERNEL, SocketKind.DATA, HeaderFormat.H100, PacketType.AUTH_CHALLENGE, 129))
                .isEqualTo(Verdict.TOO_LONG);
        assertThat(judge(KERNEL, SocketKind.DATA, HeaderFormat.H100, PacketType.COMPRESSED_BITMAP, 1))
                .isEqualTo(Verdict.TOO_SHORT);
        assertThat(judge(KERNEL, SocketKind.DATA, HeaderFormat.H100, PacketType.BITMAP, 4088))
                .isEqualTo(Verdict.TOO_LONG);
        assertThat(judge(new Dialect(99, 0), SocketKind.DATA, HeaderFormat.H80, PacketType.BITMAP, 4088))
                .isEqualTo(Verdict.ACCEPTED);
        ByteBuf huge = header(HeaderFormat.H100, PacketType.DATA.code(), 0);
        huge.setInt(8, -1);
        assertThat(FrameValidator.header(KERNEL, SocketKind.DATA, huge, 0)).isEqualTo(Verdict.TOO_LONG);
    }

    @Test
    void writesHaveWholeSectorsWithinTheLimit() {
        ByteBuf b = Unpooled.buffer(64);
        DataFields.write(b, 0, 8, 1, 1, 0);
        assertThat(payload(PacketType.DATA, b, 24 + 4096, 0)).isEqualTo(Verdict.ACCEPTED);
        assertThat(payload(PacketType.DATA, b, 24 + 16 + 4096, 16)).isEqualTo(Verdict.ACCEPTED);
        assertThat(payload(PacketType.DATA, b, 24 + 4096, 16)).isEqualTo(Verdict.BAD_SIZE);
        assertThat(payload(PacketType.DATA, b, 24 + 15, 16)).isEqualTo(Verdict.NO_DIGEST);
        assertThat(payload(PacketType.DATA, b, 24, 0)).isEqualTo(Verdict.BAD_SIZE);
        assertThat(payload(PacketType.DATA, b, 24 + (1 << 20), 0)).isEqualTo(Verdict.ACCEPTED);
        assertThat(payload(PacketType.DATA, b, 24 + (1 << 20) + 512, 0)).isEqualTo(Verdict.BAD_SIZE);
        DataFields.write(b, 0, 0, 1, 1, DataFields.DP_FLUSH);
        assertThat(payload(PacketType.DATA, b, 24, 0)).isEqualTo(Verdict.ACCEPTED);
        assertThat(payload(PacketType.DATA_REPLY, b, 24, 0)).isEqualTo(Verdict.BAD_SIZE);
        DataFields.write(b, 0, FrameValidator.MAX_SECTORS - 7, 1, 1, 0);
        assertThat(payload(PacketType.DATA, b, 24 + 4096, 0)).isEqualTo(Verdict.BAD_SECTOR);
        DataFields.write(b, 0, -1, 1, 1, 0);
        assertThat(payload(PacketType.DATA, b, 24 + 4096, 0)).isEqualTo(Verdict.BAD_SECTOR);
    }

    @Test
    void discardsAreAsLargeAsTheFeaturesAllow() {
        ByteBuf b = Unpooled.buffer(64);
        DataFields.writeSized(b, 0, 0, 1, 1, DataFields.DP_DISCARD, 128 << 20);
        assertThat(payload(PacketType.TRIM, b, 28, 0)).isEqualTo(Verdict.ACCEPTED);
        Dialect small = new Dialect(101, Dialect.FF_TRIM);
        assertThat(FrameValidator.payload(small, PacketType.TRIM, b, 0, 28, 0)).isEqualTo(Verdict.BAD_SIZE);
        DataFields.writeSized(b, 0, 0, 1, 1, 0, 0);
        assertThat(payload(PacketType.ZEROES, b, 28, 0)).isEqualTo(Verdict.BAD_SIZE);
        DataFields.writeSized(b, 0, 0, 1, 1, DataFields.DP_WSAME, 8192);
        assertThat(payload(PacketType.WSAME, b, 28 + 4096, 0)).isEqualTo(Verdict.ACCEPTED);
        assertThat(payload(PacketType.WSAME, b, 28 + 20 + 512, 20)).isEqualTo(Verdict.ACCEPTED);
        assertThat(payload(PacketType.WSAME, b, 28 + 1536, 0)).isEqualTo(Verdict.BAD_SIZE);
        assertThat(payload(PacketType.WSAME, b, 28, 0)).isEqualTo(Verdict.BAD_SIZE);
        assertThat(payload(PacketType.WSAME, b, 28 + 3, 4)).isEqualTo(Verdict.NO_DIGEST);
    }

    @Test
    void requestsAcksAndRangesAreChecked() {
        ByteBuf b = Unpooled.buffer(64);
        BlockFields.write(b, 0, 8, -1, 1 << 20, 0x102);
        assertThat(payload(PacketType.RS_DATA_REQUEST, b, 24, 0)).isEqualTo(Verdict.ACCEPTED);
        assertThat(FrameValidator.payload(OLD, PacketType.RS_DATA_REQUEST, b, 0, 24, 0))
                .isEqualTo(Verdict.BAD_SIZE);
        BlockFields.write(b, 0, 8, -1, 100, 0);
        assertThat(payload(PacketType.OV_REQUEST, b, 24, 0)).isEqualTo(Verdict.BAD_SIZE);
        BlockFields.write(b, 0, 8, 1, 0, 1);
        assertThat(payload(PacketType.WRITE_ACK, b, 24, 0)).isEqualTo(Verdict.ACCEPTED);
        BlockFields.write(b, 0, Long.MIN_VALUE, 1, 0, 1);
        assertThat(payload(PacketType.WRITE_ACK, b, 24, 0)).isEqualTo(Verdict.BAD_SECTOR);
        RangeFields.write(b, 0, 8, -512, 0);
        assertThat(payload(PacketType.OUT_OF_SYNC, b, 16, 0)).isEqualTo(Verdict.BAD_SIZE);
        RangeFields.write(b, 0, 8, 4096, 7);
        assertThat(payload(PacketType.RS_DEALLOCATED, b, 16, 0)).isEqualTo(Verdict.ACCEPTED);
    }

    @Test
    void namesNeedTheirNul() {
        ByteBuf b = Unpooled.buffer(160).writeZero(160);
        b.setByte(24, 'm');
        assertThat(payload(PacketType.PROTOCOL, b, 25, 0)).isEqualTo(Verdict.UNTERMINATED_NAME);
        assertThat(payload(PacketType.PROTOCOL, b, 26, 0)).isEqualTo(Verdict.ACCEPTED);
        assertThat(payload(PacketType.SYNC_PARAM89, b, 148, 0)).isEqualTo(Verdict.ACCEPTED);
        for (int i = 68; i < 132; i++) {
            b.setByte(i, 'x');
        }
        assertThat(payload(PacketType.SYNC_PARAM89, b, 148, 0)).isEqualTo(Verdict.UNTERMINATED_NAME);
        b.setByte(4, 'm');
        assertThat(FrameValidator.payload(OLD, PacketType.SYNC_PARAM, b, 0, 5, 0))
                .isEqualTo(Verdict.UNTERMINATED_NAME);
        assertThat(FrameValidator.payload(new Dialect(86, 0), PacketType.PROTOCOL, b, 0, 24, 0))
                .isEqualTo(Verdict.ACCEPTED);
    }

    @Test
    void sizesAndBitmapsAreChecked() {
        ByteBuf b = Unpooled.buffer(64).writeZero(64);
        assertThat(payload(PacketType.SIZES, b, 56, 0)).isEqualTo(Verdict.ACCEPTED);
        b.setLong(16, 1L << 55);
        assertThat(payload(PacketType.SIZES, b, 56, 0)).isEqualTo(Verdict.BAD_SECTOR);
        assertThat(payload(PacketType.BITMAP, b, 0, 0)).isEqualTo(Verdict.ACCEPTED);
        assertThat(payload(PacketType.BITMAP, b, 12, 0)).isEqualTo(Verdict.BAD_WORDS);
        assertThat(payload(PacketType.COMPRESSED_BITMAP, b, 2, 0)).isEqualTo(Verdict.BAD_ENCODING);
        b.setByte(0, 0xe2);
        assertThat(payload(PacketType.COMPRESSED_BITMAP, b, 2, 0)).isEqualTo(Verdict.ACCEPTED);
    }

    @Test
    void rangesAreInsideOfTheDevice() {
        assertThat(FrameValidator.range(0, 4096, 8)).isEqualTo(Verdict.ACCEPTED);
        assertThat(FrameValidator.range(1, 4096, 8)).isEqualTo(Verdict.OUT_OF_DEVICE);
        assertThat(FrameValidator.range(8, 0, 8)).isEqualTo(Verdict.ACCEPTED);
        assertThat(FrameValidator.range(9, 0, 8)).isEqualTo(Verdict.BAD_SECTOR);
        assertThat(FrameValidator.range(-1, 512, 8)).isEqualTo(Verdict.BAD_SECTOR);
        assertThat(FrameValidator.range(7, 513, 8)).isEqualTo(Verdict.OUT_OF_DEVICE);
        assertThat(FrameValidator.range(0, Long.MAX_VALUE, 8)).isEqualTo(Verdict.OUT_OF_DEVICE);
        assertThat(FrameValidator.range(0, -512, 8)).isEqualTo(Verdict.OUT_OF_DEVICE);
    }

    private static Verdict payload(PacketType type, ByteBuf b, int length, int digest) {
        return FrameValidator.payload(KERNEL, type, b, 0, length, digest);
    }
}
