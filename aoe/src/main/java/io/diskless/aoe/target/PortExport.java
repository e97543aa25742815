package io.diskless.aoe.target;

/** One export as one port serves it: the counters are the port's own, so that ports do not share cache lines. */
final class PortExport {
    static final int READS = 0;
    static final int READ_BYTES = 1;
    static final int WRITES = 2;
    static final int WRITTEN_BYTES = 3;
    static final int FLUSHES = 4;
    static final int DISCARDS = 5;
    static final int VERIFIES = 6;
    static final int IDENTIFIES = 7;
    static final int OTHER_ATA = 8;
    static final int ATA_FAILED = 9;
    static final int CONFIG = 10;
    static final int MASK = 11;
    static final int RESERVE = 12;
    static final int AOE_ERRORS = 13;
    static final int DENIED = 14;
    static final int MASKED = 15;
    static final int RESERVED = 16;
    static final int DUPLICATES = 17;
    static final int COPIES = 18;
    static final int COPIED_BYTES = 19;
    static final int WAITED = 20;
    static final int DROPPED = 21;
    static final int COUNTERS = 22;

    final Export export;
    final int key;
    final Counters counters = new Counters(COUNTERS);
    final Histogram reads = new Histogram();
    final Histogram writes = new Histogram();
    /** How writes are made durable where the device works inline. Confined to the port's thread. */
    final SyncGroup sync;

    private volatile boolean announce = true;

    PortExport(Export export) {
        this.export = export;
        this.sync = new SyncGroup(export);
        this.key = AccessControl.key(export.address());
    }

    int shelf() {
        return key >>> 8;
    }

    int slot() {
        return key & 0xFF;
    }

    /** Wants an announcement; from any thread, followed by {@link PortLoop#announce()}. */
    void markForAnnouncement() {
        announce = true;
    }

    boolean takeAnnouncement() {
        boolean marked = announce;
        announce = false;
        return marked;
    }

    void count(int counter) {
        counters.increment(counter);
    }
}
