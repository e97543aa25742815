package io.diskless.cluster.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskless.cluster.json.RecordJson;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.store.internal.Applying;
import io.diskless.cluster.store.internal.Stored;
import io.diskless.cluster.store.internal.Watching;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A store in a folder of this machine, for one process at a time: segments of a log in which every entry has a checksum, and
 * snapshots. Thread-safe.
 *
 * <p>An append returns when it is on the disk. What a crash left unfinished at the end of the log is cut off when the folder is
 * opened, for nobody was told of it; damage anywhere else is refused with the file and the byte. Segments are never deleted:
 * the history is the audit. Snapshots are written so seldom that all of them together take no more than half of the log; a
 * damaged one is passed over.
 */
public final class EmbeddedStore implements ClusterStore {
    private final Object lock = new Object();
    private final EmbeddedOptions options;
    private final Log log;
    private final Grants grants;
    private final List<Watching> watches = new CopyOnWriteArrayList<>();
    /** Written with the lock held. */
    private volatile Cluster current;

    private String hash;
    private @Nullable StoreException snapshotFailure;
    /** Written with the lock held. */
    private volatile @Nullable StoreException ended;

    private EmbeddedStore(EmbeddedOptions options, Log log, Log.Start start) {
        this.options = options;
        this.log = log;
        this.current = start.cluster();
        this.hash = start.hash();
        this.grants = new Grants(options.clock(), start.tokens());
    }

    /**
     * Opens a folder, which is made if it is not there.
     *
     * @param folder where; nothing else should be in it
     * @param options how it behaves
     * @return the store, at the revision where it was left
     * @throws StoreException LOCKED, CORRUPT, IO
     */
    public static EmbeddedStore open(Path folder, EmbeddedOptions options) throws StoreException {
        Folder disk;
        try {
            disk = DiskFolder.open(folder);
        } catch (IOException failed) {
            throw io("cannot open " + folder, failed);
        }
        return open(disk, options);
    }

    /**
     * Opens a folder with the defaults.
     *
     * @param folder where; nothing else should be in it
     * @return the store, at the revision where it was left
     * @throws StoreException LOCKED, CORRUPT, IO
     */
    public static EmbeddedStore open(Path folder) throws StoreException {
        return open(folder, EmbeddedOptions.defaults());
    }

    static EmbeddedStore open(Folder folder, EmbeddedOptions options) throws StoreException {
        Log log = new Log(folder, options);
        try {
            return new EmbeddedStore(options, log, log.open());
        } catch (IOException failed) {
            StoreException why = io("cannot read the log", failed);
            try {
                log.close();
            } catch (IOException also) {
                why.addSuppressed(also);
            }
            throw why;
        }
    }

    private static StoreException io(String what, IOException failed) {
        return failed instanceof StoreException known
                ? known
                : new StoreException(StoreException.Kind.IO, what + ": " + failed, failed);
    }

    @Override
    public Cluster read() throws StoreException {
        checkOpen();
        return current;
    }

    @Override
    public Cluster at(long revision) throws StoreException {
        synchronized (lock) {
            checkOpen();
            if (revision < 0 || revision > current.revision()) {
                throw new StoreException(
                        StoreException.Kind.NO_SUCH_REVISION,
                        "expected 0 to " + current.revision() + ", got " + revision);
            }
            if (revision == current.revision()) {
                return current;
            }
            try {
                return log.at(revision);
            } catch (IOException failed) {
                throw io("cannot read the log", failed);
            }
        }
    }

    @Override
    public List<Commit> commits(long from, int atMost) throws StoreException {
        if (from < 1 || atMost < 1) {
            throw new IllegalArgumentException("expected 1 or more of both, got " + from + " and " + atMost);
        }
        synchronized (lock) {
            checkOpen();
            try {
                return from > current.revision() ? List.of() : log.commits(from, atMost);
            } catch (IOException failed) {
                throw io("cannot read the log", failed);
            }
        }
    }

    @Override
    public Commit append(long expected, Optional<FencingToken> token, Proposal proposal) throws StoreException {
        Commit commit;
        synchronized (lock) {
            checkOpen();
            if (expected != current.revision()) {
                return repeated(expected, proposal);
            }
            if (token.isPresent()) {
                grants.check(token.get());
            }
            Stored stored = new Stored(expected + 1, options.clock().instant(), proposal, token, hash);
            Cluster next;
            try {
                next = Applying.apply(current, proposal.events());
            } catch (IllegalArgumentException unfit) {
                throw new StoreException(StoreException.Kind.INVALID, String.valueOf(unfit.getMessage()), unfit);
            }
            byte[] bytes = stored.bytes();
            write(Frame.COMMIT, bytes);
            commit = stored.commit(bytes);
            current = next;
            hash = commit.hash();
            snapshot();
        }
        watches.forEach(Watching::signal);
        return commit;
    }

    /** A proposal with a key that is there already, in the place where it was meant to be, was done. */
    private Commit repeated(long expected, Proposal proposal) throws StoreException {
        if (proposal.key().isPresent() && expected >= 0 && expected < current.revision()) {
            Commit there = commits(expected + 1, 1).get(0);
            if (there.proposal().key().equals(proposal.key())) {
                return there;
            }
        }
        throw new StoreException(
                StoreException.Kind.CONFLICT,
                "the site is at revision " + current.revision() + ", the proposal was made for " + expected);
    }

    private void write(byte type, byte[] payload) throws StoreException {
        if (payload.length > Frame.MOST) {
            throw new StoreException(
                    StoreException.Kind.INVALID,
                    "a commit has at most " + Frame.MOST + " bytes, got " + payload.length + "; split it");
        }
        try {
            log.write(new Frame(type, payload), current.revision() + 1, hash, grants.tokens());
        } catch (IOException failed) {
            // Whether it is on the disk nobody knows now; the next open finds out.
            StoreException why = new StoreException(
                    StoreException.Kind.IO, "an append failed, open the store again: " + failed.getMessage(), failed);
            ended = why;
            throw why;
        }
    }

    /** The commit is safe already: a snapshot that fails costs time at the next open, and is tried again. */
    private void snapshot() {
        try {
            log.snapshotIfDue(new SnapshotFile.Content(current, hash));
            snapshotFailure = null;
        } catch (IOException failed) {
            snapshotFailure = io("cannot write a snapshot", failed);
        }
    }

    /** {@return why the last snapshot that was due could not be written; empty if it could} */
    public Optional<StoreException> snapshotFailure() {
        synchronized (lock) {
            return Optional.ofNullable(snapshotFailure);
        }
    }

    @Override
    public Subscription watch(long from, CommitSink sink) throws StoreException {
        Watching watch = new Watching(from, sink, this::commits, options.executor());
        synchronized (lock) {
            checkOpen();
            watches.removeIf(Watching::isClosed);
            watches.add(watch);
        }
        watch.signal();
        return watch;
    }

    @Override
    public Optional<Lease> lease(String key, String holder, Duration ttl) throws StoreException {
        FencingToken.checkKey(key);
        grants.until(ttl);
        synchronized (lock) {
            checkOpen();
            if (grants.isHeld(key)) {
                return Optional.empty();
            }
            FencingToken token = grants.next(key);
            // On the disk before anybody has it: no later process may grant it again.
            write(Frame.GRANT, RecordJson.write(FencingToken.class, token).getBytes(UTF_8));
            grants.grant(token, holder, ttl);
            return Optional.of(new Held(token));
        }
    }

    private void checkOpen() throws StoreException {
        StoreException why = ended;
        if (why != null) {
            throw new StoreException(why.kind(), String.valueOf(why.getMessage()), why);
        }
    }

    @Override
    public void close() throws StoreException {
        synchronized (lock) {
            StoreException before = ended;
            if (before != null && before.kind() == StoreException.Kind.CLOSED) {
                return;
            }
            ended = new StoreException(StoreException.Kind.CLOSED, "the store was closed");
            watches.forEach(Watching::close);
            try {
                log.close();
            } catch (IOException failed) {
                throw io("cannot close the log", failed);
            }
        }
    }

    /** A lease of this store. */
    private final class Held implements Lease {
        private final FencingToken token;

        Held(FencingToken token) {
            this.token = token;
        }

        @Override
        public FencingToken token() {
            return token;
        }

        @Override
        public boolean isHeld() {
            synchronized (lock) {
                return ended == null && grants.holds(token);
            }
        }

        @Override
        public void renew(Duration ttl) throws StoreException {
            synchronized (lock) {
                checkOpen();
                grants.renew(token, ttl);
            }
        }

        @Override
        public void close() {
            synchronized (lock) {
                grants.release(token);
            }
        }
    }
}
