package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockException.Kind;
import io.diskless.cluster.block.BlockGeometry;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The way back into the mirror: look who is there, bring its bitmap up to date, record it as RECOVERING, let the copier
 * work, flush, record it as IN_SYNC. Confined to the mirror's lock, but for the calls to the devices.
 */
final class Joiner {
    /** How soon a leg that owes answers is looked at again. */
    private static final long OWING_NANOS = 10_000_000L;

    private final MirrorCore core;
    private final @Nullable CompletableFuture<Void>[] futures;
    private final boolean[] recording;
    private final boolean[] completing;

    @SuppressWarnings({"unchecked", "rawtypes"})
    Joiner(MirrorCore core) {
        this.core = core;
        this.futures = new CompletableFuture[core.legs.length];
        this.recording = new boolean[core.legs.length];
        this.completing = new boolean[core.legs.length];
    }

    /** Under the lock: a leg that is merely silent is asked again after a while. */
    void probeLater(Leg leg) {
        long interval = core.options.probeInterval().toNanos();
        BlockException cause = leg.lastError;
        if (!core.closed
                && !core.readOnly
                && interval > 0
                && leg.device != null
                && cause != null
                && core.options.probed().contains(cause.kind())) {
            core.options.scheduler().schedule(() -> probe(leg, null), interval);
        }
    }

    /** Not under the lock: asks a leg who it is and lets it in if that is right. */
    void probe(Leg leg, @Nullable CompletableFuture<Void> future) {
        BlockException refusal = null;
        synchronized (core.lock) {
            if (core.closed) {
                refusal = Failures.closed();
            } else if (leg.state != LegState.OUT || leg.joining || leg.probing || leg.replacing) {
                if (future != null) {
                    refusal = new BlockException(
                            Kind.NOT_SUPPORTED,
                            BlockException.NO_OFFSET,
                            "leg " + leg.index + " is "
                                    + (leg.replacing
                                            ? "being replaced"
                                            : leg.state == LegState.OUT ? "joining" : leg.state)
                                    + ", only a leg that is OUT can be admitted");
                }
            } else if (leg.device == null) {
                refusal = new BlockException(
                        Kind.NOT_SUPPORTED,
                        BlockException.NO_OFFSET,
                        "leg " + leg.index + " is missing: give the mirror a device with replace(" + leg.index
                                + ", device)");
            } else if (leg.owes()) {
                // It still owes us answers; a write among them could land after the copy.
                core.options.scheduler().schedule(() -> probe(leg, future), OWING_NANOS);
            } else {
                leg.probing = true;
                if (futures[leg.index] == null) {
                    futures[leg.index] = future;
                }
                core.ready(new Probe(leg));
            }
        }
        if (refusal != null && future != null) {
            future.completeExceptionally(refusal);
        }
        core.drain();
    }

    long retryNanos() {
        long interval = core.options.probeInterval().toNanos();
        return interval > 0 ? interval : 1_000_000_000L;
    }

    /** Reads both superblock slots, or, where the metadata lies beside the legs, just anything. */
    private final class Probe extends Task {
        private final Leg leg;
        private final ByteBuffer buffer;

        Probe(Leg leg) {
            this.leg = leg;
            int slots = core.layout.metaBlock() * (leg.area == null ? 1 : 2);
            this.buffer =
                    Buffers.direct((int) Math.min(slots, leg.device().geometry().size()));
        }

        @Override
        void prepare() {
            leg.inFlight++;
        }

        @Override
        void run() {
            MetaArea area = leg.area;
            new LegCall() {
                @Override
                void ended(@Nullable BlockException failure) {
                    if (failure == null) {
                        answered();
                    } else {
                        silent(failure);
                    }
                }
            }.read(leg.device(), area == null ? 0 : area.offset + core.layout.slotOffset(0), buffer);
        }

        private void answered() {
            synchronized (core.lock) {
                leg.inFlight--;
                leg.probing = false;
                String refusal =
                        leg.area == null ? null : judge(leg, Assembler.newest(buffer, core.layout.metaBlock()));
                if (refusal != null) {
                    core.events.add(new MirrorEvent.LegRefused(leg.index, refusal));
                    end(leg, new BlockException(Kind.STALE, BlockException.NO_OFFSET, refusal));
                } else {
                    join(leg);
                }
            }
            core.drain();
        }

        private void silent(BlockException cause) {
            synchronized (core.lock) {
                leg.inFlight--;
                leg.probing = false;
                leg.lastError = cause;
                end(leg, cause);
                probeLater(leg);
            }
            core.drain();
        }
    }

    private @Nullable String judge(Leg leg, @Nullable Superblock found) {
        String who = "leg " + leg.index;
        if (found == null) {
            return who + " no longer carries a superblock: give it to the mirror with replace()";
        }
        if (!found.array().equals(core.array) || !found.leg().equals(leg.uuid)) {
            return who + " now carries leg " + found.legIndex() + " of mirror " + found.array()
                    + " and was expected to be " + leg.uuid + " of " + core.array
                    + ": close the mirror and look with Mirror.inspect()";
        }
        if (found.selfState() == LegState.IN_SYNC && found.events() > leg.lastEvents) {
            return who + " was used without this mirror (its event " + found.events() + " is beyond " + leg.lastEvents
                    + "): its own changes are lost if it joins; erase it with Mirror.erase() to agree to that, then"
                    + " replace()";
        }
        return null;
    }

    /** Under the lock: the leg is who it says; {@code leg.needs} tells what it lacks. */
    void join(Leg leg) {
        if (core.closed) {
            end(leg, Failures.closed());
            return;
        }
        core.intent.mark(leg.needs);
        int blocks = core.layout.blockOf(Math.max(0, core.intent.image.size() - 1)) + 1;
        leg.unwritten.clearAll();
        leg.unwritten.setRange(0, blocks - 1);
        leg.joining = true;
        recording[leg.index] = false;
        core.intent.rewriteAll();
        core.intent.pump();
    }

    /** Where the metadata lies beside the legs, one write serves all who wait for the block. */
    void blockWritten(int block) {
        for (Leg leg : core.legs) {
            if (leg.joining) {
                leg.unwritten.clear(block);
            }
        }
    }

    /** Under the lock: bitmap blocks were written. */
    void advance() {
        core.grower.advance();
        for (Leg leg : core.legs) {
            if (leg.joining && !recording[leg.index] && leg.unwritten.isEmpty()) {
                recording[leg.index] = true;
                core.recorder.changeAndThen(() -> recorded(leg));
            }
        }
    }

    private void recorded(Leg leg) {
        if (!leg.joining || !recording[leg.index]) {
            end(leg, leg.lastError != null ? leg.lastError : Failures.closed());
            return;
        }
        leg.joining = false;
        recording[leg.index] = false;
        if (core.recorder.durableChange != core.changes) {
            leg.lastError = new BlockException(
                    Kind.MEDIUM, BlockException.NO_OFFSET, "the state of leg " + leg.index + " could not be recorded");
            end(leg, leg.lastError);
            core.options.scheduler().schedule(() -> probe(leg, null), retryNanos());
            return;
        }
        leg.state = LegState.RECOVERING;
        leg.readErrors = 0;
        leg.lastError = null;
        core.events.add(new MirrorEvent.LegRecovering(leg.index, core.dirtyBytes(leg)));
        end(leg, null);
        core.copier.checkDone();
        core.copier.pump();
    }

    /** Under the lock: the leg lacks nothing any more; flush it, then trust it. */
    void complete(Leg leg) {
        if (!completing[leg.index] && !core.closed) {
            completing[leg.index] = true;
            core.ready(new FinalFlush(leg));
        }
    }

    private final class FinalFlush extends Task {
        private final Leg leg;

        FinalFlush(Leg leg) {
            this.leg = leg;
        }

        @Override
        void prepare() {
            leg.inFlight++;
        }

        @Override
        void run() {
            new LegCall() {
                @Override
                void ended(@Nullable BlockException failure) {
                    if (failure == null) {
                        flushed();
                    } else {
                        lost(failure);
                    }
                }
            }.flush(leg.device());
        }

        private void flushed() {
            synchronized (core.lock) {
                leg.inFlight--;
                completing[leg.index] = false;
                if (leg.state == LegState.RECOVERING && leg.needs.isEmpty()) {
                    leg.state = LegState.IN_SYNC;
                    core.recountUnsettled();
                    core.recorder.changeAndThen(() -> {
                        if (leg.state == LegState.IN_SYNC) {
                            core.events.add(new MirrorEvent.LegInSync(leg.index));
                        }
                    });
                    core.intent.sweeper.arm();
                }
            }
            core.drain();
        }

        private void lost(BlockException cause) {
            synchronized (core.lock) {
                leg.inFlight--;
                completing[leg.index] = false;
                leg.errors++;
                core.legFailed(leg, cause);
            }
            core.drain();
        }
    }

    /** Not under the lock: puts another device in the place of a leg. */
    CompletableFuture<Void> replace(Leg leg, BlockDevice device, UUID newUuid) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        Superblock found;
        MetaArea area = null;
        try {
            BlockGeometry g = device.geometry();
            boolean beside = core.areas.length > 0 && core.areas[0] != null && core.areas[0].leg == null;
            long room = g.size() - (beside ? 0 : core.layout.metaSize());
            if (room < core.size || g.logicalBlock() > core.geometry.logicalBlock() || g.readOnly()) {
                throw new BlockException(
                        Kind.NOT_SUPPORTED,
                        BlockException.NO_OFFSET,
                        "the device does not fit: it has room for " + room + " bytes of data in blocks of "
                                + g.logicalBlock() + (g.readOnly() ? ", read-only" : "") + "; needed are " + core.size
                                + " bytes and blocks of at most " + core.geometry.logicalBlock());
            }
            found = null;
            if (!beside) {
                area = new MetaArea(device, core.layout.areaOffset(g.size()), leg, 0);
                ByteBuffer slots = Buffers.direct(2 * core.layout.metaBlock());
                device.read(area.offset + core.layout.slotOffset(0), slots);
                found = Assembler.newest(slots, core.layout.metaBlock());
                area.goodSlot = Assembler.newestSlot(slots, core.layout.metaBlock());
            }
        } catch (BlockException e) {
            future.completeExceptionally(e);
            return future;
        }
        Superblock known = found;
        MetaArea newArea = area;
        swap(leg, device, newUuid, known, newArea, future);
        return future;
    }

    private void swap(
            Leg leg,
            BlockDevice device,
            UUID newUuid,
            @Nullable Superblock found,
            @Nullable MetaArea area,
            CompletableFuture<Void> future) {
        String refusal = null;
        BlockDevice old = null;
        boolean asked = false;
        synchronized (core.lock) {
            leg.replacing = false;
            boolean same = found != null
                    && found.array().equals(core.array)
                    && found.leg().equals(leg.uuid);
            if (core.closed) {
                refusal = "the mirror is closed";
            } else if (found != null && !same) {
                refusal = "the device carries leg " + found.legIndex() + " of mirror " + found.array()
                        + ": if its content is not needed any more, Mirror.erase() it first";
            } else if (same && judge(leg, found) != null) {
                refusal = judge(leg, found);
            } else if (leg.state != LegState.OUT
                    && !core.legFailed(
                            leg,
                            new BlockException(Kind.CLOSED, BlockException.NO_OFFSET, "the leg is being replaced"))) {
                refusal = "leg " + leg.index + " is the last one in sync and cannot be replaced";
            } else if (leg.inFlight > 0 || leg.joining || leg.probing || (same && leg.owesLate())) {
                // Another device does not care what the old one still does; the same one, opened again, does.
                leg.replacing = true;
                core.options.scheduler().schedule(() -> swap(leg, device, newUuid, found, area, future), OWING_NANOS);
                asked = true;
            } else {
                old = leg.device;
                leg.device = device;
                leg.area = area;
                if (area != null) {
                    core.areas[leg.index] = area;
                }
                if (!same) {
                    leg.uuid = newUuid;
                    leg.needs.setAll();
                }
                futures[leg.index] = future;
                join(leg);
            }
        }
        if (refusal != null) {
            future.completeExceptionally(new BlockException(Kind.NOT_SUPPORTED, BlockException.NO_OFFSET, refusal));
        }
        if (!asked && old != null && old != device && core.options.closeLegs()) {
            try {
                old.close();
            } catch (BlockException e) {
                // The old device is given up because it failed; how it ends changes nothing, but is not kept secret.
                synchronized (core.lock) {
                    core.events.add(new MirrorEvent.LegRefused(leg.index, "the replaced device did not close: " + e));
                }
            }
        }
        core.drain();
    }

    /** Under the lock: lets the one who asked know, outside of it. */
    private void end(Leg leg, @Nullable BlockException failure) {
        CompletableFuture<Void> future = futures[leg.index];
        if (future != null) {
            futures[leg.index] = null;
            core.ready(new Task() {
                @Override
                void run() {
                    if (failure == null) {
                        future.complete(null);
                    } else {
                        future.completeExceptionally(failure);
                    }
                }
            });
        }
    }

    /** Under the lock: a joining leg failed. */
    void joinFailed(Leg leg, BlockException cause) {
        recording[leg.index] = false;
        end(leg, cause);
        probeLater(leg);
    }
}
