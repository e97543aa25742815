package io.diskless.aoe.wire;

import java.nio.ByteBuffer;

/**
 * The argument of AoE command 2, MAC Mask List, 4 bytes behind the AoE header, then directives of 8 bytes (AoEr11 §3.3).
 *
 * <pre>
 *  0    1    2    3    4                        12
 *  | 0  |mcmd|merr|dcnt| 0  |dcmd| MAC address  | next directive ...
 * </pre>
 *
 * <p>All accessors take {@code at}, the index of the AoE header's first byte. No allocation.
 */
public final class MaskFields {
    /** Bytes of the AoE header and the fixed fields: where the first directive starts, counted from the AoE header. */
    public static final int LENGTH = AoeHeader.LENGTH + 4;
    /** Bytes of a directive. */
    public static final int DIRECTIVE_LENGTH = 8;
    /** The longest list: one byte counts it. */
    public static final int MAX_ENTRIES = 255;

    /** Mask command 0: read the list. */
    public static final int READ = 0;
    /** Mask command 1: edit the list. */
    public static final int EDIT = 1;

    /** Directive 0: none, skip. */
    public static final int DIRECTIVE_NONE = 0;
    /** Directive 1: add. */
    public static final int DIRECTIVE_ADD = 1;
    /** Directive 2: delete. */
    public static final int DIRECTIVE_DELETE = 2;

    /** Mask error 1: unspecified. */
    public static final int ERR_UNSPECIFIED = 1;
    /** Mask error 2: unknown directive. */
    public static final int ERR_BAD_DIRECTIVE = 2;
    /** Mask error 3: the list is full. */
    public static final int ERR_FULL = 3;

    private static final int RESERVED = 10;
    private static final int COMMAND = 11;
    private static final int ERROR = 12;
    private static final int COUNT = 13;
    private static final int DIRECTIVE_COMMAND = 1;
    private static final int DIRECTIVE_MAC = 2;

    private MaskFields() {}

    /**
     * The mask command.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 255
     */
    public static int command(ByteBuffer b, int at) {
        return Bytes.u8(b, at + COMMAND);
    }

    /**
     * The mask error of a response.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 255
     */
    public static int error(ByteBuffer b, int at) {
        return Bytes.u8(b, at + ERROR);
    }

    /**
     * Number of directives in a request, of entries in a good response, of directives done in a failed one.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 255
     */
    public static int count(ByteBuffer b, int at) {
        return Bytes.u8(b, at + COUNT);
    }

    /**
     * Command of a directive.
     *
     * @param b frame
     * @param at index of the AoE header
     * @param index 0 to count - 1
     * @return 0 to 255
     */
    public static int directive(ByteBuffer b, int at, int index) {
        return Bytes.u8(b, at + LENGTH + index * DIRECTIVE_LENGTH + DIRECTIVE_COMMAND);
    }

    /**
     * Address of a directive.
     *
     * @param b frame
     * @param at index of the AoE header
     * @param index 0 to count - 1
     * @return 48 bits
     */
    public static long mac(ByteBuffer b, int at, int index) {
        return Bytes.mac(b, at + LENGTH + index * DIRECTIVE_LENGTH + DIRECTIVE_MAC);
    }

    /**
     * Writes the fixed fields.
     *
     * @param b frame
     * @param at index of the AoE header
     * @param command mask command
     * @param error mask error, 0 in a request
     * @param count directives or entries
     */
    public static void write(ByteBuffer b, int at, int command, int error, int count) {
        b.put(at + RESERVED, (byte) 0);
        b.put(at + COMMAND, (byte) command);
        b.put(at + ERROR, (byte) error);
        b.put(at + COUNT, (byte) count);
    }

    /**
     * Writes a directive.
     *
     * @param b frame
     * @param at index of the AoE header
     * @param index 0 to 254
     * @param directive what to do; 0 in a response
     * @param mac 48 bits
     */
    public static void writeDirective(ByteBuffer b, int at, int index, int directive, long mac) {
        int start = at + LENGTH + index * DIRECTIVE_LENGTH;
        b.put(start, (byte) 0);
        b.put(start + DIRECTIVE_COMMAND, (byte) directive);
        Bytes.mac(b, start + DIRECTIVE_MAC, mac);
    }

    /** The reserved byte in front, for messages that are to be as they were; the next three likewise. */
    static int reserved(ByteBuffer b, int at) {
        return Bytes.u8(b, at + RESERVED);
    }

    static void reserved(ByteBuffer b, int at, int value) {
        b.put(at + RESERVED, (byte) value);
    }

    static int directiveReserved(ByteBuffer b, int at, int index) {
        return Bytes.u8(b, at + LENGTH + index * DIRECTIVE_LENGTH);
    }

    static void directiveReserved(ByteBuffer b, int at, int index, int value) {
        b.put(at + LENGTH + index * DIRECTIVE_LENGTH, (byte) value);
    }
}
