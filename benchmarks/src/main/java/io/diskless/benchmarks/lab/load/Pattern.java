package io.diskless.benchmarks.lab.load;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What a version of a block holds: its number, its version, then words that follow from both and the seed. Version 0 is
 * the block that nobody wrote: zeroes. Immutable.
 *
 * <pre>
 *   0  block number (8)    8  version (8)    16  words of a generator, 8 bytes each      little-endian
 * </pre>
 */
public final class Pattern {
    /** Bytes of a block: a page, and the block of ext4. */
    public static final int BLOCK = 4096;

    private static final int AT_VERSION = 8;
    private static final int AT_WORDS = 16;
    /** The step of SplitMix64 (Steele, Lea, Flood 2014). */
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private final long seed;

    /**
     * The pattern of a seed.
     *
     * @param seed any
     */
    public Pattern(long seed) {
        this.seed = seed;
    }

    /**
     * Fills a block.
     *
     * @param to little-endian, at least {@link #BLOCK} bytes from index 0; position and limit are left alone
     * @param block its number
     * @param version 0 for zeroes
     */
    public void fill(ByteBuffer to, long block, int version) {
        if (to.order() != ByteOrder.LITTLE_ENDIAN) {
            throw new IllegalArgumentException("expected a little-endian buffer, got " + to.order());
        }
        if (version == 0) {
            for (int at = 0; at < BLOCK; at += Long.BYTES) {
                to.putLong(at, 0);
            }
            return;
        }
        to.putLong(0, block);
        to.putLong(AT_VERSION, version);
        long state = mix(seed ^ mix(block) ^ mix(-1L - version));
        for (int at = AT_WORDS; at < BLOCK; at += Long.BYTES) {
            state += GOLDEN;
            to.putLong(at, mix(state));
        }
    }

    /**
     * Says what a block holds instead, for a person who looks for the fault.
     *
     * @param found little-endian, {@link #BLOCK} bytes from index 0
     * @return for example {@code version 3 of block 17}
     */
    public String describe(ByteBuffer found) {
        ByteBuffer expected = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer whole = found.duplicate().clear().limit(BLOCK);
        if (whole.equals(expected)) {
            return "zeroes";
        }
        long block = found.getLong(0);
        long version = found.getLong(AT_VERSION);
        if (version > 0 && version <= Integer.MAX_VALUE) {
            fill(expected, block, (int) version);
            int differs = whole.mismatch(expected);
            if (differs < 0) {
                return "version " + version + " of block " + block;
            }
            if (differs >= AT_WORDS) {
                return "version " + version + " of block " + block + " torn at byte " + differs;
            }
        }
        return "bytes that nobody wrote";
    }

    /** The finalizer of SplitMix64. */
    private static long mix(long z) {
        long mixed = (z ^ z >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D0_49BB_1331_11EBL;
        return mixed ^ mixed >>> 31;
    }
}
