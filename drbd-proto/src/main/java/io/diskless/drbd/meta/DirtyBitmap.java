package io.diskless.drbd.meta;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.wire.BitmapWords;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;

/**
 * Which blocks of 4 KiB may differ from the peer: one bit each, in memory, in the byte order of the disk and of the wire
 * (little-endian words of 64 bits, bit n is block n; drbd-semantics §9.3).
 *
 * <p>The bits live outside the heap in segments of 1 MiB, 32 MiB for each TiB of storage; nothing makes a second copy of
 * them. A page of 4 KiB of bits (128 MiB of storage) has a count of its set bits, so that what is clean is stepped over
 * without being looked at, and a mark that it has changed since it was last written to disk.
 *
 * <p>Thread-safe. Changes exclude each other, page by page; reading takes no lock. A scan that runs beside changes sees each
 * word before or after them. {@link #dirtyBits} is exact when no change is under way. Only {@link #resize} and the
 * clearing of the whole need the caller to keep everybody else away.
 */
public final class DirtyBitmap implements BitmapWords {
    /** Bytes of storage for each bit. */
    public static final int BLOCK = 4096;

    static final int BLOCK_SHIFT = 12;
    /** Bytes of bits that are counted, marked and written together. */
    static final int PAGE = BitmapStore.PAGE;

    static final long PAGE_BITS = BitmapStore.PAGE_BITS;
    static final int SEGMENT = BitmapStore.SEGMENT;
    private static final int PAGE_WORDS = BitmapStore.PAGE_WORDS;
    private static final int PAGE_WORDS_SHIFT = BitmapStore.PAGE_WORDS_SHIFT;

    private volatile BitmapStore store;
    private final AtomicLong dirty = new AtomicLong();
    /** Counts the clearings: who writes pages flushes the data first if there were some since the last flush. */
    private final AtomicLong clearings = new AtomicLong();

    /**
     * A bitmap of clean blocks.
     *
     * @param sectors size of the storage in sectors of 512 bytes; the last block may be partial
     */
    public DirtyBitmap(long sectors) {
        this.store = BitmapStore.allocate(sectors, new ByteBuffer[0]);
    }

    /**
     * A bitmap of clean blocks, or an error that says what to do where its memory is not to be had.
     *
     * @param sectors size of the storage in sectors of 512 bytes
     * @return the bitmap
     * @throws DrbdException of kind NOT_SUPPORTED if there is not enough memory outside the heap
     */
    static DirtyBitmap of(long sectors) throws DrbdException {
        return of(sectors, DirtyBitmap::new);
    }

    /** As {@link #of(long)}; another maker of bitmaps may run out of memory where a test wants it. */
    static DirtyBitmap of(long sectors, LongFunction<DirtyBitmap> maker) throws DrbdException {
        try {
            return maker.apply(sectors);
        } catch (OutOfMemoryError e) {
            throw new DrbdException(DrbdException.Kind.NOT_SUPPORTED, tooLarge(sectors), e);
        }
    }

    /** Why a bitmap cannot be had, and what helps. */
    static String tooLarge(long sectors) {
        long bytes = (sectors + 63) / 64;
        long mib = (bytes + SEGMENT - 1) / SEGMENT;
        return "a volume of " + sectors + " sectors needs " + mib
                + " MiB of memory outside the heap for its bitmap, and this process may not have as much: raise"
                + " -XX:MaxDirectMemorySize, or take a smaller volume";
    }

    /**
     * How many blocks there are.
     *
     * @return bits
     */
    @Override
    public long bits() {
        return store.bits;
    }

    /**
     * How many words hold them.
     *
     * @return words of 64 bits; unused bits of the last are 0
     */
    @Override
    public long words() {
        return store.words();
    }

    /**
     * The size of the storage.
     *
     * @return sectors of 512 bytes
     */
    public long sectors() {
        return store.sectors;
    }

    /**
     * How many blocks are dirty.
     *
     * @return set bits
     */
    public long dirtyBits() {
        return Math.max(0, dirty.get());
    }

    /**
     * Marks every block that a range touches: rounding goes outward (drbd-semantics §6.1).
     *
     * @param offset first byte; a multiple of 512
     * @param length bytes
     * @return how many blocks were clean before
     */
    public long markDirty(long offset, long length) {
        BitmapStore s = store;
        s.checkRange(offset, length);
        if (length == 0) {
            return 0;
        }
        return setBits(s, offset >>> BLOCK_SHIFT, ((offset + length - 1) >>> BLOCK_SHIFT) + 1);
    }

    /**
     * Clears the blocks that a range covers wholly: rounding goes inward, a partial last block of the storage counts as
     * whole (drbd-semantics §6.1). The data must have been written before; {@link MetaData} flushes it before the
     * cleared bits reach the disk.
     *
     * @param offset first byte; a multiple of 512
     * @param length bytes
     * @return how many blocks were dirty before
     */
    public long markClean(long offset, long length) {
        BitmapStore s = store;
        s.checkRange(offset, length);
        long end = offset + length;
        long from = (offset + BLOCK - 1) >>> BLOCK_SHIFT;
        long to = end == s.sectors * MetaLayout.SECTOR ? s.bits : end >>> BLOCK_SHIFT;
        return from < to ? clearBits(s, from, to) : 0;
    }

    /**
     * Whether some block that a range touches is dirty.
     *
     * @param offset first byte
     * @param length bytes
     * @return false if all are clean
     */
    public boolean isDirty(long offset, long length) {
        BitmapStore s = store;
        s.checkRange(offset, length);
        if (length == 0) {
            return false;
        }
        long end = ((offset + length - 1) >>> BLOCK_SHIFT) + 1;
        long found = nextSet(offset >>> BLOCK_SHIFT);
        return found >= 0 && found < end;
    }

    /**
     * Sets bits.
     *
     * @param from first bit
     * @param to one after the last
     * @return how many were clear before
     */
    public long setBits(long from, long to) {
        BitmapStore s = store;
        s.checkBits(from, to);
        return setBits(s, from, to);
    }

    private long setBits(BitmapStore s, long from, long to) {
        long added = s.set(from, to);
        dirty.addAndGet(added);
        return added;
    }

    /**
     * Clears bits; what {@link #markClean} says about the data holds here too.
     *
     * @param from first bit
     * @param to one after the last
     * @return how many were set before
     */
    public long clearBits(long from, long to) {
        BitmapStore s = store;
        s.checkBits(from, to);
        return clearBits(s, from, to);
    }

    private long clearBits(BitmapStore s, long from, long to) {
        // Counted before the bits go: whoever copies a page without a bit also sees the count.
        clearings.incrementAndGet();
        long removed = s.clear(from, to);
        dirty.addAndGet(-removed);
        return removed;
    }

    /**
     * Finds the next dirty block.
     *
     * @param from the first bit to look at, 0 or more
     * @return its number, or -1 if none is left
     */
    public long nextSet(long from) {
        BitmapStore s = store;
        for (long bit = from; bit < s.bits; ) {
            int page = (int) (bit / PAGE_BITS);
            long end = Math.min(s.bits, (page + 1) * PAGE_BITS);
            if (s.counts.get(page) != 0) {
                long found = s.findSet(bit, end);
                if (found >= 0) {
                    return found;
                }
            }
            bit = end;
        }
        return -1;
    }

    /**
     * Finds the end of a run of dirty blocks: with {@link #nextSet} it walks over the runs.
     *
     * @param from the first bit to look at
     * @param limit look no further; at most {@link #bits}
     * @return the number of the next clear bit, or {@code limit}
     */
    public long nextClear(long from, long limit) {
        BitmapStore s = store;
        long end = Math.min(limit, s.bits);
        for (long bit = from; bit < end; ) {
            long word = bit >>> 6;
            long bits = ~s.load(word) & (-1L << bit);
            if (bits != 0) {
                return Math.min(end, (word << 6) + Long.numberOfTrailingZeros(bits));
            }
            bit = (word + 1) << 6;
        }
        return end;
    }

    /**
     * Reads a word.
     *
     * @param index from 0 to {@link #words} - 1
     * @return bit 0 is block 64 * index
     */
    @Override
    public long word(long index) {
        BitmapStore s = store;
        s.checkWord(index);
        return s.load(index);
    }

    /**
     * Sets the bits of a word; bits past the end are ignored.
     *
     * @param index from 0 to {@link #words} - 1
     * @param word the bits to set
     */
    @Override
    public void or(long index, long word) {
        BitmapStore s = store;
        s.checkWord(index);
        long valid = Math.min(s.bits, (index + 1) << 6);
        long bits = word & BitmapStore.mask(index << 6, valid);
        if (bits != 0) {
            dirty.addAndGet(s.setInWord(index, bits));
        }
    }

    @Override
    public boolean read(long first, long[] into, int count) {
        BitmapStore s = store;
        if (count > 0) {
            s.checkWord(first);
            s.checkWord(first + count - 1);
        }
        long any = 0;
        for (int i = 0; i < count; ) {
            long index = first + i;
            int end = (int) Math.min(count, i + PAGE_WORDS - (index & PAGE_WORDS - 1));
            if (s.counts.get((int) (index >>> PAGE_WORDS_SHIFT)) == 0) {
                Arrays.fill(into, i, end, 0);
                i = end;
                continue;
            }
            any |= s.read(index, into, i, end);
            i = end;
        }
        return any != 0;
    }

    @Override
    public void or(long first, long[] words, int count) {
        if (count == 1) {
            or(first, words[0]);
            return;
        }
        BitmapStore s = store;
        if (count > 0) {
            s.checkWord(first);
            s.checkWord(first + count - 1);
        }
        for (int i = 0; i < count; ) {
            long index = first + i;
            int end = (int) Math.min(count, i + PAGE_WORDS - (index & PAGE_WORDS - 1));
            int added;
            if (first + end == s.words()) {
                long last = words[end - 1] & BitmapStore.mask((first + end - 1) << 6, s.bits);
                added = s.set(index, words, i, end - 1) + s.setInWord(first + end - 1, last);
            } else {
                added = s.set(index, words, i, end);
            }
            dirty.addAndGet(added);
            i = end;
        }
    }

    /** Makes every block dirty. */
    public void setAll() {
        BitmapStore s = store;
        setBits(s, 0, s.bits);
    }

    /** Makes every block clean. */
    public void clearAll() {
        BitmapStore s = store;
        clearBits(s, 0, s.bits);
    }

    /**
     * Counts the dirty blocks of a range.
     *
     * @param from first bit
     * @param to one after the last
     * @return set bits
     */
    public long count(long from, long to) {
        BitmapStore s = store;
        s.checkBits(from, to);
        long sum = 0;
        for (long bit = from; bit < to; ) {
            int page = (int) (bit / PAGE_BITS);
            long pageEnd = (page + 1) * PAGE_BITS;
            if (bit % PAGE_BITS == 0 && (pageEnd <= to || to == s.bits)) {
                sum += s.counts.get(page);
                bit = pageEnd;
                continue;
            }
            long end = Math.min(to, ((bit >>> 6) + 1) << 6);
            sum += Long.bitCount(s.load(bit >>> 6) & BitmapStore.mask(bit, end));
            bit = end;
        }
        return sum;
    }

    /**
     * Changes the size. Bits that stay keep their value; nobody else may use the bitmap meanwhile.
     *
     * @param sectors the new size of the storage
     * @param dirtyGrowth whether new blocks start dirty
     */
    public void resize(long sectors, boolean dirtyGrowth) {
        BitmapStore old = store;
        BitmapStore next = BitmapStore.allocate(sectors, old.segments);
        store = next;
        recount();
        if (dirtyGrowth && next.bits > old.bits) {
            setBits(next, old.bits, next.bits);
        }
        for (int page = 0; page < next.counts.length(); page++) {
            next.setChanged(page);
        }
    }

    // What the writer of pages uses.

    int pages() {
        return store.counts.length();
    }

    int segments() {
        return store.segments.length;
    }

    /** The memory of a segment, little-endian, its bytes as on disk. */
    ByteBuffer segment(int index) {
        return store.segments[index].duplicate();
    }

    /** Takes unused bits away and counts, after the memory was filled from disk. */
    void recount() {
        dirty.set(store.recount());
    }

    /** The next page that changed since it was last taken, or -1. */
    int nextChanged(int from) {
        return store.nextChanged(from);
    }

    boolean isChanged(int page) {
        return store.isChanged(page);
    }

    /** Copies a page for the disk and takes its mark away; no change is lost. */
    void take(int page, ByteBuffer into, int at) {
        store.take(page, into, at);
    }

    /** A page could not be written: it counts as changed again. */
    void putBack(int page) {
        store.setChanged(page);
    }

    /** How often bits were cleared; together with {@link #take} it tells whether a copy shows clearings. */
    long clearings() {
        return clearings.get();
    }
}
