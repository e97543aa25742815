package io.diskless.netboot.tftp;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;

/** Files below a folder, each whole or not there. Thread-safe. */
final class FileStore implements TftpStore {
    private final Path root;
    private final boolean replace;
    private final AtomicLong count = new AtomicLong();

    /** A folder whose path has no link in it. */
    FileStore(Path root, boolean replace) {
        if (!Files.isDirectory(root)) {
            throw new IllegalArgumentException("expected a folder, but it is a file: " + root);
        }
        this.root = root;
        this.replace = replace;
    }

    @Override
    public TftpUpload open(String name, InetSocketAddress client, long size) throws IOException {
        Path file;
        try {
            file = root.resolve(name).normalize();
        } catch (InvalidPathException e) {
            throw new AccessDeniedException(name, null, "not a name of this system");
        }
        Path folder = file.getParent();
        Path last = file.getFileName();
        if (folder == null || last == null || !file.startsWith(root) || file.equals(root)) {
            throw new AccessDeniedException(name);
        }
        Path real = folder.toRealPath();
        if (!real.startsWith(root)) {
            throw new AccessDeniedException(name, null, "its folder is not below the root");
        }
        if (!Files.isDirectory(real, LinkOption.NOFOLLOW_LINKS)) {
            throw new NoSuchFileException(name, null, "its folder is a file");
        }
        Path target = real.resolve(last);
        expectRoom(target, name);
        return begin(real, target);
    }

    private void expectRoom(Path target, String name) throws IOException {
        if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!replace) {
            throw new FileAlreadyExistsException(name);
        }
        if (!Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new AccessDeniedException(name, null, "a link, a folder or a device has the name");
        }
    }

    private TftpUpload begin(Path folder, Path target) throws IOException {
        Path part = part(folder);
        // A process of the same number left them when it was killed.
        while (Files.exists(part, LinkOption.NOFOLLOW_LINKS)) {
            part = part(folder);
        }
        FileChannel channel = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        return new Part(channel, part, target);
    }

    private Path part(Path folder) {
        return folder.resolve("." + ProcessHandle.current().pid() + "-" + count.incrementAndGet() + ".part");
    }

    private final class Part implements TftpUpload {
        private final FileChannel channel;
        private final Path part;
        private final Path target;

        Part(FileChannel channel, Path part, Path target) {
            this.channel = channel;
            this.part = part;
            this.target = target;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        @Override
        public void commit() throws IOException {
            channel.close();
            if (replace) {
                expectRoom(target, target.toString());
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                return;
            }
            try {
                // A second name, unlike a move, never takes the place of a file that came meanwhile.
                Files.createLink(target, part);
            } catch (UnsupportedOperationException e) {
                Files.move(part, target);
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
            Files.deleteIfExists(part);
        }
    }
}
