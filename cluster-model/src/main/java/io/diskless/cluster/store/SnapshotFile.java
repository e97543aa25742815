package io.diskless.cluster.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.diskless.cluster.conf.ConfigException;
import io.diskless.cluster.json.ClusterJson;
import io.diskless.cluster.json.RecordJson;
import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.store.internal.SnapshotHead;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A site in a file, so that opening need not read the history. A missing or damaged one costs time only. Stateless. */
final class SnapshotFile {
    private static final String SUFFIX = ".snap";
    private static final String UNFINISHED = ".tmp";
    private static final int PART = 1 << 20;

    private SnapshotFile() {}

    record Content(Cluster cluster, String hash) {}

    static String name(long revision) {
        return String.format(Locale.ROOT, "%020d%s", revision, SUFFIX);
    }

    static boolean is(String name) {
        return name.matches("[0-9]{20}\\.snap");
    }

    static boolean isUnfinished(String name) {
        return name.endsWith(UNFINISHED);
    }

    static long revision(String name) {
        return Long.parseLong(name.substring(0, name.length() - SUFFIX.length()));
    }

    /** Writes it; it has its name only when all of it is on the disk. */
    static long write(Folder folder, Content content) throws IOException {
        long revision = content.cluster().revision();
        String name = name(revision);
        byte[] text = ClusterJson.write(content.cluster()).getBytes(UTF_8);
        SnapshotHead head = new SnapshotHead(revision, content.hash());
        long size = 0;
        folder.delete(name + UNFINISHED);
        try (Folder.Output out = folder.append(name + UNFINISHED)) {
            out.write(new Frame(
                            Frame.SNAPSHOT_HEAD,
                            RecordJson.write(SnapshotHead.class, head).getBytes(UTF_8))
                    .bytes());
            for (int at = 0; at < text.length; at += PART) {
                byte[] part = Arrays.copyOfRange(text, at, Math.min(text.length, at + PART));
                out.write(new Frame(Frame.SNAPSHOT_PART, part).bytes());
                size += part.length;
            }
            out.write(new Frame(Frame.SNAPSHOT_END, new byte[0]).bytes());
            out.sync();
        }
        folder.rename(name + UNFINISHED, name);
        folder.syncNames();
        return size;
    }

    /** Reads it; empty if it is damaged. */
    static Optional<Content> read(Folder folder, String name) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        SnapshotHead head = null;
        byte type = 0;
        for (long at = 0; at < folder.size(name) && type != Frame.SNAPSHOT_END; ) {
            Frame frame = Frame.at(folder.read(name, at, Frame.HEADER + PART), 0);
            if (frame == null || (frame.type() == Frame.SNAPSHOT_HEAD) != (at == 0)) {
                return Optional.empty();
            }
            type = frame.type();
            if (type == Frame.SNAPSHOT_HEAD) {
                head = Segment.read(SnapshotHead.class, name, frame);
            } else {
                text.writeBytes(frame.payload());
            }
            at += frame.size();
        }
        if (head == null || type != Frame.SNAPSHOT_END) {
            return Optional.empty();
        }
        try {
            Cluster cluster = ClusterJson.read(name, text.toString(UTF_8)).cluster();
            return cluster.revision() == head.revision() && revision(name) == head.revision()
                    ? Optional.of(new Content(cluster, head.hash()))
                    : Optional.empty();
        } catch (ConfigException older) {
            // Written by a later version, perhaps: the history says the same.
            return Optional.empty();
        }
    }
}
