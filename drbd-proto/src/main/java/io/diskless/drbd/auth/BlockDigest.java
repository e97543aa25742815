package io.diskless.drbd.auth;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Computes one digest after the other over bytes that stay where they are. Nothing is allocated per digest; digests of
 * the JDK and of Bouncy Castle copy what lies outside the heap piecewise into a small array, since they take nothing
 * else.
 *
 * <p>Feed with {@code update}, take the result with {@link #finish} or {@link #matches}; both make ready for the next
 * digest. {@link #reset()} forgets what was fed.
 *
 * <p>Not thread-safe.
 */
public abstract class BlockDigest {
    private final DigestAlgorithm algorithm;
    private final byte[] scratch;

    BlockDigest(DigestAlgorithm algorithm) {
        this.algorithm = algorithm;
        this.scratch = new byte[algorithm.digestBytes()];
    }

    /**
     * What is computed.
     *
     * @return the algorithm
     */
    public final DigestAlgorithm algorithm() {
        return algorithm;
    }

    /**
     * The size of a result.
     *
     * @return bytes
     */
    public final int bytes() {
        return scratch.length;
    }

    /**
     * Feeds bytes of an array.
     *
     * @param b the array
     * @param offset index of the first byte
     * @param length number of bytes
     */
    public abstract void update(byte[] b, int offset, int length);

    /**
     * Feeds the remaining bytes of a buffer. Its position and limit stay as they are.
     *
     * @param b the bytes between position and limit, of a heap or direct buffer
     */
    public final void update(ByteBuffer b) {
        int position = b.position();
        feed(b);
        b.position(position);
    }

    /**
     * Feeds bytes of a Netty buffer. Its indexes stay as they are.
     *
     * @param b the buffer, composite or not
     * @param index index of the first byte
     * @param length number of bytes
     */
    public final void update(ByteBuf b, int index, int length) {
        if (length == 0) {
            return;
        }
        if (b.hasArray()) {
            update(b.array(), b.arrayOffset() + index, length);
        } else if (b.nioBufferCount() == 1) {
            // The buffer's own view, which is made once and not for each call.
            feed(b.internalNioBuffer(index, length));
        } else {
            for (ByteBuffer piece : b.nioBuffers(index, length)) {
                feed(piece);
            }
        }
    }

    /**
     * Writes the digest of what was fed and makes ready for the next.
     *
     * @param into receives {@link #bytes()} bytes
     * @param offset index of the first
     */
    public final void finish(byte[] into, int offset) {
        finishTo(scratch);
        System.arraycopy(scratch, 0, into, offset, scratch.length);
    }

    /**
     * Writes the digest of what was fed at the buffer's writer index and makes ready for the next.
     *
     * @param into receives {@link #bytes()} bytes
     */
    public final void finish(ByteBuf into) {
        finishTo(scratch);
        into.writeBytes(scratch);
    }

    /**
     * The digest of what was fed, in an array of its own.
     *
     * @return {@link #bytes()} bytes
     */
    public final byte[] finish() {
        byte[] digest = new byte[scratch.length];
        finish(digest, 0);
        return digest;
    }

    /**
     * Compares the digest of what was fed with one that was received, in constant time, and makes ready for the next.
     *
     * @param received holds {@link #bytes()} bytes
     * @param index index of the first
     * @return whether all bytes are equal
     */
    public final boolean matches(ByteBuf received, int index) {
        finishTo(scratch);
        int difference = 0;
        for (int i = 0; i < scratch.length; i++) {
            difference |= scratch[i] ^ received.getByte(index + i);
        }
        return difference == 0;
    }

    /** Forgets what was fed since the last result. */
    public abstract void reset();

    /** Feeds the remaining bytes; the position may move. */
    abstract void feed(ByteBuffer b);

    /** Writes the digest and resets. */
    abstract void finishTo(byte[] digest);

    /** Overwrites what is kept of the input, as far as the algorithm's code lets us. */
    void wipe() {
        reset();
        Arrays.fill(scratch, (byte) 0);
    }
}
