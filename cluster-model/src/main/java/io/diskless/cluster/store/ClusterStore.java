package io.diskless.cluster.store;

import io.diskless.cluster.model.Cluster;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Keeps a site and its history. Implementations are thread-safe.
 *
 * <p>The contract, which {@code ClusterStoreContract} of the test kit checks clause by clause:
 *
 * <ol>
 *   <li>A new store is at revision 0 with nothing in it. Each commit makes the next revision; there are no gaps.
 *   <li>An append happens as a whole or not at all, and only if the site is at the expected revision; of many at once to one
 *       revision one happens. What was acknowledged is there after a crash.
 *   <li>An append with a token happens only while the lease of that token is held. A lease has one holder at a time; tokens of
 *       a key grow for ever.
 *   <li>A watch shows each commit from its first revision on, once, in order, whatever happens between.
 *   <li>Old revisions stay readable, and the hashes of the commits form a chain.
 *   <li>{@code close()} can be repeated; what is called afterwards fails with CLOSED.
 * </ol>
 */
public interface ClusterStore extends AutoCloseable {
    /**
     * The site as it is now: with every commit that was acknowledged to anybody before this was called.
     *
     * @return the newest revision
     * @throws StoreException UNREACHABLE, CLOSED
     */
    Cluster read() throws StoreException;

    /**
     * The site as it was.
     *
     * @param revision 0 to the newest
     * @return the site at that revision
     * @throws StoreException NO_SUCH_REVISION, UNREACHABLE, CORRUPT, CLOSED
     */
    Cluster at(long revision) throws StoreException;

    /**
     * A part of the history.
     *
     * @param from the first revision, 1 or more
     * @param atMost how many, 1 or more; a store may give fewer, but none only if there is none
     * @return commits in order, the first of {@code from}; empty if that revision is not there yet
     * @throws StoreException UNREACHABLE, CORRUPT, CLOSED
     */
    List<Commit> commits(long from, int atMost) throws StoreException;

    /**
     * Adds to the history.
     *
     * @param expected the revision that the proposal was made for
     * @param token of the lease under which it is made; empty if comparing the revision is enough
     * @param proposal what happens
     * @return the commit
     * @throws StoreException CONFLICT, FENCED or INVALID if it was not done; UNREACHABLE if it is not known, then ask again
     *     with the same {@link Proposal#key()}; IO, CLOSED
     */
    Commit append(long expected, Optional<FencingToken> token, Proposal proposal) throws StoreException;

    /**
     * Shows commits as they come.
     *
     * @param from the first revision to show, 1 or more; it may be long past, or not there yet
     * @param sink sees them
     * @return to be closed
     * @throws StoreException CLOSED
     */
    Subscription watch(long from, CommitSink sink) throws StoreException;

    /**
     * Takes a lease if nobody has it.
     *
     * @param key what on, see {@link FencingToken#checkKey}
     * @param holder who, for people
     * @param ttl how long without {@link Lease#renew}; a store of many servers may hold it longer
     * @return the lease; empty if somebody has it
     * @throws StoreException UNREACHABLE, IO, CLOSED
     */
    Optional<Lease> lease(String key, String holder, Duration ttl) throws StoreException;

    /**
     * Ends every watch and lease of this object, and lets go of what it holds.
     *
     * @throws StoreException if something cannot be let go
     */
    @Override
    void close() throws StoreException;
}
