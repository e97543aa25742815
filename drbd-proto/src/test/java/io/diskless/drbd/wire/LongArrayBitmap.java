package io.diskless.drbd.wire;

import java.util.BitSet;

/** A bitmap over an array; refuses bits beyond its end. */
final class LongArrayBitmap implements BitmapWords {
    private final long bits;
    final long[] words;

    LongArrayBitmap(long bits) {
        this.bits = bits;
        words = new long[(int) ((bits + 63) / 64)];
    }

    static LongArrayBitmap of(long bits, BitSet set) {
        LongArrayBitmap bitmap = new LongArrayBitmap(bits);
        System.arraycopy(set.toLongArray(), 0, bitmap.words, 0, set.toLongArray().length);
        return bitmap;
    }

    @Override
    public long bits() {
        return bits;
    }

    @Override
    public long word(long index) {
        return words[(int) index];
    }

    @Override
    public void or(long index, long word) {
        words[(int) index] |= word;
        if (index == words.length - 1 && bits % 64 != 0 && words[(int) index] >>> bits != 0) {
            throw new AssertionError("a bit beyond " + bits + " was set");
        }
    }
}
