package io.diskless.drbd.session;

import java.util.List;

/**
 * What an online verify found. Writes to a block wait while it is compared, and a block that differs is read once more here
 * before it is named, so that no write on its way accuses it. Immutable.
 *
 * @param volume number of the volume
 * @param startSector where it began, in sectors of 512 bytes
 * @param endSector where it ended: the first sector that was not compared
 * @param compared blocks of 4 KiB whose digests were compared
 * @param skipped blocks that a side could not read
 * @param differing ranges that differ, in ascending order, adjacent ones as one; they are marked out of sync on both sides
 *     and repaired by the next resync
 */
public record VerifyReport(
        int volume, long startSector, long endSector, long compared, long skipped, List<Range> differing) {
    /**
     * A range of the volume.
     *
     * @param sector its first sector of 512 bytes
     * @param sectors how many
     */
    public record Range(long sector, long sectors) {}

    /** Keeps a copy of the list. */
    public VerifyReport {
        differing = List.copyOf(differing);
    }

    /** {@return whether all that was compared is alike} */
    public boolean isClean() {
        return differing.isEmpty() && skipped == 0;
    }
}
