package io.diskless.aoe.ata;

/**
 * Bits of the ATA status and error registers, bytes 3 and 1 behind the AoE header of a response (spec §4.4).
 *
 * <pre>
 *  status: 80 BSY  40 DRDY  20 DF    08 DRQ  01 ERR
 *  error:  80 ICRC 40 UNC   20 MC    10 IDNF 08 MCR  04 ABRT 02 NM      valid if ERR or DF
 * </pre>
 *
 * <p>Immutable.
 */
public final class AtaStatus {
    /** BSY: the device is busy. */
    public static final int BUSY = 0x80;
    /** DRDY: the device is ready. */
    public static final int READY = 0x40;
    /** DF: device fault. */
    public static final int FAULT = 0x20;
    /** DRQ: data is wanted. */
    public static final int DATA_REQUEST = 0x08;
    /** ERR: the error register is valid. */
    public static final int ERROR = 0x01;

    /** The status of success. */
    public static final int OK = READY;
    /** The status of failure. */
    public static final int FAILED = READY | ERROR;
    /** Any of these bits is a failure to the Linux driver: BSY, DF, DRQ, ERR. */
    public static final int FAILURE_BITS = BUSY | FAULT | DATA_REQUEST | ERROR;

    /** ICRC: check sum error on the way. */
    public static final int ERR_CRC = 0x80;
    /** UNC: data cannot be read. */
    public static final int ERR_UNCORRECTABLE = 0x40;
    /** MC: the medium was changed. */
    public static final int ERR_MEDIUM_CHANGED = 0x20;
    /** IDNF: the address is beyond the end. */
    public static final int ERR_NOT_FOUND = 0x10;
    /** MCR: somebody wants to change the medium. */
    public static final int ERR_CHANGE_REQUESTED = 0x08;
    /** ABRT: the command is refused or not known. */
    public static final int ERR_ABORTED = 0x04;
    /** NM: there is no medium. */
    public static final int ERR_NO_MEDIUM = 0x02;

    private static final String[] STATUS_NAMES = {"BSY", "DRDY", "DF", "", "DRQ", "", "", "ERR"};
    private static final String[] ERROR_NAMES = {"ICRC", "UNC", "MC", "IDNF", "MCR", "ABRT", "NM", ""};

    private AtaStatus() {}

    /**
     * Whether a command succeeded. A status of 0 counts as success: a target in the field answers FLUSH so.
     *
     * @param status status register
     * @return true if no failure bit is set
     */
    public static boolean isSuccess(int status) {
        return (status & FAILURE_BITS) == 0;
    }

    /**
     * Both registers in words, for messages.
     *
     * @param status status register
     * @param error error register
     * @return for example "status 41 (DRDY ERR), error 10 (IDNF)"
     */
    public static String describe(int status, int error) {
        StringBuilder text = new StringBuilder(48);
        append(text, "status ", status, STATUS_NAMES);
        if ((status & (ERROR | FAULT)) != 0) {
            append(text, ", error ", error, ERROR_NAMES);
        }
        return text.toString();
    }

    private static void append(StringBuilder text, String label, int value, String[] names) {
        text.append(label).append(String.format("%02x", value & 0xFF));
        String separator = " (";
        for (int i = 0; i < 8; i++) {
            if ((value & (0x80 >>> i)) != 0 && !names[i].isEmpty()) {
                text.append(separator).append(names[i]);
                separator = " ";
            }
        }
        if (separator.equals(" ")) {
            text.append(')');
        }
    }
}
