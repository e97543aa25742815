package io.diskless.drbd.netty;

import io.netty.channel.SelectStrategy;
import io.netty.util.IntSupplier;

/**
 * Lets an event loop look again for a while before it sleeps: where the next packet follows soon, waking a processor that
 * sleeps takes longer than all that is done for the packet. The time counts from the last packet or task, so a loop
 * with nothing to do costs nothing. Confined to its event loop.
 */
final class Spinning implements SelectStrategy {
    private final long nanos;
    private boolean busy;
    private long since;

    /** A loop that sleeps when it has had nothing to do for so many nanoseconds. */
    Spinning(long nanos) {
        this.nanos = nanos;
    }

    @Override
    public int calculateStrategy(IntSupplier selectNow, boolean hasTasks) throws Exception {
        int ready = selectNow.get();
        if (ready > 0 || hasTasks) {
            busy = true;
            return ready;
        }
        long now = System.nanoTime();
        if (busy) {
            busy = false;
            since = now;
        }
        return now - since < nanos ? ready : SelectStrategy.SELECT;
    }
}
