package io.diskless.drbd.auth;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.Blake2bDigest;
import org.bouncycastle.crypto.digests.GOST3411_2012_256Digest;
import org.bouncycastle.crypto.digests.GOST3411_2012_512Digest;
import org.bouncycastle.crypto.digests.MD4Digest;
import org.bouncycastle.crypto.digests.RIPEMD160Digest;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.digests.WhirlpoolDigest;
import org.jspecify.annotations.Nullable;

/**
 * A digest of Bouncy Castle, called directly and not through a security provider. The only class that names the
 * library: nothing loads it before {@link DigestAlgorithm#unavailable()} has found the library. Not thread-safe.
 */
final class BouncyDigest extends BlockDigest {
    private static final int CHUNK = 4096;

    private final Digest digest;
    /** The library's own result, longer than ours where the kernel cuts it off. */
    private final byte[] full;
    /** Only made when bytes outside the heap are fed. */
    private byte @Nullable [] chunk;

    private BouncyDigest(DigestAlgorithm algorithm, Digest digest) {
        super(algorithm);
        this.digest = digest;
        this.full = new byte[digest.getDigestSize()];
    }

    static BouncyDigest of(DigestAlgorithm algorithm) {
        Digest digest = switch (algorithm) {
            case MD4 -> new MD4Digest();
            case RMD160 -> new RIPEMD160Digest();
            case SM3 -> new SM3Digest();
            case STREEBOG256 -> new GOST3411_2012_256Digest();
            case STREEBOG512 -> new GOST3411_2012_512Digest();
            case BLAKE2B_160, BLAKE2B_256, BLAKE2B_384, BLAKE2B_512 -> new Blake2bDigest(8 * algorithm.digestBytes());
            case WP256, WP384, WP512 -> new WhirlpoolDigest();
            default -> throw new AssertionError(algorithm);
        };
        return new BouncyDigest(algorithm, digest);
    }

    @Override
    public void update(byte[] b, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, b.length);
        digest.update(b, offset, length);
    }

    @Override
    public void reset() {
        digest.reset();
    }

    @Override
    void feed(ByteBuffer b) {
        if (b.hasArray()) {
            digest.update(b.array(), b.arrayOffset() + b.position(), b.remaining());
            return;
        }
        byte[] piece = chunk;
        if (piece == null) {
            piece = new byte[CHUNK];
            chunk = piece;
        }
        while (b.hasRemaining()) {
            int n = Math.min(b.remaining(), CHUNK);
            b.get(piece, 0, n);
            digest.update(piece, 0, n);
        }
    }

    @Override
    void finishTo(byte[] result) {
        digest.doFinal(full, 0);
        System.arraycopy(full, 0, result, 0, result.length);
    }
}
