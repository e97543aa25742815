package io.diskless.drbd.session;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The write epochs of the peer (spec drbd-wire 8.4). All volumes of a connection share them. A write of a later epoch
 * touches no disk before all writes of the earlier ones are on stable storage; a barrier is acknowledged after the acks of
 * its writes, with the exact number of them. Confined to the data loop.
 */
final class EpochReceiver {
    /** The writes between two barriers. */
    static final class Epoch {
        private final ArrayDeque<Runnable> held = new ArrayDeque<>();
        private int barrier;
        private boolean closed;
        private int counted;
        private int open;
    }

    private final ResourceCore core;
    private final Link link;
    private final ArrayDeque<Epoch> epochs = new ArrayDeque<>();
    private Epoch current = new Epoch();
    private @Nullable Epoch flushing;

    EpochReceiver(ResourceCore core, Link link) {
        this.core = core;
        this.link = link;
        epochs.add(current);
    }

    /** A write has arrived: it belongs to the epoch that is returned. */
    Epoch join() {
        current.counted++;
        current.open++;
        return current;
    }

    /** Runs the write as soon as the earlier epochs are done with. */
    void start(Epoch epoch, Runnable write) {
        if (epochs.peek() == epoch) {
            write.run();
        } else {
            epoch.held.add(write);
        }
    }

    /**
     * The write has ended, and its ack was written.
     *
     * @param counts whether the barrier's ack counts it; superseded ones do not
     */
    void end(Epoch epoch, boolean counts) {
        epoch.open--;
        if (!counts) {
            epoch.counted--;
        }
        finish();
    }

    void onBarrier(int barrier) {
        current.barrier = barrier;
        current.closed = true;
        current = new Epoch();
        epochs.add(current);
        finish();
    }

    private void finish() {
        Epoch oldest = epochs.peek();
        if (oldest == null || !oldest.closed || oldest.open > 0 || flushing != null) {
            return;
        }
        if (oldest.counted == 0) {
            next();
            return;
        }
        flushing = oldest;
        Join join = new Join(() -> {
            flushing = null;
            link.acks().barrierAck(oldest.barrier, oldest.counted);
            next();
        });
        for (VolumeCore v : core.volumes()) {
            Backing disk = v.backing();
            if (disk != null && v.hasDisk()) {
                join.add();
                disk.flush(failure -> {
                    if (failure != null) {
                        v.diskFailed(failure);
                    }
                    join.done();
                });
            }
        }
        join.done();
    }

    private void next() {
        epochs.remove();
        Epoch oldest = epochs.peek();
        while (oldest != null && epochs.peek() == oldest && !oldest.held.isEmpty()) {
            oldest.held.remove().run();
        }
        finish();
    }

    /** Counts down to its end; the creator holds one count. */
    private static final class Join {
        private final Runnable then;
        private int left = 1;

        Join(Runnable then) {
            this.then = then;
        }

        void add() {
            left++;
        }

        void done() {
            if (--left == 0) {
                then.run();
            }
        }
    }
}
