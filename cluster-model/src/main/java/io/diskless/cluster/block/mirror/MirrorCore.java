package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The life of an operation and of a leg.
 *
 * <p><b>States of a leg.</b> OUT (missing or failed) - joining (OUT, but receives bitmap and superblock) - RECOVERING
 * (receives all writes; the copier fills what it missed) - IN_SYNC. Only legs IN_SYNC serve reads. The set of legs
 * IN_SYNC is never empty: the last one is kept whatever it answers, and its errors are the mirror's.
 *
 * <p><b>What is durable where.</b> Each leg carries a superblock (its own identity and the table of all legs' states as
 * of event e; e grows by one per superblock written) and an intent bitmap. A set bit says: the legs may differ here.
 *
 * <p><b>Ordering rules</b>, from which everything else follows:
 * <ol>
 *   <li><i>Intent.</i> Before a write reaches any leg, the bits of its regions are durable on every leg that takes part.
 *       So after a crash whatever differs is marked, on each leg that may turn up.
 *   <li><i>Verdict before acknowledgement.</i> When a leg missed a write, the others durably record "leg k is OUT" before
 *       the write, or any write after it, is acknowledged ({@link #requiredChange}). So no leg that lacks an
 *       acknowledged write can pass for a good one, unless it is opened all alone; that needs an explicit
 *       {@code startDegraded}.
 *   <li><i>Clearing.</i> A bit is cleared only when no leg is OUT or needs the region, and a flush that began after the
 *       last write there has ended well on every leg. The clearing itself may be lost: it errs on the safe side.
 *   <li><i>What was not flushed was not received.</i> A leg that goes OUT needs every region whose bit is set, the missed
 *       write or not: it may have lost acknowledged writes from a volatile cache together with its power.
 *   <li><i>Joining.</i> First the bits that the leg needs are durable everywhere, then the record "k is RECOVERING" is
 *       durable on k too, and only then its data are touched: half-copied, it must not pass for what it was.
 *   <li><i>In sync.</i> A leg is declared IN_SYNC after the copy is complete and flushed on it.
 * </ol>
 *
 * <p><b>Generations.</b> Each table line holds the highest event that the leg may have seen while it took part. A leg
 * that claims to be in sync but is OUT in the newest table must not have gone beyond that event; if it has, it was
 * written to on its own: split brain. A leg that is IN_SYNC in the newest table lags by one event at most (a crash
 * between the two superblock writes); more means that it was rolled back behind our back, and it is copied anew.
 *
 * <p><b>Unsettled regions.</b> After a crash the legs in sync may hold different, equally valid versions of writes that
 * were under way. One leg, the primary, counts; a read of an unsettled region waits until the copier has settled it, so
 * that nobody sees a version that another leg could still contradict. If the primary fails before, another leg takes its
 * place with its own version: nobody has seen any yet.
 *
 * <p><b>Races.</b> All state is behind one lock, held for short and never across a call to a device, a listener or a
 * completion: whoever changes state puts {@link Task}s on a {@link TaskQueue} and drains it after unlocking. Copies against writes: {@link WriteGate}. A
 * write sent before a leg joined is in the leg's needs (set when it was sent), and its region is copied after it ended,
 * since the copier's claim waits for it. A leg joins only when every operation it was ever given has ended.
 *
 * <p><b>Limit.</b> A leg that loses acknowledged, unflushed writes without any operation failing (a server that restarts
 * unnoticed) is beyond detection here; such a device must fail with STALE once.
 */
final class MirrorCore {
    private static final int POOL = 512;

    final Object lock = new Object();
    final MirrorOptions options;
    final LongSupplier clock;
    final UUID array;
    final Leg[] legs;
    /** By leg; null where the leg is missing. A single one if the metadata lies beside the legs. */
    final @Nullable MetaArea[] areas;

    final Layout layout;
    long size;
    final boolean readOnly;
    final WriteGate gate = new WriteGate(this);
    final BufferViews views;
    final ReadBalancer balancer = new ReadBalancer();
    final EventQueue events;
    final IntentLog intent;
    final Recorder recorder;
    final Copier copier;
    final Joiner joiner;

    /** Regions in which a leg in sync may differ from the primary. */
    final RegionSet unsettled;

    /** What the users see; grows after the metadata has. */
    volatile BlockGeometry geometry;

    final Grower grower;
    Leg primary;
    /** The legs are being closed: what they answer now says nothing about them. */
    boolean ended;
    /** Counts changes of the leg table; {@link Recorder#durableChange} follows. */
    long changes;
    /** The last change that writes must not be acknowledged before. */
    long requiredChange;

    private final TaskQueue tasks;
    private final Outcomes outcomes = new Outcomes(this);
    private final ArrayDeque<Request> pool = new ArrayDeque<>(POOL);
    private int open;
    volatile boolean closed;
    private @Nullable Runnable whenIdle;

    MirrorCore(
            MirrorOptions options,
            UUID array,
            Leg[] legs,
            @Nullable MetaArea[] areas,
            Layout layout,
            BlockGeometry geometry,
            Leg primary,
            long lastEvent) {
        this.options = options;
        this.tasks = new TaskQueue(lock, options.scheduler());
        this.clock = options.clock();
        this.array = array;
        this.legs = legs;
        this.layout = layout;
        this.geometry = geometry;
        this.size = geometry.size();
        this.readOnly = geometry.readOnly();
        this.primary = primary;
        this.views = new BufferViews(legs.length);
        this.events = new EventQueue(options);
        this.unsettled = new RegionSet(layout.regions(size));
        this.areas = areas;
        this.intent = new IntentLog(this);
        this.recorder = new Recorder(this, lastEvent);
        this.copier = new Copier(this);
        this.joiner = new Joiner(this);
        this.grower = new Grower(this);
    }

    // ---- queue -------------------------------------------------------------------------------------------------

    /** Under the lock: the task runs when the lock is free, on whichever thread drains next. */
    void ready(Task task) {
        tasks.ready(task);
    }

    /** Not under the lock: runs what became ready. */
    void drain() {
        tasks.drain();
    }

    /** Under the lock: the task runs on the scheduler, so that no user's thread is held up by it. */
    void background(Task task) {
        tasks.background(task);
    }

    // ---- operations --------------------------------------------------------------------------------------------

    Request take(int kind, long offset, long length, Completion user) {
        Request request;
        synchronized (lock) {
            Request pooled = pool.pollFirst();
            request = pooled == null ? new Request(this) : pooled;
        }
        request.kind = kind;
        request.offset = offset;
        request.length = length;
        request.user = user;
        request.flags = 0;
        request.firstRegion = (int) (offset >>> layout.regionShift());
        request.lastRegion = length == 0 ? request.firstRegion : (int) ((offset + length - 1) >>> layout.regionShift());
        return request;
    }

    /** Ends an operation that never began, by the same way as all others, so that recursion stays bounded. */
    void refuse(Completion user, @Nullable BlockException cause) {
        Request request = take(Request.FLUSH, 0, 0, user);
        synchronized (lock) {
            open++;
            conclude(request, cause);
        }
        drain();
    }

    void submit(Request request) {
        synchronized (lock) {
            open++;
            if (closed) {
                conclude(request, Failures.closed());
            } else if (request.kind == Request.READ) {
                admitRead(request);
            } else if (request.kind == Request.FLUSH) {
                ready(request);
            } else {
                admitWrite(request);
            }
        }
        drain();
    }

    void admitWrite(Request write) {
        if (gate.enter(write) && intent.admit(write)) {
            ready(write);
        }
    }

    void admitRead(Request read) {
        if (!readOnly && unsettled.anyInRange(read.firstRegion, read.lastRegion)) {
            copier.settleFor(read);
        } else {
            ready(read);
        }
    }

    @Nullable
    Leg chooseForRead(int tried) {
        if (readOnly && !unsettled.isEmpty()) {
            // Nothing can be settled without writing: one leg counts, and only that one is read.
            return (tried & primary.bit) == 0 ? primary : null;
        }
        return balancer.choose(legs, tried, clock.getAsLong());
    }

    int writableLegs() {
        int mask = 0;
        for (Leg leg : legs) {
            if (leg.state != LegState.OUT) {
                mask |= leg.bit;
            }
        }
        return mask;
    }

    int legsInSync() {
        int mask = 0;
        for (Leg leg : legs) {
            if (leg.state == LegState.IN_SYNC) {
                mask |= leg.bit;
            }
        }
        return mask;
    }

    void missedBy(int mask, int first, int last) {
        for (Leg leg : legs) {
            if ((leg.bit & mask) != 0) {
                leg.needs.setRange(first, last);
            }
        }
    }

    Outcomes outcomes() {
        return outcomes;
    }

    /** A write that got no further than the intent. */
    void abandonWrite(Request write, BlockException cause) {
        intent.retire(write);
        gate.leave(write);
        conclude(write, Failures.atOffset(cause, write.offset, 0));
    }

    /** Under the lock: the outcome is final; the user hears of it when the lock is free. */
    void conclude(Request request, @Nullable BlockException result) {
        request.result = result;
        request.acknowledge = true;
        ready(request);
    }

    void acknowledge(Request request) {
        Completion user = Objects.requireNonNull(request.user);
        BlockException result = request.result;
        Runnable idle = null;
        synchronized (lock) {
            request.reset();
            if (pool.size() < POOL && !request.isBroken()) {
                pool.addFirst(request);
            }
            if (--open == 0) {
                idle = whenIdle;
                whenIdle = null;
            }
        }
        try {
            if (result == null) {
                user.completed();
            } else {
                user.failed(result);
            }
        } catch (RuntimeException | Error e) {
            // The contract forbids it, and nobody above us could do anything about it.
            Failures.ofTheUser(e);
        }
        if (idle != null) {
            idle.run();
        }
    }

    /** Refuses new operations, and says when the last one has ended. */
    boolean shut(Runnable idle) {
        synchronized (lock) {
            if (closed) {
                return false;
            }
            closed = true;
            copier.failWaiters(Failures.closed());
            open++;
            whenIdle = idle;
            if (--open == 0) {
                whenIdle = null;
            } else {
                return true;
            }
        }
        idle.run();
        return true;
    }

    // ---- legs --------------------------------------------------------------------------------------------------

    /**
     * Under the lock: takes a leg out, unless it is the last one in sync.
     *
     * @return whether it is out now
     */
    boolean legFailed(Leg leg, BlockException cause) {
        if (ended) {
            return true;
        }
        leg.lastError = cause;
        if (leg.state == LegState.OUT) {
            if (leg.joining) {
                leg.joining = false;
                events.add(new MirrorEvent.LegLost(leg.index, cause, dirtyBytes(leg)));
                joiner.joinFailed(leg, cause);
            }
            return true;
        }
        if (leg.state == LegState.IN_SYNC && legsInSync() == leg.bit) {
            events.add(new MirrorEvent.LastLegFailing(leg.index, cause));
            return false;
        }
        leg.state = LegState.OUT;
        leg.needs.addAll(intent.image);
        changes++;
        requiredChange = changes;
        if (leg == primary) {
            primary = legs[Integer.numberOfTrailingZeros(legsInSync())];
            primary.needs.clearAll();
        }
        recountUnsettled();
        copier.legLeft(leg);
        recorder.kick();
        events.add(new MirrorEvent.LegLost(leg.index, cause, dirtyBytes(leg)));
        joiner.probeLater(leg);
        return true;
    }

    void recountUnsettled() {
        unsettled.clearAll();
        for (Leg leg : legs) {
            if (leg.state == LegState.IN_SYNC) {
                unsettled.addAll(leg.needs);
            }
        }
        copier.unsettledChanged();
    }

    boolean allLegsPresent() {
        for (Leg leg : legs) {
            if (leg.state == LegState.OUT) {
                return false;
            }
        }
        return true;
    }

    boolean isNeeded(int region) {
        for (Leg leg : legs) {
            if (leg.needs.get(region)) {
                return true;
            }
        }
        return false;
    }

    /** Bytes of the data in these regions; the last region may be short. */
    long bytesOf(RegionSet regions) {
        long bytes = (long) regions.count() << layout.regionShift();
        int last = regions.size() - 1;
        if (last >= 0 && regions.get(last)) {
            bytes -= ((long) regions.size() << layout.regionShift()) - size;
        }
        return bytes;
    }

    long dirtyBytes(Leg leg) {
        return bytesOf(leg.needs);
    }
}
