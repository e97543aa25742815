package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A leg whose operations end in time: what the device has not ended by the deadline fails with {@code TIMEOUT}, which
 * takes the leg out.
 *
 * <p>The device may still end such an operation, or do it, at any later time. So it never has the caller's buffer, which
 * the caller has back by then, but one of ours, and {@link #owed} counts what it has not ended: a leg that owes something
 * does not come back, since a late write could undo a newer one.
 *
 * <p>Thread-safe. No lock is held while the device or a completion runs.
 */
final class DeadlineDevice implements BlockDevice {
    private static final int SMALLEST = 4096;
    /** Larger buffers are not kept. */
    private static final int LARGEST = 1 << 20;

    private static final int CLASSES = Integer.numberOfTrailingZeros(LARGEST / SMALLEST) + 1;
    /** Of each size; more than this at a time is made anew. */
    private static final int KEPT = 16;

    private final BlockDevice below;
    private final long nanos;
    private final MirrorScheduler scheduler;
    private final LongSupplier clock;
    private final List<ArrayDeque<ByteBuffer>> buffers = new ArrayList<>();
    // Under way and in time, in order of their deadlines; guarded by this, as all below.
    private @Nullable Operation first;
    private @Nullable Operation last;
    private boolean armed;
    private int owed;

    DeadlineDevice(BlockDevice below, MirrorOptions options) {
        this.below = below;
        nanos = options.legDeadline().toNanos();
        scheduler = options.scheduler();
        clock = options.clock();
        for (int i = 0; i < CLASSES; i++) {
            buffers.add(new ArrayDeque<>());
        }
    }

    /** The legs with deadlines, if the options have one. */
    static List<? extends BlockDevice> around(List<? extends BlockDevice> legs, MirrorOptions options) {
        return options.legDeadline().isZero()
                ? legs
                : legs.stream().map(leg -> around(leg, options)).toList();
    }

    static BlockDevice around(BlockDevice leg, MirrorOptions options) {
        return options.legDeadline().isZero() || leg instanceof DeadlineDevice ? leg : new DeadlineDevice(leg, options);
    }

    /** Operations that missed their deadline and that the device has not ended. */
    synchronized int owed() {
        return owed;
    }

    private enum State {
        UNDER_WAY,
        EXPIRED,
        OVER
    }

    /** One operation on its way through the device. */
    private final class Operation implements Completion {
        private final Completion user;
        /** What the device has; null for operations without data. */
        private final @Nullable ByteBuffer mine;
        /** Where a read goes to in the end. */
        private final @Nullable ByteBuffer target;

        private long deadline;
        private State state = State.UNDER_WAY;
        private @Nullable Operation previous;
        private @Nullable Operation next;

        Operation(Completion user, @Nullable ByteBuffer mine, @Nullable ByteBuffer target) {
            this.user = user;
            this.mine = mine;
            this.target = target;
        }

        @Override
        public void completed() {
            if (finish()) {
                if (target != null && mine != null) {
                    target.put(target.position(), mine, 0, target.remaining());
                }
                giveBack(mine);
                user.completed();
            }
        }

        @Override
        public void failed(BlockException cause) {
            if (finish()) {
                giveBack(mine);
                user.failed(cause);
            }
        }

        /** The device threw: its end, unless it was ended before. The buffer may still be in use below, so it is not kept. */
        private void threw(BlockException cause) {
            if (finish()) {
                user.failed(cause);
            } else {
                Failures.ofTheUser(cause);
            }
        }

        /** Whether the user still waits. */
        private boolean finish() {
            boolean late;
            synchronized (DeadlineDevice.this) {
                late = state == State.EXPIRED;
                if (late) {
                    owed--;
                } else if (state == State.UNDER_WAY) {
                    unlink(this);
                } else {
                    return false;
                }
                state = State.OVER;
            }
            if (late) {
                giveBack(mine);
            }
            return !late;
        }
    }

    private Operation begin(Completion user, @Nullable ByteBuffer mine, @Nullable ByteBuffer target) {
        Operation operation = new Operation(user, mine, target);
        boolean arm;
        synchronized (this) {
            operation.deadline = clock.getAsLong() + nanos;
            Operation before = last;
            operation.previous = before;
            if (before == null) {
                first = operation;
            } else {
                before.next = operation;
            }
            last = operation;
            arm = !armed;
            armed = true;
        }
        if (arm) {
            scheduler.schedule(this::expire, nanos);
        }
        return operation;
    }

    private void unlink(Operation operation) {
        Operation before = operation.previous;
        Operation after = operation.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        operation.previous = null;
        operation.next = null;
    }

    private void expire() {
        List<Operation> expired = new ArrayList<>();
        long wait;
        synchronized (this) {
            long now = clock.getAsLong();
            for (Operation o = first; o != null && o.deadline - now <= 0; o = first) {
                unlink(o);
                o.state = State.EXPIRED;
                owed++;
                expired.add(o);
            }
            Operation oldest = first;
            armed = oldest != null;
            wait = oldest == null ? 0 : oldest.deadline - now;
        }
        if (wait > 0) {
            scheduler.schedule(this::expire, wait);
        }
        for (Operation o : expired) {
            o.user.failed(new BlockException(
                    BlockException.Kind.TIMEOUT,
                    BlockException.NO_OFFSET,
                    "the leg did not answer within " + Duration.ofNanos(nanos)));
        }
    }

    private ByteBuffer take(int bytes) {
        if (bytes > LARGEST) {
            return Buffers.direct(bytes);
        }
        int size = Math.max(SMALLEST, Integer.highestOneBit(Math.max(1, bytes * 2 - 1)));
        ByteBuffer kept;
        synchronized (this) {
            kept = pool(size).pollFirst();
        }
        return (kept == null ? Buffers.direct(size) : kept).clear().limit(bytes);
    }

    private void giveBack(@Nullable ByteBuffer buffer) {
        if (buffer != null && buffer.capacity() <= LARGEST) {
            synchronized (this) {
                ArrayDeque<ByteBuffer> pool = pool(buffer.capacity());
                if (pool.size() < KEPT) {
                    pool.addFirst(buffer);
                }
            }
        }
    }

    private ArrayDeque<ByteBuffer> pool(int size) {
        return buffers.get(Integer.numberOfTrailingZeros(size / SMALLEST));
    }

    @Override
    public void read(long offset, ByteBuffer dst, Completion done) {
        ByteBuffer mine = take(dst.remaining());
        Operation operation = begin(done, mine, dst);
        guard(operation, offset, () -> below.read(offset, mine, operation));
    }

    @Override
    public void write(long offset, ByteBuffer src, int flags, Completion done) {
        ByteBuffer mine = take(src.remaining());
        mine.put(0, src, src.position(), src.remaining());
        Operation operation = begin(done, mine, null);
        guard(operation, offset, () -> below.write(offset, mine, flags, operation));
    }

    @Override
    public void flush(Completion done) {
        Operation operation = begin(done, null, null);
        guard(operation, BlockException.NO_OFFSET, () -> below.flush(operation));
    }

    @Override
    public void discard(long offset, long length, Completion done) {
        Operation operation = begin(done, null, null);
        guard(operation, offset, () -> below.discard(offset, length, operation));
    }

    @Override
    public void writeZeroes(long offset, long length, Completion done) {
        Operation operation = begin(done, null, null);
        guard(operation, offset, () -> below.writeZeroes(offset, length, operation));
    }

    /** A device that throws instead of ending the operation owes nothing more: it has failed it. */
    private static void guard(Operation operation, long offset, Runnable call) {
        try {
            call.run();
        } catch (RuntimeException | Error e) {
            operation.threw(Failures.thrown(offset, e));
        }
    }

    @Override
    public BlockGeometry geometry() {
        return below.geometry();
    }

    @Override
    public boolean completesInline() {
        return below.completesInline();
    }

    @Override
    public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
        return below.onGeometryChange(listener);
    }

    @Override
    public void close() throws BlockException {
        below.close();
    }
}
