package io.diskless.benchmarks.lab.live;

import io.diskless.benchmarks.lab.site.Message;
import java.io.IOException;

/** What runs in the process of a node. Thread-safe. */
interface Seat extends AutoCloseable {
    /**
     * Does what a message says.
     *
     * @param message its verb and fields
     * @return the answer
     * @throws Exception if it cannot be done; the director is told why
     */
    Message handle(Message message) throws Exception;

    @Override
    void close() throws IOException;
}
