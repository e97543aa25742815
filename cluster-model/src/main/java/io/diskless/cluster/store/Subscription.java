package io.diskless.cluster.store;

/** A watch that goes on until it is closed. Implementations are thread-safe. */
public interface Subscription extends AutoCloseable {
    /** Ends it; a call to the sink that has begun may still end after this. */
    @Override
    void close();
}
