package io.diskless.drbd.robust;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.testkit.FaultyDevice;
import io.diskless.drbd.DrbdException;
import io.diskless.drbd.meta.MetaData;
import io.diskless.drbd.meta.MetaOptions;
import io.diskless.drbd.meta.MetaPlacement;
import io.diskless.drbd.session.DrbdEvent;
import io.diskless.drbd.session.DrbdOptions;
import io.diskless.drbd.session.DrbdResource;
import io.diskless.drbd.session.VolumeOptions;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.VolumeState;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** One side of a pair, with the disks that outlive its process. Not thread-safe, but for its events. */
final class Replica implements AutoCloseable {
    private static final MetaOptions WHERE = MetaOptions.at(MetaPlacement.FLEXIBLE);
    private static final int LAST = 60;

    final String name;
    final AtomicLong happened = new AtomicLong();
    private final UnaryOperator<DrbdOptions.Builder> options;
    private final ArrayDeque<DrbdEvent> last = new ArrayDeque<>();
    private final BlockDevice data;
    private final BlockDevice meta;
    private FaultyDevice disk;
    private FaultyDevice metaDisk;
    private DrbdResource resource;

    Replica(String name, UnaryOperator<DrbdOptions.Builder> options, BlockDevice data, BlockDevice meta) {
        this.name = name;
        this.options = options;
        this.data = data;
        this.meta = meta;
        disk = FaultyDevice.of(data);
        metaDisk = FaultyDevice.of(meta);
        resource = open();
    }

    /** Meta-data for a disk that has none. */
    static void format(BlockDevice data, BlockDevice meta) {
        MetaData.create(data, meta, WHERE).join();
    }

    private DrbdResource open() {
        disk = FaultyDevice.of(data);
        metaDisk = FaultyDevice.of(meta);
        try {
            DrbdResource fresh = DrbdResource.open(options.apply(DrbdOptions.builder("r1"))
                    .volume(VolumeOptions.of(0, disk, metaDisk, WHERE))
                    .build());
            fresh.onEvent(this::onEvent);
            return fresh;
        } catch (DrbdException e) {
            throw new AssertionError(name + " cannot be opened", e);
        }
    }

    private void onEvent(DrbdEvent e) {
        happened.incrementAndGet();
        synchronized (last) {
            last.add(e);
            if (last.size() > LAST) {
                last.remove();
            }
        }
    }

    DrbdResource resource() {
        return resource;
    }

    FaultyDevice disk() {
        return disk;
    }

    /** What its meta-data is on. */
    FaultyDevice metaDisk() {
        return metaDisk;
    }

    VolumeState state() {
        return resource.state(0);
    }

    boolean isPrimary() {
        return state().role() == Role.PRIMARY;
    }

    boolean isGood() {
        return state().disk() == DiskState.UP_TO_DATE;
    }

    boolean isDiskless() {
        return !state().disk().isAtLeast(DiskState.INCONSISTENT);
    }

    /** An orderly end and a new beginning, with the same disks. */
    void restart() {
        resource.close();
        resource = open();
    }

    byte[] content(int size) {
        ByteBuffer b = ByteBuffer.allocate(size);
        try {
            data.read(0, b);
        } catch (BlockException e) {
            throw new AssertionError(e);
        }
        return b.array();
    }

    String history() {
        StringBuilder text = new StringBuilder("\n" + name + " at " + state() + " after");
        synchronized (last) {
            last.forEach(e -> text.append("\n    ").append(e));
        }
        return text.toString();
    }

    @Override
    public void close() {
        resource.abort();
    }
}
