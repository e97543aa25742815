package io.diskless.drbd.auth;

import java.nio.ByteBuffer;
import java.util.Objects;

/** The 16 bit CRC of T10 DIF: seed 0, most significant bit first, no inversion; handed out low byte first. Not thread-safe. */
final class CrcT10DifDigest extends BlockDigest {
    /** x^16 + x^15 + x^11 + x^9 + x^8 + x^7 + x^5 + x^4 + x^2 + x + 1 (SBC-3). */
    private static final int POLYNOMIAL = 0x8BB7;

    private static final short[] TABLE = table();

    private int crc;

    CrcT10DifDigest() {
        super(DigestAlgorithm.CRCT10DIF);
    }

    @Override
    public void update(byte[] b, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, b.length);
        int c = crc;
        for (int i = offset; i < offset + length; i++) {
            c = step(c, b[i]);
        }
        crc = c;
    }

    @Override
    public void reset() {
        crc = 0;
    }

    @Override
    void feed(ByteBuffer b) {
        int c = crc;
        for (int i = b.position(); i < b.limit(); i++) {
            c = step(c, b.get(i));
        }
        crc = c;
    }

    @Override
    void finishTo(byte[] digest) {
        digest[0] = (byte) crc;
        digest[1] = (byte) (crc >>> 8);
        crc = 0;
    }

    private static int step(int crc, byte b) {
        return (crc << 8 ^ TABLE[(crc >>> 8 ^ b) & 0xFF]) & 0xFFFF;
    }

    private static short[] table() {
        short[] table = new short[256];
        for (int i = 0; i < 256; i++) {
            int c = i << 8;
            for (int bit = 0; bit < 8; bit++) {
                c = (c & 0x8000) != 0 ? c << 1 ^ POLYNOMIAL : c << 1;
            }
            table[i] = (short) c;
        }
        return table;
    }
}
