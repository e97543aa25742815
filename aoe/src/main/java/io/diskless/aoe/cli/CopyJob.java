package io.diskless.aoe.cli;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Copies one device onto another, several chunks at a time, and compares them afterwards. Chunks are disjoint, so their
 * order does not matter. Used by one thread; completions run on the devices' threads.
 */
final class CopyJob {
    private final BlockDevice from;
    private final BlockDevice to;
    private final long length;
    private final int chunk;
    private final int depth;
    private final LongConsumer progress;

    /** The first failure; later ones are consequences or equals. */
    private final AtomicReference<@Nullable BlockException> failure = new AtomicReference<>();

    /**
     * A job; nothing happens yet.
     *
     * @param length bytes from offset 0, a multiple of both logical blocks
     * @param chunk bytes per request
     * @param depth chunks under way
     * @param progress told how many bytes were done since the last call, on any thread
     */
    CopyJob(BlockDevice from, BlockDevice to, long length, int chunk, int depth, LongConsumer progress) {
        this.from = from;
        this.to = to;
        this.length = length;
        this.chunk = chunk;
        this.depth = depth;
        this.progress = progress;
    }

    /** Copies and flushes the destination. */
    void copy() throws BlockException {
        run(slot -> from.read(
                slot.offset, slot.first, slot.then(() -> to.write(slot.offset, slot.first, 0, slot.then(slot::done)))));
        to.flush();
    }

    /** Reads both sides and compares; the first difference is a failure of kind MEDIUM at its offset. */
    void verify() throws BlockException {
        run(slot -> from.read(
                slot.offset,
                slot.first,
                slot.then(() -> to.read(slot.offset, slot.second(), slot.then(() -> {
                    int at = slot.first.mismatch(slot.second());
                    if (at >= 0) {
                        slot.failed(new BlockException(
                                BlockException.Kind.MEDIUM,
                                slot.offset + at,
                                "verification: the copy differs at byte " + (slot.offset + at)));
                    } else {
                        slot.done();
                    }
                })))));
    }

    private interface Work {
        void start(Slot slot);
    }

    private void run(Work work) throws BlockException {
        Semaphore free = new Semaphore(depth);
        List<Slot> slots = new ArrayList<>();
        for (int i = 0; i < depth; i++) {
            slots.add(new Slot(free));
        }
        try {
            long offset = 0;
            while (offset < length && failure.get() == null) {
                free.acquire();
                Slot slot = idle(slots);
                slot.offset = offset;
                int bytes = (int) Math.min(chunk, length - offset);
                slot.first.clear().limit(bytes);
                slot.second().clear().limit(bytes);
                offset += bytes;
                work.start(slot);
            }
            free.acquire(depth);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BlockException(BlockException.Kind.TIMEOUT, BlockException.NO_OFFSET, "interrupted", e);
        }
        BlockException cause = failure.get();
        if (cause != null) {
            throw cause;
        }
    }

    private static Slot idle(List<Slot> slots) {
        for (Slot slot : slots) {
            synchronized (slot) {
                if (!slot.busy) {
                    slot.busy = true;
                    return slot;
                }
            }
        }
        throw new IllegalStateException("a permit without an idle slot");
    }

    /** Two buffers and the steps of one chunk. */
    private final class Slot {
        private final Semaphore free;
        private final ByteBuffer first =
                ByteBuffer.allocateDirect(chunk + 2 * ALIGNMENT).alignedSlice(ALIGNMENT);
        private @Nullable ByteBuffer second;
        private long offset;
        private boolean busy;

        Slot(Semaphore free) {
            this.free = free;
        }

        ByteBuffer second() {
            ByteBuffer b = second;
            if (b == null) {
                b = ByteBuffer.allocateDirect(chunk + 2 * ALIGNMENT).alignedSlice(ALIGNMENT);
                second = b;
            }
            return b;
        }

        Completion then(Runnable next) {
            return new Completion() {
                @Override
                public void completed() {
                    next.run();
                }

                @Override
                public void failed(BlockException cause) {
                    Slot.this.failed(cause);
                }
            };
        }

        void done() {
            progress.accept(first.remaining());
            release();
        }

        void failed(BlockException cause) {
            failure.compareAndSet(null, cause);
            release();
        }

        private void release() {
            synchronized (this) {
                busy = false;
            }
            free.release();
        }
    }

    /** Enough for O_DIRECT on every store in use. An aligned slice may lose up to that at either end. */
    private static final int ALIGNMENT = 4096;
}
