package io.diskless.drbd.internal;

import org.jspecify.annotations.Nullable;

/**
 * Keeps resync and application writes apart, by resync extents of 16 MiB (semantics spec §1, wire spec §9.4): in one
 * extent there is either resync traffic or there are application writes, so that no block that was read before a write is
 * written after it.
 *
 * <p>An application write that finds resync traffic in its way {@linkplain #tryWrite is refused} and noted: no further
 * resync request starts there until a write has got its turn, so that a resync never starves the application. A write
 * holds its extents until its <em>barrier</em> is acknowledged, as the kernel does it, or in a protocol with acks until
 * the peer has it on its disk.
 *
 * <p>Extents are reused; nothing is allocated while their number does not grow. Confined to the event loop of the data
 * socket.
 */
public final class ResyncLocks {
    /** Sectors of a resync extent. */
    public static final long EXTENT_SECTORS = (16L << 20) / 512;

    private static final int BUCKETS = 128;

    private static final class Extent {
        long number;
        int writes;
        int requests;
        boolean wanted;

        @Nullable
        Extent next;
    }

    private final @Nullable Extent[] buckets = new Extent[BUCKETS];
    private @Nullable Extent free;
    private int extents;

    /** Nothing is held. */
    public ResyncLocks() {}

    /**
     * A resync request, of either side, wants to start.
     *
     * @param sector first sector; a request does not cross an extent
     * @return whether it is held now, until {@link #endRequest}; if not, leave this extent out for the time being
     */
    public boolean tryRequest(long sector) {
        long number = sector / EXTENT_SECTORS;
        Extent extent = find(number);
        if (extent == null) {
            extent = add(number);
        } else if (extent.writes > 0 || extent.wanted) {
            return false;
        }
        extent.requests++;
        return true;
    }

    /**
     * A resync request is answered and, at the target, written; or it is given up.
     *
     * @param sector as in {@link #tryRequest}
     * @return whether this freed an extent that a write waits for: try the refused writes again
     */
    public boolean endRequest(long sector) {
        Extent extent = find(sector / EXTENT_SECTORS);
        if (extent == null || extent.requests == 0) {
            throw new IllegalStateException("no resync request is held at sector " + sector);
        }
        boolean turn = --extent.requests == 0 && extent.wanted;
        forgetIfIdle(extent);
        return turn;
    }

    /**
     * An application write wants to start.
     *
     * @param sector first sector
     * @param sectors how many, at least 1
     * @return whether it is held now, until {@link #endWrite}; if not, try again when {@link #endRequest} says so
     */
    public boolean tryWrite(long sector, long sectors) {
        long first = sector / EXTENT_SECTORS;
        long last = (sector + sectors - 1) / EXTENT_SECTORS;
        boolean clear = true;
        for (long n = first; n <= last; n++) {
            Extent extent = find(n);
            if (extent != null && extent.requests > 0) {
                extent.wanted = true;
                clear = false;
            }
        }
        if (clear) {
            for (long n = first; n <= last; n++) {
                Extent extent = find(n);
                if (extent == null) {
                    extent = add(n);
                }
                extent.writes++;
                extent.wanted = false;
            }
        }
        return clear;
    }

    /**
     * An application write lets go of its extents.
     *
     * @param sector as in {@link #tryWrite}
     * @param sectors as in {@link #tryWrite}
     */
    public void endWrite(long sector, long sectors) {
        long last = (sector + sectors - 1) / EXTENT_SECTORS;
        for (long n = sector / EXTENT_SECTORS; n <= last; n++) {
            Extent extent = find(n);
            if (extent == null || extent.writes == 0) {
                throw new IllegalStateException("no write is held at sector " + sector);
            }
            extent.writes--;
            forgetIfIdle(extent);
        }
    }

    /** The connection is lost, and with it all resync traffic: the extents of writes stay. */
    public void endAllRequests() {
        for (int i = 0; i < BUCKETS; i++) {
            Extent extent = buckets[i];
            while (extent != null) {
                Extent next = extent.next;
                extent.requests = 0;
                extent.wanted = false;
                forgetIfIdle(extent);
                extent = next;
            }
        }
    }

    /**
     * How many extents are in use.
     *
     * @return those with writes, resync requests or a refused write
     */
    public int extents() {
        return extents;
    }

    private @Nullable Extent find(long number) {
        Extent extent = buckets[(int) number & (BUCKETS - 1)];
        while (extent != null && extent.number != number) {
            extent = extent.next;
        }
        return extent;
    }

    private Extent add(long number) {
        Extent extent = free;
        if (extent == null) {
            extent = new Extent();
        } else {
            free = extent.next;
        }
        int bucket = (int) number & (BUCKETS - 1);
        extent.number = number;
        extent.next = buckets[bucket];
        buckets[bucket] = extent;
        extents++;
        return extent;
    }

    /** A write that was refused need not come back: who waits is no reason to keep an extent without traffic. */
    private void forgetIfIdle(Extent extent) {
        if (extent.writes > 0 || extent.requests > 0) {
            return;
        }
        int bucket = (int) extent.number & (BUCKETS - 1);
        Extent at = buckets[bucket];
        if (at == extent) {
            buckets[bucket] = extent.next;
        } else {
            while (at != null && at.next != extent) {
                at = at.next;
            }
            if (at != null) {
                at.next = extent.next;
            }
        }
        extent.wanted = false;
        extent.next = free;
        free = extent;
        extents--;
    }
}
