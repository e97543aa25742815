package io.diskless.netboot.dhcpd;

import io.diskless.netboot.NetbootException;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/**
 * Keeps leases over a restart. The server calls it from one thread at a time and sends no ACK before {@link #commit} has
 * returned.
 */
public interface LeaseStore extends AutoCloseable {
    /**
     * What was kept.
     *
     * @return the leases in the order in which they were committed; an address's last one counts
     */
    Collection<Lease> load();

    /**
     * Keeps some more.
     *
     * @param changes one or more leases
     * @param live every lease that counts after these, for a store that wants to forget the others
     * @throws NetbootException where they could not be kept; the server then does not answer
     */
    void commit(List<Lease> changes, Supplier<Collection<Lease>> live) throws NetbootException;

    @Override
    void close() throws NetbootException;

    /**
     * Forgets all when the server ends: for tests, and where every machine has a reserved address.
     *
     * @return an empty store
     */
    static LeaseStore memory() {
        return new LeaseStore() {
            @Override
            public Collection<Lease> load() {
                return List.of();
            }

            @Override
            public void commit(List<Lease> changes, Supplier<Collection<Lease>> live) {
                // The server's own table has them.
            }

            @Override
            public void close() {
                // There is nothing to close.
            }
        };
    }
}
