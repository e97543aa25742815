package io.diskless.aoe.wire;

import java.nio.ByteBuffer;

/**
 * The header common to all AoE messages, 10 bytes behind the Ethernet header (AoEr11 §2).
 *
 * <pre>
 *  0    1    2         4    5    6             10
 *  |V RE| err|  shelf  |slot| cmd|     tag     | argument of the command ...
 *   4 bits version, R response, E error, 2 bits reserved
 * </pre>
 *
 * <p>All accessors take {@code at}, the index of the header's first byte: 14 in an untagged frame that starts at 0.
 * Big-endian; the tag is opaque. No allocation.
 */
public final class AoeHeader {
    /** Bytes of this header. */
    public static final int LENGTH = 10;
    /** Index of the header in an untagged frame that starts at index 0. */
    public static final int AT = EthernetHeader.LENGTH;
    /** The protocol version that we speak. */
    public static final int VERSION = 1;
    /** Flag R: a response. */
    public static final int FLAG_RESPONSE = 0x08;
    /** Flag E: the error byte is valid. */
    public static final int FLAG_ERROR = 0x04;

    /** Command 0: an ATA command. */
    public static final int CMD_ATA = 0;
    /** Command 1: query or change the config string. */
    public static final int CMD_CONFIG = 1;
    /** Command 2: MAC mask list. */
    public static final int CMD_MASK = 2;
    /** Command 3: reserve and release. */
    public static final int CMD_RESERVE = 3;
    /** First of the vendor commands, up to 0xFF. */
    public static final int CMD_VENDOR_FIRST = 0xF0;

    /** Error 1: the command is not known. */
    public static final int ERR_UNKNOWN_COMMAND = 1;
    /** Error 2: an argument is wrong. */
    public static final int ERR_BAD_ARGUMENT = 2;
    /** Error 3: the device is not available, for now. */
    public static final int ERR_UNAVAILABLE = 3;
    /** Error 4: another config string is set. */
    public static final int ERR_CONFIG_PRESENT = 4;
    /** Error 5: the version is not supported. */
    public static final int ERR_VERSION = 5;
    /** Error 6: the target is reserved for others. */
    public static final int ERR_RESERVED = 6;

    private static final int VER_FLAGS = 0;
    private static final int ERROR = 1;
    private static final int SHELF = 2;
    private static final int SLOT = 4;
    private static final int COMMAND = 5;
    private static final int TAG = 6;

    private AoeHeader() {}

    /**
     * Protocol version, the high four bits of the first byte.
     *
     * @param b frame
     * @param at index of this header
     * @return 0 to 15
     */
    public static int version(ByteBuffer b, int at) {
        return Bytes.u8(b, at + VER_FLAGS) >>> 4;
    }

    /**
     * The flags, the low four bits of the first byte: R, E and two reserved ones.
     *
     * @param b frame
     * @param at index of this header
     * @return 0 to 15
     */
    public static int flags(ByteBuffer b, int at) {
        return Bytes.u8(b, at + VER_FLAGS) & 0x0F;
    }

    /**
     * Whether flag R is set.
     *
     * @param b frame
     * @param at index of this header
     * @return true for a response
     */
    public static boolean isResponse(ByteBuffer b, int at) {
        return (Bytes.u8(b, at + VER_FLAGS) & FLAG_RESPONSE) != 0;
    }

    /**
     * Whether flag E is set.
     *
     * @param b frame
     * @param at index of this header
     * @return true if {@link #error} is valid
     */
    public static boolean isError(ByteBuffer b, int at) {
        return (Bytes.u8(b, at + VER_FLAGS) & FLAG_ERROR) != 0;
    }

    /**
     * The error byte.
     *
     * @param b frame
     * @param at index of this header
     * @return 0 to 255, see the ERR constants
     */
    public static int error(ByteBuffer b, int at) {
        return Bytes.u8(b, at + ERROR);
    }

    /**
     * Shelf ("major").
     *
     * @param b frame
     * @param at index of this header
     * @return 0 to 0xFFFF; 0xFFFF means all
     */
    public static int shelf(ByteBuffer b, int at) {
        return Bytes.u16(b, at + SHELF);
    }

    /**
     * Slot ("minor").
     *
     * @param b frame
     * @param at index of this header
     * @return 0 to 0xFF; 0xFF means all
     */
    public static int slot(ByteBuffer b, int at) {
        return Bytes.u8(b, at + SLOT);
    }

    /**
     * The command; unknown codes are values.
     *
     * @param b frame
     * @param at index of this header
     * @return 0 to 255
     */
    public static int command(ByteBuffer b, int at) {
        return Bytes.u8(b, at + COMMAND);
    }

    /**
     * The tag: chosen by the initiator, copied by the target.
     *
     * @param b frame
     * @param at index of this header
     * @return 32 bits
     */
    public static int tag(ByteBuffer b, int at) {
        return Bytes.i32(b, at + TAG);
    }

    /**
     * Writes a whole header.
     *
     * @param b frame
     * @param at index of this header
     * @param flags {@link #FLAG_RESPONSE} and {@link #FLAG_ERROR}, or 0
     * @param error 0, or a code if {@link #FLAG_ERROR} is given
     * @param shelf 0 to 0xFFFF
     * @param slot 0 to 0xFF
     * @param command 0 to 0xFF
     * @param tag 32 bits
     */
    public static void write(ByteBuffer b, int at, int flags, int error, int shelf, int slot, int command, int tag) {
        write(b, at, VERSION, flags, error, shelf, slot, command, tag);
    }

    /** Any version, for messages that are to be as they were. */
    static void write(
            ByteBuffer b, int at, int version, int flags, int error, int shelf, int slot, int command, int tag) {
        b.put(at + VER_FLAGS, (byte) (version << 4 | flags));
        b.put(at + ERROR, (byte) error);
        Bytes.u16(b, at + SHELF, shelf);
        b.put(at + SLOT, (byte) slot);
        b.put(at + COMMAND, (byte) command);
        Bytes.i32(b, at + TAG, tag);
    }
}
