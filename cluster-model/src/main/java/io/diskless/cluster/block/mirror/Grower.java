package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockGeometry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Lets the mirror grow with its legs, unless their metadata lies at their end. First the new regions are marked as different on every leg, then the new size is
 * recorded, then the users hear of it. Confined to the mirror's lock, but for {@link #announce}.
 */
final class Grower {
    private final MirrorCore core;
    private final List<Listener> listeners = new ArrayList<>();
    /** Compared by identity. */
    private static final class Listener {
        final Consumer<BlockGeometry> to;

        Listener(Consumer<BlockGeometry> to) {
            this.to = to;
        }
    }

    private long recorded;
    private long from;
    private boolean marking;

    Grower(MirrorCore core) {
        this.core = core;
        this.recorded = core.size;
    }

    /** What the superblock may say: a size whose every region has a durable bit. */
    long recordedSize() {
        return recorded;
    }

    /** Under the lock: looks at the legs, and starts to grow if all of them have. */
    void check() {
        if (core.layout.end()) {
            ignoreGrowth();
            return;
        }
        if (core.closed || core.readOnly || marking || recorded != core.geometry.size()) {
            return;
        }
        long room = core.layout.maxSize();
        for (Leg leg : core.legs) {
            BlockDevice device = leg.device;
            if (device == null) {
                return;
            }
            room = Math.min(room, device.geometry().size() - leg.dataOffset);
        }
        room -= room % core.geometry.logicalBlock();
        if (room <= core.size) {
            return;
        }
        from = core.size;
        core.size = room;
        int regions = core.layout.regions(room);
        int first = (int) (from >>> core.layout.regionShift());
        core.intent.grow(regions);
        core.unsettled.grow(regions);
        core.copier.grow(regions);
        for (Leg leg : core.legs) {
            leg.needs.grow(regions);
            if (leg != core.primary) {
                leg.needs.setRange(first, regions - 1);
            }
        }
        RegionSet fresh = new RegionSet(regions);
        fresh.setRange(first, regions - 1);
        marking = true;
        core.recountUnsettled();
        core.intent.mark(fresh);
        core.intent.pump();
        advance();
    }

    /** Under the lock: tells of every leg that grew away from its metadata, each time that it did. */
    private void ignoreGrowth() {
        for (Leg leg : core.legs) {
            MetaArea area = leg.area;
            if (area != null && !core.closed) {
                long size = area.device.geometry().size();
                long former = area.offset + core.layout.metaSize();
                if (size > Math.max(former, leg.ignoredSize)) {
                    leg.ignoredSize = size;
                    core.events.add(new MirrorEvent.GrowthIgnored(leg.index, former, size));
                }
            }
        }
    }

    /** Under the lock: bitmap blocks were written. */
    void advance() {
        if (marking) {
            int regions = core.layout.regions(core.size);
            int first = (int) (from >>> core.layout.regionShift());
            if (core.intent.durable.allInRange(first, regions - 1)) {
                marking = false;
                recorded = core.size;
                record();
            }
        }
    }

    private void record() {
        core.recorder.changeAndThen(() -> {
            if (core.recorder.durableChange == core.changes) {
                core.ready(new Task() {
                    @Override
                    void run() {
                        announce();
                    }
                });
            } else if (!core.closed) {
                core.options.scheduler().schedule(this::retry, 1_000_000_000L);
            }
        });
    }

    private void retry() {
        synchronized (core.lock) {
            record();
        }
        core.drain();
    }

    private void announce() {
        List<Listener> to;
        BlockGeometry now;
        synchronized (core.lock) {
            long old = core.geometry.size();
            now = core.geometry.withSize(recorded);
            core.geometry = now;
            to = new ArrayList<>(listeners);
            core.events.add(new MirrorEvent.Grown(old, recorded));
            core.copier.pump();
        }
        for (Listener listener : to) {
            try {
                listener.to.accept(now);
            } catch (RuntimeException | Error e) {
                Failures.ofTheUser(e);
            }
        }
        synchronized (core.lock) {
            check();
        }
        core.drain();
    }

    BlockDevice.Subscription subscribe(Consumer<BlockGeometry> listener) {
        // A subscription of its own for each call, though the listener be the same.
        Listener own = new Listener(listener);
        synchronized (core.lock) {
            listeners.add(own);
        }
        return () -> {
            synchronized (core.lock) {
                listeners.remove(own);
            }
        };
    }
}
