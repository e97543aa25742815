package io.diskless.benchmarks.lab.report;

/**
 * One thing that must be so. Immutable.
 *
 * @param subject what was looked at
 * @param expected what it must be: a SHA-256 or a count
 * @param actual what it is
 */
public record Proof(String subject, String expected, String actual) {
    /**
     * Whether it is so.
     *
     * @return true if both are the same
     */
    public boolean holds() {
        return expected.equals(actual);
    }
}
