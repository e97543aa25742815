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
    /** Whether a tag came again for something else, within the last window of the {@link DuplicateCache}. */
    private boolean clashed;

    private long lastClash;
    /** While {@link #clashed}: how long a tag, once used, tells a copy from a new request; in nanoseconds. */
    private long tagsLast;
    /** The time at which the next request is due if the source kept to its rate (GCRA). */
    private long due;

    void become(long newMac, long now) {
        mac = newMac;
        counters.clear();
        latency.clear();
        clashed = false;
        due = now;
        lastSeen = now;
    }

    long mac() {
        return mac;
    }

    /** A tag came again for something else when it was this old. */
    void tagsClashed(long now, long age, long window) {
        // The next one may come again sooner.
        long half = age / 2;
        tagsLast = hasClashed(now, window) ? Math.min(tagsLast, half) : half;
        clashed = true;
        lastClash = now;
    }

    /** Whether a request with a tag of this age, and with its content, must be a copy. */
    boolean tagsTell(long now, long age, long window) {
        return age <= window && (!hasClashed(now, window) || age < tagsLast);
    }

    private boolean hasClashed(long now, long window) {
        if (clashed && now - lastClash > window) {
            clashed = false;
        }
        return clashed;
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
