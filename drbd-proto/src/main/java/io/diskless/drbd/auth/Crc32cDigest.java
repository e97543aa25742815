package io.diskless.drbd.auth;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** CRC-32C with its standard seed and final inversion, least significant byte first (wire spec §15). Not thread-safe. */
final class Crc32cDigest extends BlockDigest {
    private final CRC32C crc = new CRC32C();

    Crc32cDigest() {
        super(DigestAlgorithm.CRC32C);
    }

    @Override
    public void update(byte[] b, int offset, int length) {
        crc.update(b, offset, length);
    }

    @Override
    public void reset() {
        crc.reset();
    }

    @Override
    void feed(ByteBuffer b) {
        crc.update(b);
    }

    @Override
    void finishTo(byte[] digest) {
        LittleEndian.putInt(digest, (int) crc.getValue());
        crc.reset();
    }
}
