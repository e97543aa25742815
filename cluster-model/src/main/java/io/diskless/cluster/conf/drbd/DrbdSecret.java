package io.diskless.cluster.conf.drbd;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The shared secret of a resource, kept apart from everything that is printed. Compared in constant time. The text of the
 * configuration file holds the secret too and cannot be wiped: drop the {@link DrbdConfig} when it is no longer needed.
 * Thread-safe.
 */
public final class DrbdSecret {
    private final byte[] bytes;

    DrbdSecret(String text) {
        this.bytes = text.getBytes(StandardCharsets.UTF_8);
    }

    /** {@return a copy, for the caller to wipe after use; zeros after {@link #wipe()}} */
    public byte[] bytes() {
        synchronized (bytes) {
            return bytes.clone();
        }
    }

    /** Overwrites the secret with zeros. */
    public void wipe() {
        synchronized (bytes) {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /** {@return whether the other is an equal secret, in a time that does not tell where they differ} */
    @Override
    public boolean equals(Object other) {
        return other instanceof DrbdSecret that && MessageDigest.isEqual(bytes(), that.bytes());
    }

    /** {@return the same for all secrets, so that it tells nothing} */
    @Override
    public int hashCode() {
        return DrbdSecret.class.hashCode();
    }

    /** {@return that there is a secret, not which} */
    @Override
    public String toString() {
        return "DrbdSecret[hidden]";
    }
}
