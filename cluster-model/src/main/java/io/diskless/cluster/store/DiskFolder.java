package io.diskless.cluster.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A folder on a disk, locked while it is open. Thread-safe. */
final class DiskFolder implements Folder {
    private static final String LOCK = "lock";

    private final Path path;
    private final FileChannel lockFile;
    private final FileLock lock;

    private DiskFolder(Path path, FileChannel lockFile, FileLock lock) {
        this.path = path;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    static DiskFolder open(Path path) throws IOException {
        boolean fresh = !Files.isDirectory(path);
        Files.createDirectories(path);
        Path parent = path.toAbsolutePath().getParent();
        if (fresh && parent != null) {
            syncNames(parent);
        }
        FileChannel channel = FileChannel.open(
                path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            FileLock lock = tryLock(channel);
            if (lock == null) {
                throw new StoreException(
                        StoreException.Kind.LOCKED, path + " is in use by another store" + holder(channel));
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(US_ASCII)), 0);
            return new DiskFolder(path, channel, lock);
        } catch (IOException failed) {
            channel.close();
            throw failed;
        }
    }

    private static @org.jspecify.annotations.Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException here) {
            return null;
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(20);
        channel.read(text, 0);
        return text.position() == 0 ? "" : ", process " + new String(text.array(), 0, text.position(), US_ASCII);
    }

    @Override
    public List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> !name.equals(LOCK))
                    .toList();
        }
    }

    @Override
    public long size(String name) throws IOException {
        return Files.size(path.resolve(name));
    }

    @Override
    public byte[] read(String name, long offset, int length) throws IOException {
        try (FileChannel file = FileChannel.open(path.resolve(name), StandardOpenOption.READ)) {
            long there = Math.max(0, file.size() - offset);
            ByteBuffer into = ByteBuffer.allocate((int) Math.min(length, there));
            while (into.hasRemaining() && file.read(into, offset + into.position()) >= 0) {
                // Until it is full or the file ends.
            }
            return Arrays.copyOf(into.array(), into.position());
        }
    }

    @Override
    public Output append(String name) throws IOException {
        FileChannel file = FileChannel.open(path.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return new Output() {
            @Override
            public void write(byte[] bytes) throws IOException {
                ByteBuffer from = ByteBuffer.wrap(bytes);
                while (from.hasRemaining()) {
                    file.write(from);
                }
            }

            @Override
            public void sync() throws IOException {
                file.force(true);
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        };
    }

    @Override
    public void truncate(String name, long size) throws IOException {
        try (FileChannel file = FileChannel.open(path.resolve(name), StandardOpenOption.WRITE)) {
            file.truncate(size);
            file.force(true);
        }
    }

    @Override
    public void delete(String name) throws IOException {
        Files.deleteIfExists(path.resolve(name));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Files.move(
                path.resolve(from),
                path.resolve(to),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void syncNames() throws IOException {
        syncNames(path);
    }

    /** On Linux a directory can be opened and synchronised like a file; its entries are then on the disk. */
    private static void syncNames(Path directory) throws IOException {
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        try (lockFile) {
            lock.release();
        }
    }
}
