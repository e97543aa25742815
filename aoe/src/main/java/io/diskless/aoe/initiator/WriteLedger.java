package io.diskless.aoe.initiator;

import org.jspecify.annotations.Nullable;

/**
 * All commands of one target that change data and of which a copy may still reach it (spec §12). A new one that overlaps
 * an entry has to wait.
 *
 * <p>Entries of up to {@value #REGION} sectors hang in the bucket of the region in which they start, so that a look-up
 * sees two or three short chains; wider ones (trims, giant frames) are in a list of their own. Confined to the event loop.
 */
final class WriteLedger {
    static final int ABSENT = -1;
    static final int WIDE = -2;

    private static final int REGION_BITS = 5;
    private static final int REGION = 1 << REGION_BITS;
    private static final int BUCKETS = 1024;

    private final @Nullable Io[] buckets = new @Nullable Io[BUCKETS];
    private @Nullable Io wide;
    private int size;
    /** Counts removals: who waits looks again only when this has changed. */
    long removals;

    private static int bucket(long region) {
        // Fibonacci hashing spreads strides that are multiples of the table.
        return (int) ((region * 0x9E37_79B9_7F4A_7C15L) >>> 54);
    }

    void add(Io io) {
        Io head;
        if (io.span > REGION) {
            io.ledgerAt = WIDE;
            head = wide;
            wide = io;
        } else {
            io.ledgerAt = bucket(io.lba >>> REGION_BITS);
            head = buckets[io.ledgerAt];
            buckets[io.ledgerAt] = io;
        }
        io.ledgerPrev = null;
        io.ledgerNext = head;
        if (head != null) {
            head.ledgerPrev = io;
        }
        size++;
    }

    void remove(Io io) {
        if (io.ledgerAt == ABSENT) {
            return;
        }
        if (io.ledgerNext != null) {
            io.ledgerNext.ledgerPrev = io.ledgerPrev;
        }
        if (io.ledgerPrev != null) {
            io.ledgerPrev.ledgerNext = io.ledgerNext;
        } else if (io.ledgerAt == WIDE) {
            wide = io.ledgerNext;
        } else {
            buckets[io.ledgerAt] = io.ledgerNext;
        }
        io.ledgerPrev = null;
        io.ledgerNext = null;
        io.ledgerAt = ABSENT;
        size--;
        removals++;
    }

    /**
     * Whether an entry of another request overlaps. Entries of the same request carry the same bytes for the same place, so
     * their order does not matter: a command may be cut smaller and sent again without waiting for itself.
     */
    boolean conflicts(long lba, long span, long serial) {
        if (size == 0) {
            return false;
        }
        if (hit(wide, lba, span, serial)) {
            return true;
        }
        long firstRegion = Math.max(0, (lba >>> REGION_BITS) - 1);
        long lastRegion = (lba + span - 1) >>> REGION_BITS;
        if (lastRegion - firstRegion >= BUCKETS) {
            for (Io head : buckets) {
                if (hit(head, lba, span, serial)) {
                    return true;
                }
            }
            return false;
        }
        for (long region = firstRegion; region <= lastRegion; region++) {
            if (hit(buckets[bucket(region)], lba, span, serial)) {
                return true;
            }
        }
        return false;
    }

    private static boolean hit(@Nullable Io chain, long lba, long span, long serial) {
        for (Io io = chain; io != null; io = io.ledgerNext) {
            if (io.lba < lba + span && lba < io.lba + io.span && io.serial != serial) {
                return true;
            }
        }
        return false;
    }

    int size() {
        return size;
    }
}
