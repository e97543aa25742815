package io.diskless.drbd.wire;

import io.netty.buffer.ByteBuf;

/**
 * Sends a bitmap packet by packet (DRBD wire protocol §6.2): as run lengths where that is shorter, else as words.
 *
 * <p>States: at {@link #position} there are bits left; or all were sent by words, and an empty {@code P_BITMAP} has to
 * follow; or done. A packet of run lengths that reaches the end needs no empty one behind it. Packets of words start at
 * a word: behind run lengths that ended inside of one, the bits before are sent twice, which does no harm since the
 * receiver only sets bits.
 *
 * <p>Whether run lengths pay is guessed before they are made: counting the runs in the next words takes one instruction
 * for each, and runs of less than four bits on average save a quarter at most, while making them costs twenty times what
 * words cost. So dense bitmaps go at the speed of memory.
 *
 * <p>Not thread-safe. Allocates nothing but itself.
 */
public final class BitmapSender {
    private static final int ENCODING = 2;
    private static final int PAD_SHIFT = 4;
    private static final int FIRST_SET = 0x80;

    private final Dialect dialect;
    private final BitmapWords bitmap;
    private final boolean compress;
    private final long bits;
    private final long words;

    private long position;
    private boolean done;
    private long packets;
    private long bytes;

    // The code of a packet in the making.
    private long pending;
    private int pendingBits;
    private int written;

    /**
     * Starts at the first bit.
     *
     * @param dialect what was agreed
     * @param bitmap what is sent; bits that are set meanwhile may or may not be sent
     * @param compress whether run lengths may be sent (use-rle); of no effect where the dialect does not have them
     */
    public BitmapSender(Dialect dialect, BitmapWords bitmap, boolean compress) {
        this.dialect = dialect;
        this.bitmap = bitmap;
        this.compress = compress && dialect.hasCompressedBitmap();
        bits = bitmap.bits();
        words = bitmap.words();
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
        packets++;
        bytes += format.length() + length;
    }

    /** Writes words; none at the end, which ends the transfer. */
    private int plain(ByteBuf b, int at) {
        long first = Math.min(position / Long.SIZE, words);
        if (position >= bits) {
            done = true;
            return 0;
        }
        int count = (int) Math.min(dialect.maxBitmapWords(), words - first);
        for (int i = 0; i < count; i++) {
            b.setLongLE(at + i * Long.BYTES, word(first + i));
        }
        position = Math.min((first + count) * Long.SIZE, bits);
        return count * Long.BYTES;
    }

    /** Writes run lengths; 0 if words are shorter, and nothing has changed then. */
    private int runs(ByteBuf b, int at) {
        if (isDense()) {
            return 0;
        }
        int room = (dialect.maxBitmapPayload() - 1) * Byte.SIZE;
        pending = 0;
        pendingBits = 0;
        written = at + 1;
        int used = 0;
        long index = position / Long.SIZE;
        long word = word(index);
        boolean set = (word >>> position & 1) != 0;
        long start = position;
        // A bit of turns is set where a run starts; the first one has started already.
        long turns = (word ^ word << 1) & -2L << position;
        while (true) {
            long base = index * Long.SIZE;
            while (turns != 0) {
                long turn = base + Long.numberOfTrailingZeros(turns);
                turns &= turns - 1;
                if (turn >= bits) {
                    break;
                }
                int size = put(b, turn - start, room - used);
                if (size == 0) {
                    return finish(b, at, set, used, start);
                }
                used += size;
                start = turn;
            }
            index++;
            if (index >= words) {
                int size = put(b, bits - start, room - used);
                return finish(b, at, set, used + size, size == 0 ? start : bits);
            }
            long last = word >>> (Long.SIZE - 1);
            word = word(index);
            turns = word ^ (word << 1 | last);
        }
    }

    /** Ends a packet whose runs reach up to a bit. */
    private int finish(ByteBuf b, int at, boolean set, int used, long end) {
        int length = (used + Byte.SIZE - 1) / Byte.SIZE;
        if ((long) length * Byte.SIZE > end - position) {
            return 0;
        }
        for (int i = 0; written + i < at + 1 + length; i++) {
            b.setByte(written + i, (int) (pending >>> (i * Byte.SIZE)));
        }
        int pad = length * Byte.SIZE - used;
        b.setByte(at, ENCODING | pad << PAD_SHIFT | (set ? FIRST_SET : 0));
        position = end;
        done = position == bits;
        return 1 + length;
    }

    /** Appends the code of a run; 0 if there is no room for it. */
    private int put(ByteBuf b, long run, int room) {
        long code;
        int size;
        if (run <= Vli.SMALL) {
            int entry = Vli.small((int) run);
            code = Vli.smallCode(entry);
            size = Vli.smallBits(entry);
        } else {
            code = Vli.code(run);
            size = Vli.codeBits(run);
        }
        if (size > room) {
            return 0;
        }
        pending |= code << pendingBits;
        pendingBits += size;
        if (pendingBits >= Long.SIZE) {
            b.setLongLE(written, pending);
            written += Long.BYTES;
            pendingBits -= Long.SIZE;
            pending = pendingBits == 0 ? 0 : code >>> (size - pendingBits);
        }
        return size;
    }

    /** Whether the next words have so many runs that their lengths would hardly be shorter. */
    private boolean isDense() {
        long first = position / Long.SIZE;
        int count = (int) Math.min(dialect.maxBitmapWords(), words - first);
        long word = word(first);
        int turns = Long.bitCount((word ^ word << 1) & -2L << position);
        for (int i = 1; i < count; i++) {
            long last = word >>> (Long.SIZE - 1);
            word = word(first + i);
            turns += Long.bitCount(word ^ (word << 1 | last));
        }
        long covered = Math.min((first + count) * Long.SIZE, bits) - position;
        return 4L * turns > covered;
    }

    private long word(long index) {
        long word = bitmap.word(index);
        int tail = (int) (bits % Long.SIZE);
        return index == words - 1 && tail != 0 ? word & (1L << tail) - 1 : word;
    }
}
