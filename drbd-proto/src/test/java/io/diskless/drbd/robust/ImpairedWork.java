package io.diskless.drbd.robust;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Random requests to a volume, held against the {@link ReferenceDisk}: what each may find, and that each ends once. Confined to
 * the thread that asks; requests end on any.
 */
final class ImpairedWork {
    private static final int DEPTH = 8;

    private final SplittableRandom random;
    private final ReferenceDisk reference = new ReferenceDisk(ImpairedRun.SIZE);
    private final Semaphore room = new Semaphore(DEPTH);
    private final AtomicLong ended = new AtomicLong();
    private final ConcurrentLinkedQueue<String> mistakes = new ConcurrentLinkedQueue<>();

    ImpairedWork(SplittableRandom random) {
        this.random = random;
    }

    /** {@return how many requests are under way} */
    int open() {
        return DEPTH - room.availablePermits();
    }

    /** {@return how many requests have ended} */
    long ended() {
        return ended.get();
    }

    /** {@return what went wrong so far; empty if nothing} */
    String mistakes() {
        return String.join("\n", mistakes);
    }

    /** {@return what a disk at the end should hold and does not; empty if nothing} */
    String lost(byte[] content) {
        return reference.mistakes(0, ByteBuffer.wrap(content), reference.now());
    }

    /** Asks for something, unless all that may be under way is; whoever is Primary serves it. */
    void one(Replica primary) {
        try {
            if (!room.tryAcquire(20, TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        int blocks = ImpairedRun.SIZE / 512;
        int count = random.nextInt(3) == 0 ? 1 + random.nextInt(130) : 1 + random.nextInt(16);
        int first = random.nextInt(4) == 0 ? random.nextInt(blocks - count) : random.nextInt(64);
        long offset = first * 512L;
        long bytes = count * 512L;
        BlockDevice volume = primary.resource().volume(0);
        switch (random.nextInt(12)) {
            case 0 -> volume.flush(new Done(null, 0, null));
            case 1, 2, 3 -> {
                ByteBuffer into = ByteBuffer.allocateDirect((int) bytes);
                volume.read(offset, into, new Done(null, offset, into));
            }
            case 4 -> volume.discard(offset, bytes, new Done(reference.discard(offset, bytes), 0, null));
            case 5 -> volume.writeZeroes(offset, bytes, new Done(reference.zeroes(offset, bytes), 0, null));
            default -> {
                ReferenceDisk.Write w = reference.write(offset, bytes);
                int flags = random.nextInt(6) == 0 ? BlockDevice.FUA : 0;
                ByteBuffer content = ReferenceDisk.content(w);
                volume.write(offset, content, flags, new Done(w, 0, content));
            }
        }
    }

    /** The end of a request: exactly one. */
    private final class Done implements Completion {
        private final ReferenceDisk.@Nullable Write write;
        private final long offset;
        private final @Nullable ByteBuffer buffer;
        private final long since = reference.now();
        private final AtomicBoolean over = new AtomicBoolean();

        Done(ReferenceDisk.@Nullable Write write, long offset, @Nullable ByteBuffer buffer) {
            this.write = write;
            this.offset = offset;
            this.buffer = buffer;
        }

        @Override
        public void completed() {
            end(true);
            ByteBuffer b = buffer;
            if (write == null && b != null) {
                String wrong = reference.mistakes(offset, b, since);
                if (!wrong.isEmpty()) {
                    mistakes.add("a read found: " + wrong);
                }
            }
        }

        @Override
        public void failed(BlockException cause) {
            end(false);
        }

        private void end(boolean good) {
            if (!over.compareAndSet(false, true)) {
                mistakes.add("a request ended twice: " + write);
                return;
            }
            if (write != null) {
                reference.ended(write, good);
                ByteBuffer b = buffer;
                if (b != null) {
                    // The caller's again: whoever still reads it writes this.
                    for (int i = 0; i < b.limit(); i += 8) {
                        b.putLong(i, -1);
                    }
                }
            }
            ended.incrementAndGet();
            room.release();
        }
    }
}
