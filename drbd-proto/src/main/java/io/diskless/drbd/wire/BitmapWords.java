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
     * How many words there are.
     *
     * @return 0 or more
     */
    default long words() {
        return (bits() + Long.SIZE - 1) / Long.SIZE;
    }
}
