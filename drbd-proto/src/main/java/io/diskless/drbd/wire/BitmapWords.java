package io.diskless.drbd.wire;

/**
 * A bitmap of out-of-sync blocks as the exchange sees it: 64-bit words, bit n in word n / 64 at place n % 64. Whoever keeps
 * the bitmap implements it, so that no second copy is made.
 *
 * <p>Threads: as the implementation says; sender and receiver call it from the thread that calls them.
 */
public interface BitmapWords {
    /**
     * How many bits there are: one for each 4 KiB of the device, the last one perhaps for less.
     *
     * @return 0 or more, constant during an exchange
     */
    long bits();

    /**
     * Reads a word.
     *
     * @param index 0 to {@code words() - 1}
     * @return 64 bits; those at and beyond {@link #bits} are ignored
     */
    long word(long index);

    /**
     * Sets bits; none is ever cleared.
     *
     * @param index 0 to {@code words() - 1}
     * @param word the bits to set; none at or beyond {@link #bits}
     */
    void or(long index, long word);

    /**
     * Reads words that follow each other.
     *
     * @param first index of the first
     * @param into gets them from its begin on
     * @param count how many, at most the length of {@code into}; {@code first + count} is at most {@link #words}
     * @return false if none of them has a bit set
     */
    default boolean read(long first, long[] into, int count) {
        long any = 0;
        for (int i = 0; i < count; i++) {
            into[i] = word(first + i);
            any |= into[i];
        }
        return any != 0;
    }

    /**
     * Sets bits in words that follow each other; none is ever cleared.
     *
     * @param first index of the first
     * @param words the bits to set; none at or beyond {@link #bits}
     * @param count how many of {@code words}, from its begin on
     */
    default void or(long first, long[] words, int count) {
        for (int i = 0; i < count; i++) {
            if (words[i] != 0) {
                or(first + i, words[i]);
            }
        }
    }

    /**
     * How many words there are.
     *
     * @return 0 or more
     */
    default long words() {
        return (bits() + Long.SIZE - 1) / Long.SIZE;
    }
}
