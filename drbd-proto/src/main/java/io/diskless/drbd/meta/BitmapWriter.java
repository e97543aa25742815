package io.diskless.drbd.meta;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings changed pages of the bitmap to disk, in batches of at most 1 MiB, one batch at a time:
 *
 * <ol>
 *   <li>copy up to {@value #BATCH} changed pages and take their marks away;
 *   <li>flush the data device, if bits were cleared since it was last flushed, or if the job asks for it: a bit that is
 *       clear on disk promises that the data is there;
 *   <li>write the copies, neighbours together;
 *   <li>flush the meta device.
 * </ol>
 *
 * The copy is what makes step 2 right: bits that are cleared meanwhile are not in it.
 *
 * <p>Jobs wait in two queues; those of the activity log, which hold up writes, go between the batches of the others.
 *
 * <p>Thread-safe. No lock is held while completions run.
 */
final class BitmapWriter {
    static final int BATCH = 256;

    /** Somebody waits for pages to be durable. */
    private static final class Job {
        /** The only pages wanted, ascending; null for all. */
        final int @Nullable [] pages;

        final boolean flushData;
        final Completion done;
        int next;

        Job(int @Nullable [] pages, boolean flushData, Completion done) {
            this.pages = pages;
            this.flushData = flushData;
            this.done = done;
        }
    }

    private final BlockDevice data;
    private final BlockDevice meta;
    private final DirtyBitmap bitmap;
    private final ByteBuffer copy;
    private final int[] batch = new int[BATCH];
    private final ArrayDeque<Job> urgent = new ArrayDeque<>();
    private final ArrayDeque<Job> patient = new ArrayDeque<>();
    private final BooleanSupplier closed;
    private volatile long bitmapAt;
    private final AtomicLong written = new AtomicLong();
    private int count;
    private @Nullable Job current;
    private boolean busy;
    private long flushedClearings;

    BitmapWriter(BlockDevice data, BlockDevice meta, DirtyBitmap bitmap, long bitmapAt, BooleanSupplier closed) {
        this.data = data;
        this.meta = meta;
        this.bitmap = bitmap;
        this.bitmapAt = bitmapAt;
        this.closed = closed;
        this.copy = ByteBuffer.allocateDirect((BATCH + 1) * DirtyBitmap.PAGE)
                .alignedSlice(DirtyBitmap.PAGE)
                .slice(0, BATCH * DirtyBitmap.PAGE);
    }

    /** After a move of the meta-data; nobody may write meanwhile. */
    void moveTo(long newBitmapAt) {
        bitmapAt = newBitmapAt;
    }

    /** Everything changed so far is durable when {@code done} completes. */
    void writeAll(boolean flushData, Completion done) {
        enqueue(patient, new Job(null, flushData, done));
    }

    /** These pages, as far as they changed, and the data device are durable when {@code done} completes. */
    void writeSome(int[] pages, int length, Completion done) {
        int[] sorted = Arrays.copyOf(pages, length);
        Arrays.sort(sorted);
        enqueue(urgent, new Job(sorted, true, done));
    }

    private void enqueue(ArrayDeque<Job> queue, Job job) {
        synchronized (this) {
            queue.add(job);
            if (busy) {
                return;
            }
            busy = true;
        }
        run();
    }

    /** Starts the next batch. Exactly one runner at a time gets here: {@code busy} is its licence. */
    private void run() {
        Job job;
        synchronized (this) {
            job = urgent.isEmpty() ? patient.peek() : urgent.peek();
            current = job;
            if (job == null) {
                busy = false;
                return;
            }
        }
        if (closed.getAsBoolean()) {
            end(job, new BlockException(BlockException.Kind.CLOSED, BlockException.NO_OFFSET, "meta-data is closed"));
            return;
        }
        collect(job);
        long clearings = bitmap.clearings();
        if ((job.flushData && job.next <= 1) || (count > 0 && clearings != flushedClearings)) {
            data.flush(new Step() {
                @Override
                public void completed() {
                    flushedClearings = clearings;
                    writeFrom(0);
                }
            });
        } else {
            writeFrom(0);
        }
    }

    /** Fills the batch; {@code job.next} counts its batches so that its flush of the data is done once. */
    private void collect(Job job) {
        count = 0;
        job.next++;
        int[] wanted = job.pages;
        if (wanted != null) {
            for (int page : wanted) {
                if (count < BATCH && page < bitmap.pages() && bitmap.isChanged(page)) {
                    take(page);
                }
            }
            return;
        }
        int page = bitmap.nextChanged(0);
        while (page >= 0 && count < BATCH) {
            take(page);
            page = bitmap.nextChanged(page + 1);
        }
    }

    private void take(int page) {
        bitmap.take(page, copy, count * DirtyBitmap.PAGE);
        batch[count++] = page;
    }

    private void writeFrom(int index) {
        if (index == count) {
            if (count == 0) {
                batchDone();
            } else {
                meta.flush(new Step() {
                    @Override
                    public void completed() {
                        batchDone();
                    }
                });
            }
            return;
        }
        int end = index + 1;
        while (end < count && batch[end] == batch[end - 1] + 1) {
            end++;
        }
        int next = end;
        ByteBuffer run = copy.slice(index * DirtyBitmap.PAGE, (end - index) * DirtyBitmap.PAGE);
        meta.write(bitmapAt + (long) batch[index] * DirtyBitmap.PAGE, run, 0, new Step() {
            @Override
            public void completed() {
                writeFrom(next);
            }
        });
    }

    /** Pages written so far. */
    long written() {
        return written.get();
    }

    private void batchDone() {
        written.addAndGet(count);
        Job job = java.util.Objects.requireNonNull(current);
        if (count == BATCH) {
            // There may be more.
            run();
        } else {
            end(job, null);
        }
    }

    /** A step that failed ends every job: meta-data that cannot be written is lost (drbd-semantics §8.3). */
    private abstract class Step implements Completion {
        @Override
        public void failed(BlockException cause) {
            for (int i = 0; i < count; i++) {
                bitmap.putBack(batch[i]);
            }
            end(java.util.Objects.requireNonNull(current), cause);
        }
    }

    private void end(Job job, @Nullable BlockException cause) {
        List<Job> over = new ArrayList<>();
        synchronized (this) {
            if (cause == null) {
                urgent.remove(job);
                patient.remove(job);
                over.add(job);
            } else {
                over.addAll(urgent);
                over.addAll(patient);
                urgent.clear();
                patient.clear();
            }
        }
        for (Job one : over) {
            if (cause == null) {
                one.done.completed();
            } else {
                one.done.failed(cause);
            }
        }
        run();
    }
}
