package io.diskless.aoe.ata;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Collects what a disk wants to say of itself; made by {@link IdentifyDevice#builder}. The other words of the block are
 * the ones that spec §4.7 recommends: LBA, 48-bit addresses, FLUSH CACHE and FLUSH CACHE EXT, a write cache that can be
 * switched, ATA-4 to ATA-8.
 *
 * <p>Not thread-safe.
 */
public final class IdentifyBuilder {
    private final long sectors;
    private String serial = "";
    private String firmware = "";
    private String model = "";
    private int physicalBlock = AtaCommand.SECTOR;
    private boolean solidState;
    private boolean smart;
    private boolean writeCache = true;
    private int trimBlocks;
    private boolean trimDeterministic;
    private boolean trimZeroed;

    IdentifyBuilder(long sectors) {
        this.sectors = sectors;
    }

    /**
     * Sets the serial number.
     *
     * @param value at most 20 characters of printable ASCII
     * @return this
     */
    public IdentifyBuilder serial(String value) {
        this.serial = Objects.requireNonNull(value, "serial");
        return this;
    }

    /**
     * Sets the firmware revision.
     *
     * @param value at most 8 characters of printable ASCII
     * @return this
     */
    public IdentifyBuilder firmware(String value) {
        this.firmware = Objects.requireNonNull(value, "firmware");
        return this;
    }

    /**
     * Sets the model name.
     *
     * @param value at most 40 characters of printable ASCII
     * @return this
     */
    public IdentifyBuilder model(String value) {
        this.model = Objects.requireNonNull(value, "model");
        return this;
    }

    /**
     * Sets what the store writes at once.
     *
     * @param bytes a power of two from 512 to 2^24
     * @return this
     */
    public IdentifyBuilder physicalBlock(int bytes) {
        this.physicalBlock = bytes;
        return this;
    }

    /**
     * Says whether nothing turns in the store.
     *
     * @param value true for flash and memory
     * @return this
     */
    public IdentifyBuilder solidState(boolean value) {
        this.solidState = value;
        return this;
    }

    /**
     * Says whether IdentifyWords.SMART is supported and on.
     *
     * @param value true if so
     * @return this
     */
    public IdentifyBuilder smart(boolean value) {
        this.smart = value;
        return this;
    }

    /**
     * Says whether the write cache is on. That there is one to switch is said in any case.
     *
     * @param on true if what was written is durable only after a flush
     * @return this
     */
    public IdentifyBuilder writeCache(boolean on) {
        this.writeCache = on;
        return this;
    }

    /**
     * Says what TRIM does.
     *
     * @param maxBlocks most blocks of ranges in one command, 0 if TRIM is not supported
     * @param deterministic whether a trimmed sector reads the same every time
     * @param zeroed whether it reads as zeroes; implies deterministic
     * @return this
     */
    public IdentifyBuilder trim(int maxBlocks, boolean deterministic, boolean zeroed) {
        this.trimBlocks = maxBlocks;
        this.trimDeterministic = deterministic || zeroed;
        this.trimZeroed = zeroed;
        return this;
    }

    /**
     * Checks everything and makes the block.
     *
     * @return the block, with its check sum
     * @throws IllegalArgumentException if a value is out of range or a string does not fit
     */
    public IdentifyDevice build() {
        check(sectors >= 0 && sectors <= IdentifyDevice.MAX_SECTORS_48, "sectors are 0 to 2^48, got " + sectors);
        check(
                Integer.bitCount(physicalBlock) == 1 && physicalBlock >= 512 && physicalBlock <= 1 << 24,
                "physical block is a power of two from 512 to 2^24, got " + physicalBlock);
        check(trimBlocks >= 0 && trimBlocks <= 0xFFFF, "TRIM takes 0 to 65535 blocks, got " + trimBlocks);
        return new IdentifyDevice(block());
    }

    private byte[] block() {
        ByteBuffer b = ByteBuffer.allocate(IdentifyDevice.LENGTH);
        IdentifyWords.put(b, 0, 0x0040); // not removable
        IdentifyWords.geometry(b, sectors);
        string(b, IdentifyWords.SERIAL, IdentifyDevice.SERIAL_LENGTH, serial, "serial");
        string(b, IdentifyWords.FIRMWARE, IdentifyDevice.FIRMWARE_LENGTH, firmware, "firmware");
        string(b, IdentifyWords.MODEL, IdentifyDevice.MODEL_LENGTH, model, "model");
        IdentifyWords.put(b, 47, 0x8001);
        IdentifyWords.put(b, 49, 0x0200); // LBA
        IdentifyWords.put(b, 50, 0x4000);
        IdentifyWords.put(b, 53, 0x0001); // words 54-58 are valid
        IdentifyWords.put(b, IdentifyWords.SECTORS_28, (int) Math.min(sectors, IdentifyDevice.MAX_SECTORS_28) & 0xFFFF);
        IdentifyWords.put(
                b, IdentifyWords.SECTORS_28 + 1, (int) Math.min(sectors, IdentifyDevice.MAX_SECTORS_28) >>> 16);
        IdentifyWords.put(b, 80, 0x01F0); // ATA/ATAPI-4 to ATA8-ACS
        IdentifyWords.put(
                b, IdentifyWords.SUPPORTED_82, 0x4000 | IdentifyWords.WRITE_CACHE | (smart ? IdentifyWords.SMART : 0));
        IdentifyWords.put(
                b,
                IdentifyWords.SUPPORTED_83,
                0x4000 | IdentifyWords.FLUSH_EXT | IdentifyWords.FLUSH | IdentifyWords.LBA48);
        IdentifyWords.put(b, 84, 0x4000);
        IdentifyWords.put(
                b,
                IdentifyWords.ENABLED_85,
                0x4000 | (writeCache ? IdentifyWords.WRITE_CACHE : 0) | (smart ? IdentifyWords.SMART : 0));
        IdentifyWords.put(
                b, IdentifyWords.ENABLED_86, IdentifyWords.FLUSH_EXT | IdentifyWords.FLUSH | IdentifyWords.LBA48);
        IdentifyWords.put(b, 87, 0x4000);
        IdentifyWords.put(b, 93, 0x400B);
        Bytes.i64(b, 2 * IdentifyWords.SECTORS_48, sectors);
        int shift = Integer.numberOfTrailingZeros(physicalBlock / AtaCommand.SECTOR);
        IdentifyWords.put(b, IdentifyWords.SECTOR_SIZE, 0x4000 | (shift == 0 ? 0 : 0x2000 | shift));
        if (trimBlocks > 0) {
            IdentifyWords.put(
                    b,
                    IdentifyWords.TRIM_TRAITS,
                    (trimDeterministic ? IdentifyWords.TRIM_DETERMINISTIC : 0)
                            | (trimZeroed ? IdentifyWords.TRIM_ZEROED : 0));
            IdentifyWords.put(b, IdentifyWords.TRIM_BLOCKS, trimBlocks);
            IdentifyWords.put(b, IdentifyWords.DATA_SET_MANAGEMENT, 1);
        }
        IdentifyWords.put(b, IdentifyWords.ROTATION, solidState ? 1 : 0);
        IdentifyWords.put(b, IdentifyWords.CHECKSUM, IdentifyWords.SIGNATURE);
        b.put(IdentifyDevice.LENGTH - 1, (byte) -IdentifyWords.sum(b.array()));
        return b.array();
    }

    private static void string(ByteBuffer b, int firstWord, int length, String value, String what) {
        check(value.length() <= length, what + " has at most " + length + " characters, got \"" + value + '"');
        boolean printable = value.chars().allMatch(c -> c >= ' ' && c <= '~');
        check(printable, what + " is printable ASCII, got \"" + value + '"');
        IdentifyWords.string(b, firstWord, length, value);
    }

    private static void check(boolean good, String message) {
        if (!good) {
            throw new IllegalArgumentException(message);
        }
    }
}
