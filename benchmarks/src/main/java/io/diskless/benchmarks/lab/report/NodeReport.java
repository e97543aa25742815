package io.diskless.benchmarks.lab.report;

import java.util.List;

/**
 * What there is to say of a node at the end. Immutable.
 *
 * @param name its host name
 * @param role what it is for, for people
 * @param storage whether it serves a disk
 * @param state in a word or two, for example {@code killed, resynced}
 * @param good whether that is how it should be
 * @param facts a few short lines with its numbers
 */
public record NodeReport(String name, String role, boolean storage, String state, boolean good, List<String> facts) {
    /** Copies the lines. */
    public NodeReport {
        facts = List.copyOf(facts);
    }
}
