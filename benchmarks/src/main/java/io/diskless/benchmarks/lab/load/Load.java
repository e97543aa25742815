package io.diskless.benchmarks.lab.load;

import io.diskless.cluster.block.BlockDevice;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * Random reads and writes of whole blocks that know what they must find.
 *
 * <p>As many requests are under way as there are lanes. Lane i of n owns the blocks whose number is i modulo n and has one
 * request under way, so requests never overlap and what a read must find is certain: the version that was acknowledged
 * last. A lane starts its next request in the completion of the one before; there is no thread of the load's own.
 *
 * <p>Thread-safe.
 */
public final class Load {
    /** The longest latency that is recorded as it is; longer ones count as this. */
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(2);

    private static final int DIGITS = 3;
    /** A load with this many failed requests is over: what it would add is noise. */
    private static final int HOPELESS = 64;

    /** Figures of the time since the last mark. */
    public record Interval(long nanos, long operations, Histogram reads, Histogram writes) {}

    final BlockDevice device;
    final long offset;
    final Reference reference;
    final Pattern pattern;
    final int lanes;
    final int readPercent;
    final LongSupplier clock;
    private final BooleanSupplier alone;
    private final Recorder reads = new Recorder(LONGEST_NANOS, DIGITS);
    private final Recorder writes = new Recorder(LONGEST_NANOS, DIGITS);
    private final LongAdder operations = new LongAdder();
    private final LongAdder verified = new LongAdder();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong mismatches = new AtomicLong();
    private final AtomicReference<@Nullable String> firstTrouble = new AtomicReference<>();
    private final CountDownLatch running;
    private volatile boolean stopping;
    private volatile boolean watching;
    /** Written before {@code watching} is set and read after it was found set. */
    private long watchedFrom;

    private final AtomicLong firstAlone = new AtomicLong(Long.MIN_VALUE);
    private long markedAt;
    private long markedOperations;

    /**
     * A load that does not run yet.
     *
     * @param device where to
     * @param offset first byte of the area
     * @param reference what the area holds; its blocks are the size of the area
     * @param pattern what versions look like
     * @param lanes requests under way, at most one for each block
     * @param readPercent share of reads, 0 to 100
     * @param alone whether the mirror has lost a leg just now; asked when a write ended while {@link #watch} waits
     * @param clock nanoseconds
     */
    public Load(
            BlockDevice device,
            long offset,
            Reference reference,
            Pattern pattern,
            int lanes,
            int readPercent,
            BooleanSupplier alone,
            LongSupplier clock) {
        if (lanes < 1 || lanes > reference.blocks()) {
            throw new IllegalArgumentException(
                    "expected 1 to " + reference.blocks() + " requests under way, got " + lanes);
        }
        this.device = device;
        this.offset = offset;
        this.reference = reference;
        this.pattern = pattern;
        this.lanes = lanes;
        this.readPercent = readPercent;
        this.alone = alone;
        this.clock = clock;
        this.running = new CountDownLatch(lanes);
    }

    /**
     * Starts all lanes.
     *
     * @param random a source for each lane is split from it in order
     */
    public void start(RandomGenerator.SplittableGenerator random) {
        synchronized (this) {
            markedAt = clock.getAsLong();
        }
        for (int i = 0; i < lanes; i++) {
            new Lane(this, i, random.split()).next();
        }
    }

    /**
     * Ends a stage and starts the next.
     *
     * @return what happened since the last mark
     */
    public synchronized Interval mark() {
        long now = clock.getAsLong();
        long total = operations.sum();
        Interval interval = new Interval(
                now - markedAt, total - markedOperations, reads.getIntervalHistogram(), writes.getIntervalHistogram());
        markedAt = now;
        markedOperations = total;
        return interval;
    }

    /** Waits for the first write that ends from now on while a leg is lost; see {@link #firstAlone}. */
    public void watch() {
        firstAlone.set(Long.MIN_VALUE);
        watchedFrom = clock.getAsLong();
        watching = true;
    }

    /**
     * When the first write ended that the surviving leg took alone.
     *
     * @return a time of the clock; empty while there was none
     */
    public Optional<Long> firstAlone() {
        long when = firstAlone.get();
        return when == Long.MIN_VALUE ? Optional.empty() : Optional.of(when);
    }

    /** No new requests from now on. */
    public void stop() {
        stopping = true;
    }

    /**
     * Waits until no request is under way; {@link #stop} comes first.
     *
     * @param nanos longest wait
     * @return false if some request has still not ended
     * @throws InterruptedException if the wait was interrupted
     */
    public boolean await(long nanos) throws InterruptedException {
        return running.await(nanos, TimeUnit.NANOSECONDS);
    }

    /**
     * Requests that ended well, since the start.
     *
     * @return a count
     */
    public long operations() {
        return operations.sum();
    }

    /**
     * Reads that found what was acknowledged.
     *
     * @return a count
     */
    public long verified() {
        return verified.sum();
    }

    /**
     * Requests that failed.
     *
     * @return a count
     */
    public long failures() {
        return failures.get();
    }

    /**
     * Reads that found something else.
     *
     * @return a count
     */
    public long mismatches() {
        return mismatches.get();
    }

    /**
     * The first failure or mismatch.
     *
     * @return words for a person
     */
    public Optional<String> firstTrouble() {
        return Optional.ofNullable(firstTrouble.get());
    }

    boolean stopping() {
        return stopping;
    }

    void laneEnded() {
        running.countDown();
    }

    void readEnded(long nanos) {
        reads.recordValue(Math.min(Math.max(nanos, 0), LONGEST_NANOS));
        operations.increment();
        verified.increment();
    }

    void writeEnded(long now, long nanos) {
        writes.recordValue(Math.min(Math.max(nanos, 0), LONGEST_NANOS));
        operations.increment();
        // A completion that read the clock before watch() and comes here after it did not end "from now on".
        if (watching && now - watchedFrom >= 0 && alone.getAsBoolean()) {
            watching = false;
            firstAlone.compareAndSet(Long.MIN_VALUE, now);
        }
    }

    void failed(String what) {
        firstTrouble.compareAndSet(null, what);
        if (failures.incrementAndGet() >= HOPELESS) {
            stopping = true;
        }
    }

    void mismatch(String what) {
        firstTrouble.compareAndSet(null, what);
        mismatches.incrementAndGet();
    }
}
