package io.diskless.drbd.netty;

import io.netty.channel.SelectStrategy;
import io.netty.util.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Lets an event loop look again for a while before it sleeps: where the next packet follows soon, waking a processor that
 * sleeps takes longer than all that is done for the packet. The time counts from the last packet or task, so a loop
 * with nothing to do costs nothing.
 *
 * <p>It only does so while it helps. Who looked in vain sleeps at once for a while, twice as long each time in a row; and
 * this while is counted in pauses that were short enough for a look to have helped. So a loop whose packets come far apart
 * does not look at all, and one that takes the processor from the very thread that it waits for soon stops. Confined to
 * its event loop.
 */
final class Spinning implements SelectStrategy {
    /** After so many looks in vain it tries no more seldom: then it costs a thousandth of the pauses. */
    private static final int MOST_DOUBT = 10;

    private final long nanos;
    private final LongSupplier clock;
    private boolean paused;
    private boolean looking;
    private boolean slept;
    private long since;
    private int vain;
    private int doubt;

    /**
     * A loop that looks again for so long.
     *
     * @param nanos how long at most; 0 for never
     * @param clock nanoseconds from anywhere
     */
    Spinning(long nanos, LongSupplier clock) {
        this.nanos = nanos;
        this.clock = clock;
    }

    @Override
    public int calculateStrategy(IntSupplier selectNow, boolean hasTasks) throws Exception {
        if (slept) {
            // Something has woken the loop, and it was dealt with.
            slept = false;
            paused = false;
            if (doubt > 0 && clock.getAsLong() - since < 2 * nanos) {
                // Twice: to be woken takes its time.
                doubt--;
            }
        }
        int ready = selectNow.get();
        if (ready > 0 || hasTasks) {
            if (paused) {
                paused = false;
                vain = 0;
            }
            return ready;
        }
        if (nanos == 0) {
            return SelectStrategy.SELECT;
        }
        if (!paused) {
            paused = true;
            since = clock.getAsLong();
            looking = doubt == 0;
        }
        if (looking) {
            if (clock.getAsLong() - since < nanos) {
                lookAgain();
                return ready;
            }
            looking = false;
            vain = Math.min(vain + 1, MOST_DOUBT);
            doubt = 1 << vain;
        }
        slept = true;
        return SelectStrategy.SELECT;
    }

    /** Whoever is to send what is waited for may be waiting for this very processor. */
    @SuppressWarnings(
            "ThreadPriorityCheck") // This is no way to wait for a state: it lets others go first, if there are any.
    private static void lookAgain() {
        Thread.yield();
    }
}
