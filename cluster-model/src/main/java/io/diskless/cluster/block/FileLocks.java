package io.diskless.cluster.block;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who has which file open: one writer or any number of readers, in this process and among processes.
 *
 * <p>Among processes it is a POSIX record lock, which QEMU and others understand. Such a lock belongs to the process and
 * is lost as soon as <em>any</em> descriptor of the file is closed anywhere in it; therefore one lock per file is shared
 * by all its readers here, and taken anew after each close ({@link #reassert}). Thread-safe.
 */
final class FileLocks {
    private static final Map<Object, FileLocks> OPEN = new HashMap<>();

    private final Object key;
    private final Path path;
    private final FileChannel channel;
    private final boolean shared;
    private FileLock lock;
    private int holders;

    private FileLocks(Object key, Path path, FileChannel channel, boolean shared, FileLock lock) {
        this.key = key;
        this.path = path;
        this.channel = channel;
        this.shared = shared;
        this.lock = lock;
    }

    static FileLocks acquire(Path path, boolean shared) throws IOException {
        Object key = key(path);
        synchronized (OPEN) {
            FileLocks there = OPEN.get(key);
            if (there == null) {
                there = open(key, path, shared);
                OPEN.put(key, there);
            } else if (!shared || !there.shared) {
                throw busy(path, "this process", shared, null);
            }
            there.holders++;
            return there;
        }
    }

    private static Object key(Path path) throws IOException {
        Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        return key != null ? key : path.toRealPath();
    }

    private static FileLocks open(Object key, Path path, boolean shared) throws IOException {
        FileChannel channel = FileChannel.open(path, shared ? StandardOpenOption.READ : StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock(0, Long.MAX_VALUE, shared);
            if (lock == null) {
                throw busy(path, "another process", shared, null);
            }
            return new FileLocks(key, path, channel, shared, lock);
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw busy(path, "this process", shared, e);
        } catch (BlockException e) {
            channel.close();
            throw e;
        } catch (IOException e) {
            channel.close();
            throw new BlockException(
                    BlockException.Kind.NOT_SUPPORTED,
                    BlockException.NO_OFFSET,
                    path + " cannot be locked (" + e.getMessage()
                            + "): where the file system has no locks, open it with FileOptions lock(false)",
                    e);
        }
    }

    private static BlockException busy(Path path, String who, boolean shared, @Nullable Throwable cause) {
        return new BlockException(
                BlockException.Kind.STALE,
                BlockException.NO_OFFSET,
                path + " is in use by " + who
                        + (shared ? " for writing" : "")
                        + ": close it there first, or, to share a base image, open it read-only everywhere",
                cause);
    }

    /** To be called after any other descriptor of the file was closed while this device stays open. */
    void reassert() throws IOException {
        synchronized (OPEN) {
            if (holders > 0) {
                lock.release();
                FileLock again = channel.tryLock(0, Long.MAX_VALUE, shared);
                if (again == null) {
                    throw busy(path, "another process that took it over", shared, null);
                }
                lock = again;
            }
        }
    }

    /** To be called after the device's own descriptors are closed. */
    void release() throws IOException {
        synchronized (OPEN) {
            if (--holders == 0) {
                OPEN.remove(key);
                channel.close();
            } else {
                reassert();
            }
        }
    }
}
