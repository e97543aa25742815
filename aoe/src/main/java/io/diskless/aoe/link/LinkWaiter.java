package io.diskless.aoe.link;

import java.util.List;

/**
 * Lets one thread wait for frames on several links at once. {@link #wakeup()} may be called by any thread; the rest is
 * confined to the polling thread.
 */
public interface LinkWaiter extends AutoCloseable {
    /**
     * Waits until a link has something to receive or changed its state, {@link #wakeup()} was called since the last
     * return, or the time is over. May return early for no reason.
     *
     * @param nanos longest wait; 0 returns at once
     */
    void await(long nanos);

    /** Ends the current or the next {@link #await}. Cheap when one is already pending. Thread-safe. */
    void wakeup();

    /** Frees what waiting needs; idempotent. The links stay open. */
    @Override
    void close();

    /**
     * A waiter over links of one kind (all of the system, or all of one in-memory segment).
     *
     * @param links at least one
     * @return a new waiter
     */
    static LinkWaiter of(List<? extends EthernetLink> links) {
        return links.get(0).newWaiter(links);
    }
}
