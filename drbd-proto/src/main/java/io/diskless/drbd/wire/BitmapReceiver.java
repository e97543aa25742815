package io.diskless.drbd.wire;

import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Receives a bitmap packet by packet and sets its bits (DRBD wire protocol §6.2). Packets of words and of run lengths may
 * be mixed; the number of words is dictated, run lengths must not go beyond the last bit. Whatever a peer sends, bits are
 * only set, and only inside of the bitmap.
 *
 * <p>Not thread-safe. Allocates nothing but itself.
 */
public final class BitmapReceiver {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int ENCODING = 2;
    private static final int ENCODING_MASK = 0xF;
    private static final int PAD_SHIFT = 4;
    private static final int PAD_MASK = 7;
    private static final int FIRST_SET = 0x80;
    /** So many words of zeroes are set sooner than the bitmap is called twice. */
    private static final int NEAR = 4;

    private final Dialect dialect;
    private final BitmapWords bitmap;
    private final long bits;
    private final long words;
    /** The code, and zeroes behind it that a look ahead may read. */
    private final byte[] code = new byte[PacketType.SMALL_PACKET + 2 * Long.BYTES];

    private long position;
    private boolean complete;
    private long packets;
    private long bytes;

    // Whole words that are still to be set, and the bits of the word behind them.
    private final long[] ready = new long[512];
    private long readyFirst;
    private int readyCount;
    private long pending;

    /**
     * Starts at the first bit.
     *
     * @param dialect what was agreed
     * @param bitmap where bits are set
     */
    public BitmapReceiver(Dialect dialect, BitmapWords bitmap) {
        this.dialect = dialect;
        this.bitmap = bitmap;
        bits = bitmap.bits();
        words = bitmap.words();
    }

    /**
     * Whether the whole bitmap was received.
     *
     * @return true behind the last packet
     */
    public boolean isComplete() {
        return complete;
    }

    /**
     * The first bit that was not received yet.
     *
     * @return 0 to the number of bits
     */
    public long position() {
        return position;
    }

    /**
     * How many packets were accepted.
     *
     * @return 0 or more
     */
    public long packets() {
        return packets;
    }

    /**
     * How many bytes were accepted, headers included.
     *
     * @return 0 or more
     */
    public long bytes() {
        return bytes;
    }

    /**
     * Takes the next packet. Bits of a packet that is refused may have been set.
     *
     * @param type {@link PacketType#BITMAP} or {@link PacketType#COMPRESSED_BITMAP}
     * @param b holds the whole payload
     * @param at index of its first byte
     * @param length its bytes
     * @return {@link Verdict#ACCEPTED}; {@link Verdict#NOT_EXPECTED}, {@link Verdict#BAD_WORDS}, {@link
     *     Verdict#BAD_ENCODING} or {@link Verdict#BAD_CODE} if the peer broke the rules
     */
    public Verdict accept(PacketType type, ByteBuf b, int at, int length) {
        if (complete || (type != PacketType.BITMAP && type != PacketType.COMPRESSED_BITMAP)) {
            return Verdict.NOT_EXPECTED;
        }
        Verdict verdict = type == PacketType.BITMAP ? plain(b, at, length) : runs(b, at, length);
        if (verdict.isAccepted()) {
            packets++;
            bytes += dialect.shortHeader().length() + length;
        }
        return verdict;
    }

    private Verdict plain(ByteBuf b, int at, int length) {
        long first = position >= bits ? words : position / Long.SIZE;
        int count = (int) Math.min(dialect.maxBitmapWords(), words - first);
        if (length != count * Long.BYTES) {
            return Verdict.BAD_WORDS;
        }
        if (count == 0) {
            complete = true;
            return Verdict.ACCEPTED;
        }
        b.getBytes(at, code, 0, length);
        long any = 0;
        for (int i = 0; i < count; i++) {
            long word = (long) LONG.get(code, i * Long.BYTES);
            ready[i] = word;
            any |= word;
        }
        if (any != 0) {
            int tail = (int) (bits % Long.SIZE);
            if (first + count == words && tail != 0) {
                ready[count - 1] &= (1L << tail) - 1;
            }
            bitmap.or(first, ready, count);
        }
        position = Math.min((first + count) * Long.SIZE, bits);
        return Verdict.ACCEPTED;
    }

    private Verdict runs(ByteBuf b, int at, int length) {
        if (length < 2 || length > dialect.maxBitmapPayload()) {
            return Verdict.BAD_ENCODING;
        }
        int encoding = b.getUnsignedByte(at);
        if ((encoding & ENCODING_MASK) != ENCODING) {
            return Verdict.BAD_ENCODING;
        }
        b.getBytes(at + 1, code, 0, length - 1);
        int end = (length - 1) * Byte.SIZE - (encoding >>> PAD_SHIFT & PAD_MASK);
        boolean set = (encoding & FIRST_SET) != 0;
        pending = 0;
        readyFirst = position / Long.SIZE;
        readyCount = 0;
        long bit = position;
        int used = 0;
        while (used < end) {
            if (end - used >= Long.SIZE && bits - bit >= VliTable.MOST_BITS) {
                // Neither the code nor the bitmap can end within what is looked up now.
                long stream = stream(used);
                int taken = 0;
                int entry = VliTable.entry(stream);
                while (entry != 0) {
                    int size = VliTable.codeBits(entry);
                    int span = VliTable.length(entry);
                    put(bit, VliTable.bits(stream, span, set), span);
                    bit += span;
                    set ^= VliTable.turns(entry);
                    taken += size;
                    stream >>>= size;
                    entry = taken > Long.SIZE - VliTable.INDEX_BITS ? 0 : VliTable.entry(stream);
                }
                used += taken;
                if (taken > 0) {
                    continue;
                }
            }
            long stream = stream(used);
            int level = Vli.level(stream);
            used += Vli.bits(level);
            long run = Vli.length(level, stream);
            if (used > end || run > bits - bit) {
                return Verdict.BAD_CODE;
            }
            putRun(bit, run, set);
            bit += run;
            set = !set;
        }
        flush(bit / Long.SIZE);
        position = bit;
        complete = bit == bits;
        return Verdict.ACCEPTED;
    }

    /** 64 bits from a bit on; what lies behind the code has no meaning, and none is used. */
    private long stream(int bit) {
        int index = bit >>> 3;
        int shift = bit & 7;
        long low = (long) LONG.get(code, index) >>> shift;
        return shift == 0 ? low : low | (long) code[index + Long.BYTES] << (Long.SIZE - shift);
    }

    /** Appends up to 64 bits; those above are 0. */
    private void put(long bit, long pattern, int length) {
        int shift = (int) bit & (Long.SIZE - 1);
        pending |= pattern << shift;
        if (shift + length >= Long.SIZE) {
            word();
            pending = shift == 0 ? 0 : pattern >>> (Long.SIZE - shift);
        }
    }

    private void putRun(long bit, long run, boolean set) {
        long end = bit + run;
        long last = end / Long.SIZE;
        if (bit / Long.SIZE == last) {
            pending |= set ? -1L << bit & ~(-1L << end) : 0;
            return;
        }
        pending |= set ? -1L << bit : 0;
        word();
        if (set) {
            pending = -1L;
            for (long i = bit / Long.SIZE + 1; i < last; i++) {
                word();
            }
        } else {
            skip(last);
        }
        pending = set ? ~(-1L << end) : 0;
    }

    /** The pending word is whole. */
    private void word() {
        if (readyCount == ready.length) {
            jump(readyFirst + readyCount);
        }
        ready[readyCount++] = pending;
    }

    /** What comes now lies behind words of zeroes; a few of them are taken along. */
    private void skip(long index) {
        long gap = index - readyFirst - readyCount;
        if (gap <= NEAR && gap <= ready.length - readyCount) {
            for (int i = 0; i < gap; i++) {
                ready[readyCount++] = 0;
            }
        } else {
            jump(index);
        }
    }

    /** What comes now lies elsewhere. */
    private void jump(long index) {
        if (readyCount > 0) {
            bitmap.or(readyFirst, ready, readyCount);
        }
        readyFirst = index;
        readyCount = 0;
    }

    private void flush(long index) {
        jump(index);
        if (pending != 0) {
            bitmap.or(index, pending);
            pending = 0;
        }
    }
}
