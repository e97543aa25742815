package io.diskless.drbd.session;

import io.diskless.drbd.wire.PacketType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The writes of this side that the peer may lose in a crash: all that are sent and not yet acknowledged by barrier, epoch
 * by epoch (spec drbd-wire 8.4). Writes that may be in flight together share an epoch; one that completes ends its epoch, so
 * that what follows it comes after it on the peer's disk too. All volumes of a connection share the log. Confined to the
 * data loop.
 */
final class SendLog {
    /** The writes between two barriers. */
    static final class Epoch {
        private final int number;
        private final List<LocalWrite> writes = new ArrayList<>();
        private int counted;
        private boolean closed;

        Epoch(int number) {
            this.number = number;
        }
    }

    private final ResourceCore core;
    private final Link link;
    private final ArrayDeque<Epoch> epochs = new ArrayDeque<>();
    private Epoch current;

    SendLog(ResourceCore core, Link link) {
        this.core = core;
        this.link = link;
        current = new Epoch(core.nextBarrier());
        epochs.add(current);
    }

    /** A write that is about to be sent. */
    Epoch add(LocalWrite write) {
        if (current.counted >= core.options().net().maxEpochSize()) {
            close();
        }
        current.writes.add(write);
        current.counted++;
        return current;
    }

    /** A write completed: what comes now is later than it. */
    void completed(Epoch epoch) {
        if (epoch == current) {
            close();
        }
    }

    /** Ends the current epoch, if there is anything in it. */
    void close() {
        if (current.counted > 0 && !link.isDead()) {
            current.closed = true;
            link.send(link.begin(PacketType.BARRIER, 0, 8)
                    .writeInt(current.number)
                    .writeInt(0));
            current = new Epoch(core.nextBarrier());
            epochs.add(current);
        }
    }

    /** The peer does not count a write that it superseded. */
    void superseded(LocalWrite write, Epoch epoch) {
        epoch.counted--;
        epoch.writes.remove(write);
        if (epoch.counted == 0 && epoch.closed) {
            // No ack comes for an epoch that was emptied (spec drbd-wire 8.4).
            epochs.remove(epoch);
        }
    }

    void onBarrierAck(int barrier, int count) {
        Epoch oldest = epochs.peek();
        if (oldest == null || !oldest.closed || oldest.number != barrier || oldest.counted != count) {
            link.protocolError("an ack for barrier " + barrier + " with " + count + " writes, but the oldest is "
                    + (oldest == null || !oldest.closed ? "none" : oldest.number + " with " + oldest.counted));
            return;
        }
        epochs.remove();
        for (LocalWrite w : oldest.writes) {
            w.stable();
        }
    }

    /** Whether a write was sent before a moment, and its writer still waits for the peer's word. */
    boolean waitsSince(long nanos) {
        for (Epoch e : epochs) {
            for (LocalWrite w : e.writes) {
                if (!w.isAnswered()) {
                    return w.sentAt() - nanos < 0;
                }
            }
        }
        return false;
    }

    /** Everything that is not known to be stable at the peer. */
    List<LocalWrite> open() {
        List<LocalWrite> all = new ArrayList<>();
        epochs.forEach(e -> all.addAll(e.writes));
        return all;
    }
}
