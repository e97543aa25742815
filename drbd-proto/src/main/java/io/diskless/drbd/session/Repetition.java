package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One block over and over, as a write-same puts it on a disk: piece by piece out of one buffer. Confined to the data loop.
 */
final class Repetition implements Backing.Done {
    /** Bytes of a piece: few requests, and little memory for each write-same that is under way. */
    static final int PIECE = 64 << 10;

    private final Backing disk;
    private final long end;
    private final boolean fua;
    private final Backing.Done done;
    private final ByteBuf pattern;
    private long at;
    private boolean running;
    private boolean again;
    private @Nullable BlockException failure;

    private Repetition(Backing disk, long offset, long bytes, ByteBuf pattern, boolean fua, Backing.Done done) {
        this.disk = disk;
        this.at = offset;
        this.end = offset + bytes;
        this.pattern = pattern;
        this.fua = fua;
        this.done = done;
    }

    /**
     * Begins.
     *
     * @param block what is repeated; copied before this returns
     * @param phase where in the block the range begins
     */
    static void write(
            ByteBufAllocator allocator,
            Backing disk,
            long offset,
            long bytes,
            ByteBuffer block,
            int phase,
            boolean fua,
            Backing.Done done) {
        int size = block.remaining();
        int piece = (int) Math.min(bytes, (long) PIECE / size * size);
        ByteBuf pattern = allocator.directBuffer(piece, piece);
        fill(pattern, block, phase, piece);
        new Repetition(disk, offset, bytes, pattern, fua, done).next();
    }

    /** Appends a block again and again, from somewhere in it on, until so many bytes were appended. */
    static void fill(ByteBuf to, ByteBuffer block, int phase, int bytes) {
        int size = block.remaining();
        int from = phase;
        for (int left = bytes; left > 0; ) {
            int part = Math.min(size - from, left);
            to.writeBytes(block.slice(block.position() + from, part));
            left -= part;
            from = 0;
        }
    }

    /** A disk that is done at once comes back in here, and would come back in ever deeper. */
    private void next() {
        if (running) {
            again = true;
            return;
        }
        running = true;
        do {
            again = false;
            if (failure != null || at == end) {
                pattern.release();
                done.ended(failure);
                return;
            }
            int part = (int) Math.min(pattern.writerIndex(), end - at);
            long from = at;
            at += part;
            disk.write(from, pattern.nioBuffer(0, part), fua, this);
        } while (again);
        running = false;
    }

    @Override
    public void ended(@Nullable BlockException cause) {
        failure = cause;
        next();
    }
}
