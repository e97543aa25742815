package io.diskless.node;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.store.ClusterStore;
import io.diskless.cluster.store.Commit;
import io.diskless.cluster.store.CommitSink;
import io.diskless.cluster.store.FencingToken;
import io.diskless.cluster.store.Lease;
import io.diskless.cluster.store.Proposal;
import io.diskless.cluster.store.StoreException;
import io.diskless.cluster.store.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** The store as a machine sees it that can be frozen: whoever asks for a lease or renews one stands still until it wakes. */
final class FrozenStore implements ClusterStore {
    private final ClusterStore store;
    private volatile CountDownLatch gate = new CountDownLatch(0);

    FrozenStore(ClusterStore store) {
        this.store = store;
    }

    void freeze() {
        gate = new CountDownLatch(1);
    }

    void wake() {
        gate.countDown();
    }

    private void pass() {
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Optional<Lease> lease(String key, String holder, Duration ttl) throws StoreException {
        pass();
        return store.lease(key, holder, ttl).map(Held::new);
    }

    private final class Held implements Lease {
        private final Lease lease;

        Held(Lease lease) {
            this.lease = lease;
        }

        @Override
        public FencingToken token() {
            return lease.token();
        }

        @Override
        public boolean isHeld() {
            return lease.isHeld();
        }

        @Override
        public void renew(Duration ttl) throws StoreException {
            pass();
            lease.renew(ttl);
        }

        @Override
        public void close() throws StoreException {
            pass();
            lease.close();
        }
    }

    @Override
    public Cluster read() throws StoreException {
        return store.read();
    }

    @Override
    public Cluster at(long revision) throws StoreException {
        return store.at(revision);
    }

    @Override
    public List<Commit> commits(long from, int atMost) throws StoreException {
        return store.commits(from, atMost);
    }

    @Override
    public Commit append(long expected, Optional<FencingToken> token, Proposal proposal) throws StoreException {
        return store.append(expected, token, proposal);
    }

    @Override
    public Subscription watch(long from, CommitSink sink) throws StoreException {
        return store.watch(from, sink);
    }

    @Override
    public void close() {
        // The store is another's.
    }
}
