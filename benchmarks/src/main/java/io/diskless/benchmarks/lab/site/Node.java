package io.diskless.benchmarks.lab.site;

import java.time.Duration;

/** A running node as the director sees it. Thread-safe: calls are served one after the other. */
public interface Node extends AutoCloseable {
    /**
     * What it was started as.
     *
     * @return the plan
     */
    NodePlan plan();

    /**
     * Asks and waits for the answer.
     *
     * @param request what to do
     * @param limit longest wait for the answer
     * @return the good answer
     * @throws LabException if the node refused, died, or did not answer in time
     * @throws InterruptedException if the wait was interrupted
     */
    Message call(Message request, Duration limit) throws LabException, InterruptedException;

    /**
     * Kills it as a power cut would: SIGKILL for a process.
     *
     * @return {@link System#nanoTime()} just before; the clock is the same for all processes of a machine
     * @throws InterruptedException if the wait for its end was interrupted
     */
    long kill() throws InterruptedException;

    /**
     * Where it runs, for people.
     *
     * @return for example {@code pid 4711}
     */
    String where();

    /** Ends it, in order if it still answers, by force if not. Idempotent. */
    @Override
    void close();
}
