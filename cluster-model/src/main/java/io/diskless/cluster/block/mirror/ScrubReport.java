package io.diskless.cluster.block.mirror;

import java.util.List;

/**
 * What a scrub found. Immutable.
 *
 * @param complete whether it went through to the end
 * @param comparedBytes bytes that were compared on all legs in sync
 * @param skippedBytes bytes that could not be compared: not settled yet, or less than two legs could be read
 * @param readErrors reads that failed
 * @param differences what differs, by offset; a run of differing blocks is one entry
 * @param truncated whether there were more than the list holds
 */
public record ScrubReport(
        boolean complete,
        long comparedBytes,
        long skippedBytes,
        long readErrors,
        List<Difference> differences,
        boolean truncated) {
    /** Copies the list. */
    public ScrubReport {
        differences = List.copyOf(differences);
    }

    /**
     * A range in which legs dissent.
     *
     * @param offset first byte
     * @param length bytes
     * @param dissenting indices of the legs that differ from the majority, or from the lowest leg where there is none
     * @param repaired whether they are being written anew
     */
    public record Difference(long offset, int length, List<Integer> dissenting, boolean repaired) {
        /** Copies the list. */
        public Difference {
            dissenting = List.copyOf(dissenting);
        }
    }
}
