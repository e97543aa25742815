package io.diskless.aoe.wire;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.cluster.net.Octets;
import java.util.Objects;

/**
 * An ATA command or its result. The cold face of {@link AtaFields}, where the picture is.
 *
 * <p>Immutable.
 *
 * @param envelope Ethernet and AoE header
 * @param flags AFlags, 0 to 255
 * @param featuresOrError features register of a request, error register of a response
 * @param count sector count register
 * @param commandOrStatus command register of a request, status register of a response
 * @param lba all six LBA registers, the first one least significant; see {@link #sector}
 * @param reserved the two bytes behind them, big-endian
 * @param payload everything behind: data, if there is any, and padding. How much of it is data says the request; a
 *     response alone does not tell
 */
public record AtaMessage(
        AoeEnvelope envelope,
        int flags,
        int featuresOrError,
        int count,
        int commandOrStatus,
        long lba,
        int reserved,
        Octets payload)
        implements AoeMessage {
    /** The device register of a 28-bit command, in the fourth LBA byte: LBA mode. */
    private static final long DEVICE_LBA = 0xE000_0000L;

    /** Checks all ranges. */
    public AtaMessage {
        Objects.requireNonNull(envelope, "envelope");
        AoeEnvelope.check("ATA flags", flags, 0xFF);
        AoeEnvelope.check("ATA features or error", featuresOrError, 0xFF);
        AoeEnvelope.check("ATA sector count", count, 0xFF);
        AoeEnvelope.check("ATA command or status", commandOrStatus, 0xFF);
        AoeEnvelope.check("ATA LBA", lba, 0xFFFF_FFFF_FFFFL);
        AoeEnvelope.check("ATA reserved bytes", reserved, 0xFFFF);
        Objects.requireNonNull(payload, "payload");
    }

    /**
     * A request, with flags E and W and the device register as the opcode wants them.
     *
     * @param envelope a request's
     * @param opcode see {@link AtaCommand}
     * @param features features register
     * @param sector first sector, within 48 or 28 bits as the opcode has it
     * @param count sector count register
     * @param data for the target, or empty
     * @return the message
     * @throws IllegalArgumentException if the sector needs more bits than the opcode has
     */
    public static AtaMessage request(
            AoeEnvelope envelope, int opcode, int features, long sector, int count, Octets data) {
        boolean extended = AtaCommand.isExtended(opcode);
        AoeEnvelope.check("sector of " + AtaCommand.name(opcode), sector, extended ? (1L << 48) - 1 : 0x0FFF_FFFF);
        boolean out = AtaCommand.direction(opcode, features) == AtaCommand.Direction.OUT;
        int flags = (extended ? AtaFields.FLAG_EXTENDED : 0) | (out ? AtaFields.FLAG_WRITE : 0);
        long lba = extended ? sector : sector | DEVICE_LBA;
        return new AtaMessage(envelope, flags, features, count, opcode, lba, 0, data);
    }

    @Override
    public int aoeCommand() {
        return AoeHeader.CMD_ATA;
    }

    /**
     * The first sector of a request, by the width that its opcode says.
     *
     * @return 0 to 2^48 - 1 for an EXT opcode, 0 to 2^28 - 1 for another
     */
    public long sector() {
        return AtaCommand.isExtended(commandOrStatus) ? lba : lba & 0x0FFF_FFFFL;
    }

    /**
     * The data without padding.
     *
     * @param bytes how many, see {@link AtaCommand#bytesOut} and {@link AtaCommand#bytesIn}
     * @return the first bytes of the payload
     * @throws IndexOutOfBoundsException if the message holds less
     */
    public Octets data(int bytes) {
        Objects.checkFromIndexSize(0, bytes, payload.size());
        return payload.first(bytes);
    }
}
