package io.diskless.aoe.target;

/** What a port knows of one source address. Confined to the port's thread, except the counters. */
final class Peer {
    static final int REQUESTS = 0;
    static final int READS = 1;
    static final int READ_BYTES = 2;
    static final int WRITES = 3;
    static final int WRITTEN_BYTES = 4;
    static final int FAILED = 5;
    static final int DENIED = 6;
    static final int LIMITED = 7;
    static final int DUPLICATES = 8;
    private static final int COUNTERS = 9;

    final Counters counters = new Counters(COUNTERS);
    final Histogram latency = new Histogram();
    /** The address; written before the counters are cleared, read by snapshots. */
    private volatile long mac;

    long lastSeen;
    /** A tag was seen to come again for something else: late copies cannot be told from new requests. */
    boolean reusesTags;
    /** The time at which the next request is due if the source kept to its rate (GCRA). */
    private long due;

    void become(long newMac, long now) {
        mac = newMac;
        counters.clear();
        latency.clear();
        reusesTags = false;
        due = now;
        lastSeen = now;
    }

    long mac() {
        return mac;
    }

    /**
     * A token bucket in one number.
     *
     * @param interval nanoseconds per request, 0 for no limit
     * @param tolerance how far ahead of its rate the source may be
     */
    boolean admit(long now, long interval, long tolerance) {
        if (interval == 0) {
            return true;
        }
        if (due - now < 0) {
            due = now;
        }
        if (due - now > tolerance) {
            return false;
        }
        due += interval;
        return true;
    }
}
