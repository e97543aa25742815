package io.diskless.drbd.auth;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/**
 * CRC-32 with seed 0 and without final inversion, which is what the kernel means by {@code crc32} (wire spec §15).
 *
 * <p>It is computed with the JDK's fast CRC. A CRC is linear: for the same input of {@code n} bytes the two differ by
 * what the standard seed becomes after {@code n} zero bytes, and that is a product of polynomials,
 * {@code FFFFFFFF · x^(8n)}. The factor is kept for the last length, since blocks are nearly always equally long.
 *
 * <p>Not thread-safe.
 */
final class RawCrc32Digest extends BlockDigest {
    /** The polynomial of CRC-32 (IEEE 802.3), highest power at the lowest bit, without x^32. */
    private static final int POLYNOMIAL = 0xEDB88320;

    /** x^0 in this bit order. */
    private static final int ONE = 0x80000000;

    private final CRC32 crc = new CRC32();
    private long fed;
    private long lastLength;
    private int lastSeed = 0xFFFFFFFF;

    RawCrc32Digest() {
        super(DigestAlgorithm.CRC32);
    }

    @Override
    public void update(byte[] b, int offset, int length) {
        crc.update(b, offset, length);
        fed += length;
    }

    @Override
    public void reset() {
        crc.reset();
        fed = 0;
    }

    @Override
    void feed(ByteBuffer b) {
        fed += b.remaining();
        crc.update(b);
    }

    @Override
    void finishTo(byte[] digest) {
        if (fed != lastLength) {
            lastSeed = multiply(0xFFFFFFFF, powerOfX(8 * fed));
            lastLength = fed;
        }
        LittleEndian.putInt(digest, ~(int) crc.getValue() ^ lastSeed);
        reset();
    }

    /** x^n modulo the polynomial, by squaring. */
    private static int powerOfX(long n) {
        int result = ONE;
        int square = ONE >>> 1;
        for (long left = n; left != 0; left >>>= 1) {
            if ((left & 1) != 0) {
                result = multiply(result, square);
            }
            square = multiply(square, square);
        }
        return result;
    }

    /** a · b modulo the polynomial. */
    private static int multiply(int a, int b) {
        int product = 0;
        int shifted = b;
        for (int bit = ONE; bit != 0; bit >>>= 1) {
            if ((a & bit) != 0) {
                product ^= shifted;
            }
            shifted = (shifted & 1) != 0 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
        }
        return product;
    }
}
