package io.diskless.netboot.tftp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.EOFException;
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
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Files below a folder. Thread-safe. */
final class FileContent implements TftpContent {
    private final Path root;
    private final SmallFiles small = new SmallFiles(Clock.systemUTC());

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
        BasicFileAttributes found;
        try {
            Path file = root.resolve(name).normalize();
            if (!file.startsWith(root)) {
                throw new AccessDeniedException(name);
            }
            found = withoutLinks(file);
            if (found != null) {
                real = file;
            } else {
                real = file.toRealPath();
                if (!real.startsWith(root)) {
                    throw new AccessDeniedException(name, null, "its file is not below the root");
                }
                found = attributes(real);
            }
            // A pipe would block the event loop in open, and a folder cannot be read.
            if (!found.isRegularFile()) {
                return Optional.empty();
            }
        } catch (NoSuchFileException | InvalidPathException e) {
            return Optional.empty();
        }
        byte[] known = small.find(real, found);
        if (known != null) {
            return Optional.of(TftpData.of(known));
        }
        FileChannel channel = FileChannel.open(real, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        try {
            long size = channel.size();
            if (size == found.size() && small.mayKeep(found)) {
                byte[] content = whole(channel, (int) size);
                channel.close();
                small.keep(real, found, content);
                return Optional.of(TftpData.of(content));
            }
            return Optional.of(new Opened(channel, size));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * What is there, or null where a link is on the way from the root. Most often there is none, and to look at each name below
     * the root costs less than to resolve a whole path.
     */
    private @Nullable BasicFileAttributes withoutLinks(Path file) throws IOException {
        BasicFileAttributes found = attributes(file);
        for (Path above = file.getParent(); above != null && !above.equals(root); above = above.getParent()) {
            if (attributes(above).isSymbolicLink()) {
                return null;
            }
        }
        return found.isSymbolicLink() ? null : found;
    }

    private static byte[] whole(FileChannel channel, int size) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(size);
        while (content.hasRemaining()) {
            if (channel.read(content, content.position()) < 0) {
                throw new EOFException("it had " + size + " bytes and ended at " + content.position());
            }
        }
        return content.array();
    }

    private static BasicFileAttributes attributes(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    /** One open file. What is read in small pieces is read ahead: a system call for each block would cost as much as sending it. */
    private static final class Opened implements TftpData {
        /** Eleven blocks of an Ethernet frame; each transfer under way has this much. */
        private static final int AHEAD = 1 << 14;

        private final FileChannel channel;
        private final long size;
        private @Nullable ByteBuf ahead;
        private long aheadFrom;

        Opened(FileChannel channel, long size) {
            this.channel = channel;
            this.size = size;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public int read(long offset, ByteBuffer to) throws IOException {
            ByteBuf buffer = ahead;
            boolean whole = buffer == null && offset == 0 && to.remaining() >= size;
            if (whole || to.remaining() >= AHEAD) {
                return channel.read(to, offset);
            }
            if (buffer == null) {
                buffer = ByteBufAllocator.DEFAULT.directBuffer(AHEAD, AHEAD);
                ahead = buffer;
            }
            if (offset < aheadFrom || offset >= aheadFrom + buffer.writerIndex()) {
                buffer.clear();
                aheadFrom = offset;
                int read = channel.read(buffer.internalNioBuffer(0, AHEAD), offset);
                if (read < 1) {
                    return read;
                }
                buffer.writerIndex(read);
            }
            int at = (int) (offset - aheadFrom);
            int count = Math.min(to.remaining(), buffer.writerIndex() - at);
            int limit = to.limit();
            buffer.getBytes(at, to.limit(to.position() + count));
            to.limit(limit);
            return count;
        }

        @Override
        public Optional<FileChannel> fileChannel() {
            return Optional.of(channel);
        }

        @Override
        public void close() throws IOException {
            ByteBuf buffer = ahead;
            if (buffer != null) {
                ahead = null;
                buffer.release();
            }
            channel.close();
        }
    }
}
