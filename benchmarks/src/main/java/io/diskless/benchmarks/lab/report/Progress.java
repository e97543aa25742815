package io.diskless.benchmarks.lab.report;

/** Shows a run while it runs: one phase after the other. Thread-safe. */
public interface Progress extends AutoCloseable {
    /** A fraction that is not known. */
    double UNKNOWN = Double.NaN;

    /**
     * A phase starts; the one before, if any, ended well.
     *
     * @param name two or three words
     */
    void phase(String name);

    /**
     * The phase goes on.
     *
     * @param fraction done, 0 to 1, or {@link #UNKNOWN}
     * @param figures its numbers, for people
     */
    void update(double fraction, String figures);

    /**
     * A line that stays.
     *
     * @param line for people
     */
    void note(String line);

    /**
     * The last phase ends.
     *
     * @param good whether well
     */
    void end(boolean good);

    /** Leaves the terminal as it was. Idempotent. */
    @Override
    void close();
}
