package io.diskless.netboot.tftp;

import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Contents of small files that were asked for a moment ago: a rack that is switched on asks for the same scripts, and to open
 * and close a file costs as much as to send it. Whoever asks has looked at the file anew. Bounded; thread-safe.
 *
 * <p>What is kept holds while the file's size, time and identity are the same. A file that was written lately is not kept, as its
 * next change might leave it with the same time; and nothing is kept for longer than {@link #KEPT}, for what the time does not
 * tell, such as the right to read it.
 */
final class SmallFiles {
    /** The largest file kept, in octets. */
    static final int LARGEST = 1 << 14;
    /** Octets kept together. */
    private static final int MOST = 1 << 20;

    static final Duration KEPT = Duration.ofSeconds(1);
    /** Coarser than the time of any file system in use: FAT counts in steps of 2 s. */
    private static final Duration SETTLED = Duration.ofSeconds(3);

    private final Clock clock;
    private final Map<Path, Kept> all = new LinkedHashMap<>(16, 0.75f, true);
    private int octets;

    SmallFiles(Clock clock) {
        this.clock = clock;
    }

    private static final class Kept {
        final byte[] content;
        final FileTime changed;
        final @Nullable Object identity;
        final long since;

        Kept(byte[] content, BasicFileAttributes before, long since) {
            this.content = content;
            this.changed = before.lastModifiedTime();
            this.identity = before.fileKey();
            this.since = since;
        }
    }

    /** The content of a file that looks like this now, or null where it is not known. The array is shared. */
    synchronized byte @Nullable [] find(Path file, BasicFileAttributes now) {
        Kept kept = all.get(file);
        if (kept == null) {
            return null;
        }
        long age = clock.millis() - kept.since;
        if (age < 0
                || age >= KEPT.toMillis()
                || kept.content.length != now.size()
                || !kept.changed.equals(now.lastModifiedTime())
                || !Objects.equals(kept.identity, now.fileKey())) {
            all.remove(file);
            octets -= kept.content.length;
            return null;
        }
        return kept.content;
    }

    /** Whether a file that looks like this may be kept. */
    boolean mayKeep(BasicFileAttributes now) {
        return now.size() <= LARGEST && now.lastModifiedTime().toMillis() < clock.millis() - SETTLED.toMillis();
    }

    /** Keeps what was read after the file had looked like this. */
    synchronized void keep(Path file, BasicFileAttributes before, byte[] content) {
        Kept old = all.put(file, new Kept(content, before, clock.millis()));
        octets += content.length - (old == null ? 0 : old.content.length);
        var eldest = all.entrySet().iterator();
        while (octets > MOST) {
            octets -= eldest.next().getValue().content.length;
            eldest.remove();
        }
    }
}
