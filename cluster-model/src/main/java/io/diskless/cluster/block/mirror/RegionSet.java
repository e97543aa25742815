package io.diskless.cluster.block.mirror;

import java.util.Arrays;

/** A set of region numbers that knows how many it holds. Not thread-safe. */
final class RegionSet {
    private long[] words;
    private int size;
    private int count;

    RegionSet(int size) {
        this.size = size;
        this.words = new long[(size + 63) >>> 6];
    }

    int size() {
        return size;
    }

    int count() {
        return count;
    }

    boolean isEmpty() {
        return count == 0;
    }

    boolean get(int i) {
        return (words[i >>> 6] >>> i & 1) != 0;
    }

    void set(int i) {
        long bit = 1L << i;
        if ((words[i >>> 6] & bit) == 0) {
            words[i >>> 6] |= bit;
            count++;
        }
    }

    void clear(int i) {
        long bit = 1L << i;
        if ((words[i >>> 6] & bit) != 0) {
            words[i >>> 6] &= ~bit;
            count--;
        }
    }

    void setRange(int first, int last) {
        for (int i = first; i <= last; i++) {
            set(i);
        }
    }

    boolean allInRange(int first, int last) {
        for (int i = first; i <= last; i++) {
            if (!get(i)) {
                return false;
            }
        }
        return true;
    }

    /** The smallest member at or after {@code from}, or -1. */
    int next(int from) {
        if (from >= size) {
            return -1;
        }
        int w = from >>> 6;
        long word = words[w] & (-1L << from);
        while (word == 0) {
            if (++w == words.length) {
                return -1;
            }
            word = words[w];
        }
        return (w << 6) + Long.numberOfTrailingZeros(word);
    }

    boolean anyInRange(int first, int last) {
        if (count == 0) {
            return false;
        }
        int found = next(first);
        return found >= 0 && found <= last;
    }

    void setAll() {
        if (size > 0) {
            Arrays.fill(words, -1L);
            if ((size & 63) != 0) {
                words[words.length - 1] = (1L << size) - 1;
            }
        }
        count = size;
    }

    void clearAll() {
        Arrays.fill(words, 0);
        count = 0;
    }

    void addAll(RegionSet other) {
        for (int i = 0; i < words.length && i < other.words.length; i++) {
            words[i] |= other.words[i];
        }
        recount();
    }

    void copyFrom(RegionSet other) {
        clearAll();
        addAll(other);
    }

    /** Makes room for more regions, none of which is a member. */
    void grow(int newSize) {
        if (newSize > size) {
            size = newSize;
            words = Arrays.copyOf(words, (newSize + 63) >>> 6);
        }
    }

    private void recount() {
        count = 0;
        for (long word : words) {
            count += Long.bitCount(word);
        }
    }
}
