package io.diskless.aoe.initiator;

import io.diskless.aoe.ata.IdentifyDevice;
import java.nio.ByteBuffer;

/**
 * The words of IDENTIFY DEVICE that decide how the initiator talks (spec §4.7). Immutable.
 *
 * @param sectors capacity
 * @param extended whether 48-bit commands work
 * @param flushExt whether FLUSH CACHE EXT (EA) is offered
 * @param trim whether DATA SET MANAGEMENT with TRIM is offered
 * @param zeroedByTrim whether trimmed sectors are promised to read back as zeroes
 * @param physicalBlock bytes
 * @param model 40 characters, trimmed
 * @param serial 20 characters, trimmed
 * @param firmware 8 characters, trimmed
 */
record IdentifyData(
        long sectors,
        boolean extended,
        boolean flushExt,
        boolean trim,
        boolean zeroedByTrim,
        int physicalBlock,
        String model,
        String serial,
        String firmware) {

    private static final int COMMAND_SETS = 83;
    private static final int FLUSH_EXT = 1 << 13;

    static IdentifyData parse(ByteBuffer b, int at) {
        IdentifyDevice device = IdentifyDevice.parse(b, at);
        int sets = device.word(COMMAND_SETS);
        return new IdentifyData(
                device.sectors(),
                device.supportsLba48(),
                // Bits 15 and 14 are 0 and 1 where the word is valid (ACS-3).
                (sets & 0xC000) == 0x4000 && (sets & FLUSH_EXT) != 0,
                device.supportsTrim(),
                device.isTrimDeterministic() && device.isTrimZeroed(),
                device.physicalBlock(),
                device.model(),
                device.serial(),
                device.firmware());
    }
}
