package io.diskless.drbd.session;

import io.diskless.drbd.DrbdException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives up a peer that answers pings and nothing else (spec drbd-wire 1.3, ko-count): it leaves a write without an answer, or
 * takes nothing of what is sent. Confined to the data loop.
 */
final class LinkWatch {
    private final ResourceCore core;
    private final Link link;
    private long drained;
    private long drainedAt;
    private @Nullable Future<?> timer;

    LinkWatch(ResourceCore core, Link link) {
        this.core = core;
        this.link = link;
    }

    void begin() {
        drainedAt = System.nanoTime();
        look();
    }

    /** Lets go of a link that has ended: a timer would keep the whole resource in memory until it is due. */
    void end() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private void look() {
        timer = null;
        if (link.isDead()) {
            return;
        }
        NetOptions net = core.options().net();
        long patience = net.timeout().toNanos() * net.koCount();
        long now = System.nanoTime();
        if (patience > 0 && link.sendLog().waitsSince(now - patience)) {
            tooLate("did not answer a write", patience);
        } else if (patience > 0 && takesNothing(now, patience)) {
            tooLate("took nothing of what was sent", patience);
        } else {
            timer = core.loop().schedule(this::look, net.timeout().toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private boolean takesNothing(long now, long patience) {
        long position = link.drained();
        if (link.isWritable() || position > drained) {
            drainedAt = now;
        }
        drained = position;
        return now - drainedAt >= patience;
    }

    private void tooLate(String what, long patience) {
        link.fail(
                new DrbdException(
                        DrbdException.Kind.TIMEOUT, "the peer " + what + " within " + patience / 1_000_000 + " ms"),
                false);
    }
}
