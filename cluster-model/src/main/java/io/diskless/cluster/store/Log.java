package io.diskless.cluster.store;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.store.internal.SegmentHead;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The files of an {@link EmbeddedStore}. Guarded by it.
 *
 * <p>{@code FIRST.log} are segments, named after the first revision in them; a new one has its head, with the hash of the commit
 * before and the greatest tokens, on the disk before an entry is added. {@code REVISION.snap} are snapshots. Opening reads the
 * newest good snapshot and the segments from the one with its commit on; older segments are read when somebody asks for what is in them.
 */
final class Log implements Closeable {
    private final Folder folder;
    private final EmbeddedOptions options;
    private final TreeMap<Long, Segment> segments = new TreeMap<>();
    private final TreeSet<Long> snapshots = new TreeSet<>();
    private Folder.@Nullable Output out;
    private long sinceSnapshot;
    private long lastSnapshot;

    /** Where the store goes on. */
    record Start(Cluster cluster, String hash, List<FencingToken> tokens) {}

    Log(Folder folder, EmbeddedOptions options) {
        this.folder = folder;
        this.options = options;
    }

    Start open() throws IOException {
        for (String name : folder.names()) {
            if (Segment.is(name)) {
                Segment segment = Segment.of(folder, name);
                segments.put(segment.first(), segment);
            } else if (SnapshotFile.is(name)) {
                snapshots.add(SnapshotFile.revision(name));
            } else if (SnapshotFile.isUnfinished(name)) {
                folder.delete(name);
            } else {
                throw new StoreException(
                        StoreException.Kind.CORRUPT,
                        "\"" + name + "\" is no file of a store; is this the right folder?");
            }
        }
        Replay replay = new Replay(newestSnapshot());
        Long begin = segments.floorKey(Math.max(1, replay.from));
        if (begin == null && !segments.isEmpty()) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "the log begins at revision " + segments.firstKey() + ", and nothing good leads there");
        }
        for (Segment segment : begin == null
                ? List.<Segment>of()
                : new ArrayList<>(segments.tailMap(begin).values())) {
            boolean last = segment.first() == segments.lastKey();
            if (!segment.scan(replay, last)) {
                // Its head was never finished, so nothing was ever added to it.
                folder.delete(segment.name());
                folder.syncNames();
                segments.remove(segment.first());
            }
        }
        if (replay.seen < replay.from) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "the log ends at revision " + replay.seen + ", before the snapshot of " + replay.from);
        }
        return new Start(replay.cluster, replay.hash, replay.tokens());
    }

    private Optional<SnapshotFile.Content> newestSnapshot() throws IOException {
        for (long revision : new ArrayList<>(snapshots.descendingSet())) {
            Optional<SnapshotFile.Content> content = SnapshotFile.read(folder, SnapshotFile.name(revision));
            if (content.isPresent()) {
                lastSnapshot = folder.size(SnapshotFile.name(revision));
                return content;
            }
            snapshots.remove(revision);
        }
        return Optional.empty();
    }

    /** Follows the log from a snapshot on; what is older is checked and passed over. */
    private final class Replay implements Segment.Reader {
        private final long from;
        private final Map<String, Long> tokens = new TreeMap<>();
        private Cluster cluster = Cluster.of(Model.empty());
        private String hash = Commit.NONE;
        private long seen;
        private @Nullable String previous;

        Replay(Optional<SnapshotFile.Content> start) {
            start.ifPresent(content -> {
                cluster = content.cluster();
                hash = content.hash();
            });
            from = cluster.revision();
        }

        @Override
        public void head(SegmentHead head) throws StoreException {
            if (previous != null && !previous.equals(head.previous())) {
                throw broken(head.first());
            }
            previous = head.previous();
            seen = head.first() - 1;
            head.tokens().forEach(this::grant);
        }

        @Override
        public void commit(Commit commit, int size) throws StoreException {
            if (!commit.previous().equals(previous)) {
                throw broken(commit.revision());
            }
            previous = commit.hash();
            seen = commit.revision();
            if (seen == from && !commit.hash().equals(hash)) {
                throw new StoreException(
                        StoreException.Kind.CORRUPT, "the snapshot of revision " + from + " is of another history");
            }
            if (seen > from) {
                try {
                    cluster = commit.applyTo(cluster);
                } catch (IllegalArgumentException unfit) {
                    throw new StoreException(StoreException.Kind.CORRUPT, String.valueOf(unfit.getMessage()), unfit);
                }
                hash = commit.hash();
                sinceSnapshot += size;
            }
        }

        private StoreException broken(long revision) {
            return new StoreException(
                    StoreException.Kind.CORRUPT,
                    "the chain of hashes breaks before revision " + revision + ": an earlier commit was changed");
        }

        @Override
        public void grant(FencingToken token) {
            tokens.merge(token.key(), token.number(), Math::max);
        }

        List<FencingToken> tokens() {
            List<FencingToken> all = new ArrayList<>();
            tokens.forEach((key, number) -> all.add(new FencingToken(key, number)));
            return all;
        }
    }

    /** Adds an entry and returns when it is on the disk. */
    void write(Frame frame, long revision, String hash, List<FencingToken> tokens) throws IOException {
        Segment last = segments.isEmpty() ? null : segments.lastEntry().getValue();
        // A segment without a commit has the name that the new one would have.
        boolean full = last != null && last.end() >= options.segmentBytes() && last.first() < revision;
        if (last == null || full) {
            closeOutput();
            last = Segment.create(folder, new SegmentHead(SegmentHead.FORMAT, revision, hash, tokens));
            segments.put(last.first(), last);
        }
        if (out == null) {
            out = folder.append(last.name());
        }
        out.write(frame.bytes());
        out.sync();
        last.grew(frame);
        sinceSnapshot += frame.size();
    }

    void snapshotIfDue(SnapshotFile.Content content) throws IOException {
        if (sinceSnapshot >= Math.max(options.snapshotBytes(), 2 * lastSnapshot)) {
            lastSnapshot = SnapshotFile.write(folder, content);
            snapshots.add(content.cluster().revision());
            sinceSnapshot = 0;
        }
    }

    List<Commit> commits(long from, int atMost) throws IOException {
        List<Commit> found = new ArrayList<>();
        long next = from;
        for (Segment segment : segments.tailMap(segments.floorKey(from)).values()) {
            List<Commit> more = segment.commits(next, atMost - found.size());
            found.addAll(more);
            next += more.size();
            if (found.size() == atMost) {
                break;
            }
        }
        return found;
    }

    /** The site at a revision that is there, from the nearest snapshot before it. */
    Cluster at(long revision) throws IOException {
        Cluster cluster = Cluster.of(Model.empty());
        Long nearest = snapshots.floor(revision);
        while (nearest != null && cluster.revision() == 0) {
            Optional<SnapshotFile.Content> content = SnapshotFile.read(folder, SnapshotFile.name(nearest));
            if (content.isPresent()) {
                cluster = content.get().cluster();
            }
            nearest = snapshots.lower(nearest);
        }
        while (cluster.revision() < revision) {
            int atMost = (int) Math.min(256, revision - cluster.revision());
            List<Commit> next = commits(cluster.revision() + 1, atMost);
            if (next.isEmpty()) {
                throw new StoreException(
                        StoreException.Kind.CORRUPT, "commit " + (cluster.revision() + 1) + " is in no segment");
            }
            for (Commit commit : next) {
                cluster = commit.applyTo(cluster);
            }
        }
        return cluster;
    }

    private void closeOutput() throws IOException {
        if (out != null) {
            Folder.Output old = out;
            out = null;
            old.close();
        }
    }

    @Override
    public void close() throws IOException {
        try (folder) {
            closeOutput();
        }
    }
}
