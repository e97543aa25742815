package io.diskless.netboot.tftp;

import java.util.concurrent.TimeUnit;

/**
 * When a side that heard nothing says again what it said last, and when it gives up: the same for both ways. Until the client
 * has answered once, timeouts are few and so are answers to the same request. Confined to its event loop.
 */
final class Retries {
    /** Waits double up to this, or to the client's own timeout where that is longer. */
    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(8);

    /** PXELINUX under load asks two or three times; a flood of forged requests asks without end. */
    private static final int MAX_ASKED_AGAIN = 8;

    private final long firstWait;
    private final int maxRepeats;
    private final int maxUnprovenRepeats;

    private boolean proven;
    private int repeats;
    private int askedAgain;
    private long total;
    private long wait;
    private long deadline;

    Retries(Negotiation agreed, TftpServerOptions limits) {
        firstWait = agreed.timeoutSeconds().isPresent()
                ? TimeUnit.SECONDS.toNanos(agreed.timeoutSeconds().getAsInt())
                : limits.firstTimeout().toNanos();
        maxRepeats = limits.maxRepeats();
        maxUnprovenRepeats = limits.maxUnprovenRepeats();
        wait = firstWait;
    }

    /** The client said what only somebody can say who got something from here. */
    void prove() {
        proven = true;
    }

    boolean isProven() {
        return proven;
    }

    /** Something new was said: the wait begins anew. */
    void progress(long now) {
        repeats = 0;
        wait = firstWait;
        deadline = now + wait;
    }

    /** Whether the client has been silent for too long. */
    boolean isDue(long now) {
        return now - deadline >= 0;
    }

    /** Whether enough was said in vain. */
    boolean isExhausted() {
        return repeats >= (proven ? maxRepeats : maxUnprovenRepeats);
    }

    /** The same is said again, and waited for twice as long. */
    void repeat(long now) {
        repeats++;
        total++;
        wait = Math.min(wait * 2, Math.max(firstWait, LONGEST_WAIT_NANOS));
        deadline = now + wait;
    }

    /** Whether a request that comes again before the client has proven itself gets the same answer again. */
    boolean answersAgain(long now) {
        if (askedAgain >= MAX_ASKED_AGAIN) {
            return false;
        }
        askedAgain++;
        deadline = now + wait;
        return true;
    }

    /** Whether something is being repeated: a client that asks anew then has left what was. */
    boolean isStalled() {
        return repeats > 0;
    }

    long deadline() {
        return deadline;
    }

    long total() {
        return total;
    }
}
