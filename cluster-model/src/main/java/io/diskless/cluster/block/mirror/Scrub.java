package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A comparison of the legs under way. Thread-safe. */
public final class Scrub {
    private static final int MAX_DIFFERENCES = 10_000;
    private static final long BUSY_NANOS = 1_000_000L;

    private final MirrorCore core;
    private final boolean repair;
    private final long rate;
    private final int chunk;
    private final ByteBuffer[] buffers;
    private final CompletableFuture<ScrubReport> report = new CompletableFuture<>();
    private final List<ScrubReport.Difference> differences = new ArrayList<>();
    private final Step step = new Step();
    private final WriteGate.Claim claim = new WriteGate.Claim(step);
    private long at;
    private int length;
    private int mask;
    private int failed;
    private int pending;
    private boolean claimed;
    private boolean cancelled;
    private long nextAllowed;
    private long compared;
    private long skipped;
    private long readErrors;
    private boolean truncated;

    Scrub(MirrorCore core, boolean repair, long rate) {
        if (rate < 0) {
            throw new IllegalArgumentException("a rate is 0 or more, got " + rate);
        }
        this.core = core;
        this.repair = repair;
        this.rate = rate;
        this.chunk = (int) Math.min(core.options.resyncChunk(), core.layout.regionSize());
        this.buffers = new ByteBuffer[core.legs.length];
        for (int i = 0; i < buffers.length; i++) {
            buffers[i] = Buffers.direct(chunk);
        }
        this.nextAllowed = core.clock.getAsLong();
    }

    /**
     * The outcome.
     *
     * @return ends when the scrub does, cancelled or not; with a {@link BlockException} if the mirror is closed
     */
    public CompletableFuture<ScrubReport> report() {
        return report;
    }

    /**
     * How far it is.
     *
     * @return bytes that it is done with
     */
    public long doneBytes() {
        synchronized (core.lock) {
            return at;
        }
    }

    /** Ends it after the chunk under way; the report says that it is not complete. */
    public void cancel() {
        synchronized (core.lock) {
            cancelled = true;
        }
    }

    void begin() {
        synchronized (core.lock) {
            next();
        }
        core.drain();
    }

    /** Under the lock: the next chunk, or the end. */
    private void next() {
        long size = core.geometry.size();
        if (cancelled || core.closed || at >= size) {
            finish(at >= size);
            return;
        }
        long now = core.clock.getAsLong();
        if (rate > 0 && nextAllowed - now > 0) {
            core.options.scheduler().schedule(this::begin, nextAllowed - now);
            return;
        }
        length = (int) Math.min(chunk, size - at);
        if (rate > 0) {
            nextAllowed = now + (long) (length * 1e9 / rate);
        }
        claimed = false;
        core.background(step);
    }

    private void finish(boolean complete) {
        boolean closed = core.closed;
        ScrubReport result = new ScrubReport(complete, compared, skipped, readErrors, differences, truncated);
        core.ready(new Task() {
            @Override
            void run() {
                if (closed) {
                    report.completeExceptionally(Failures.closed());
                } else {
                    report.complete(result);
                }
            }
        });
    }

    /** Reads the chunk from all legs in sync. */
    private final class Step extends Task {
        @Override
        void prepare() {
            int region = (int) (at >>> core.layout.regionShift());
            // An unsettled region is known to differ, and is being taken care of.
            mask = core.unsettled.get(region) ? 0 : core.legsInSync();
            failed = 0;
            if (Integer.bitCount(mask) < 2) {
                mask = 0;
            }
            pending = Integer.bitCount(mask);
            for (Leg leg : core.legs) {
                if ((leg.bit & mask) != 0) {
                    leg.inFlight++;
                    leg.readsInFlight++;
                }
            }
        }

        @Override
        void run() {
            int to = mask;
            if (to == 0) {
                synchronized (core.lock) {
                    skipped += length;
                    advance();
                }
                core.drain();
                return;
            }
            long from = at;
            int bytes = length;
            for (Leg leg : core.legs) {
                if ((leg.bit & to) != 0) {
                    ByteBuffer buffer = buffers[leg.index];
                    buffer.clear().limit(bytes);
                    new LegCall() {
                        @Override
                        void ended(@Nullable BlockException failure) {
                            readEnded(leg, failure);
                        }
                    }.read(leg.device(), leg.dataOffset + from, buffer);
                }
            }
        }
    }

    private void readEnded(Leg leg, @Nullable BlockException failure) {
        synchronized (core.lock) {
            leg.inFlight--;
            leg.readsInFlight--;
            if (failure != null) {
                leg.errors++;
                failed |= leg.bit;
                readErrors++;
                core.outcomes().readFailed(leg, failure);
            }
            if (--pending == 0) {
                allRead();
            }
        }
        core.drain();
    }

    private void allRead() {
        int good = mask & ~failed & core.legsInSync();
        if (Integer.bitCount(good) < 2) {
            skipped += length;
            advance();
        } else if (allEqual(good)) {
            compared += length;
            advance();
        } else if (!claimed) {
            // It may be a write that has reached one leg and not yet the other: look again when there is none.
            accuse();
        } else {
            compared += length;
            collect(good);
            advance();
        }
    }

    private void accuse() {
        if (core.gate.isClaimed(at, at + length)) {
            core.options
                    .scheduler()
                    .schedule(
                            () -> {
                                synchronized (core.lock) {
                                    accuse();
                                }
                                core.drain();
                            },
                            BUSY_NANOS);
        } else {
            claimed = true;
            core.gate.claim(claim, at, at + length);
        }
    }

    private void advance() {
        at += length;
        if (claim.held) {
            core.gate.release(claim);
            core.copier.pump();
        }
        next();
    }

    private boolean allEqual(int good) {
        int first = Integer.numberOfTrailingZeros(good);
        for (Leg leg : core.legs) {
            if ((leg.bit & good) != 0 && leg.index != first && !same(first, leg.index, 0, length)) {
                return false;
            }
        }
        return true;
    }

    private boolean same(int a, int b, int from, int bytes) {
        return buffers[a].slice(from, bytes).equals(buffers[b].slice(from, bytes));
    }

    /** Turns the differing blocks of this chunk into entries. */
    private void collect(int good) {
        int grain = Math.min(length, Math.max(core.geometry.logicalBlock(), 512));
        int runStart = 0;
        int runMask = 0;
        for (int from = 0; from < length; from += grain) {
            int dissent = dissenters(good, from, Math.min(grain, length - from));
            if (dissent != runMask) {
                report(runStart, from, runMask, good);
                runStart = from;
                runMask = dissent;
            }
        }
        report(runStart, length, runMask, good);
    }

    private int dissenters(int good, int from, int bytes) {
        int best = 0;
        for (Leg leg : core.legs) {
            if ((leg.bit & good) != 0) {
                int agree = 0;
                for (Leg other : core.legs) {
                    if ((other.bit & good) != 0 && same(leg.index, other.index, from, bytes)) {
                        agree |= other.bit;
                    }
                }
                // The first of equal parties wins, which is the one with the lowest leg.
                if (Integer.bitCount(agree) > Integer.bitCount(best)) {
                    best = agree;
                }
            }
        }
        return good & ~best;
    }

    private void report(int from, int to, int dissent, int good) {
        if (dissent == 0 || from == to) {
            return;
        }
        int region = (int) ((at + from) >>> core.layout.regionShift());
        List<Integer> legs = new ArrayList<>();
        boolean repaired = repair;
        Leg source = core.legs[Integer.numberOfTrailingZeros(good & ~dissent)];
        if (repair && (core.primary.bit & dissent) != 0) {
            repaired = core.copier.prefer(source);
        }
        for (Leg leg : core.legs) {
            if ((leg.bit & dissent) != 0) {
                legs.add(leg.index);
                if (repaired) {
                    core.copier.rewrite(leg, region, region);
                }
            }
        }
        if (differences.size() < MAX_DIFFERENCES) {
            differences.add(new ScrubReport.Difference(at + from, to - from, legs, repaired));
        } else {
            truncated = true;
        }
    }
}
