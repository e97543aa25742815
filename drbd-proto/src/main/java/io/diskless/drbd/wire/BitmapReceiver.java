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

    // Bits of a word that are still to be set.
    private long pendingIndex;
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
        for (int i = 0; i < count; i++) {
            long word = b.getLongLE(at + i * Long.BYTES);
            if (word != 0) {
                set(first + i, word);
            }
        }
        position = Math.min((first + count) * Long.SIZE, bits);
        return Verdict.ACCEPTED;
    }

    private void set(long index, long word) {
        int tail = (int) (bits % Long.SIZE);
        bitmap.or(index, index == words - 1 && tail != 0 ? word & (1L << tail) - 1 : word);
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
        pendingIndex = position / Long.SIZE;
        long bit = position;
        int used = 0;
        while (used < end) {
            long stream = stream(used);
            int level = Vli.level(stream);
            used += Vli.bits(level);
            long run = Vli.length(level, stream);
            if (used > end || run > bits - bit) {
                return Verdict.BAD_CODE;
            }
            if (set) {
                setRun(bit, run);
            }
            bit += run;
            set = !set;
        }
        flush();
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

    private void setRun(long bit, long run) {
        long index = bit / Long.SIZE;
        long last = (bit + run - 1) / Long.SIZE;
        long head = -1L << bit;
        long tail = -1L >>> (Long.SIZE - 1 - (bit + run - 1) % Long.SIZE);
        if (index != pendingIndex) {
            flush();
            pendingIndex = index;
        }
        if (index == last) {
            pending |= head & tail;
            return;
        }
        pending |= head;
        flush();
        for (long i = index + 1; i < last; i++) {
            bitmap.or(i, -1L);
        }
        pendingIndex = last;
        pending = tail;
    }

    private void flush() {
        if (pending != 0) {
            bitmap.or(pendingIndex, pending);
            pending = 0;
        }
    }
}
