package io.diskless.aoe.ata;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * The 512 bytes that IDENTIFY DEVICE returns: what a disk says of itself (spec §4.7, ACS-3 §7.12).
 *
 * <pre>
 *  word   0        10 .. 19   23 .. 26   27 .. 46   60-61       82-87      100 .. 103  106       255
 *        | 0040 ...| serial ...| firmware | model ...| sectors 28| features | sectors 48| sector  | sum A5|
 * </pre>
 *
 * <p>256 words of 16 bits, little-endian, the only such format in AoE. Strings put the first character of a pair into
 * the high byte, so that their bytes look swapped. Made by a {@link IdentifyBuilder} or read from a target by {@link #parse},
 * which accepts anything: the accessors then follow the rules of the initiators in the field.
 *
 * <p>Immutable.
 */
public final class IdentifyDevice {
    /** Bytes of the block. */
    public static final int LENGTH = 512;
    /** Characters of a serial number. */
    public static final int SERIAL_LENGTH = 20;
    /** Characters of a firmware revision. */
    public static final int FIRMWARE_LENGTH = 8;
    /** Characters of a model name. */
    public static final int MODEL_LENGTH = 40;
    /** The most sectors that 28 address bits reach, by the word that says so. */
    public static final long MAX_SECTORS_28 = 0x0FFF_FFFF;
    /** The most sectors that 48 address bits reach. */
    public static final long MAX_SECTORS_48 = 1L << 48;

    private final byte[] block;
    private final ByteBuffer words;

    IdentifyDevice(byte[] block) {
        this.block = block;
        this.words = ByteBuffer.wrap(block);
    }

    /**
     * Starts a block for a disk of a size.
     *
     * @param sectors sectors of 512 bytes, 0 to 2^48
     * @return a builder with no names, a write cache that is on, no IdentifyWords.SMART and no TRIM
     */
    public static IdentifyBuilder builder(long sectors) {
        return new IdentifyBuilder(sectors);
    }

    /**
     * Copies a block that a target sent. Any content is accepted.
     *
     * @param b frame
     * @param at index of the block's first byte
     * @return the block
     * @throws IndexOutOfBoundsException if the buffer ends before the block does
     */
    public static IdentifyDevice parse(ByteBuffer b, int at) {
        byte[] block = new byte[LENGTH];
        b.get(at, block);
        return new IdentifyDevice(block);
    }

    /**
     * Copies the block into a frame. Allocates nothing.
     *
     * @param b frame
     * @param at index where the block starts
     */
    public void copyTo(ByteBuffer b, int at) {
        b.put(at, block);
    }

    /**
     * One word.
     *
     * @param index 0 to 255
     * @return 0 to 0xFFFF
     */
    public int word(int index) {
        return IdentifyWords.get(words, Objects.checkIndex(index, LENGTH / 2));
    }

    /**
     * Serial number.
     *
     * @return without the spaces around it; what is not printable ASCII becomes '?'
     */
    public String serial() {
        return string(IdentifyWords.SERIAL, SERIAL_LENGTH);
    }

    /**
     * Firmware revision.
     *
     * @return without the spaces around it; what is not printable ASCII becomes '?'
     */
    public String firmware() {
        return string(IdentifyWords.FIRMWARE, FIRMWARE_LENGTH);
    }

    /**
     * Model name.
     *
     * @return without the spaces around it; what is not printable ASCII becomes '?'
     */
    public String model() {
        return string(IdentifyWords.MODEL, MODEL_LENGTH);
    }

    /**
     * Capacity, by the rule of the Linux driver: words 100-103 if the disk takes 48-bit addresses, else words 60-61.
     *
     * @return sectors of 512 bytes; a claim beyond 2^48, which nothing can address, is 2^48
     */
    public long sectors() {
        if (!supportsLba48()) {
            return word(IdentifyWords.SECTORS_28) | (long) word(IdentifyWords.SECTORS_28 + 1) << 16;
        }
        long sectors = Bytes.i64(words, 2 * IdentifyWords.SECTORS_48);
        return sectors < 0 || sectors > MAX_SECTORS_48 ? MAX_SECTORS_48 : sectors;
    }

    /**
     * Whether the disk takes 48-bit addresses: said by word 83 or, as the Linux driver has it, by word 86.
     *
     * @return true if so
     */
    public boolean supportsLba48() {
        return ((word(IdentifyWords.SUPPORTED_83) | word(IdentifyWords.ENABLED_86)) & IdentifyWords.LBA48) != 0;
    }

    /**
     * Whether the disk says that it knows IdentifyWords.FLUSH CACHE or IdentifyWords.FLUSH CACHE EXT. Some that do not say it do know it.
     *
     * @return true if so
     */
    public boolean supportsFlush() {
        return isValid(IdentifyWords.SUPPORTED_83)
                && (word(IdentifyWords.SUPPORTED_83) & (IdentifyWords.FLUSH | IdentifyWords.FLUSH_EXT)) != 0;
    }

    /**
     * Whether the disk has IdentifyWords.SMART.
     *
     * @return true if so
     */
    public boolean supportsSmart() {
        return (word(IdentifyWords.SUPPORTED_82) & IdentifyWords.SMART) != 0;
    }

    /**
     * Whether the disk has a write cache.
     *
     * @return true if so
     */
    public boolean supportsWriteCache() {
        return (word(IdentifyWords.SUPPORTED_82) & IdentifyWords.WRITE_CACHE) != 0;
    }

    /**
     * Whether the write cache is on: what was written is durable only after a flush.
     *
     * @return true if so
     */
    public boolean isWriteCacheOn() {
        return (word(IdentifyWords.ENABLED_85) & IdentifyWords.WRITE_CACHE) != 0;
    }

    /**
     * Whether the disk knows TRIM.
     *
     * @return true if so
     */
    public boolean supportsTrim() {
        return (word(IdentifyWords.DATA_SET_MANAGEMENT) & 1) != 0;
    }

    /**
     * How many blocks of {@link TrimRanges} one TRIM takes.
     *
     * @return at least 1 if TRIM is supported, else 0
     */
    public int maxTrimBlocks() {
        return supportsTrim() ? Math.max(1, word(IdentifyWords.TRIM_BLOCKS)) : 0;
    }

    /**
     * Whether every read of a trimmed sector gives the same bytes.
     *
     * @return true if so
     */
    public boolean isTrimDeterministic() {
        return supportsTrim() && (word(IdentifyWords.TRIM_TRAITS) & IdentifyWords.TRIM_DETERMINISTIC) != 0;
    }

    /**
     * Whether a trimmed sector reads as zeroes.
     *
     * @return true if so
     */
    public boolean isTrimZeroed() {
        return isTrimDeterministic() && (word(IdentifyWords.TRIM_TRAITS) & IdentifyWords.TRIM_ZEROED) != 0;
    }

    /**
     * Bytes that the disk writes at once. The sector of AoE is 512 bytes in any case.
     *
     * @return 512 to 2^24; 512 if the disk does not say
     */
    public int physicalBlock() {
        boolean several = (word(IdentifyWords.SECTOR_SIZE) & 0x2000) != 0;
        return isValid(IdentifyWords.SECTOR_SIZE) && several
                ? AtaCommand.SECTOR << (word(IdentifyWords.SECTOR_SIZE) & 0x0F)
                : AtaCommand.SECTOR;
    }

    /**
     * Whether the disk says that nothing in it turns.
     *
     * @return true for flash and memory
     */
    public boolean isSolidState() {
        return word(IdentifyWords.ROTATION) == 1;
    }

    /**
     * Whether the block bears a check sum; the targets in the field do not.
     *
     * @return true if the low byte of word 255 is A5
     */
    public boolean hasChecksum() {
        return (word(IdentifyWords.CHECKSUM) & 0xFF) == IdentifyWords.SIGNATURE;
    }

    /**
     * Whether the bytes sum to zero modulo 256. Of use only with {@link #hasChecksum}.
     *
     * @return true if they do
     */
    public boolean isChecksumGood() {
        return IdentifyWords.sum(block) == 0;
    }

    /**
     * A builder that starts from this block's names and abilities.
     *
     * @return a new builder; words that it does not know are not carried over
     */
    public IdentifyBuilder toBuilder() {
        return builder(sectors())
                .serial(serial())
                .firmware(firmware())
                .model(model())
                .physicalBlock(physicalBlock())
                .solidState(isSolidState())
                .smart(supportsSmart())
                .writeCache(isWriteCacheOn())
                .trim(maxTrimBlocks(), isTrimDeterministic(), isTrimZeroed());
    }

    /** Words 83, 84, 87 and 106 hold something only if bit 14 is set and bit 15 is not (ACS-3). */
    private boolean isValid(int index) {
        return (word(index) & 0xC000) == 0x4000;
    }

    private String string(int firstWord, int length) {
        return IdentifyWords.string(words, firstWord, length);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IdentifyDevice that && Arrays.equals(block, that.block);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(block);
    }

    /** {@return names and size, for messages} */
    @Override
    public String toString() {
        return "IdentifyDevice[" + model() + ", serial " + serial() + ", firmware " + firmware() + ", " + sectors()
                + " sectors]";
    }
}
