package io.diskless.cluster.store;

import java.time.Duration;

/**
 * The right to be the only one that does something, for a while. Whoever holds it may lose it without noticing: what counts is
 * that the store refuses its {@link #token()} from then on. Implementations are thread-safe.
 */
public interface Lease extends AutoCloseable {
    /** {@return what tells this holder from earlier ones} */
    FencingToken token();

    /** {@return whether it was held when this was asked, as far as this process knows} */
    boolean isHeld();

    /**
     * Holds it for longer.
     *
     * @param ttl from now
     * @throws StoreException FENCED if it was lost; UNREACHABLE if that cannot be told
     */
    void renew(Duration ttl) throws StoreException;

    /**
     * Gives it back. Does nothing if it was lost or given back.
     *
     * @throws StoreException UNREACHABLE if the store does not answer; it then ends by itself
     */
    @Override
    void close() throws StoreException;
}
