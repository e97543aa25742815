package io.diskless.drbd.session;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.RangeLock;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The backing disk as the data loop sees it: operations start here and end here, on the loop. Overlapping ones of which
 * one writes go one after the other, in the order in which they were asked for. Confined to the data loop.
 */
final class Backing {
    /** Called on the data loop, once. */
    interface Done {
        /** @param failure null for success */
        void ended(@Nullable BlockException failure);
    }

    private enum Kind {
        READ,
        WRITE,
        WRITE_FUA,
        FLUSH,
        DISCARD,
        ZERO
    }

    /** What was done. */
    static final class Counters {
        long reads;
        long readBytes;
        long writes;
        long writtenBytes;
        long flushes;
        long failures;

        private void count(Kind kind, long bytes) {
            switch (kind) {
                case READ -> {
                    reads++;
                    readBytes += bytes;
                }
                case FLUSH -> flushes++;
                default -> {
                    writes++;
                    writtenBytes += bytes;
                }
            }
        }
    }

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final Done NOBODY = failure -> {};

    private final ResourceCore core;
    private final BlockDevice device;
    private final Consumer<BlockException> flushFailed;
    private final RangeLock ranges = new RangeLock();
    private final Counters counters = new Counters();
    private @Nullable Operation free;
    private int open;
    /** Writes that have ended well, and how many of them had when a flush began that has ended well. */
    private long written;

    private long flushed;
    private @Nullable Runnable whenIdle;

    /**
     * A disk in use.
     *
     * @param flushFailed told of a flush that failed, before the one that asked for it: nothing that was written is safe
     */
    Backing(ResourceCore core, BlockDevice device, Consumer<BlockException> flushFailed) {
        this.flushFailed = flushFailed;
        this.core = core;
        this.device = device;
    }

    BlockDevice device() {
        return device;
    }

    /** Shared; it goes on counting. */
    Counters counters() {
        return counters;
    }

    /** Operations under way. */
    int open() {
        return open;
    }

    /** Whether something that was written may not be on stable storage. */
    boolean isUnflushed() {
        return flushed < written;
    }

    BlockGeometry geometry() {
        return device.geometry();
    }

    void read(long offset, ByteBuffer into, Done done) {
        start(Kind.READ, offset, into.remaining(), into, done);
    }

    void write(long offset, ByteBuffer from, boolean fua, Done done) {
        start(fua ? Kind.WRITE_FUA : Kind.WRITE, offset, from.remaining(), from, done);
    }

    void flush(Done done) {
        start(Kind.FLUSH, 0, 0, NOTHING, done);
    }

    void discard(long offset, long length, Done done) {
        start(geometry().discardGranularity() > 0 ? Kind.DISCARD : Kind.ZERO, offset, length, NOTHING, done);
    }

    void zero(long offset, long length, Done done) {
        start(Kind.ZERO, offset, length, NOTHING, done);
    }

    private void start(Kind kind, long offset, long length, ByteBuffer buffer, Done done) {
        Operation op = free;
        if (op == null) {
            op = new Operation();
        } else {
            free = op.next;
        }
        op.kind = kind;
        op.offset = offset;
        op.length = length;
        op.buffer = buffer;
        op.done = done;
        op.before = written;
        open++;
        ranges.acquire(op, offset, length, kind != Kind.READ && kind != Kind.FLUSH);
    }

    /** Runs when nothing is under way any more. */
    void whenIdle(Runnable then) {
        if (open == 0) {
            then.run();
        } else {
            whenIdle = then;
        }
    }

    /** Used again and again: it has ended when its end was told. */
    private final class Operation extends RangeLock.Claim implements Completion {
        private final Runnable end = this::end;
        private Kind kind = Kind.FLUSH;
        private long offset;
        private long length;
        private ByteBuffer buffer = NOTHING;
        private Done done = NOBODY;
        private @Nullable BlockException failure;
        private @Nullable Operation next;
        private long before;

        @Override
        protected void granted() {
            switch (kind) {
                case READ -> device.read(offset, buffer, this);
                case WRITE -> device.write(offset, buffer, 0, this);
                case WRITE_FUA -> device.write(offset, buffer, BlockDevice.FUA, this);
                case FLUSH -> device.flush(this);
                case DISCARD -> device.discard(offset, length, this);
                case ZERO -> device.writeZeroes(offset, length, this);
            }
        }

        @Override
        public void completed() {
            core.run(end);
        }

        @Override
        public void failed(BlockException cause) {
            failure = cause;
            core.run(end);
        }

        private void end() {
            Kind what = kind;
            Done told = done;
            BlockException cause = failure;
            open--;
            if (cause == null) {
                counters.count(what, length);
                if (what == Kind.FLUSH) {
                    flushed = Math.max(flushed, before);
                } else if (what != Kind.READ) {
                    written++;
                }
            } else {
                counters.failures++;
            }
            buffer = NOTHING;
            done = NOBODY;
            failure = null;
            ranges.release(this);
            next = free;
            free = this;
            if (cause != null && what == Kind.FLUSH) {
                flushFailed.accept(cause);
            }
            told.ended(cause);
            Runnable idle = whenIdle;
            if (open == 0 && idle != null) {
                whenIdle = null;
                idle.run();
            }
        }
    }
}
