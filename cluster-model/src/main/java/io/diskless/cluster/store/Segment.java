package io.diskless.cluster.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskless.cluster.conf.ConfigException;
import io.diskless.cluster.json.RecordJson;
import io.diskless.cluster.store.internal.SegmentHead;
import io.diskless.cluster.store.internal.Stored;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A file of the log: a head, then commits and grants as they came. Knows where each commit starts once it was scanned. Guarded
 * by the store that owns it.
 */
final class Segment {
    private static final String SUFFIX = ".log";

    private final Folder folder;
    private final String name;
    private final long first;
    private int[] starts = new int[16];
    private int commits;
    private int end;
    private boolean scanned;

    private Segment(Folder folder, long first) {
        this.folder = folder;
        this.first = first;
        this.name = name(first);
    }

    static String name(long first) {
        return String.format(Locale.ROOT, "%020d%s", first, SUFFIX);
    }

    static boolean is(String name) {
        return name.matches("[0-9]{20}\\.log");
    }

    /** A segment that is there already. */
    static Segment of(Folder folder, String name) {
        return new Segment(folder, Long.parseLong(name.substring(0, name.length() - SUFFIX.length())));
    }

    /** A new one, with its head on the disk. */
    static Segment create(Folder folder, SegmentHead head) throws IOException {
        Segment segment = new Segment(folder, head.first());
        Frame frame = new Frame(
                Frame.SEGMENT, RecordJson.write(SegmentHead.class, head).getBytes(UTF_8));
        try (Folder.Output out = folder.append(segment.name)) {
            out.write(frame.bytes());
            out.sync();
        }
        folder.syncNames();
        segment.end = frame.size();
        segment.scanned = true;
        return segment;
    }

    String name() {
        return name;
    }

    long first() {
        return first;
    }

    int end() {
        return end;
    }

    /** What a scan shows, in the order of the file. */
    interface Reader {
        default void head(SegmentHead head) throws StoreException {}

        default void commit(Commit commit, int size) throws StoreException {}

        default void grant(FencingToken token) throws StoreException {}
    }

    /**
     * Reads all of it. What is bad at the end is cut off if this is the last segment, for it was never acknowledged; if
     * something good follows it, or segments do, then something that was acknowledged was damaged.
     *
     * @return false if it is the last segment and has not even a head
     */
    boolean scan(Reader reader, boolean last) throws IOException {
        byte[] bytes = folder.read(name, 0, Integer.MAX_VALUE);
        commits = 0;
        int at = 0;
        Frame frame = Frame.at(bytes, 0);
        while (frame != null) {
            accept(frame, at, reader);
            at += frame.size();
            frame = Frame.at(bytes, at);
        }
        if (at < bytes.length) {
            int good = Frame.next(bytes, at + 1);
            if (!last || good >= 0) {
                throw new StoreException(
                        StoreException.Kind.CORRUPT,
                        name + " is damaged at byte " + at + " of " + bytes.length
                                + (good >= 0 ? "; good entries follow at byte " + good : "; later segments follow")
                                + "; restore the file from a backup");
            }
            if (at > 0) {
                folder.truncate(name, at);
            }
        }
        if (at == 0 && !last) {
            throw new StoreException(StoreException.Kind.CORRUPT, name + " is empty, and later segments follow");
        }
        end = at;
        scanned = at > 0;
        return scanned;
    }

    private void accept(Frame frame, int at, Reader reader) throws StoreException {
        String where = name + " at byte " + at;
        if ((at == 0) != (frame.type() == Frame.SEGMENT)) {
            throw new StoreException(StoreException.Kind.CORRUPT, where + ": a segment has one head, at its start");
        }
        switch (frame.type()) {
            case Frame.SEGMENT -> {
                SegmentHead head = read(SegmentHead.class, where, frame);
                if (head.format() != SegmentHead.FORMAT || head.first() != first) {
                    throw new StoreException(
                            StoreException.Kind.CORRUPT,
                            where + ": expected format " + SegmentHead.FORMAT + " from revision " + first + ", got "
                                    + head.format() + " from " + head.first());
                }
                reader.head(head);
            }
            case Frame.COMMIT -> {
                Commit commit = Stored.read(where, frame.payload());
                if (commit.revision() != first + commits) {
                    throw new StoreException(
                            StoreException.Kind.CORRUPT,
                            where + ": expected revision " + (first + commits) + ", got " + commit.revision());
                }
                remember(at);
                reader.commit(commit, frame.size());
            }
            case Frame.GRANT -> reader.grant(read(FencingToken.class, where, frame));
            default ->
                throw new StoreException(
                        StoreException.Kind.CORRUPT, where + ": an entry of unknown type " + frame.type());
        }
    }

    static <R extends Record> R read(Class<R> type, String where, Frame frame) throws StoreException {
        try {
            return RecordJson.read(type, where, new String(frame.payload(), UTF_8));
        } catch (ConfigException | IllegalArgumentException unreadable) {
            throw new StoreException(StoreException.Kind.CORRUPT, where + ": " + unreadable.getMessage(), unreadable);
        }
    }

    /** An entry was appended. */
    void grew(Frame frame) {
        if (frame.type() == Frame.COMMIT) {
            remember(end);
        }
        end += frame.size();
    }

    private void remember(int at) {
        if (commits == starts.length) {
            starts = Arrays.copyOf(starts, commits * 2);
        }
        starts[commits++] = at;
    }

    /** Some of its commits, from a revision on that is not before its first. */
    List<Commit> commits(long from, int atMost) throws IOException {
        if (!scanned) {
            scan(new Reader() {}, false);
        }
        List<Commit> found = new ArrayList<>();
        for (long i = from - first; i < commits && found.size() < atMost; i++) {
            int start = starts[(int) i];
            int stop = i + 1 < commits ? starts[(int) i + 1] : end;
            Frame frame = Frame.at(folder.read(name, start, stop - start), 0);
            if (frame == null) {
                throw new StoreException(
                        StoreException.Kind.CORRUPT, name + " was damaged at byte " + start + " while it was open");
            }
            found.add(Stored.read(name + " at byte " + start, frame.payload()));
        }
        return found;
    }
}
