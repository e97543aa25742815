package io.diskless.aoe.initiator;

/**
 * What a target answered to an ATA command. Immutable, but for the array, which is the receiver's own.
 *
 * @param aoeError 0, or the AoE error code; then the rest is 0 and empty
 * @param status status register
 * @param error error register
 * @param count sector count register
 * @param lba the six LBA registers
 * @param data what followed the registers, padding included
 * @param attempts how often the command had to be sent
 */
@SuppressWarnings("ArrayRecordComponent") // A carrier of bytes that nobody compares.
public record AtaReply(int aoeError, int status, int error, int count, long lba, byte[] data, int attempts) {}
