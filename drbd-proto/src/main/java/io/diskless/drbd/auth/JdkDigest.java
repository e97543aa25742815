package io.diskless.drbd.auth;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;

/** A digest that the JDK has, where it is an intrinsic on most processors. Not thread-safe. */
final class JdkDigest extends BlockDigest {
    private final MessageDigest digest;

    JdkDigest(DigestAlgorithm algorithm, MessageDigest digest) {
        super(algorithm);
        this.digest = digest;
    }

    @Override
    public void update(byte[] b, int offset, int length) {
        digest.update(b, offset, length);
    }

    @Override
    public void reset() {
        digest.reset();
    }

    @Override
    void feed(ByteBuffer b) {
        digest.update(b);
    }

    @Override
    void finishTo(byte[] result) {
        try {
            digest.digest(result, 0, result.length);
        } catch (DigestException e) {
            throw new AssertionError("an array of the digest's own size is large enough", e);
        }
    }
}
