package io.diskless.benchmarks.lab.node;

import io.diskless.benchmarks.lab.load.Pattern;
import io.diskless.cluster.block.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.LongConsumer;

/** Long sequential transfers with several requests under way. Not thread-safe: one transfer at a time for an object. */
final class Stream {
    /** Large enough that the network is busy, small enough that progress is seen. */
    private static final int CHUNK = 128 << 10;

    private static final int AHEAD = 8;

    private final ByteBuffer[] buffers = new ByteBuffer[AHEAD];

    Stream() {
        for (int i = 0; i < AHEAD; i++) {
            buffers[i] = ByteBuffer.allocateDirect(CHUNK);
        }
    }

    private record Pending(CompletableFuture<Void> end, ByteBuffer buffer) {}

    /** Writes {@code length} bytes to a device, those of a file and less than a block of zeroes, and flushes. */
    void write(FileChannel from, BlockDevice to, long offset, long length, LongConsumer progress)
            throws IOException, InterruptedException {
        Deque<Pending> pending = new ArrayDeque<>();
        try {
            for (long at = 0, index = 0; at < length; at += CHUNK, index++) {
                if (pending.size() == AHEAD) {
                    progress.accept(finish(pending).remaining());
                }
                ByteBuffer buffer = chunk(index, length - at);
                fill(from, at, buffer, length);
                buffer.flip();
                pending.add(new Pending(to.writeAsync(offset + at, buffer, 0), buffer));
            }
            while (!pending.isEmpty()) {
                progress.accept(finish(pending).remaining());
            }
            finish(new ArrayDeque<>(List.of(new Pending(to.flushAsync(), buffers[0]))));
        } finally {
            settle(pending);
        }
    }

    /** Fills the buffer from a file; the last block of a file that ends within it is filled up with zeroes. */
    private static void fill(FileChannel from, long at, ByteBuffer buffer, long length) throws IOException {
        while (buffer.hasRemaining()) {
            long next = at + buffer.position();
            if (from.read(buffer, next) < 0) {
                if (length - next >= Pattern.BLOCK) {
                    throw new IOException("the file ends at byte " + next + ", expected " + length);
                }
                while (buffer.hasRemaining()) {
                    buffer.put((byte) 0);
                }
            }
        }
    }

    /** Feeds a range of a device to a digest. */
    void digest(BlockDevice from, long offset, long length, MessageDigest into, LongConsumer progress)
            throws IOException, InterruptedException {
        read(from, offset, length, (at, buffer) -> {
            int count = buffer.remaining();
            into.update(buffer);
            progress.accept(count);
        });
    }

    /** Feeds a range of a device to a digest and a file. */
    void digest(BlockDevice from, long offset, long length, MessageDigest into, FileChannel copy, LongConsumer progress)
            throws IOException, InterruptedException {
        read(from, offset, length, (at, buffer) -> {
            into.update(buffer.duplicate());
            int count = buffer.remaining();
            while (buffer.hasRemaining()) {
                copy.write(buffer, at + buffer.position());
            }
            progress.accept(count);
        });
    }

    /** Takes what was read, in order. */
    @FunctionalInterface
    interface Sink {
        void take(long at, ByteBuffer bytes) throws IOException;
    }

    /** Reads a range of a device in order. */
    void read(BlockDevice from, long offset, long length, Sink sink) throws IOException, InterruptedException {
        Deque<Pending> pending = new ArrayDeque<>();
        long taken = 0;
        try {
            for (long at = 0, index = 0; at < length; at += CHUNK, index++) {
                if (pending.size() == AHEAD) {
                    taken += take(sink, taken, pending);
                }
                ByteBuffer buffer = chunk(index, length - at);
                pending.add(new Pending(from.readAsync(offset + at, buffer), buffer));
            }
            while (!pending.isEmpty()) {
                taken += take(sink, taken, pending);
            }
        } finally {
            settle(pending);
        }
    }

    private static int take(Sink sink, long at, Deque<Pending> pending) throws IOException, InterruptedException {
        ByteBuffer buffer = finish(pending);
        int count = buffer.remaining();
        sink.take(at, buffer);
        return count;
    }

    private ByteBuffer chunk(long index, long left) {
        return buffers[(int) (index % AHEAD)].clear().limit((int) Math.min(CHUNK, left));
    }

    private static ByteBuffer finish(Deque<Pending> pending) throws IOException, InterruptedException {
        Pending oldest = pending.remove();
        try {
            oldest.end().get();
            return oldest.buffer();
        } catch (ExecutionException e) {
            throw new IOException(
                    String.valueOf(e.getCause() == null ? e : e.getCause().getMessage()), e);
        }
    }

    /** After a failure: buffers are lent until their requests have ended. */
    private static void settle(Deque<Pending> pending) {
        CompletableFuture.allOf(pending.stream().map(Pending::end).toArray(CompletableFuture<?>[]::new))
                .exceptionally(failure -> null)
                .join();
    }
}
