package io.diskless.aoe.wire;

import io.diskless.aoe.ata.AtaCommand;
import java.nio.ByteBuffer;

/**
 * The argument of AoE command 0, an ATA command or its result, 12 bytes behind the AoE header (AoEr11 §3.1).
 *
 * <pre>
 *  0    1    2    3    4                             10       12
 *  |flag|feat|cnt |cmd | LBA, least significant first | 0    0 | data, n * 512 bytes ...      request
 *  |flag|err |cnt |stat| LBA                          | 0    0 | data ...                     response
 *   flag: 40 E LBA48, 10 D device/head, 02 A asynchronous, 01 W data to the target
 * </pre>
 *
 * <p>All accessors take {@code at}, the index of the <em>AoE</em> header's first byte, as everywhere in this package. The
 * LBA is little-endian. No allocation.
 */
public final class AtaFields {
    /** Bytes of the AoE header and these fields: where data starts, counted from the AoE header. */
    public static final int LENGTH = AoeHeader.LENGTH + 12;
    /** Index of the data in an untagged frame that starts at index 0. */
    public static final int DATA_AT = EthernetHeader.LENGTH + LENGTH;

    /** Flag E: 48-bit LBA. */
    public static final int FLAG_EXTENDED = 0x40;
    /** Flag D: bit 4 of the device register. */
    public static final int FLAG_DEVICE = 0x10;
    /** Flag A: the target may answer before the data is on the medium. */
    public static final int FLAG_ASYNC = 0x02;
    /** Flag W: data travels to the target. */
    public static final int FLAG_WRITE = 0x01;

    private static final int FLAGS = 10;
    private static final int FEATURES_ERROR = 11;
    private static final int COUNT = 12;
    private static final int COMMAND_STATUS = 13;
    private static final int LBA = 14;
    private static final int RESERVED = 20;

    private AtaFields() {}

    /**
     * The AFlags byte.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 255, see the FLAG constants
     */
    public static int flags(ByteBuffer b, int at) {
        return Bytes.u8(b, at + FLAGS);
    }

    /**
     * Features register of a request.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 255
     */
    public static int features(ByteBuffer b, int at) {
        return Bytes.u8(b, at + FEATURES_ERROR);
    }

    /**
     * Error register of a response; valid if the status has bit 0 set.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 255
     */
    public static int error(ByteBuffer b, int at) {
        return Bytes.u8(b, at + FEATURES_ERROR);
    }

    /**
     * Sector count register.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 255; 0 moves no data (spec §4.1)
     */
    public static int count(ByteBuffer b, int at) {
        return Bytes.u8(b, at + COUNT);
    }

    /**
     * Command register of a request.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 255
     */
    public static int command(ByteBuffer b, int at) {
        return Bytes.u8(b, at + COMMAND_STATUS);
    }

    /**
     * Status register of a response.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 255
     */
    public static int status(ByteBuffer b, int at) {
        return Bytes.u8(b, at + COMMAND_STATUS);
    }

    /**
     * All six LBA bytes as one number. With a 28-bit command the fourth byte is the device register; use
     * {@link #lba28}.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 2^48 - 1
     */
    public static long lba48(ByteBuffer b, int at) {
        long value = 0;
        for (int i = 5; i >= 0; i--) {
            value = value << 8 | Bytes.u8(b, at + LBA + i);
        }
        return value;
    }

    /**
     * The 28 address bits of a command without EXT: the device register's high nibble is left out.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 2^28 - 1
     */
    public static long lba28(ByteBuffer b, int at) {
        return lba48(b, at) & 0x0FFF_FFFFL;
    }

    /**
     * The first sector of a command, by the width that its opcode says: whatever flag E says (spec §4.1).
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 2^48 - 1 for an EXT opcode, 0 to 2^28 - 1 for another
     */
    public static long lba(ByteBuffer b, int at) {
        return AtaCommand.isExtended(command(b, at)) ? lba48(b, at) : lba28(b, at);
    }

    /**
     * One of the six LBA registers.
     *
     * @param b frame
     * @param at index of the AoE header
     * @param register 0 (least significant) to 5
     * @return 0 to 255
     */
    public static int lbaByte(ByteBuffer b, int at, int register) {
        return Bytes.u8(b, at + LBA + register);
    }

    /**
     * The two reserved bytes.
     *
     * @param b frame
     * @param at index of the AoE header
     * @return 0 to 0xFFFF, big-endian; 0 in a well-formed message
     */
    public static int reserved(ByteBuffer b, int at) {
        return Bytes.u16(b, at + RESERVED);
    }

    /**
     * Writes the fields of a request or a response.
     *
     * @param b frame
     * @param at index of the AoE header
     * @param flags AFlags
     * @param featuresOrError features of a request, error register of a response
     * @param count sector count register
     * @param commandOrStatus command of a request, status of a response
     * @param lba six bytes, the device register included where it applies
     */
    public static void write(
            ByteBuffer b, int at, int flags, int featuresOrError, int count, int commandOrStatus, long lba) {
        write(b, at, flags, featuresOrError, count, commandOrStatus, lba, 0);
    }

    /** Reserved bytes too, for messages that are to be as they were. */
    static void write(
            ByteBuffer b,
            int at,
            int flags,
            int featuresOrError,
            int count,
            int commandOrStatus,
            long lba,
            int reserved) {
        b.put(at + FLAGS, (byte) flags);
        b.put(at + FEATURES_ERROR, (byte) featuresOrError);
        b.put(at + COUNT, (byte) count);
        b.put(at + COMMAND_STATUS, (byte) commandOrStatus);
        for (int i = 0; i < 6; i++) {
            b.put(at + LBA + i, (byte) (lba >>> (8 * i)));
        }
        Bytes.u16(b, at + RESERVED, reserved);
    }
}
