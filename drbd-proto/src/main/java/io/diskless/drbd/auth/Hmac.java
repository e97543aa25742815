package io.diskless.drbd.auth;

import java.util.Arrays;

/**
 * HMAC (RFC 2104) over any hash of this package. It is not taken from a security provider because those keep copies of
 * the key that nobody can overwrite, and know neither all of the kernel's hashes nor the shortened ones. Not
 * thread-safe.
 */
final class Hmac {
    private static final byte INNER = 0x36;
    private static final byte OUTER = 0x5C;

    private final BlockDigest digest;
    private final byte[] pad;

    Hmac(DigestAlgorithm algorithm) {
        if (!algorithm.fitForHmac()) {
            throw new IllegalArgumentException(
                    "cram-hmac-alg cannot be " + algorithm.kernelName() + ", of which no MAC can be made");
        }
        this.digest = algorithm.newDigest();
        this.pad = new byte[algorithm.blockBytes()];
    }

    /** The MAC of a message; nothing of the key stays here. */
    byte[] mac(byte[] key, byte[] message) {
        byte[] inner;
        try {
            pad(key, INNER);
            digest.update(pad, 0, pad.length);
            digest.update(message, 0, message.length);
            inner = digest.finish();
            pad(key, OUTER);
            digest.update(pad, 0, pad.length);
            digest.update(inner, 0, inner.length);
            return digest.finish();
        } finally {
            Arrays.fill(pad, (byte) 0);
            digest.wipe();
        }
    }

    private void pad(byte[] key, byte value) {
        Arrays.fill(pad, (byte) 0);
        if (key.length > pad.length) {
            digest.update(key, 0, key.length);
            digest.finish(pad, 0);
        } else {
            System.arraycopy(key, 0, pad, 0, key.length);
        }
        for (int i = 0; i < pad.length; i++) {
            pad[i] ^= value;
        }
    }
}
