package io.diskless.drbd.wire;

import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.function.LongSupplier;

/**
 * Sends a bitmap packet by packet (DRBD wire protocol §6.2): as run lengths where that is shorter, else as words.
 *
 * <p>States: at {@link #position} there are bits left; or all were sent by words, and an empty {@code P_BITMAP} has to
 * follow; or done. A packet of run lengths that reaches the end needs no empty one behind it. Packets of words start at
 * a word: behind run lengths that ended inside of one, the bits before are sent twice, which does no harm since the
 * receiver only sets bits.
 *
 * <p>Whether run lengths pay is guessed before they are made: counting the runs in the next words takes one instruction
 * for each, and runs of less than eight bits on average save less than half, while making and taking them costs ten times what
 * words cost. So dense bitmaps go at the speed of memory. Of runs of up to {@value #LONG_RUN} bits it is found out by and by
 * ({@link RunChoice}) which way is the faster one.
 *
 * <p>Not thread-safe. Allocates nothing but itself.
 */
public final class BitmapSender {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int ENCODING = 2;
    private static final int PAD_SHIFT = 4;
    private static final int FIRST_SET = 0x80;
    private static final long SHORT_RUN = 8;
    private static final long LONG_RUN = 128;
    /** Words that are read at once: at least as many as a packet has. */
    private static final int WINDOW = 512;

    private final Dialect dialect;
    private final BitmapWords bitmap;
    private final boolean compress;
    private final long bits;
    private final long words;

    private final RunChoice choice;

    private long position;
    private boolean middling;
    private boolean done;
    private long packets;
    private long bytes;

    // Words that were read for the packet in the making.
    private final long[] window = new long[WINDOW];
    /** The same as bytes: one copy of them all is faster than setting one after the other. */
    private final byte[] raw = new byte[WINDOW * Long.BYTES];

    private long first = -WINDOW;
    private boolean any;

    /**
     * Starts at the first bit.
     *
     * @param dialect what was agreed
     * @param bitmap what is sent; bits that are set meanwhile may or may not be sent
     * @param compress whether run lengths may be sent (use-rle); of no effect where the dialect does not have them
     */
    public BitmapSender(Dialect dialect, BitmapWords bitmap, boolean compress) {
        this(dialect, bitmap, compress, System::nanoTime);
    }

    /** As above, by another clock of nanoseconds. */
    BitmapSender(Dialect dialect, BitmapWords bitmap, boolean compress, LongSupplier nanos) {
        this.dialect = dialect;
        this.bitmap = bitmap;
        this.compress = compress && dialect.hasCompressedBitmap();
        bits = bitmap.bits();
        words = bitmap.words();
        choice = new RunChoice(nanos);
    }

    /**
     * Whether the last packet was appended.
     *
     * @return true if there is no more to send
     */
    public boolean isDone() {
        return done;
    }

    /**
     * The first bit that was not sent yet.
     *
     * @return 0 to the number of bits
     */
    public long position() {
        return position;
    }

    /**
     * How many packets were appended.
     *
     * @return 0 or more
     */
    public long packets() {
        return packets;
    }

    /**
     * How many bytes were appended, headers included.
     *
     * @return 0 or more
     */
    public long bytes() {
        return bytes;
    }

    /**
     * Appends the next packet with its header.
     *
     * @param volume number of the volume; 0 where headers have none
     * @param b grows by at most 4096 bytes
     * @throws IllegalStateException if all was sent
     */
    public void append(int volume, ByteBuf b) {
        if (done) {
            throw new IllegalStateException("the bitmap was sent");
        }
        choice.next();
        middling = false;
        long before = position;
        first = -WINDOW;
        HeaderFormat format = dialect.shortHeader();
        int at = b.writerIndex();
        b.ensureWritable(PacketType.SMALL_PACKET);
        int payload = at + format.length();
        int length = compress && position < bits ? runs(b, payload) : 0;
        PacketType type = PacketType.COMPRESSED_BITMAP;
        if (length == 0) {
            type = PacketType.BITMAP;
            length = plain(b, payload);
        }
        format.write(b, at, volume, type.code(), length);
        b.writerIndex(payload + length);
        if (middling) {
            choice.took(position - before);
        }
        packets++;
        bytes += format.length() + length;
    }

    /** Writes words; none at the end, which ends the transfer. */
    private int plain(ByteBuf b, int at) {
        long from = Math.min(position / Long.SIZE, words);
        if (position >= bits) {
            done = true;
            return 0;
        }
        int count = (int) Math.min(dialect.maxBitmapWords(), words - from);
        word(from);
        int start = (int) (from - first);
        for (int i = 0; i < count; i++) {
            LONG.set(raw, i * Long.BYTES, window[start + i]);
        }
        b.setBytes(at, raw, 0, count * Long.BYTES);
        position = Math.min((from + count) * Long.SIZE, bits);
        return count * Long.BYTES;
    }

    /** Writes run lengths; 0 if words are shorter, and nothing has changed then. */
    private int runs(ByteBuf b, int at) {
        if (goesByWords()) {
            return 0;
        }
        int room = (dialect.maxBitmapPayload() - 1) * Byte.SIZE;
        // The code that has not been written yet, in locals: each run changes them.
        long pending = 0;
        int pendingBits = 0;
        int written = at + 1;
        long index = position / Long.SIZE;
        long word = word(index);
        boolean set = (word >>> position & 1) != 0;
        long start = position;
        // A bit of turns is set where a run starts; the first one has started already.
        long turns = (word ^ word << 1) & -2L << position;
        while (true) {
            long base = index * Long.SIZE;
            boolean atEnd = false;
            if (turns == 0) {
                long last = word >>> (Long.SIZE - 1);
                index = skip(index, -last);
                atEnd = index >= words;
                if (!atEnd) {
                    word = word(index);
                    turns = word ^ (word << 1 | last);
                    continue;
                }
            }
            long turn = atEnd ? bits : base + Long.numberOfTrailingZeros(turns);
            if (turn >= bits) {
                turn = bits;
                atEnd = true;
            }
            long run = turn - start;
            long code;
            int size;
            if (run <= Vli.SMALL) {
                int entry = Vli.small((int) run);
                code = Vli.smallCode(entry);
                size = Vli.smallBits(entry);
            } else {
                int level = Vli.levelOf(run);
                code = Vli.code(level, run);
                size = Vli.bits(level);
            }
            boolean fits = (written - at - 1) * Byte.SIZE + pendingBits + size <= room;
            if (fits) {
                pending |= code << pendingBits;
                pendingBits += size;
                if (pendingBits >= Long.SIZE) {
                    b.setLongLE(written, pending);
                    written += Long.BYTES;
                    pendingBits -= Long.SIZE;
                    pending = pendingBits == 0 ? 0 : code >>> (size - pendingBits);
                }
                start = turn;
                turns &= turns - 1;
            }
            if (atEnd || !fits) {
                int whole = (written - at - 1) * Byte.SIZE;
                return finish(b, at, set, whole + pendingBits, start, pending);
            }
        }
    }

    /** Ends a packet whose runs reach up to a bit; what is left of its code are the last bits in {@code rest}. */
    private int finish(ByteBuf b, int at, boolean set, int used, long end, long rest) {
        int length = (used + Byte.SIZE - 1) / Byte.SIZE;
        if ((long) length * Byte.SIZE > end - position) {
            return 0;
        }
        int written = at + 1 + used / Long.SIZE * Long.BYTES;
        for (int i = 0; written + i < at + 1 + length; i++) {
            b.setByte(written + i, (int) (rest >>> (i * Byte.SIZE)));
        }
        int pad = length * Byte.SIZE - used;
        b.setByte(at, ENCODING | pad << PAD_SHIFT | (set ? FIRST_SET : 0));
        position = end;
        done = position == bits;
        return 1 + length;
    }

    /** Whether the next words have so many runs that their lengths would hardly be shorter, or not sooner there. */
    private boolean goesByWords() {
        long from = position / Long.SIZE;
        int count = (int) Math.min(dialect.maxBitmapWords(), words - from);
        long word = word(from);
        int start = (int) (from - first);
        int turns = Long.bitCount((word ^ word << 1) & -2L << position);
        for (int i = start + 1; i < start + count; i++) {
            long last = word >>> (Long.SIZE - 1);
            word = window[i];
            turns += Long.bitCount(word ^ (word << 1 | last));
        }
        long covered = Math.min((from + count) * Long.SIZE, bits) - position;
        boolean dense = SHORT_RUN * turns > covered;
        middling = !dense && LONG_RUN * turns > covered;
        return dense || (middling && choice.words());
    }

    /** The next word that is not like those of a run: all clear, or all set. */
    private long skip(long index, long same) {
        long at = index + 1;
        while (at < words) {
            if (at >= first + WINDOW) {
                load(at);
                if (same == 0 && !any) {
                    at += WINDOW;
                    continue;
                }
            }
            int end = (int) Math.min(WINDOW, words - first);
            int i = (int) (at - first);
            while (i < end && window[i] == same) {
                i++;
            }
            at = first + i;
            if (i < end) {
                return at;
            }
        }
        return words;
    }

    private long word(long index) {
        if (index < first || index >= first + WINDOW) {
            load(index);
        }
        return window[(int) (index - first)];
    }

    private void load(long index) {
        first = index;
        int count = (int) Math.min(WINDOW, words - first);
        any = bitmap.read(first, window, count);
        int tail = (int) (bits % Long.SIZE);
        if (first + count == words && tail != 0) {
            window[count - 1] &= (1L << tail) - 1;
        }
    }
}
