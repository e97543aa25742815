package io.diskless.drbd.session;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.internal.ReceiverEpochs;
import io.diskless.drbd.wire.DiskState;

/**
 * Flushes the disks at the end of each epoch of the peer's writes, and acknowledges its barrier (spec drbd-wire 8.4). What
 * belongs to which epoch is known by {@link ReceiverEpochs}; all volumes of a connection share them. A write of a later
 * epoch touches no disk before all writes of the earlier ones are on stable storage. Confined to the data loop.
 */
final class EpochReceiver {
    private final ResourceCore core;
    private final Link link;

    /** What the epoch that is due has written to a disk may be lost: its flush has failed, or the disk is given up. */
    private boolean unsafe;

    private final ReceiverEpochs epochs = new ReceiverEpochs(true);

    EpochReceiver(ResourceCore core, Link link) {
        this.core = core;
        this.link = link;
    }

    /** A write has arrived: it belongs to the epoch that is returned. */
    ReceiverEpochs.Epoch join() {
        return epochs.receive();
    }

    /** Runs the write as soon as the earlier epochs are done with. */
    void start(ReceiverEpochs.Epoch epoch, Runnable write) {
        if (epochs.mayStart(epoch)) {
            write.run();
        } else {
            epochs.hold(epoch, write);
        }
    }

    /** Whether a write of the epoch would run at once. */
    boolean mayStart(ReceiverEpochs.Epoch epoch) {
        return epochs.mayStart(epoch);
    }

    /** The write has ended, and its ack was written. */
    void end(ReceiverEpochs.Epoch epoch) {
        epochs.finished(epoch);
        flushDue();
    }

    void onBarrier(int barrier) {
        epochs.barrier(barrier);
        flushDue();
    }

    /** Writes that have not ended. */
    int open() {
        return epochs.unfinished();
    }

    private void flushDue() {
        ReceiverEpochs.Epoch due = epochs.due();
        if (due == null) {
            return;
        }
        Join join = new Join(() -> flushed(due));
        if (due.count() > 0) {
            for (VolumeCore v : core.volumes()) {
                Backing disk = v.backing();
                // One that is being detached is flushed as well; one that has failed is not used any more.
                if (disk != null && (v.hasDisk() || v.state().disk() == DiskState.FAILED)) {
                    join.add();
                    disk.flush(failure -> {
                        if (failure != null) {
                            unsafe = true;
                            v.diskFailed(failure);
                        }
                        join.done();
                    });
                } else if (disk != null && disk.isUnflushed()) {
                    unsafe = true;
                }
            }
        }
        join.done();
    }

    private void flushed(ReceiverEpochs.Epoch epoch) {
        if (epoch.count() > 0 && !unsafe) {
            core.epochEnded();
        }
        boolean whole = epochs.flushed(epoch);
        if (unsafe) {
            // With the barrier acknowledged, nobody would remember these writes: so the peer has to mark them.
            link.fail(
                    new DrbdException(
                            DrbdException.Kind.IO,
                            "what the peer has written may be lost with a disk that failed: it is asked to remember it"),
                    false);
        } else if (whole) {
            link.acks().barrierAck(epoch.barrier(), epoch.count());
        }
        epochs.forget(epoch);
        for (Runnable held = epochs.nextHeld(); held != null; held = epochs.nextHeld()) {
            held.run();
        }
        flushDue();
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
