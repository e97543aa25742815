package io.diskless.aoe.wire;

import java.nio.ByteBuffer;

/**
 * The argument of AoE command 1, Query Config, 8 bytes behind the AoE header (AoEr11 §3.2).
 *
 * <pre>
 *  0         2         4    5    6         8
 *  | buffers | firmware|scnt|V C | length  | config string ...
 *   V 4 bits highest AoE version of the target, C 4 bits config command
 * </pre>
 *
 * <p>All accessors take {@code at}, the index of the AoE header's first byte. Big-endian. No allocation.
 */
public final class ConfigFields {
    /** Bytes of the AoE header and these fields: where the string starts, counted from the AoE header. */
    public static final int LENGTH = AoeHeader.LENGTH + 8;
    /** The longest config string. */
    public static final int MAX_STRING = 1024;

    /** Config command 0: read the string. */
    public static final int READ = 0;
    /** Config command 1: answer only if the strings are equal. */
    public static final int TEST = 1;
    /** Config command 2: answer only if ours starts with theirs. */
    public static final int PREFIX = 2;
    /** Config command 3: set if empty or equal, else error 4. */
    public static final int SET = 3;
    /** Config command 4: set always. */
    public static final int FORCE = 4;

    private static final int BUFFERS = 10;
    private static final int FIRMWARE = 12;
    private static final int SECTORS = 14;
    private static final int VERSION_COMMAND = 15;
    private static final int STRING_LENGTH = 16;

    private ConfigFields() {}

    /**
     * How many requests the target can queue.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 0xFFFF
     */
    public static int bufferCount(ByteBuffer b, int at) {
        return Bytes.u16(b, at + BUFFERS);
    }

    /**
     * Firmware version of the target.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 0xFFFF
     */
    public static int firmware(ByteBuffer b, int at) {
        return Bytes.u16(b, at + FIRMWARE);
    }

    /**
     * Most sectors in one ATA request.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 255; 0 means 2 (targets older than jumbo frames)
     */
    public static int sectorCount(ByteBuffer b, int at) {
        return Bytes.u8(b, at + SECTORS);
    }

    /**
     * Highest AoE version of the target.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 15
     */
    public static int aoeVersion(ByteBuffer b, int at) {
        return Bytes.u8(b, at + VERSION_COMMAND) >>> 4;
    }

    /**
     * The config command.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 15
     */
    public static int command(ByteBuffer b, int at) {
        return Bytes.u8(b, at + VERSION_COMMAND) & 0x0F;
    }

    /**
     * Claimed length of the string: check it against the frame before use.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 0xFFFF
     */
    public static int stringLength(ByteBuffer b, int at) {
        return Bytes.u16(b, at + STRING_LENGTH);
    }

    /**
     * Writes the fixed fields; the string goes to {@code at + LENGTH}.
     *
     * @param b frame
     * @param at index of the AoE header
     * @param bufferCount 0 to 0xFFFF
     * @param firmware 0 to 0xFFFF
     * @param sectorCount 0 to 255
     * @param aoeVersion 0 to 15
     * @param command 0 to 15
     * @param stringLength 0 to 1024
     */
    public static void write(
            ByteBuffer b,
            int at,
            int bufferCount,
            int firmware,
            int sectorCount,
            int aoeVersion,
            int command,
            int stringLength) {
        Bytes.u16(b, at + BUFFERS, bufferCount);
        Bytes.u16(b, at + FIRMWARE, firmware);
        b.put(at + SECTORS, (byte) sectorCount);
        b.put(at + VERSION_COMMAND, (byte) (aoeVersion << 4 | command));
        Bytes.u16(b, at + STRING_LENGTH, stringLength);
    }
}
