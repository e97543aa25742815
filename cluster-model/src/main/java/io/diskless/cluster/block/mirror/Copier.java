package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Brings legs up to date: whatever region a leg needs is copied from one that holds it, chunk by chunk, each under a claim
 * on the {@link WriteGate}. Regions that a read waits for go first and know neither pause nor rate limit. Confined to the
 * mirror's lock.
 */
final class Copier {
    private static final long RETRY_NANOS = 1_000_000_000L;

    private final MirrorCore core;
    private final CopySlot[] slots;
    private final Task.Queue readers = new Task.Queue();
    private final RegionSet stalled;
    private final RegionSet reported;
    private boolean retrying;
    private final Runnable wake = this::wake;
    private boolean paused;
    private long rate;
    private long nextAllowed;
    private boolean sleeping;
    private boolean stuck;
    private int cursor;
    private @Nullable Runnable whenIdle;
    private boolean session;
    private long startedAt;
    private long copied;
    private long total;

    Copier(MirrorCore core) {
        this.core = core;
        this.slots = new CopySlot[core.options.resyncDepth()];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = new CopySlot(core, this);
        }
        this.stalled = new RegionSet(core.layout.regions(core.size));
        this.reported = new RegionSet(core.layout.regions(core.size));
        this.rate = core.options.resyncRate();
    }

    /** A read of an unsettled region: admitted again when the region is settled, and refused if that will not happen. */
    void settleFor(Request read) {
        if (core.closed) {
            // Nothing is copied any more, and close waits for the reads: nobody would ever wake this one.
            core.conclude(read, Failures.closed());
            return;
        }
        readers.add(read);
        for (CopySlot slot : slots) {
            slot.makeWay();
        }
        pump();
    }

    /** Starts as many copies as may run now. */
    void pump() {
        if (core.readOnly || core.closed) {
            return;
        }
        for (CopySlot slot : slots) {
            if (slot.region < 0) {
                int region = pickUrgent();
                if (region < 0) {
                    region = mayRun() ? pickNext() : -1;
                }
                if (region < 0) {
                    return;
                }
                begin();
                slot.start(region);
            }
        }
    }

    private void begin() {
        if (!session) {
            session = true;
            startedAt = core.clock.getAsLong();
            copied = 0;
            total = remaining();
        }
    }

    /** Whether work that nobody waits for may go on now; if the rate limit says no, the alarm is set. */
    boolean mayRun() {
        if (paused || stuck) {
            return false;
        }
        long now = core.clock.getAsLong();
        if (rate > 0 && nextAllowed - now > 0) {
            if (!sleeping) {
                sleeping = true;
                core.options.scheduler().schedule(wake, nextAllowed - now);
            }
            return false;
        }
        return true;
    }

    private void wake() {
        synchronized (core.lock) {
            sleeping = false;
            stuck = false;
            for (CopySlot slot : slots) {
                slot.resume();
            }
            pump();
        }
        core.drain();
    }

    private int pickUrgent() {
        for (Task task = readers.peek(); task != null; task = task.next) {
            Request read = (Request) task;
            int r = core.unsettled.next(read.firstRegion);
            for (; r >= 0 && r <= read.lastRegion; r = core.unsettled.next(r + 1)) {
                if (isFree(r)) {
                    return r;
                }
            }
        }
        return -1;
    }

    private int pickNext() {
        for (int round = 0; round < 2; round++) {
            int r = nextNeeded(cursor);
            for (; r >= 0; r = nextNeeded(r + 1)) {
                if (!stalled.get(r) && isFree(r)) {
                    cursor = r + 1;
                    return r;
                }
            }
            cursor = 0;
        }
        return -1;
    }

    private int nextNeeded(int from) {
        int first = -1;
        for (Leg leg : core.legs) {
            if (leg.state != LegState.OUT) {
                int r = leg.needs.next(from);
                if (r >= 0 && (first < 0 || r < first)) {
                    first = r;
                }
            }
        }
        return first;
    }

    private boolean isFree(int region) {
        for (CopySlot slot : slots) {
            if (slot.region == region) {
                return false;
            }
        }
        long start = (long) region << core.layout.regionShift();
        return core.intent.ensure(region) && !core.gate.isClaimed(start, start + core.layout.regionSize());
    }

    boolean isUrgent(int region) {
        for (Task task = readers.peek(); task != null; task = task.next) {
            Request read = (Request) task;
            if (read.firstRegion <= region && region <= read.lastRegion) {
                return true;
            }
        }
        return false;
    }

    /** A chunk has been copied. */
    void account(long bytes) {
        copied += bytes;
        if (rate > 0) {
            long now = core.clock.getAsLong();
            long cost = (long) (bytes * 1e9 / rate);
            nextAllowed = (nextAllowed - now > 0 ? nextAllowed : now) + cost;
        }
    }

    /** A region has been copied to all legs of the mask that are still in. */
    void regionDone(int region, int mask) {
        for (Leg leg : core.legs) {
            if ((leg.bit & mask) != 0) {
                leg.needs.clear(region);
            }
        }
        core.intent.touched.set(region);
        stalled.clear(region);
        reported.clear(region);
        boolean settled = true;
        for (Leg leg : core.legs) {
            settled &= leg.state != LegState.IN_SYNC || !leg.needs.get(region);
        }
        if (settled && core.unsettled.get(region)) {
            core.unsettled.clear(region);
            unsettledChanged();
        }
        core.intent.sweeper.arm();
        checkDone();
        pump();
        slotIdle();
    }

    /** A region cannot be read anywhere: it is left alone for a while. */
    void stall(int region, BlockException cause) {
        stalled.set(region);
        if (!reported.get(region)) {
            reported.set(region);
            core.events.add(new MirrorEvent.ResyncStalled((long) region << core.layout.regionShift(), cause));
        }
        if (!retrying && !core.closed) {
            retrying = true;
            core.options.scheduler().schedule(this::retry, core.joiner.retryNanos());
        }
        Task.Queue still = new Task.Queue();
        for (Task task = readers.poll(); task != null; task = readers.poll()) {
            Request read = (Request) task;
            if (read.firstRegion <= region && region <= read.lastRegion) {
                core.conclude(read, Failures.atOffset(cause, read.offset, core.layout.dataOffset()));
            } else {
                still.add(read);
            }
        }
        still.moveTo(readers);
        pump();
        slotIdle();
    }

    private void retry() {
        synchronized (core.lock) {
            retrying = false;
            stalled.clearAll();
            pump();
        }
        core.drain();
    }

    /** The bitmap cannot be written, so nothing may be copied: try again later, and let nobody wait for it. */
    void holdOff(BlockException cause) {
        failWaiters(cause);
        if (!stuck) {
            stuck = true;
            core.options.scheduler().schedule(wake, RETRY_NANOS);
        }
    }

    /** Legs that need nothing any more are declared in sync. */
    void checkDone() {
        for (Leg leg : core.legs) {
            if (leg.state == LegState.RECOVERING && leg.needs.isEmpty()) {
                core.joiner.complete(leg);
            }
        }
        if (session && remaining() == 0) {
            session = false;
            if (copied > 0) {
                core.events.add(new MirrorEvent.ResyncFinished(copied));
            }
        }
    }

    void legLeft(Leg leg) {
        for (CopySlot slot : slots) {
            slot.forget(leg);
        }
        session &= remaining() > 0;
    }

    /** Reads whose regions are settled go on. */
    void unsettledChanged() {
        Task.Queue still = new Task.Queue();
        for (Task task = readers.poll(); task != null; task = readers.poll()) {
            Request read = (Request) task;
            if (core.unsettled.anyInRange(read.firstRegion, read.lastRegion)) {
                still.add(read);
            } else {
                core.ready(read);
            }
        }
        still.moveTo(readers);
    }

    void failWaiters(BlockException cause) {
        for (Task task = readers.poll(); task != null; task = readers.poll()) {
            core.conclude((Request) task, cause);
        }
    }

    /**
     * After a read failed on some legs and succeeded on another: those legs get the regions written anew, by way of the
     * needs, so that intent, claim and order are those of any other copy. After close nothing is written anew, so the
     * regions are not unsettled for it either, and other reads may still go to the good leg.
     */
    void repairAfter(Request read) {
        if (core.options.readRepair() && !core.readOnly && !core.closed) {
            int bad = read.tried & core.legsInSync();
            if ((bad & core.primary.bit) != 0 && !prefer(core.legs[Integer.numberOfTrailingZeros(read.mask)])) {
                return;
            }
            for (Leg leg : core.legs) {
                if ((leg.bit & bad) != 0) {
                    rewrite(leg, read.firstRegion, read.lastRegion);
                    core.events.add(new MirrorEvent.ReadRepaired(leg.index, read.offset, read.length));
                }
            }
        }
    }

    /** Makes another leg the one that counts, which is possible while nothing depends on the present one. */
    boolean prefer(Leg good) {
        if (!core.unsettled.isEmpty() || good.state != LegState.IN_SYNC) {
            return false;
        }
        core.primary = good;
        return true;
    }

    /** Has regions of a leg in sync, which is not the primary, written anew. */
    void rewrite(Leg leg, int first, int last) {
        need(leg, first, last);
        core.unsettled.setRange(first, last);
        pump();
    }

    /** A leg needs regions once more, also those that are being copied to it at this moment. */
    void need(Leg leg, int first, int last) {
        leg.needs.setRange(first, last);
        for (CopySlot slot : slots) {
            if (slot.region >= first && slot.region <= last) {
                slot.copyAgain(leg);
            }
        }
    }

    void pause() {
        paused = true;
    }

    void resume() {
        paused = false;
        stalled.clearAll();
        for (CopySlot slot : slots) {
            slot.resume();
        }
        pump();
    }

    void rate(long bytesPerSecond) {
        rate = bytesPerSecond;
        nextAllowed = core.clock.getAsLong();
        for (CopySlot slot : slots) {
            slot.resume();
        }
        pump();
    }

    void grow(int regions) {
        stalled.grow(regions);
        reported.grow(regions);
    }

    /** After closing: runs the action, under the lock, when the last copy has ended. */
    void whenIdle(Runnable action) {
        whenIdle = action;
        for (CopySlot slot : slots) {
            slot.resume();
        }
        slotIdle();
    }

    void slotIdle() {
        Runnable action = whenIdle;
        if (action != null) {
            for (CopySlot slot : slots) {
                if (slot.region >= 0) {
                    return;
                }
            }
            whenIdle = null;
            action.run();
        }
    }

    private long remaining() {
        RegionSet all = new RegionSet(core.unsettled.size());
        for (Leg leg : core.legs) {
            if (leg.state != LegState.OUT) {
                all.addAll(leg.needs);
            }
        }
        return core.bytesOf(all);
    }

    ResyncProgress progress() {
        long left = remaining();
        if (!session) {
            return new ResyncProgress(false, paused, 0, left, 0, Optional.empty());
        }
        total = Math.max(total, left);
        long elapsed = Math.max(1, core.clock.getAsLong() - startedAt);
        long speed = (long) (copied * 1e9 / elapsed);
        Optional<Duration> eta =
                speed == 0 ? Optional.empty() : Optional.of(Duration.ofNanos((long) (left * 1e9 / speed)));
        return new ResyncProgress(true, paused, total - left, total, speed, eta);
    }
}
