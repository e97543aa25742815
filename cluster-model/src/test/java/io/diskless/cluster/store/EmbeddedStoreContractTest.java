package io.diskless.cluster.store;

import io.diskless.cluster.store.testkit.ClusterStoreContract;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.io.TempDir;

/** The store in a folder keeps the contract, with segments and snapshots so small that each test has many. */
class EmbeddedStoreContractTest extends ClusterStoreContract {
    @TempDir
    Path folder;

    private Instant now = Instant.parse("2026-11-01T00:00:00Z");

    @Override
    protected ClusterStore open() throws StoreException {
        return EmbeddedStore.open(
                folder.resolve("store"),
                EmbeddedOptions.builder()
                        .segmentBytes(2000)
                        .snapshotBytes(1000)
                        .clock(() -> now)
                        .build());
    }

    @Override
    protected void expire(Lease lease) {
        now = now.plus(TTL);
    }
}
