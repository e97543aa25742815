package io.diskless.cluster.testkit.peer;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What a test opened, closed in reverse order even where closing one fails. Meant for a field with JUnit's
 * {@code @AutoClose}. Confined to one thread.
 */
public final class Cleanup implements AutoCloseable {

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /** An empty one. */
    public Cleanup() {}

    /** Closes this with the others; returns it. */
    public <T extends AutoCloseable> T add(T resource) {
        open.push(resource);
        return resource;
    }

    @Override
    public void close() {
        IllegalStateException first = null;
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                if (first == null) {
                    first = new IllegalStateException("could not close all that the test opened", e);
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
