package io.diskless.drbd.session;

import io.diskless.drbd.internal.TransferLog;
import io.diskless.drbd.wire.PacketType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Puts the barriers between the writes that are sent over a connection, and takes their acknowledgements (spec drbd-wire
 * 8.4). What waits for which is known by the {@link TransferLog} of the resource. Confined to the data loop.
 */
final class SendLog {
    private static final int SEEN = 64;

    private final ResourceCore core;
    private final Link link;
    private final TransferLog log;
    private final ArrayDeque<LocalWrite> released = new ArrayDeque<>();
    /** The peer has refused a write of a conflict: a kernel acknowledges no barrier from then on (spec drbd-wire 8.4). */
    private boolean refused;

    private boolean retiring;

    /** The barriers sent last, and when: for the flight recorder, which misses those of more epochs than this at a time. */
    private final int[] barriers = new int[SEEN];

    private final long[] sentAt = new long[SEEN];

    SendLog(ResourceCore core, Link link) {
        this.core = core;
        this.link = link;
        log = core.transferLog();
    }

    /** A write that is about to be sent. */
    void add(LocalWrite write) {
        sendBarrier();
        log.add(write);
        if (refused && !retiring && isLong()) {
            retiring = true;
            // Not here: whoever is told that his write has ended may write again.
            core.loop().execute(this::retire);
        }
    }

    private boolean isLong() {
        return log.writes() > 2 * core.options().net().maxEpochSize();
    }

    private void retire() {
        retiring = false;
        retire(this::isLong);
    }

    /** All that was sent is to become stable at the peer, or to be known as perhaps missing there. */
    void settle() {
        close();
        if (refused) {
            retire(() -> true);
        }
    }

    private void retire(BooleanSupplier more) {
        while (!link.isDead() && more.getAsBoolean() && log.retire(w -> released.add((LocalWrite) w))) {
            for (LocalWrite w = released.poll(); w != null; w = released.poll()) {
                w.forgotten();
            }
        }
    }

    /** A write completed: what comes now is later than it. */
    void completed(LocalWrite write) {
        log.completed(write);
        sendBarrier();
    }

    /** Ends the current epoch, if there is anything in it. */
    void close() {
        log.close();
        sendBarrier();
    }

    private void sendBarrier() {
        if (log.barrierDue()) {
            int number = log.takeBarrier();
            barriers[number & SEEN - 1] = number;
            sentAt[number & SEEN - 1] = System.nanoTime();
            if (!link.isDead()) {
                link.append(PacketType.BARRIER, 0, 8, 8).writeInt(number).writeInt(0);
                link.appended();
            }
        }
    }

    /** The peer does not count a write that it superseded. */
    void superseded(LocalWrite write) {
        refused = true;
        if (write.isLogged()) {
            log.remove(write);
        }
    }

    void onBarrierAck(int barrier, int count) {
        TransferLog.Verdict verdict = log.onBarrierAck(barrier, count, w -> released.add((LocalWrite) w));
        if (verdict != TransferLog.Verdict.ACCEPTED) {
            link.protocolError("an ack for barrier " + barrier + " with " + count + " writes: "
                    + switch (verdict) {
                        case NO_EPOCH -> "no barrier waits for one";
                        case WRONG_NUMBER -> "another barrier comes first";
                        default -> "that epoch has another number of writes";
                    });
            return;
        }
        if (barriers[barrier & SEEN - 1] == barrier) {
            FlightRecorder.epoch(core.options().name(), barrier, count, sentAt[barrier & SEEN - 1]);
        }
        // Not from within the log: whoever is told may write again, or close the resource.
        for (LocalWrite w = released.poll(); w != null; w = released.poll()) {
            w.stable();
        }
    }

    /** Epochs that are not durable at the peer. */
    int epochs() {
        return log.waitingEpochs();
    }

    /** Whether a write was sent before a moment, and its writer still waits for the peer's word. */
    boolean waitsSince(long nanos) {
        TransferLog.Write oldest = log.find(w -> !((LocalWrite) w).isAnswered());
        return oldest != null && ((LocalWrite) oldest).sentAt() - nanos < 0;
    }

    /** The connection ended: takes out everything that is not known to be stable at the peer. */
    List<LocalWrite> drain() {
        List<LocalWrite> all = new ArrayList<>();
        log.drain(w -> all.add((LocalWrite) w));
        return all;
    }
}
