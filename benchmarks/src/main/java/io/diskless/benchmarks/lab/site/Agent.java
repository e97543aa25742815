package io.diskless.benchmarks.lab.site;

import java.io.IOException;

/** The program of a node. Confined to the thread that asks it. */
public interface Agent extends AutoCloseable {
    /**
     * Does what the director asks and answers.
     *
     * @param request a verb and its fields
     * @return the answer
     * @throws Exception if it could not be done; whoever carries the answer turns it into {@link Message#error}
     */
    Message handle(Message request) throws Exception;

    /** Ends the node as if its power was cut: nothing is flushed, nobody is told. */
    void kill();

    /**
     * Ends the node in order. Idempotent.
     *
     * @throws IOException if something could not be closed cleanly
     */
    @Override
    void close() throws IOException;
}
