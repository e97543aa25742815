package io.diskless.aoe.ata;

import java.util.Arrays;

/**
 * ATA opcodes that travel in AoE, and what an opcode says about its data and its address (spec §4.3, ACS-3).
 *
 * <p>Opcodes are plain numbers, so that an unknown one is a value and a {@code switch} works on them; what is known of
 * each lives in one table. The opcode, not the flags of the AoE header, decides direction and address width: that is
 * what targets in the field do (spec §4.1). Immutable; no method allocates.
 */
public final class AtaCommand {
    /** NOP: always aborted. */
    public static final int NOP = 0x00;
    /** DATA SET MANAGEMENT; with feature bit 0 it is TRIM. */
    public static final int DATA_SET_MANAGEMENT = 0x06;
    /** DEVICE RESET, for ATAPI only. */
    public static final int DEVICE_RESET = 0x08;
    /** READ SECTORS, 28 address bits. */
    public static final int READ = 0x20;
    /** READ SECTORS EXT, 48 address bits. */
    public static final int READ_EXT = 0x24;
    /** READ DMA EXT. */
    public static final int READ_DMA_EXT = 0x25;
    /** READ NATIVE MAX ADDRESS EXT. */
    public static final int READ_NATIVE_MAX_EXT = 0x27;
    /** WRITE SECTORS, 28 address bits. */
    public static final int WRITE = 0x30;
    /** WRITE SECTORS EXT, 48 address bits. */
    public static final int WRITE_EXT = 0x34;
    /** WRITE DMA EXT. */
    public static final int WRITE_DMA_EXT = 0x35;
    /** READ VERIFY SECTORS, 28 address bits: reads, returns nothing. */
    public static final int VERIFY = 0x40;
    /** READ VERIFY SECTORS EXT. */
    public static final int VERIFY_EXT = 0x42;
    /** CHECK POWER MODE, the old opcode. */
    public static final int CHECK_POWER_OLD = 0x98;
    /** IDENTIFY PACKET DEVICE: aborted by disks. */
    public static final int IDENTIFY_PACKET = 0xA1;
    /** SMART; the features register holds the sub-command, see the SMART constants. */
    public static final int SMART = 0xB0;
    /** READ DMA, 28 address bits. */
    public static final int READ_DMA = 0xC8;
    /** WRITE DMA, 28 address bits. */
    public static final int WRITE_DMA = 0xCA;
    /** STANDBY IMMEDIATE. */
    public static final int STANDBY_IMMEDIATE = 0xE0;
    /** IDLE IMMEDIATE. */
    public static final int IDLE_IMMEDIATE = 0xE1;
    /** STANDBY. */
    public static final int STANDBY = 0xE2;
    /** IDLE. */
    public static final int IDLE = 0xE3;
    /** CHECK POWER MODE. */
    public static final int CHECK_POWER = 0xE5;
    /** SLEEP. */
    public static final int SLEEP = 0xE6;
    /** FLUSH CACHE. */
    public static final int FLUSH = 0xE7;
    /** FLUSH CACHE EXT. */
    public static final int FLUSH_EXT = 0xEA;
    /** IDENTIFY DEVICE. */
    public static final int IDENTIFY = 0xEC;
    /** SET FEATURES; the features register holds the sub-command. */
    public static final int SET_FEATURES = 0xEF;
    /** READ NATIVE MAX ADDRESS. */
    public static final int READ_NATIVE_MAX = 0xF8;

    /** Feature bit 0 of {@link #DATA_SET_MANAGEMENT}: TRIM. */
    public static final int FEATURE_TRIM = 0x01;
    /** Sub-command of {@link #SET_FEATURES}: write cache on. */
    public static final int FEATURE_WRITE_CACHE_ON = 0x02;
    /** Sub-command of {@link #SET_FEATURES}: write cache off. */
    public static final int FEATURE_WRITE_CACHE_OFF = 0x82;

    /** SMART READ DATA: 512 bytes, see {@link SmartData}. */
    public static final int SMART_READ_DATA = 0xD0;
    /** SMART EXECUTE OFF-LINE IMMEDIATE. */
    public static final int SMART_EXECUTE_OFFLINE = 0xD4;
    /** SMART READ LOG: as many sectors as the count says. */
    public static final int SMART_READ_LOG = 0xD5;
    /** SMART WRITE LOG: as many sectors as the count says. */
    public static final int SMART_WRITE_LOG = 0xD6;
    /** SMART ENABLE OPERATIONS. */
    public static final int SMART_ENABLE = 0xD8;
    /** SMART DISABLE OPERATIONS. */
    public static final int SMART_DISABLE = 0xD9;
    /** SMART RETURN STATUS: LBA1 and LBA2 say whether the disk is well. */
    public static final int SMART_RETURN_STATUS = 0xDA;
    /** What LBA1 must hold in a SMART command, and holds in the answer of a healthy disk. */
    public static final int SMART_LBA1 = 0x4F;
    /** What LBA2 must hold in a SMART command, and holds in the answer of a healthy disk. */
    public static final int SMART_LBA2 = 0xC2;
    /** LBA1 in the answer of a failing disk. */
    public static final int SMART_LBA1_FAILING = 0xF4;
    /** LBA2 in the answer of a failing disk. */
    public static final int SMART_LBA2_FAILING = 0x2C;

    /** Bytes of a sector on AoE, always. */
    public static final int SECTOR = 512;

    /** Which way data travels. */
    public enum Direction {
        /** No data. */
        NONE,
        /** From the target to the initiator, in the response. */
        IN,
        /** From the initiator to the target, in the request. */
        OUT
    }

    private static final int IN = 1;
    private static final int OUT = 2;
    private static final int MEDIA = 4;
    private static final int ADDRESS = 8;
    private static final int EXT = 16;
    private static final int KNOWN = 32;

    private static final byte[] TRAITS = new byte[256];
    private static final String[] NAMES = new String[256];

    static {
        Arrays.setAll(NAMES, op -> String.format("ATA %02X", op));
        know(NOP, "NOP", 0);
        know(DATA_SET_MANAGEMENT, "DATA SET MANAGEMENT", OUT | EXT);
        know(DEVICE_RESET, "DEVICE RESET", 0);
        know(READ, "READ SECTORS", IN | MEDIA | ADDRESS);
        know(READ_EXT, "READ SECTORS EXT", IN | MEDIA | ADDRESS | EXT);
        know(READ_DMA, "READ DMA", IN | MEDIA | ADDRESS);
        know(READ_DMA_EXT, "READ DMA EXT", IN | MEDIA | ADDRESS | EXT);
        know(WRITE, "WRITE SECTORS", OUT | MEDIA | ADDRESS);
        know(WRITE_EXT, "WRITE SECTORS EXT", OUT | MEDIA | ADDRESS | EXT);
        know(WRITE_DMA, "WRITE DMA", OUT | MEDIA | ADDRESS);
        know(WRITE_DMA_EXT, "WRITE DMA EXT", OUT | MEDIA | ADDRESS | EXT);
        know(VERIFY, "READ VERIFY SECTORS", ADDRESS);
        know(VERIFY_EXT, "READ VERIFY SECTORS EXT", ADDRESS | EXT);
        know(CHECK_POWER_OLD, "CHECK POWER MODE (old)", 0);
        know(CHECK_POWER, "CHECK POWER MODE", 0);
        know(IDENTIFY, "IDENTIFY DEVICE", IN);
        know(IDENTIFY_PACKET, "IDENTIFY PACKET DEVICE", IN);
        know(SMART, "SMART", 0);
        know(STANDBY_IMMEDIATE, "STANDBY IMMEDIATE", 0);
        know(IDLE_IMMEDIATE, "IDLE IMMEDIATE", 0);
        know(STANDBY, "STANDBY", 0);
        know(IDLE, "IDLE", 0);
        know(SLEEP, "SLEEP", 0);
        know(FLUSH, "FLUSH CACHE", 0);
        know(FLUSH_EXT, "FLUSH CACHE EXT", EXT);
        know(SET_FEATURES, "SET FEATURES", 0);
        know(READ_NATIVE_MAX, "READ NATIVE MAX ADDRESS", 0);
        know(READ_NATIVE_MAX_EXT, "READ NATIVE MAX ADDRESS EXT", EXT);
    }

    private AtaCommand() {}

    private static void know(int opcode, String name, int traits) {
        NAMES[opcode] = name;
        TRAITS[opcode] = (byte) (traits | KNOWN);
    }

    /**
     * Whether this table has the opcode. Whether a target supports it is the target's affair.
     *
     * @param opcode 0 to 255
     * @return true if it has a constant here
     */
    public static boolean isKnown(int opcode) {
        return (TRAITS[opcode] & KNOWN) != 0;
    }

    /**
     * Whether the command reads sectors from the medium into the response: READ SECTORS and READ DMA, with and without
     * EXT.
     *
     * @param opcode 0 to 255
     * @return true for 20, 24, 25, C8
     */
    public static boolean isRead(int opcode) {
        return (TRAITS[opcode] & (MEDIA | IN)) == (MEDIA | IN);
    }

    /**
     * Whether the command writes sectors of the request to the medium: WRITE SECTORS and WRITE DMA, with and without
     * EXT.
     *
     * @param opcode 0 to 255
     * @return true for 30, 34, 35, CA
     */
    public static boolean isWrite(int opcode) {
        return (TRAITS[opcode] & (MEDIA | OUT)) == (MEDIA | OUT);
    }

    /**
     * Whether the LBA registers are the address of a sector.
     *
     * @param opcode 0 to 255
     * @return true for reads, writes and verifies
     */
    public static boolean isAddressed(int opcode) {
        return (TRAITS[opcode] & ADDRESS) != 0;
    }

    /**
     * Whether the command is of the 48-bit set.
     *
     * @param opcode 0 to 255
     * @return true if the address has 48 bits, false if 28
     */
    public static boolean isExtended(int opcode) {
        return (TRAITS[opcode] & EXT) != 0;
    }

    /**
     * Which way data travels.
     *
     * @param opcode 0 to 255
     * @param features features register: for SMART it decides
     * @return {@link Direction#NONE} for an unknown opcode
     */
    public static Direction direction(int opcode, int features) {
        if (opcode == SMART) {
            return switch (features) {
                case SMART_READ_DATA, SMART_READ_LOG -> Direction.IN;
                case SMART_WRITE_LOG -> Direction.OUT;
                default -> Direction.NONE;
            };
        }
        int traits = TRAITS[opcode];
        return (traits & IN) != 0 ? Direction.IN : (traits & OUT) != 0 ? Direction.OUT : Direction.NONE;
    }

    /**
     * Bytes that a request carries behind its ATA fields.
     *
     * @param opcode 0 to 255
     * @param features features register
     * @param count sector count register; 0 means no data, not 256 sectors (spec §4.1)
     * @return 0 to 255 * 512
     */
    public static int bytesOut(int opcode, int features, int count) {
        return direction(opcode, features) == Direction.OUT ? count * SECTOR : 0;
    }

    /**
     * Bytes that a successful response carries behind its ATA fields.
     *
     * @param opcode 0 to 255
     * @param features features register
     * @param count sector count register of the request; 0 means no data (spec §4.1)
     * @return 0 to 255 * 512; 512 for IDENTIFY and SMART READ DATA whatever the count
     */
    public static int bytesIn(int opcode, int features, int count) {
        if (direction(opcode, features) != Direction.IN) {
            return 0;
        }
        boolean onePage =
                opcode == IDENTIFY || opcode == IDENTIFY_PACKET || (opcode == SMART && features == SMART_READ_DATA);
        return onePage ? SECTOR : count * SECTOR;
    }

    /**
     * The command's name in the standard.
     *
     * @param opcode 0 to 255
     * @return for example "READ SECTORS EXT", or "ATA 5A" for an opcode that is not in the table
     */
    public static String name(int opcode) {
        return NAMES[opcode];
    }
}
