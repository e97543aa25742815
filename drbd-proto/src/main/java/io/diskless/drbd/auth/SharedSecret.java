package io.diskless.drbd.auth;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The shared-secret of a connection: 1 to 63 bytes (wire spec §4.3), held where they can be overwritten. It never shows
 * in {@code toString}, messages or logs.
 *
 * <p>Thread-safe. Whoever makes it closes it; a use after {@link #close()} fails.
 */
public final class SharedSecret implements AutoCloseable {
    /** The longest secret, in bytes: the kernel keeps it in 64 with a terminating NUL. */
    public static final int MAX_BYTES = 63;

    private final byte[] bytes;
    private boolean closed;

    private SharedSecret(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Takes a secret of bytes.
     *
     * @param secret 1 to 63 bytes, none of them 0; copied, and left to the caller to overwrite
     * @return the secret
     * @throws IllegalArgumentException if its length is out of range or it holds a NUL, at which the kernel ends it
     */
    public static SharedSecret of(byte[] secret) {
        if (secret.length == 0 || secret.length > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "A shared-secret has 1 to " + MAX_BYTES + " bytes, this one has " + secret.length);
        }
        for (byte b : secret) {
            if (b == 0) {
                throw new IllegalArgumentException("A shared-secret has no NUL byte: the kernel would end it there");
            }
        }
        return new SharedSecret(secret.clone());
    }

    /**
     * Takes a secret of characters, which become bytes as UTF-8.
     *
     * @param secret 1 to 63 bytes when encoded; left to the caller to overwrite
     * @return the secret
     * @throws IllegalArgumentException if its length is out of range or it holds a NUL or half a surrogate pair
     */
    public static SharedSecret of(char[] secret) {
        // No char takes more than three bytes; a pair of surrogates takes four for two.
        byte[] room = new byte[3 * secret.length];
        byte[] bytes = {};
        try {
            ByteBuffer encoded = ByteBuffer.wrap(room);
            if (StandardCharsets.UTF_8
                    .newEncoder()
                    .encode(CharBuffer.wrap(secret), encoded, true)
                    .isError()) {
                throw new IllegalArgumentException("The shared-secret is no valid text: it has half a surrogate pair");
            }
            bytes = Arrays.copyOf(room, encoded.position());
            return of(bytes);
        } finally {
            Arrays.fill(bytes, (byte) 0);
            Arrays.fill(room, (byte) 0);
        }
    }

    /** Runs a MAC with the key. The lock keeps {@link #close()} from overwriting it meanwhile. */
    synchronized byte[] mac(Hmac hmac, byte[] message) {
        if (closed) {
            throw new IllegalStateException("The shared-secret has been closed and overwritten");
        }
        return hmac.mac(bytes, message);
    }

    /** Overwrites the bytes. A second call does nothing. */
    @Override
    public synchronized void close() {
        closed = true;
        Arrays.fill(bytes, (byte) 0);
    }

    /** {@return whether it was overwritten} */
    public synchronized boolean isClosed() {
        return closed;
    }

    /** Says that it is a secret, and no more. */
    @Override
    public String toString() {
        return "SharedSecret[***]";
    }
}
