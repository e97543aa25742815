package io.diskless.aoe.initiator;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.AtaFields;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Writes an {@link Io} into a transmit slot; the one copy of a write's bytes happens here. */
final class IoFrames {
    /** Device register of an LBA28 command: LBA mode and the two bits that are always set. */
    static final int DEVICE_LBA = 0xE0;

    /** A trim's entry has 16 bits of sectors (ACS-3, DATA SET MANAGEMENT). */
    static final int TRIM_RANGE = 0xFFFF;
    /** Entries in one block of a trim. */
    static final int TRIM_ENTRIES = 64;
    /** The most one trim of one block covers. */
    static final long TRIM_SPAN = (long) TRIM_RANGE * TRIM_ENTRIES;

    private static final int AT = AoeHeader.AT;
    private static final int DATA = AtaFields.DATA_AT;

    private IoFrames() {}

    /**
     * Writes all behind the AoE header.
     *
     * @param payload the request's buffer, or null for zeroes
     * @param payloadAt index of the request's first byte
     * @return the frame's length, not padded
     */
    static int write(Io io, ByteBuffer b, @Nullable ByteBuffer payload, int payloadAt) {
        int op = io.opcode;
        if (io.isFlush()) {
            AtaFields.write(b, AT, op == AtaCommand.FLUSH_EXT ? AtaFields.FLAG_EXTENDED : 0, 0, 0, op, 0);
            return DATA;
        }
        if (op == AtaCommand.DATA_SET_MANAGEMENT) {
            int flags = AtaFields.FLAG_EXTENDED | AtaFields.FLAG_WRITE;
            AtaFields.write(b, AT, flags, AtaCommand.FEATURE_TRIM, 1, op, 0);
            trim(b, io.lba, io.span);
            return DATA + AtaCommand.SECTOR;
        }
        boolean extended = AtaCommand.isExtended(op);
        int flags = (extended ? AtaFields.FLAG_EXTENDED : 0) | (io.isRead() ? 0 : AtaFields.FLAG_WRITE);
        AtaFields.write(b, AT, flags, 0, io.sectors, op, extended ? io.lba : io.lba | ((long) DEVICE_LBA << 24));
        if (io.isRead()) {
            return DATA;
        }
        int length = io.sectors * AtaCommand.SECTOR;
        if (payload == null) {
            zero(b, DATA, length);
        } else {
            b.put(DATA, payload, payloadAt + (int) io.requestAt, length);
        }
        return DATA + length;
    }

    private static void zero(ByteBuffer b, int from, int length) {
        for (int i = 0; i < length; i += Long.BYTES) {
            b.putLong(from + i, 0);
        }
    }

    private static void trim(ByteBuffer b, long lba, long span) {
        long at = lba;
        long left = span;
        for (int i = 0; i < TRIM_ENTRIES; i++) {
            long sectors = Math.min(left, TRIM_RANGE);
            // Little-endian: bits 0-47 first sector, 48-63 number of them; an entry of 0 sectors is unused.
            long entry = sectors == 0 ? 0 : at | (sectors << 48);
            b.putLong(DATA + i * Long.BYTES, b.order() == ByteOrder.BIG_ENDIAN ? Long.reverseBytes(entry) : entry);
            at += sectors;
            left -= sectors;
        }
    }
}
