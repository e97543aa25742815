package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the leg table to the superblocks, one record at a time, and holds back the acknowledgements that depend on it.
 * Confined to the mirror's lock, but for the calls to the devices.
 */
final class Recorder extends Task {
    private final MirrorCore core;
    private final ByteBuffer[] blocks;
    private final Queue waiting = new Queue();
    private final List<Runnable> whenRecorded = new ArrayList<>();
    /** The last change of the table that is durable wherever it must be. */
    long durableChange;

    long events;
    boolean clean;
    private boolean running;
    private long snapshotOf;
    private int pending;
    private MetaArea[] targets = new MetaArea[0];
    private @Nullable BlockException[] failures;
    private int[] slots;

    Recorder(MirrorCore core, long lastEvent) {
        this.core = core;
        this.events = lastEvent;
        int most = Math.max(1, core.legs.length);
        this.blocks = new ByteBuffer[most];
        for (int i = 0; i < most; i++) {
            blocks[i] = Buffers.direct(core.layout.metaBlock());
        }
        this.failures = new BlockException[most];
        this.slots = new int[most];
    }

    /** Under the lock: writes a record if the table has changed since the last one. */
    void kick() {
        if (!running && !core.ended && durableChange < core.changes) {
            running = true;
            core.ready(this);
        }
    }

    /** Under the lock: the request is acknowledged when the table is durable. */
    void awaitFor(Request request) {
        request.needChange = core.requiredChange;
        waiting.add(request);
        kick();
    }

    /** Under the lock: runs the action, under the lock too, when the present table is durable or cannot be made so. */
    void changeAndThen(Runnable action) {
        core.changes++;
        whenRecorded.add(action);
        kick();
    }

    @Override
    void prepare() {
        snapshotOf = core.changes;
        events++;
        List<Superblock.Entry> table = new ArrayList<>();
        for (Leg leg : core.legs) {
            LegState state = leg.joining ? LegState.RECOVERING : leg.state;
            if (state != LegState.OUT) {
                leg.lastEvents = events;
            }
            table.add(new Superblock.Entry(leg.uuid, leg.lastEvents, state));
        }
        List<MetaArea> to = new ArrayList<>();
        for (MetaArea area : core.areas) {
            if (area == null) {
                continue;
            }
            Leg leg = area.leg;
            if (leg == null || leg.receivesMetadata()) {
                int i = to.size();
                Superblock block = new Superblock(
                        core.array,
                        leg == null ? core.array : leg.uuid,
                        leg == null ? Superblock.BESIDE : leg.index,
                        events,
                        clean,
                        core.grower.recordedSize(),
                        core.layout,
                        table);
                block.encode(blocks[i]);
                failures[i] = null;
                slots[i] = 1 - area.goodSlot;
                if (leg != null) {
                    leg.inFlight++;
                }
                to.add(area);
            }
        }
        targets = to.toArray(new MetaArea[0]);
        pending = targets.length;
    }

    @Override
    void run() {
        MetaArea[] to = targets;
        for (int i = 0; i < to.length; i++) {
            int which = i;
            new LegCall() {
                @Override
                void ended(@Nullable BlockException failure) {
                    writeEnded(which, failure);
                }
            }.write(to[i].device, to[i].offset + core.layout.slotOffset(slots[i]), blocks[i], BlockDevice.FUA);
        }
    }

    private void writeEnded(int which, @Nullable BlockException failure) {
        synchronized (core.lock) {
            failures[which] = failure;
            Leg leg = targets[which].leg;
            if (leg != null) {
                leg.inFlight--;
            }
            if (--pending == 0) {
                allEnded();
            }
        }
        core.drain();
    }

    private void allEnded() {
        BlockException fatal = null;
        for (int i = 0; i < targets.length; i++) {
            MetaArea area = targets[i];
            BlockException failure = failures[i];
            if (failure == null) {
                area.goodSlot = slots[i];
            } else {
                Leg leg = area.leg;
                if (leg == null || !core.legFailed(leg, failure)) {
                    fatal = failure;
                }
            }
        }
        running = false;
        if (fatal != null) {
            for (Task task = waiting.poll(); task != null; task = waiting.poll()) {
                core.conclude((Request) task, fatal);
            }
            runActions();
            // Nothing is lost: no write is acknowledged before a later record succeeds, and each one asks for it.
            return;
        }
        durableChange = snapshotOf;
        Queue still = new Queue();
        for (Task task = waiting.poll(); task != null; task = waiting.poll()) {
            Request request = (Request) task;
            if (request.needChange <= durableChange) {
                core.conclude(request, null);
            } else {
                still.add(request);
            }
        }
        still.moveTo(waiting);
        if (durableChange == core.changes) {
            runActions();
        }
        kick();
    }

    private void runActions() {
        List<Runnable> actions = new ArrayList<>(whenRecorded);
        whenRecorded.clear();
        actions.forEach(Runnable::run);
    }
}
