package io.diskless.drbd.wire;

import java.util.function.LongSupplier;

/**
 * Whether runs of some dozens of bits go as lengths or as words. Lengths are a small part of the bytes, but making and
 * taking them costs several times what words cost: which is sooner there depends on the line and on both processors. So
 * either is tried on a stretch of the bitmap that is longer than what sockets hold, time that passes between the packets
 * included, and the better one is kept.
 *
 * <p>Not thread-safe.
 */
final class RunChoice {
    /** Bits of bitmap that go one way before the other is tried: 16 MiB, several times the buffers of a connection. */
    static final long STRETCH = 8L * (16 << 20);

    private final LongSupplier nanos;
    private boolean words;
    private boolean decided;
    private long covered;
    private long spent;
    private long lengthsSpent;
    private long since;
    private boolean counts;

    /** A choice by a clock of nanoseconds. */
    RunChoice(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Another packet begins: what has passed since the last one began belongs to that. */
    void next() {
        if (decided) {
            return;
        }
        long now = nanos.getAsLong();
        if (counts) {
            spent += now - since;
            counts = false;
            if (covered >= STRETCH) {
                turn();
            }
        }
        since = now;
    }

    private void turn() {
        if (words) {
            decided = true;
            words = spent < lengthsSpent;
        } else {
            lengthsSpent = spent;
            words = true;
        }
        covered = 0;
        spent = 0;
    }

    /** Whether the packet that begins, with such runs, is to be one of words. */
    boolean words() {
        return words;
    }

    /** A packet with such runs covers so many bits. */
    void took(long bits) {
        covered += bits;
        counts = true;
    }
}
