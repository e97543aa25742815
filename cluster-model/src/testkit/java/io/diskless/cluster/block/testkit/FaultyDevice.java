package io.diskless.cluster.block.testkit;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A device with faults at will around another one: errors at chosen ranges, or exceptions thrown there against the
 * contract, answers held back until the test lets them go (or for ever), answers delayed by a scheduler of the test.
 *
 * <p>Without a fault it is transparent. An operation first meets the rules made by {@link #fail}, in their order; then it
 * is held if {@link #hold} says so; then it goes to the device below, at once or after the delay.
 *
 * <p>Thread-safe. No lock is held while completions run.
 */
public final class FaultyDevice implements BlockDevice {
    /** The kinds of operation. */
    public enum Op {
        /** {@link BlockDevice#read}. */
        READ,
        /** {@link BlockDevice#write}. */
        WRITE,
        /** {@link BlockDevice#flush}; rules apply to it whatever their range. */
        FLUSH,
        /** {@link BlockDevice#discard}. */
        DISCARD,
        /** {@link BlockDevice#writeZeroes}. */
        ZEROES
    }

    /** Runs something later: an executor, or a clock that the test turns. */
    @FunctionalInterface
    public interface Scheduler {
        /**
         * Runs something later.
         *
         * @param work what
         * @param nanos after how long
         */
        void later(Runnable work, long nanos);
    }

    /** Errors at a range; made by {@link FaultyDevice#fail}. Thread-safe. */
    public final class Fault {
        private final Set<Op> ops;
        private final long from;
        private final long to;
        private final BlockException.Kind kind;
        private final AtomicLong left = new AtomicLong(Long.MAX_VALUE);
        private final AtomicLong hits = new AtomicLong();
        private volatile boolean thrown;

        private Fault(Set<Op> ops, long from, long to, BlockException.Kind kind) {
            this.ops = ops;
            this.from = from;
            this.to = to;
            this.kind = kind;
        }

        /**
         * Ends by itself after some hits.
         *
         * @param times how many operations fail from now on
         * @return this
         */
        public Fault times(long times) {
            left.set(times);
            return this;
        }

        /**
         * From now on the operations throw an {@link IllegalStateException} at their caller and end in no other way, which
         * the contract forbids: for users of devices that want to survive a broken one.
         *
         * @return this
         */
        public Fault thrown() {
            thrown = true;
            return this;
        }

        /**
         * How many operations it has failed.
         *
         * @return so far
         */
        public long hits() {
            return hits.get();
        }

        /** The medium is whole again. */
        public void repair() {
            faults.remove(this);
        }

        private @Nullable BlockException meet(Op op, long offset, long length) {
            boolean applies = ops.contains(op) && (op == Op.FLUSH || (offset < to && from < offset + length));
            if (!applies || left.getAndUpdate(n -> Math.max(0, n - 1)) == 0) {
                return null;
            }
            hits.incrementAndGet();
            long first = op == Op.FLUSH ? BlockException.NO_OFFSET : Math.max(offset, from);
            return new BlockException(kind, first, "fault injected into " + op + " of " + length + " at " + offset);
        }
    }

    /** An operation that waits to be let go. */
    private record Held(Runnable work, Completion done) {}

    private final BlockDevice below;
    private final CopyOnWriteArrayList<Fault> faults = new CopyOnWriteArrayList<>();
    private final Deque<Held> held = new ArrayDeque<>();
    private final AtomicLong operations = new AtomicLong();
    private volatile Set<Op> holding = Set.of();
    private volatile @Nullable Scheduler scheduler;
    private volatile LongSupplier delay = () -> 0;
    private volatile boolean closed;

    private FaultyDevice(BlockDevice below) {
        this.below = below;
    }

    /**
     * Wraps a device.
     *
     * @param below does the work; closed with this one
     * @return transparent until told otherwise
     */
    public static FaultyDevice of(BlockDevice below) {
        return new FaultyDevice(below);
    }

    /**
     * Lets operations fail that touch a range.
     *
     * @param kind what they fail with
     * @param offset first bad byte
     * @param length bad bytes
     * @param ops which operations; none named means all
     * @return to count, limit or end it
     */
    public Fault fail(BlockException.Kind kind, long offset, long length, Op... ops) {
        Fault fault = new Fault(setOf(ops), offset, offset + length, kind);
        faults.add(fault);
        return fault;
    }

    /**
     * Lets operations fail wherever they go.
     *
     * @param kind what they fail with
     * @param ops which operations; none named means all
     * @return to count, limit or end it
     */
    public Fault fail(BlockException.Kind kind, Op... ops) {
        return fail(kind, 0, Long.MAX_VALUE, ops);
    }

    private static Set<Op> setOf(Op... ops) {
        return ops.length == 0 ? EnumSet.allOf(Op.class) : EnumSet.copyOf(List.of(ops));
    }

    /**
     * From now on operations wait, not yet done, until {@link #release} lets them go; for ever if nobody does.
     *
     * @param ops which; none named means all
     */
    public void hold(Op... ops) {
        holding = setOf(ops);
    }

    /** Nothing new is held, and everything held goes on, oldest first. */
    public void releaseAll() {
        holding = Set.of();
        release(Integer.MAX_VALUE);
    }

    /**
     * Lets the oldest held operations go on.
     *
     * @param most how many at most
     * @return how many went
     */
    public int release(int most) {
        int released = 0;
        for (Held next; released < most && (next = poll(true)) != null; released++) {
            next.work.run();
        }
        return released;
    }

    /**
     * Lets the newest held operation go on: for answers out of order.
     *
     * @return false if none was held
     */
    public boolean releaseNewest() {
        Held next = poll(false);
        if (next != null) {
            next.work.run();
        }
        return next != null;
    }

    /**
     * Ends everything held with an error, not done.
     *
     * @param kind which
     */
    public void failHeld(BlockException.Kind kind) {
        for (Held next; (next = poll(true)) != null; ) {
            next.done.failed(new BlockException(kind, BlockException.NO_OFFSET, "held operation ended by the test"));
        }
    }

    private @Nullable Held poll(boolean oldest) {
        synchronized (held) {
            return oldest ? held.pollFirst() : held.pollLast();
        }
    }

    /**
     * How many operations are held.
     *
     * @return a snapshot
     */
    public int held() {
        synchronized (held) {
            return held.size();
        }
    }

    /**
     * How many operations were begun, with or without a fault.
     *
     * @return so far
     */
    public long operations() {
        return operations.get();
    }

    /**
     * Gives every operation a service time before it is done.
     *
     * @param nanos asked for each operation
     * @param by runs it then
     */
    public void delay(LongSupplier nanos, Scheduler by) {
        delay = nanos;
        scheduler = by;
    }

    private void meet(Op op, long offset, long length, Completion done, Consumer<Completion> work) {
        operations.incrementAndGet();
        if (!closed) {
            for (Fault fault : faults) {
                BlockException failure = fault.meet(op, offset, length);
                if (failure != null) {
                    if (fault.thrown) {
                        throw new IllegalStateException(failure.getMessage(), failure);
                    }
                    // By way of the device below, which knows how to bound inline recursion.
                    below.read(0, ByteBuffer.allocate(0), new Failing(done, failure));
                    return;
                }
            }
            synchronized (held) {
                if (!closed && holding.contains(op)) {
                    held.addLast(new Held(() -> go(done, work), done));
                    return;
                }
            }
        }
        go(done, work);
    }

    private void go(Completion done, Consumer<Completion> work) {
        Scheduler by = scheduler;
        if (by == null) {
            work.accept(done);
        } else {
            by.later(() -> work.accept(done), delay.getAsLong());
        }
    }

    /** Turns the end of an empty operation into the failure that the rules want. */
    private record Failing(Completion done, BlockException failure) implements Completion {
        @Override
        public void completed() {
            done.failed(failure);
        }

        @Override
        public void failed(BlockException cause) {
            done.failed(cause);
        }
    }

    @Override
    public BlockGeometry geometry() {
        return below.geometry();
    }

    @Override
    public boolean completesInline() {
        return below.completesInline() && holding.isEmpty() && scheduler == null;
    }

    @Override
    public boolean writesInline(long offset, long length, int flags) {
        return completesInline() && below.writesInline(offset, length, flags);
    }

    @Override
    public void read(long offset, ByteBuffer dst, Completion done) {
        meet(Op.READ, offset, dst.remaining(), done, d -> below.read(offset, dst, d));
    }

    @Override
    public void write(long offset, ByteBuffer src, int flags, Completion done) {
        meet(Op.WRITE, offset, src.remaining(), done, d -> below.write(offset, src, flags, d));
    }

    @Override
    public void flush(Completion done) {
        meet(Op.FLUSH, 0, 0, done, below::flush);
    }

    @Override
    public void discard(long offset, long length, Completion done) {
        meet(Op.DISCARD, offset, length, done, d -> below.discard(offset, length, d));
    }

    @Override
    public void writeZeroes(long offset, long length, Completion done) {
        meet(Op.ZEROES, offset, length, done, d -> below.writeZeroes(offset, length, d));
    }

    @Override
    public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
        return below.onGeometryChange(listener);
    }

    /** Closes the device below; what is held ends with {@code CLOSED}. */
    @Override
    public void close() throws BlockException {
        List<Held> left;
        synchronized (held) {
            closed = true;
            left = new ArrayList<>(held);
            held.clear();
        }
        for (Held one : left) {
            one.done.failed(
                    new BlockException(BlockException.Kind.CLOSED, BlockException.NO_OFFSET, "closed while held"));
        }
        below.close();
    }
}
