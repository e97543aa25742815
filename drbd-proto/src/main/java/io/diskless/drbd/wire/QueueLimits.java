package io.diskless.drbd.wire;

import io.netty.buffer.ByteBuf;

/**
 * The end of {@code P_SIZES} where {@link Dialect#FF_WSAME} was agreed (DRBD wire protocol §5.4), big-endian.
 *
 * <pre>
 *  0          4          8          12        16        20      21      22      23    24
 *  | physical | logical  | align    | io_min  | io_opt  |discard|zeroes |w.same | pad |
 * </pre>
 *
 * <p>Immutable.
 *
 * @param physicalBlock bytes of a physical block, unsigned
 * @param logicalBlock bytes of a logical block, unsigned
 * @param alignmentOffset bytes, unsigned
 * @param ioMin smallest request without a read before, in bytes, unsigned
 * @param ioOpt best request size in bytes, 0 for none, unsigned
 * @param discardEnabled 0 or 1
 * @param discardZeroes 0 or 1: discarded blocks read as zeroes
 * @param writeSame 0 or 1: write-same works
 * @param pad 0; DRBD 9 has the size of its bitmap blocks here
 */
public record QueueLimits(
        int physicalBlock,
        int logicalBlock,
        int alignmentOffset,
        int ioMin,
        int ioOpt,
        int discardEnabled,
        int discardZeroes,
        int writeSame,
        int pad) {
    /** Bytes on the wire. */
    public static final int LENGTH = 24;

    private static final int PHYSICAL = 0;
    private static final int LOGICAL = 4;
    private static final int ALIGNMENT = 8;
    private static final int IO_MIN = 12;
    private static final int IO_OPT = 16;
    private static final int DISCARD = 20;
    private static final int DISCARD_ZEROES = 21;
    private static final int WRITE_SAME = 22;
    private static final int PAD = 23;

    /**
     * Reads them.
     *
     * @param b holds them
     * @param at index of the first byte
     * @return the limits
     */
    public static QueueLimits read(ByteBuf b, int at) {
        return new QueueLimits(
                b.getInt(at + PHYSICAL),
                b.getInt(at + LOGICAL),
                b.getInt(at + ALIGNMENT),
                b.getInt(at + IO_MIN),
                b.getInt(at + IO_OPT),
                b.getUnsignedByte(at + DISCARD),
                b.getUnsignedByte(at + DISCARD_ZEROES),
                b.getUnsignedByte(at + WRITE_SAME),
                b.getUnsignedByte(at + PAD));
    }

    /**
     * Writes them.
     *
     * @param b has room for them
     * @param at index of the first byte
     */
    public void write(ByteBuf b, int at) {
        b.setInt(at + PHYSICAL, physicalBlock);
        b.setInt(at + LOGICAL, logicalBlock);
        b.setInt(at + ALIGNMENT, alignmentOffset);
        b.setInt(at + IO_MIN, ioMin);
        b.setInt(at + IO_OPT, ioOpt);
        b.setByte(at + DISCARD, discardEnabled);
        b.setByte(at + DISCARD_ZEROES, discardZeroes);
        b.setByte(at + WRITE_SAME, writeSame);
        b.setByte(at + PAD, pad);
    }
}
