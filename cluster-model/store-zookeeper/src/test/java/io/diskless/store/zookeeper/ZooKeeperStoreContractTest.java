package io.diskless.store.zookeeper;

import io.diskless.cluster.store.ClusterStore;
import io.diskless.cluster.store.Lease;
import io.diskless.cluster.store.StoreException;
import io.diskless.cluster.store.testkit.ClusterStoreContract;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** The store on three servers keeps the contract, with nodes so small that a commit needs several. */
class ZooKeeperStoreContractTest extends ClusterStoreContract {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    @SuppressWarnings("NullAway.Init") // Set before every test.
    private static Ensemble ensemble;

    private int test;
    private ZooKeeperStore last;

    @BeforeAll
    static void start() throws Exception {
        ensemble = new Ensemble();
    }

    @AfterAll
    static void stop() throws Exception {
        ensemble.close();
    }

    @BeforeEach
    void next() {
        test = NUMBER.incrementAndGet();
    }

    @Override
    protected ClusterStore open() throws StoreException {
        last = ZooKeeperStore.open(ZooKeeperOptions.builder(ensemble.address())
                .path("/contract/" + test)
                .patience(Duration.ofSeconds(Ensemble.PATIENCE_SECONDS))
                .chunkBytes(300)
                .build());
        return last;
    }

    @Override
    protected void expire(Lease lease) throws Exception {
        ensemble.endSession(last.client());
    }
}
