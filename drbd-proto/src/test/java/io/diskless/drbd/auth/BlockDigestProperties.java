package io.diskless.drbd.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** However the bytes arrive, and wherever they lie, the digest is the same. */
class BlockDigestProperties {
    @Property(tries = 400, edgeCases = EdgeCasesMode.NONE)
    void theDigestDependsOnTheBytesAlone(
            @ForAll DigestAlgorithm algorithm,
            @ForAll @Size(max = 300) byte[] bytes,
            @ForAll @IntRange(max = 300) int cut1,
            @ForAll @IntRange(max = 300) int cut2) {
        int a = Math.min(bytes.length, Math.min(cut1, cut2));
        int b = Math.min(bytes.length, Math.max(cut1, cut2));
        BlockDigest digest = algorithm.newDigest();
        digest.update(bytes, 0, bytes.length);
        byte[] expected = digest.finish();

        digest.update(bytes, 0, a);
        digest.update(ByteBuffer.wrap(bytes, a, b - a));
        digest.update(direct(bytes, b, bytes.length - b));
        assertThat(digest.finish()).isEqualTo(expected);

        ByteBuf composite = Unpooled.wrappedBuffer(
                Unpooled.copiedBuffer(bytes, 0, a),
                Unpooled.directBuffer().writeBytes(bytes, a, b - a),
                Unpooled.wrappedBuffer(bytes, b, bytes.length - b));
        digest.update(composite, 0, bytes.length);
        assertThat(digest.finish()).isEqualTo(expected);
        composite.release();

        ByteBuf single = Unpooled.directBuffer().writeZero(3).writeBytes(bytes);
        digest.update(single, 3, bytes.length);
        ByteBuf received = Unpooled.buffer().writeZero(5).writeBytes(expected);
        assertThat(digest.matches(received, 5)).isTrue();
        single.release();
    }

    @Property(tries = 200)
    void oneOtherBitAnywhereIsSeen(
            @ForAll DigestAlgorithm algorithm, @ForAll @Size(min = 1, max = 64) byte[] bytes, @ForAll int where) {
        BlockDigest digest = algorithm.newDigest();
        digest.update(bytes, 0, bytes.length);
        ByteBuf received = Unpooled.wrappedBuffer(digest.finish());
        int bit = Math.floorMod(where, 8 * algorithm.digestBytes());

        received.setByte(bit / 8, received.getByte(bit / 8) ^ 1 << bit % 8);

        digest.update(bytes, 0, bytes.length);
        assertThat(digest.matches(received, 0)).isFalse();
    }

    @Property(tries = 100)
    void aResetForgetsWhatWasFed(@ForAll DigestAlgorithm algorithm, @ForAll @Size(max = 100) byte[] bytes) {
        BlockDigest digest = algorithm.newDigest();
        byte[] ofNothing = digest.finish();

        digest.update(bytes, 0, bytes.length);
        digest.reset();

        assertThat(digest.finish()).isEqualTo(ofNothing);
    }

    /** The two checksums that are computed by a short cut, against division bit by bit. */
    @Property(tries = 200)
    void theKernelsCrcsAreWhatTheirDefinitionSays(@ForAll @Size(max = 500) byte[] bytes) {
        assertThat(little(digest(DigestAlgorithm.CRC32, bytes))).isEqualTo(crc(bytes, 0xEDB88320, 0));
        assertThat(little(digest(DigestAlgorithm.CRC32C, bytes))).isEqualTo(~crc(bytes, 0x82F63B78, -1));
    }

    private static byte[] digest(DigestAlgorithm algorithm, byte[] bytes) {
        BlockDigest digest = algorithm.newDigest();
        digest.update(bytes, 0, bytes.length);
        return digest.finish();
    }

    private static int crc(byte[] bytes, int polynomial, int seed) {
        int crc = seed;
        for (byte b : bytes) {
            crc ^= b & 0xFF;
            for (int i = 0; i < 8; i++) {
                crc = (crc & 1) != 0 ? crc >>> 1 ^ polynomial : crc >>> 1;
            }
        }
        return crc;
    }

    private static int little(byte[] b) {
        return Integer.reverseBytes(ByteBuffer.wrap(b).getInt());
    }

    private static ByteBuffer direct(byte[] b, int offset, int length) {
        return ByteBuffer.allocateDirect(length).put(b, offset, length).flip();
    }
}
