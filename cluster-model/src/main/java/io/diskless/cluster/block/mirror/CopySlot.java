package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One copy under way: claim a chunk, read it from a good leg, write it to all legs that need it, give the claim back, next
 * chunk. Confined to the mirror's lock, but for the calls to the devices.
 */
final class CopySlot extends Task {
    private final MirrorCore core;
    private final Copier copier;
    private final ByteBuffer buffer;
    private final ByteBuffer[] views;
    private final WriteGate.Claim claim;
    /** The region being copied, or -1. */
    int region = -1;

    private long at;
    private long end;
    private int length;
    private int targets;
    private int triedSources;
    /** Legs that lost a chunk of this region after it was copied: they still need it in the end. */
    private int again;

    private boolean writing;
    private boolean waiting;
    private @Nullable Leg source;
    private int mask;
    private int pending;
    private long startedAt;

    CopySlot(MirrorCore core, Copier copier) {
        this.core = core;
        this.copier = copier;
        int chunk = (int) Math.min(core.options.resyncChunk(), core.layout.regionSize());
        this.buffer = Buffers.direct(chunk);
        this.views = new ByteBuffer[core.legs.length];
        for (int i = 0; i < views.length; i++) {
            views[i] = buffer.duplicate();
        }
        this.claim = new WriteGate.Claim(this);
    }

    void start(int newRegion) {
        region = newRegion;
        at = (long) newRegion << core.layout.regionShift();
        end = Math.min(core.size, at + core.layout.regionSize());
        triedSources = 0;
        again = 0;
        targets = 0;
        for (Leg leg : core.legs) {
            if (leg.state != LegState.OUT && leg.needs.get(newRegion)) {
                targets |= leg.bit;
            }
        }
        nextChunk();
    }

    private void nextChunk() {
        if (targets == 0 || core.closed) {
            giveUp();
            return;
        }
        if (at >= end) {
            int done = region;
            int copied = targets & ~again;
            region = -1;
            copier.regionDone(done, copied);
            return;
        }
        if (!copier.isUrgent(region) && !copier.mayRun()) {
            waiting = true;
            return;
        }
        length = (int) Math.min(buffer.capacity(), end - at);
        if (core.gate.isClaimed(at, at + length)) {
            giveUp();
            return;
        }
        writing = false;
        core.gate.claim(claim, at, at + length);
    }

    /** The alarm of the rate limit rang, or the pause is over. */
    void resume() {
        if (waiting) {
            waiting = false;
            nextChunk();
        }
    }

    /** What was copied of this region counts no more for that leg. */
    void copyAgain(Leg leg) {
        again |= leg.bit;
    }

    /** A leg went out: nothing that this slot does counts for it any more. */
    void forget(Leg leg) {
        targets &= ~leg.bit;
        if (waiting && targets == 0) {
            waiting = false;
            region = -1;
        }
    }

    /** A reader waits: a slot that idles over a region gets on with it, or leaves it for another one. */
    void makeWay() {
        if (waiting) {
            waiting = false;
            if (copier.isUrgent(region)) {
                nextChunk();
            } else {
                region = -1;
            }
        }
    }

    private void giveUp() {
        region = -1;
        copier.pump();
        copier.slotIdle();
    }

    @Override
    void prepare() {
        if (!writing) {
            // A leg that is to be written to cannot be the source; what is unsettled has one source only.
            source = core.unsettled.get(region)
                    ? core.primary
                    : core.balancer.choose(core.legs, targets | triedSources, core.clock.getAsLong());
            Leg from = source;
            if (from != null) {
                from.inFlight++;
                from.readsInFlight++;
            }
        } else {
            mask = targets;
            pending = Integer.bitCount(mask);
            for (Leg leg : core.legs) {
                if ((leg.bit & mask) != 0) {
                    leg.inFlight++;
                }
            }
        }
        startedAt = core.clock.getAsLong();
    }

    @Override
    void run() {
        if (writing) {
            write();
            return;
        }
        Leg from = source;
        if (from == null) {
            readEnded(null, Failures.noLeg(at));
            return;
        }
        buffer.clear().limit(length);
        new LegCall() {
            @Override
            void ended(@Nullable BlockException failure) {
                readEnded(from, failure);
            }
        }.read(from.device(), from.dataOffset + at, buffer);
    }

    private void readEnded(@Nullable Leg from, @Nullable BlockException failure) {
        synchronized (core.lock) {
            if (from != null) {
                from.inFlight--;
                from.readsInFlight--;
                if (failure == null) {
                    long now = core.clock.getAsLong();
                    from.sampleRead(now - startedAt, now);
                }
            }
            if (failure == null) {
                writing = true;
                if (targets == 0) {
                    core.gate.release(claim);
                    giveUp();
                } else {
                    core.background(this);
                }
            } else {
                readFailed(from, failure);
            }
        }
        core.drain();
    }

    private void readFailed(@Nullable Leg from, BlockException failure) {
        int failed = region;
        boolean again = false;
        if (from != null) {
            from.errors++;
            triedSources |= from.bit;
            if (core.unsettled.get(failed)) {
                // The one that counts cannot be read: let another one count, if there is one.
                again = core.legFailed(from, failure);
            } else {
                core.outcomes().readFailed(from, failure);
                again = core.balancer.choose(core.legs, targets | triedSources, core.clock.getAsLong()) != null;
            }
        }
        core.gate.release(claim);
        region = -1;
        if (!again) {
            copier.stall(failed, failure);
        } else if (core.isNeeded(failed)) {
            int tried = triedSources;
            start(failed);
            triedSources = tried;
        } else {
            copier.regionDone(failed, 0);
        }
    }

    private void write() {
        int to = mask;
        if (to == 0) {
            // All whom this was for went out while it was read.
            synchronized (core.lock) {
                core.gate.release(claim);
                giveUp();
            }
            return;
        }
        for (Leg leg : core.legs) {
            if ((leg.bit & to) != 0) {
                ByteBuffer view = views[leg.index];
                view.clear().limit(length);
                new LegCall() {
                    @Override
                    void ended(@Nullable BlockException failure) {
                        writeEnded(leg, failure);
                    }
                }.write(leg.device(), leg.dataOffset + at, view, 0);
            }
        }
    }

    private void writeEnded(Leg leg, @Nullable BlockException failure) {
        synchronized (core.lock) {
            leg.inFlight--;
            if (failure != null) {
                leg.errors++;
                core.legFailed(leg, failure);
            }
            if (--pending == 0) {
                at += length;
                core.gate.release(claim);
                copier.account(length);
                nextChunk();
            }
        }
        core.drain();
    }
}
