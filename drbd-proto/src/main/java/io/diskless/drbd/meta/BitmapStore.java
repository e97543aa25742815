package io.diskless.drbd.meta;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The memory of a {@link DirtyBitmap} of one size: words in segments of 1 MiB outside the heap, and for each page of 4 KiB
 * how many bits are set and whether it has changed since it was last written to disk. A page never leaves its segment.
 *
 * <p>Thread-safe. Who changes words of a page, and counts them and marks it, excludes all others who do, and who copies it for
 * the disk; reading takes no lock, and gets each word as it was before a change or behind it.
 */
final class BitmapStore {
    /** Bytes of bits that are counted, marked and written together. */
    static final int PAGE = 4096;

    static final int PAGE_WORDS = PAGE / Long.BYTES;
    static final long PAGE_BITS = PAGE * 8L;
    static final int SEGMENT = 1 << 20;
    static final int PAGE_WORDS_SHIFT = 9;
    private static final int SEGMENT_WORDS_SHIFT = 17;
    private static final int SEGMENT_WORDS = 1 << SEGMENT_WORDS_SHIFT;

    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    final long bits;
    final long sectors;
    final ByteBuffer[] segments;
    /** The same memory. */
    private final LongBuffer[] words;
    /** A page of them. */
    private final long[] scratch = new long[PAGE_WORDS];

    final AtomicIntegerArray counts;
    private final AtomicLongArray changed;

    private BitmapStore(long bits, long sectors, ByteBuffer[] segments, int pages) {
        this.bits = bits;
        this.sectors = sectors;
        this.segments = segments;
        this.words = new LongBuffer[segments.length];
        for (int i = 0; i < segments.length; i++) {
            words[i] = segments[i].asLongBuffer();
        }
        this.counts = new AtomicIntegerArray(pages);
        this.changed = new AtomicLongArray((pages + 63) / 64);
    }

    /**
     * Memory for a size.
     *
     * @param sectors size of the storage
     * @param keep segments of another size, whose bits are taken over
     */
    static BitmapStore allocate(long sectors, ByteBuffer[] keep) {
        if (sectors < 0) {
            throw new IllegalArgumentException("size must not be negative, got " + sectors);
        }
        long bits = (sectors + 7) >>> 3;
        long pages = (bits + PAGE_BITS - 1) / PAGE_BITS;
        if (pages > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a bitmap has at most 2^46 bits, " + sectors + " sectors need more");
        }
        int count = (int) ((pages * PAGE + SEGMENT - 1) / SEGMENT);
        ByteBuffer[] segments = new ByteBuffer[count];
        for (int i = 0; i < count; i++) {
            if (i < keep.length && keep[i].capacity() == SEGMENT) {
                segments[i] = keep[i];
                continue;
            }
            int size = (int) Math.min(SEGMENT, pages * PAGE - (long) i * SEGMENT);
            // Aligned, so that devices with direct I/O fill it without a copy.
            segments[i] = ByteBuffer.allocateDirect(size + PAGE)
                    .alignedSlice(PAGE)
                    .slice(0, size)
                    .order(ByteOrder.LITTLE_ENDIAN);
            if (i < keep.length) {
                segments[i].put(0, keep[i], 0, Math.min(size, keep[i].capacity()));
            }
        }
        return new BitmapStore(bits, sectors, segments, (int) pages);
    }

    /** Bits of the word of {@code from} that are in a range; the range does not leave that word. */
    static long mask(long from, long to) {
        long upTo = (to & 63) == 0 ? -1L : (1L << to) - 1;
        return upTo & (-1L << from);
    }

    long words() {
        return (bits + 63) >>> 6;
    }

    void checkWord(long index) {
        if (index < 0 || index > (bits - 1) >>> 6 || bits == 0) {
            throw new IndexOutOfBoundsException("word " + index + " is not among " + words());
        }
    }

    void checkBits(long from, long to) {
        if (from < 0 || to < from || to > bits) {
            throw new IndexOutOfBoundsException("bits " + from + " to " + to + " are not among " + bits);
        }
    }

    void checkRange(long offset, long length) {
        long size = sectors * MetaLayout.SECTOR;
        if (offset < 0 || length < 0 || length > size || offset > size - length) {
            throw new IndexOutOfBoundsException(
                    "range of " + length + " bytes at " + offset + " is not inside a volume of " + size + " bytes");
        }
    }

    private ByteBuffer segmentOf(long word) {
        return segments[(int) (word >>> SEGMENT_WORDS_SHIFT)];
    }

    private static int place(long word) {
        return (int) (word & SEGMENT_WORDS - 1) << 3;
    }

    long load(long word) {
        return (long) WORD.getAcquire(segmentOf(word), place(word));
    }

    /** Sets bits; how many were clear before. */
    long set(long from, long to) {
        long changed = 0;
        for (long bit = from; bit < to; ) {
            long end = pageEnd(bit, to);
            changed += setInPage(bit, end);
            bit = end;
        }
        return changed;
    }

    private synchronized int setInPage(long from, long to) {
        int added = 0;
        for (long bit = from; bit < to; ) {
            long word = bit >>> 6;
            long end = Math.min(to, (word + 1) << 6);
            added += or(word, mask(bit, end));
            bit = end;
        }
        account((int) (from / PAGE_BITS), added);
        return added;
    }

    /** Clears bits; how many were set before. */
    long clear(long from, long to) {
        long changed = 0;
        for (long bit = from; bit < to; ) {
            long end = pageEnd(bit, to);
            changed += clearInPage(bit, end);
            bit = end;
        }
        return changed;
    }

    private synchronized int clearInPage(long from, long to) {
        int page = (int) (from / PAGE_BITS);
        int removed = 0;
        for (long bit = counts.get(page) == 0 ? to : from; bit < to; ) {
            long word = bit >>> 6;
            long end = Math.min(to, (word + 1) << 6);
            removed += clear(word, mask(bit, end), segmentOf(word));
            bit = end;
        }
        account(page, -removed);
        return removed;
    }

    private static long pageEnd(long bit, long to) {
        return Math.min(to, (bit / PAGE_BITS + 1) * PAGE_BITS);
    }

    /** Sets bits in words of one page, none of them past the end; how many were clear before. */
    synchronized int set(long first, long[] wanted, int from, int to) {
        LongBuffer segment = words[(int) (first >>> SEGMENT_WORDS_SHIFT)];
        int at = (int) first & SEGMENT_WORDS - 1;
        // To and fro in one piece each: that is several times as fast as word by word.
        long[] page = scratch;
        segment.get(at, page, 0, to - from);
        int added = 0;
        for (int i = 0; i < to - from; i++) {
            long more = wanted[from + i] & ~page[i];
            added += Long.bitCount(more);
            page[i] |= more;
        }
        if (added > 0) {
            segment.put(at, page, 0, to - from);
            account((int) (first >>> PAGE_WORDS_SHIFT), added);
        }
        return added;
    }

    /** Sets bits of one word, none past the end; how many were clear before. */
    synchronized int setInWord(long word, long wanted) {
        int added = or(word, wanted);
        account((int) (word >>> PAGE_WORDS_SHIFT), added);
        return added;
    }

    private int or(long word, long wanted) {
        int at = place(word);
        ByteBuffer segment = segmentOf(word);
        long before = (long) WORD.getOpaque(segment, at);
        long added = wanted & ~before;
        if (added != 0) {
            WORD.setOpaque(segment, at, before | added);
        }
        return Long.bitCount(added);
    }

    private static int clear(long word, long unwanted, ByteBuffer segment) {
        int at = place(word);
        long before = (long) WORD.getOpaque(segment, at);
        long removed = unwanted & before;
        if (removed != 0) {
            WORD.setOpaque(segment, at, before & ~removed);
        }
        return Long.bitCount(removed);
    }

    private void account(int page, int delta) {
        if (delta != 0) {
            counts.addAndGet(page, delta);
            setChanged(page);
        }
    }

    /** Copies words of one page; all that was set in them, or-ed. */
    long read(long first, long[] into, int from, int to) {
        // Goes by whole words (sun.misc.Unsafe.copyMemory): the memory is aligned, and so is an array.
        words[(int) (first >>> SEGMENT_WORDS_SHIFT)].get((int) first & SEGMENT_WORDS - 1, into, from, to - from);
        long any = 0;
        for (int i = from; i < to; i++) {
            any |= into[i];
        }
        return any;
    }

    /** The first set bit of a range that does not leave its page, or -1. */
    long findSet(long from, long end) {
        long word = from >>> 6;
        ByteBuffer segment = segmentOf(word);
        long found = (long) WORD.getAcquire(segment, place(word)) & (-1L << from);
        long last = (end - 1) >>> 6;
        // Bits past the end are never set.
        while (found == 0 && word < last) {
            word++;
            found = (long) WORD.getAcquire(segment, place(word));
        }
        return found == 0 ? -1 : (word << 6) + Long.numberOfTrailingZeros(found);
    }

    int pages() {
        return counts.length();
    }

    /** Takes unused bits away and counts, after the memory was filled from disk; how many bits are set. */
    long recount() {
        long sum = 0;
        if ((bits & 63) != 0) {
            long last = bits >>> 6;
            WORD.getAndBitwiseAnd(segmentOf(last), place(last), mask(last << 6, bits));
        }
        for (int page = 0; page < counts.length(); page++) {
            int count = 0;
            long first = (long) page * PAGE_WORDS;
            for (long word = first; word < first + PAGE_WORDS; word++) {
                // Past the last word the page is there, and zero: it has to be, it goes to disk like this.
                if (word > (bits - 1) >>> 6) {
                    WORD.setVolatile(segmentOf(word), place(word), 0L);
                } else {
                    count += Long.bitCount(load(word));
                }
            }
            counts.set(page, count);
            sum += count;
        }
        return sum;
    }

    void setChanged(int page) {
        long bit = 1L << page;
        int at = page >>> 6;
        for (long v = changed.get(at); (v & bit) == 0; v = changed.get(at)) {
            if (changed.compareAndSet(at, v, v | bit)) {
                return;
            }
        }
    }

    boolean isChanged(int page) {
        return (changed.get(page >>> 6) & 1L << page) != 0;
    }

    /** The next page that changed since it was last taken, or -1. */
    int nextChanged(int from) {
        for (int at = from >>> 6; at < changed.length(); at++) {
            long marks = changed.get(at) & (at == from >>> 6 ? -1L << from : -1L);
            if (marks != 0) {
                return (at << 6) + Long.numberOfTrailingZeros(marks);
            }
        }
        return -1;
    }

    /** Copies a page for the disk and takes its mark away. */
    synchronized void take(int page, ByteBuffer into, int at) {
        changed.getAndUpdate(page >>> 6, v -> v & ~(1L << page));
        into.put(at, segments[page / (SEGMENT / PAGE)], page % (SEGMENT / PAGE) * PAGE, PAGE);
    }
}
