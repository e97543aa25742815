package io.diskless.aoe.wire;

import java.nio.ByteBuffer;

/**
 * The argument of AoE command 3, Reserve/Release, 2 bytes behind the AoE header, then addresses of 6 bytes (AoEr11
 * §3.4).
 *
 * <pre>
 *  0    1    2             8
 *  |rcmd| n  | MAC address | next address ...
 * </pre>
 *
 * <p>All accessors take {@code at}, the index of the AoE header's first byte. No allocation.
 */
public final class ReserveFields {
    /** Bytes of the AoE header and the fixed fields: where the first address starts, counted from the AoE header. */
    public static final int LENGTH = AoeHeader.LENGTH + 2;
    /** The longest list: one byte counts it. */
    public static final int MAX_ENTRIES = 255;

    /** Bytes of an address. */
    public static final int MAC_LENGTH = 6;

    /** Reserve command 0: read the list. */
    public static final int READ = 0;
    /** Reserve command 1: set the list, if it is empty or the sender is on it. */
    public static final int SET = 1;
    /** Reserve command 2: set the list, always. */
    public static final int FORCE = 2;

    private static final int COMMAND = 10;
    private static final int COUNT = 11;

    private ReserveFields() {}

    /**
     * The reserve command.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 255
     */
    public static int command(ByteBuffer b, int at) {
        return Bytes.u8(b, at + COMMAND);
    }

    /**
     * Number of addresses.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 255
     */
    public static int count(ByteBuffer b, int at) {
        return Bytes.u8(b, at + COUNT);
    }

    /**
     * One address.
     *
     * @param b frame
     * @param at index of the AoE header
     * @param index 0 to count - 1
     * @return 48 bits
     */
    public static long mac(ByteBuffer b, int at, int index) {
        return Bytes.mac(b, at + LENGTH + index * MAC_LENGTH);
    }

    /**
     * Writes the fixed fields.
     *
     * @param b frame
     * @param at index of the AoE header
     * @param command reserve command
     * @param count addresses that follow
     */
    public static void write(ByteBuffer b, int at, int command, int count) {
        b.put(at + COMMAND, (byte) command);
        b.put(at + COUNT, (byte) count);
    }

    /**
     * Writes one address.
     *
     * @param b frame
     * @param at index of the AoE header
     * @param index 0 to 254
     * @param mac 48 bits
     */
    public static void writeMac(ByteBuffer b, int at, int index, long mac) {
        Bytes.mac(b, at + LENGTH + index * MAC_LENGTH, mac);
    }
}
