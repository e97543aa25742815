package io.diskless.netboot.tftp;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** Files below a folder. Thread-safe. */
final class FileContent implements TftpContent {
    private final Path root;

    /** A folder whose path has no link in it. */
    FileContent(Path root) {
        if (!Files.isDirectory(root)) {
            throw new IllegalArgumentException("expected a folder, but it is a file: " + root);
        }
        this.root = root;
    }

    @Override
    public Optional<TftpData> open(String name, InetSocketAddress client) throws IOException {
        Path real;
        try {
            Path file = root.resolve(name).normalize();
            if (!file.startsWith(root)) {
                throw new AccessDeniedException(name);
            }
            real = file.toRealPath();
        } catch (NoSuchFileException | InvalidPathException e) {
            return Optional.empty();
        }
        if (!real.startsWith(root)) {
            throw new AccessDeniedException(name, null, "its file is not below the root");
        }
        // A pipe would block the event loop in open, and a folder cannot be read.
        if (!Files.isRegularFile(real, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        FileChannel channel = FileChannel.open(real, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        try {
            return Optional.of(new Opened(channel, channel.size()));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private record Opened(FileChannel channel, long size) implements TftpData {
        @Override
        public int read(long offset, ByteBuffer to) throws IOException {
            return channel.read(to, offset);
        }

        @Override
        public Optional<FileChannel> fileChannel() {
            return Optional.of(channel);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
