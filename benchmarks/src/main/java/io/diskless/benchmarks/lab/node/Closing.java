package io.diskless.benchmarks.lab.node;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Closes several things in order, whatever each of them says. */
final class Closing {
    private Closing() {}

    static void all(@Nullable AutoCloseable... things) throws IOException {
        IOException failure = null;
        for (AutoCloseable thing : things) {
            try {
                if (thing != null) {
                    thing.close();
                }
            } catch (Exception e) {
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                if (failure == null) {
                    failure = new IOException("could not be closed cleanly: " + e.getMessage(), e);
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
