package io.diskless.cluster.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file channel that survives interrupts. The JDK closes a channel when a thread that uses it is interrupted, for all
 * threads; here the interrupt is set aside during the call, and where one comes in the middle of it the file is opened
 * again and the call repeated. Positional transfers may be repeated without harm. The thread's interrupt flag is as it
 * was afterwards. Thread-safe.
 */
final class StableChannel {
    private static final int READ = 0;
    private static final int WRITE = 1;
    private static final int FORCE = 2;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Path path;
    private final Set<OpenOption> options;
    private final Object identity;
    private final @Nullable FileLocks locks;
    private volatile FileChannel channel;
    private volatile boolean closed;

    StableChannel(Path path, Set<OpenOption> options, @Nullable FileLocks locks) throws IOException {
        this.path = path;
        this.options = options;
        this.locks = locks;
        channel = FileChannel.open(path, options);
        identity = identity();
    }

    private Object identity() throws IOException {
        Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        return key == null ? path.toRealPath() : key;
    }

    /** One read; the buffer's position is moved by what was read, from {@code at}. */
    int read(ByteBuffer dst, int at, long offset) throws IOException {
        return uninterrupted(READ, dst, at, offset);
    }

    /** One write; the buffer's position is moved by what was written, from {@code at}. */
    int write(ByteBuffer src, int at, long offset) throws IOException {
        return uninterrupted(WRITE, src, at, offset);
    }

    /** What the JDK gives for {@code fdatasync}. */
    void force() throws IOException {
        uninterrupted(FORCE, NOTHING, 0, 0);
    }

    /** A number and not a lambda says what to do: transfers allocate nothing. */
    private int uninterrupted(int what, ByteBuffer buffer, int at, long offset) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                FileChannel now = channel;
                try {
                    return once(now, what, buffer, at, offset);
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                    reopen(now);
                } catch (ClosedChannelException e) {
                    reopen(now);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static int once(FileChannel channel, int what, ByteBuffer buffer, int at, long offset) throws IOException {
        if (what == FORCE) {
            channel.force(false);
            return 0;
        }
        buffer.position(at);
        return what == READ ? channel.read(buffer, offset) : channel.write(buffer, offset);
    }

    /** The channel as it is now, for set-up. */
    FileChannel raw() {
        return channel;
    }

    private synchronized void reopen(FileChannel broken) throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        if (channel != broken) {
            return;
        }
        FileChannel again = FileChannel.open(path, options);
        if (!Objects.equals(identity(), identity)) {
            again.close();
            throw new BlockException(
                    BlockException.Kind.STALE, BlockException.NO_OFFSET, path + " was replaced by another file");
        }
        channel = again;
        if (locks != null) {
            locks.reassert();
        }
    }

    synchronized void close() throws IOException {
        closed = true;
        channel.close();
    }
}
