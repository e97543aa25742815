package io.diskless.store.zookeeper;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.store.Commit;
import io.diskless.cluster.store.StoreException;
import io.diskless.cluster.store.internal.Stored;
import java.util.ArrayList;
import java.util.List;

/** Makes sites of commits, and remembers the newest. Thread-safe. */
final class Follower {
    static final int PAGE = 64;

    private final Nodes nodes;
    private final Snapshots snapshots;
    private final Object lock = new Object();
    // With the lock held.
    private Cluster current = Cluster.of(Model.empty());
    private String hash = Commit.NONE;

    Follower(Nodes nodes, Snapshots snapshots) {
        this.nodes = nodes;
        this.snapshots = snapshots;
    }

    void start() throws Exception {
        Snapshots.Content newest = snapshots.nearest(Long.MAX_VALUE);
        synchronized (lock) {
            current = newest.cluster();
            hash = newest.hash();
        }
    }

    /** The site at a revision that is there, or a later one that was seen already. */
    Cluster follow(long revision) throws Exception {
        synchronized (lock) {
            Cluster cluster = current;
            String last = hash;
            while (cluster.revision() < revision) {
                for (Commit commit : page(cluster.revision(), revision)) {
                    if (!commit.previous().equals(last)) {
                        throw new StoreException(
                                StoreException.Kind.CORRUPT,
                                "the chain of hashes breaks before revision " + commit.revision());
                    }
                    cluster = next(cluster, commit);
                    last = commit.hash();
                }
            }
            current = cluster;
            hash = last;
            return cluster;
        }
    }

    /** The site at a revision that is there. */
    Cluster at(long revision) throws Exception {
        Cluster cluster = snapshots.nearest(revision).cluster();
        while (cluster.revision() < revision) {
            for (Commit commit : page(cluster.revision(), revision)) {
                cluster = next(cluster, commit);
            }
        }
        return cluster;
    }

    private List<Commit> page(long done, long wanted) throws Exception {
        return fetch(done + 1, (int) Math.min(PAGE, wanted - done));
    }

    private static Cluster next(Cluster cluster, Commit commit) throws StoreException {
        try {
            return commit.applyTo(cluster);
        } catch (IllegalArgumentException unfit) {
            throw new StoreException(StoreException.Kind.CORRUPT, String.valueOf(unfit.getMessage()), unfit);
        }
    }

    List<Commit> fetch(long from, int count) throws Exception {
        List<Commit> found = new ArrayList<>();
        for (byte[] node : nodes.commits(from, count)) {
            found.add(Stored.read("commit " + (from + found.size()), nodes.unpack(node)));
        }
        return found;
    }
}
