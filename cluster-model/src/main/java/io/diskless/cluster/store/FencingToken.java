package io.diskless.cluster.store;

import java.util.Objects;

/**
 * What tells the holder of a lease from those who held it before: of two tokens of one key the greater was granted later.
 * Immutable.
 *
 * @param key what the lease is on
 * @param number 1 or more; grows for ever, over restarts too
 */
public record FencingToken(String key, long number) {
    /**
     * Insists on both.
     *
     * @throws IllegalArgumentException if the key is not 1 to 64 of {@code A-Z a-z 0-9 . _ -}, or the number is not positive
     */
    public FencingToken {
        checkKey(key);
        if (number < 1) {
            throw new IllegalArgumentException("a fencing token is 1 or more, got " + number);
        }
    }

    /**
     * Insists on a well-formed key.
     *
     * @param key the text
     * @throws IllegalArgumentException if it is not 1 to 64 of {@code A-Z a-z 0-9 . _ -}, the first a letter or digit
     */
    public static void checkKey(String key) {
        Objects.requireNonNull(key, "key");
        if (!key.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
            throw new IllegalArgumentException(
                    "a lease's key is 1 to 64 of A-Z a-z 0-9 . _ -, the first a letter or digit, got \"" + key + "\"");
        }
    }

    /** {@return such as {@code migrate-web1#7}} */
    @Override
    public String toString() {
        return key + "#" + number;
    }
}
