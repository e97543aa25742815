package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Clears intent bits lazily: regions that nobody wrote to since the last look are flushed on every leg, and those that
 * are still idle then lose their bit. Confined to the mirror's lock, but for the calls to the devices.
 */
final class Sweeper extends Task {
    private final MirrorCore core;
    private final IntentLog intent;
    private final RegionSet candidates;
    private final Runnable tick = this::tick;
    private final List<Runnable> whenDone = new ArrayList<>();
    private boolean armed;
    private boolean running;
    private int mask;
    private int pending;
    private boolean failed;
    private boolean forced;

    Sweeper(MirrorCore core, IntentLog intent) {
        this.core = core;
        this.intent = intent;
        this.candidates = new RegionSet(intent.image.size());
    }

    /** Under the lock: looks again after the delay. */
    void arm() {
        long delay = core.options.clearDelay().toNanos();
        if (!armed && !core.closed && delay > 0) {
            armed = true;
            core.options.scheduler().schedule(tick, delay);
        }
    }

    private void tick() {
        synchronized (core.lock) {
            armed = false;
            if (!core.closed) {
                begin();
            }
        }
        core.drain();
    }

    /** Under the lock: flushes and sweeps at once, recently written regions too; then runs the action, under the lock. */
    void sweepNow(Runnable action) {
        whenDone.add(action);
        intent.touched.clearAll();
        forced = true;
        begin();
    }

    /** Whether the last flush ended well on every leg that it was asked of. */
    boolean flushed() {
        return !failed;
    }

    private void begin() {
        if (running) {
            return;
        }
        candidates.grow(intent.image.size());
        candidates.copyFrom(intent.image);
        for (int i = candidates.next(0); i >= 0; i = candidates.next(i + 1)) {
            if (intent.touched.get(i) || intent.isWriting(i) || core.isNeeded(i)) {
                candidates.clear(i);
            }
        }
        intent.touched.clearAll();
        if (!forced && (candidates.isEmpty() || !core.allLegsPresent())) {
            end();
        } else {
            running = true;
            core.ready(this);
        }
    }

    private void end() {
        running = false;
        if (forced) {
            // Asked for while a sweep was under way, which did not cover the latest writes.
            begin();
            return;
        }
        if (!intent.image.isEmpty() && core.allLegsPresent()) {
            arm();
        }
        List<Runnable> actions = new ArrayList<>(whenDone);
        whenDone.clear();
        actions.forEach(Runnable::run);
    }

    @Override
    void prepare() {
        mask = core.writableLegs();
        pending = Integer.bitCount(mask);
        failed = false;
        forced = false;
        for (Leg leg : core.legs) {
            if ((leg.bit & mask) != 0) {
                leg.inFlight++;
            }
        }
    }

    @Override
    void run() {
        int to = mask;
        for (Leg leg : core.legs) {
            if ((leg.bit & to) != 0) {
                new LegCall() {
                    @Override
                    void ended(@Nullable BlockException failure) {
                        flushEnded(leg, failure);
                    }
                }.flush(leg.device());
            }
        }
    }

    private void flushEnded(Leg leg, @Nullable BlockException failure) {
        synchronized (core.lock) {
            leg.inFlight--;
            if (failure != null) {
                failed = true;
                core.legFailed(leg, failure);
            }
            if (--pending == 0) {
                // A leg that joined meanwhile was not flushed, but its regions are needed or were touched.
                if (!failed && core.allLegsPresent()) {
                    for (int i = candidates.next(0); i >= 0; i = candidates.next(i + 1)) {
                        if (!intent.touched.get(i) && !intent.isWriting(i) && !core.isNeeded(i)) {
                            intent.clear(i);
                        }
                    }
                    intent.pump();
                }
                end();
            }
        }
        core.drain();
    }
}
