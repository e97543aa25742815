package io.diskless.aoe.target;

import java.time.Duration;

/**
 * When an answered write is durable, for clients that never flush (the Linux AoE driver sends no flush, ever). A FLUSH
 * CACHE that a client does send makes durable what was answered before, under every policy. Immutable.
 */
public sealed interface WritePolicy {
    /** The safe one, and the default: a write is durable when it is answered. */
    WritePolicy WRITE_THROUGH = new WriteThrough();

    /** Writes are durable when the device sees fit, or a client flushes: a crash of this host may lose answered writes. */
    WritePolicy BUFFERED = new Buffered();

    /**
     * Writes are durable at most this long, and the time of a flush, after they were answered.
     *
     * @param interval positive
     * @return the policy
     */
    static WritePolicy flushEvery(Duration interval) {
        return new FlushEvery(interval);
    }

    /** Durable when answered: each write is forced to the medium. */
    record WriteThrough() implements WritePolicy {}

    /** Durable when flushed. */
    record Buffered() implements WritePolicy {}

    /**
     * Flushed by the target itself while there is something to flush.
     *
     * @param interval positive
     */
    record FlushEvery(Duration interval) implements WritePolicy {
        /**
         * Checks the interval.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public FlushEvery {
            if (interval.isNegative() || interval.isZero()) {
                throw new IllegalArgumentException("flush interval must be positive, got " + interval);
            }
        }
    }
}
