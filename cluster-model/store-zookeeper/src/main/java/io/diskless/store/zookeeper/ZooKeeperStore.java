package io.diskless.store.zookeeper;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.store.ClusterStore;
import io.diskless.cluster.store.Commit;
import io.diskless.cluster.store.CommitSink;
import io.diskless.cluster.store.FencingToken;
import io.diskless.cluster.store.Lease;
import io.diskless.cluster.store.Proposal;
import io.diskless.cluster.store.StoreException;
import io.diskless.cluster.store.Subscription;
import io.diskless.cluster.store.internal.Applying;
import io.diskless.cluster.store.internal.Stored;
import io.diskless.cluster.store.internal.Watching;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryUntilElapsed;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * A store on a ZooKeeper ensemble, for any number of processes. Thread-safe.
 *
 * <p>An append is one transaction: it compares the head's version, sets it, adds the commit, and, if there is a token, checks
 * that its lease is there and that no later token was given. So of two that believe to lead at once one is refused, whatever
 * their clocks and connections do. A lease is an ephemeral node: it lasts as long as the session of this store, which the
 * ensemble ends after {@link ZooKeeperOptions#sessionTimeout()} of silence; the time given for a lease does not end it sooner.
 *
 * <p>An operation that loses its connection is tried again until {@link ZooKeeperOptions#patience()} is over; an append that was
 * done before is found again and not done twice. After UNREACHABLE it is not known whether it was.
 */
public final class ZooKeeperStore implements ClusterStore {
    private static final long LEAST_SNAPSHOT = 1 << 20;

    private final ZooKeeperOptions options;
    private final CuratorFramework client;
    private final Nodes nodes;
    private final Snapshots snapshots;
    private final Follower follower;
    private final List<Watching> watches = new CopyOnWriteArrayList<>();
    private final Watcher headWatcher = this::headChanged;
    private volatile boolean connected;
    private volatile boolean closed;
    private volatile @Nullable StoreException snapshotFailure;

    private ZooKeeperStore(ZooKeeperOptions options) {
        this.options = options;
        int session = Math.toIntExact(options.sessionTimeout().toMillis());
        this.client = CuratorFrameworkFactory.builder()
                .connectString(options.servers())
                .namespace(options.path().substring(1))
                .sessionTimeoutMs(session)
                .connectionTimeoutMs(session)
                // Else Curator asks the ensemble for its addresses and forgets the given ones, which may lead through
                // something.
                .ensembleTracker(false)
                .retryPolicy(
                        new RetryUntilElapsed(Math.toIntExact(options.patience().toMillis()), 100))
                .build();
        this.nodes = new Nodes(client, options.chunkBytes());
        this.snapshots = new Snapshots(client, nodes);
        this.follower = new Follower(nodes, snapshots);
    }

    /**
     * Connects to an ensemble, and makes the nodes of a store if they are not there.
     *
     * @param options where and how
     * @return the store
     * @throws StoreException UNREACHABLE, CORRUPT, IO
     */
    public static ZooKeeperStore open(ZooKeeperOptions options) throws StoreException {
        ZooKeeperStore store = new ZooKeeperStore(options);
        try {
            store.start();
            return store;
        } catch (Exception failed) {
            store.client.close();
            throw Nodes.failure("opening " + options.path() + " on " + options.servers(), failed);
        }
    }

    private void start() throws Exception {
        client.getConnectionStateListenable().addListener((c, state) -> connectionChanged(state));
        client.start();
        if (!client.blockUntilConnected(Math.toIntExact(options.patience().toMillis()), TimeUnit.MILLISECONDS)) {
            throw new StoreException(
                    StoreException.Kind.UNREACHABLE, "no answer within " + options.patience() + ", is it running?");
        }
        connected = true;
        for (String folder : List.of("/log", "/chunks", "/snap", "/token", "/lease")) {
            nodes.ensure(folder, new byte[0]);
        }
        nodes.ensure("/head", Head.START.bytes());
        follower.start();
        read();
        watchHead();
    }

    CuratorFramework client() {
        return client;
    }

    boolean isClosed() {
        return closed;
    }

    boolean isConnectedAs(long session) {
        try {
            return !closed && connected && session == session();
        } catch (Exception unknown) {
            return false;
        }
    }

    private long session() throws Exception {
        return client.getZookeeperClient().getZooKeeper().getSessionId();
    }

    private void connectionChanged(ConnectionState state) {
        connected = state.isConnected();
        if (state == ConnectionState.RECONNECTED) {
            // What happened meanwhile sent no event; a new session has no watch either. Not on this thread: it brings
            // answers.
            options.executor().execute(this::watchAgain);
        }
    }

    private void watchAgain() {
        try {
            watchHead();
        } catch (Exception failed) {
            StoreException why = wrap("watching again", failed);
            if (why.kind() != StoreException.Kind.UNREACHABLE) {
                watches.forEach(watch -> watch.end(why));
            } // else: the next connection comes here again
        }
        watches.forEach(Watching::signal);
    }

    private void watchHead() throws Exception {
        client.watchers()
                .add()
                .withMode(AddWatchMode.PERSISTENT)
                .usingWatcher(headWatcher)
                .forPath("/head");
    }

    private void headChanged(WatchedEvent event) {
        watches.forEach(Watching::signal);
    }

    void checkOpen() throws StoreException {
        if (closed) {
            throw new StoreException(StoreException.Kind.CLOSED, "the store was closed");
        }
    }

    @Override
    public Cluster read() throws StoreException {
        checkOpen();
        try {
            // The server may be behind the leader; after a sync it has what was acknowledged to anybody before.
            client.sync().forPath("/head");
            return follower.follow(Head.of(nodes.read("/head", new Stat())).revision());
        } catch (Exception failed) {
            throw wrap("reading the head", failed);
        }
    }

    private StoreException wrap(String what, Exception failed) {
        return closed
                ? new StoreException(StoreException.Kind.CLOSED, "the store was closed while " + what, failed)
                : Nodes.failure(what, failed);
    }

    @Override
    public Cluster at(long revision) throws StoreException {
        Cluster now = read();
        if (revision < 0 || revision > now.revision()) {
            throw new StoreException(
                    StoreException.Kind.NO_SUCH_REVISION, "expected 0 to " + now.revision() + ", got " + revision);
        }
        if (revision == now.revision()) {
            return now;
        }
        try {
            return follower.at(revision);
        } catch (Exception failed) {
            throw wrap("reading history", failed);
        }
    }

    @Override
    public List<Commit> commits(long from, int atMost) throws StoreException {
        if (from < 1 || atMost < 1) {
            throw new IllegalArgumentException("expected 1 or more of both, got " + from + " and " + atMost);
        }
        checkOpen();
        try {
            long last = Head.of(nodes.read("/head", new Stat())).revision();
            long count = Math.min(Math.min(Follower.PAGE, atMost), last - from + 1);
            return count <= 0 ? List.of() : follower.fetch(from, (int) count);
        } catch (Exception failed) {
            throw wrap("reading history", failed);
        }
    }

    @Override
    public Commit append(long expected, Optional<FencingToken> token, Proposal proposal) throws StoreException {
        checkOpen();
        String id = Nodes.newId();
        try {
            return append(expected, token, proposal, id);
        } catch (KeeperException refused) {
            if (refused.getResults() == null) {
                throw wrap("appending", refused);
            }
            return afterRefusal(expected, token, proposal, id, refused);
        } catch (Exception failed) {
            throw wrap("appending", failed);
        }
    }

    private Commit append(long expected, Optional<FencingToken> token, Proposal proposal, String id) throws Exception {
        Stat stat = new Stat();
        Head head = Head.of(nodes.read("/head", stat));
        if (head.revision() < expected) {
            // Our server may be behind the one that the caller read from.
            client.sync().forPath("/head");
            head = Head.of(nodes.read("/head", stat));
        }
        if (head.revision() != expected) {
            return repeated(expected, head.revision(), proposal, id);
        }
        Cluster before = at(expected, head);
        Cluster after;
        try {
            after = Applying.apply(before, proposal.events());
        } catch (IllegalArgumentException unfit) {
            throw new StoreException(StoreException.Kind.INVALID, String.valueOf(unfit.getMessage()), unfit);
        }
        long revision = expected + 1;
        Stored stored = new Stored(revision, options.clock().instant(), proposal, token, head.hash());
        byte[] bytes = stored.bytes();
        Commit commit = stored.commit(bytes);
        long since = head.since() + bytes.length;
        Optional<byte[]> snapshot = since >= Math.max(LEAST_SNAPSHOT, 2 * head.snapshot())
                ? Optional.of(new Snapshots.Content(after, commit.hash()).bytes())
                : Optional.empty();
        Head next = new Head(
                revision,
                commit.hash(),
                snapshot.isPresent() ? 0 : since,
                snapshot.map(all -> (long) all.length).orElse(head.snapshot()));
        nodes.ensure(Nodes.segment(revision), new byte[0]);
        byte[] node = nodes.pack(id, bytes);
        List<CuratorOp> operations = new ArrayList<>();
        if (token.isPresent()) {
            operations.add(nodes.check("/token/" + token.get().key(), version(token.get())));
            operations.add(nodes.check("/lease/" + token.get().key(), -1));
        }
        operations.add(nodes.set("/head", stat.getVersion(), next.bytes()));
        operations.add(nodes.create(Nodes.commit(revision), CreateMode.PERSISTENT, node));
        nodes.transaction(operations);
        if (snapshot.isPresent()) {
            snapshot(revision, snapshot.get());
        }
        return commit;
    }

    private static int version(FencingToken token) {
        return (int) Math.min(Integer.MAX_VALUE, token.number());
    }

    private Cluster at(long expected, Head head) throws Exception {
        Cluster cluster = follower.follow(expected);
        if (cluster.revision() != expected) {
            throw new StoreException(
                    StoreException.Kind.CONFLICT,
                    "the site is at revision " + cluster.revision() + ", the proposal was made for " + head.revision());
        }
        return cluster;
    }

    /** The commit is safe already: a snapshot that fails costs time at the next open. */
    private void snapshot(long revision, byte[] content) {
        try {
            snapshots.write(revision, content);
            snapshotFailure = null;
        } catch (Exception failed) {
            snapshotFailure = wrap("writing a snapshot", failed);
        }
    }

    /** {@return why the last snapshot that was due could not be written by this store; empty if it could} */
    public Optional<StoreException> snapshotFailure() {
        return Optional.ofNullable(snapshotFailure);
    }

    /** The ensemble refused the transaction: because it was done before the connection broke, or for good. */
    private Commit afterRefusal(
            long expected, Optional<FencingToken> token, Proposal proposal, String id, KeeperException refused)
            throws StoreException {
        int which = Nodes.failedOperation(refused);
        try {
            client.sync().forPath("/head");
            long now = Head.of(nodes.read("/head", new Stat())).revision();
            if (now > expected) {
                byte[] node = client.getData().forPath(Nodes.commit(expected + 1));
                if (Nodes.id(node).equals(id)) {
                    return Stored.read("commit " + (expected + 1), nodes.unpack(node));
                }
            }
            if (token.isPresent() && which >= 0 && which < 2) {
                throw new StoreException(StoreException.Kind.FENCED, token.get() + " is not held any more", refused);
            }
            return repeated(expected, now, proposal, id);
        } catch (Exception failed) {
            throw wrap("appending", failed);
        }
    }

    private Commit repeated(long expected, long now, Proposal proposal, String id) throws Exception {
        if (expected >= 0 && expected < now) {
            byte[] node = client.getData().forPath(Nodes.commit(expected + 1));
            Commit there = Stored.read("commit " + (expected + 1), nodes.unpack(node));
            boolean same = proposal.key().isPresent() && there.proposal().key().equals(proposal.key());
            if (same || Nodes.id(node).equals(id)) {
                return there;
            }
        }
        throw new StoreException(
                StoreException.Kind.CONFLICT,
                "the site is at revision " + now + ", the proposal was made for " + expected);
    }

    @Override
    public Subscription watch(long from, CommitSink sink) throws StoreException {
        Watching watch = new Watching(from, sink, this::commits, options.executor());
        checkOpen();
        watches.removeIf(Watching::isClosed);
        watches.add(watch);
        watch.signal();
        return watch;
    }

    @Override
    public Optional<Lease> lease(String key, String holder, Duration ttl) throws StoreException {
        FencingToken.checkKey(key);
        if (ttl.isNegative() || ttl.isZero()) {
            throw new IllegalArgumentException("a lease lasts for a while, got " + ttl);
        }
        checkOpen();
        String id = Nodes.newId();
        try {
            nodes.ensure("/token/" + key, new byte[0]);
            while (true) {
                Stat token = new Stat();
                nodes.read("/token/" + key, token);
                int version = token.getVersion();
                long session = session();
                try {
                    nodes.transaction(List.of(
                            nodes.set("/token/" + key, version, new byte[0]),
                            nodes.create("/lease/" + key, CreateMode.EPHEMERAL, ZooKeeperLease.bytes(id, holder))));
                } catch (KeeperException.NodeExistsException | KeeperException.BadVersionException taken) {
                    Stat stat = new Stat();
                    Optional<byte[]> there = there("/lease/" + key, stat);
                    if (there.isEmpty()) {
                        // Whoever was faster is gone again.
                        continue;
                    }
                    if (!ZooKeeperLease.isOf(there.get(), id)) {
                        return Optional.empty();
                    }
                    // It is ours: done before the connection broke.
                    session = stat.getEphemeralOwner();
                }
                FencingToken granted = new FencingToken(key, version + 1L);
                return Optional.of(new ZooKeeperLease(this, nodes, granted, id, session));
            }
        } catch (Exception failed) {
            throw wrap("taking " + key, failed);
        }
    }

    private Optional<byte[]> there(String path, Stat stat) throws Exception {
        try {
            return Optional.of(nodes.read(path, stat));
        } catch (KeeperException.NoNodeException gone) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            watches.forEach(Watching::close);
            client.close();
        }
    }
}
