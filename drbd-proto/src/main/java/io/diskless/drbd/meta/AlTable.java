package io.diskless.drbd.meta;

import java.util.Arrays;

/**
 * The slots of the activity log in memory: which extent is hot in which slot, how many writes hold it, and in what order
 * the idle ones were last used. Plain arrays: nothing is allocated after construction.
 *
 * <p>Not thread-safe: {@link ActivityLog} guards it.
 */
final class AlTable {
    static final int NONE = -1;

    /** The extent of every slot, {@link AlBlock#FREE} where none: what a transaction tells as context. */
    final int[] extents;

    private final int[] holders;
    // A hash table with chains through the slots.
    private final int[] buckets;
    private final int[] chain;
    // Idle hot slots, least recently used first; a ring through the index extents.length.
    private final int[] before;
    private final int[] after;
    private final int[] free;
    private int freeCount;
    private int idleCount;
    private int hotCount;

    AlTable(int slots) {
        extents = new int[slots];
        Arrays.fill(extents, AlBlock.FREE);
        holders = new int[slots];
        buckets = new int[Integer.highestOneBit(Math.max(2, slots)) * 2];
        Arrays.fill(buckets, NONE);
        chain = new int[slots];
        before = new int[slots + 1];
        after = new int[slots + 1];
        before[slots] = slots;
        after[slots] = slots;
        free = new int[slots];
        // The first one taken is the highest, as the kernel does it (semantics §9.4).
        for (int i = 0; i < slots; i++) {
            free[i] = i;
        }
        freeCount = slots;
    }

    int slots() {
        return extents.length;
    }

    /** Slots that a cold extent can get now. */
    int available() {
        return freeCount + idleCount;
    }

    int hot() {
        return hotCount;
    }

    int held() {
        return hotCount - idleCount;
    }

    private int bucket(int extent) {
        return (extent * 0x9e3779b9) >>> Integer.numberOfLeadingZeros(buckets.length - 1);
    }

    /** The slot of a hot extent, or {@link #NONE}. */
    int find(int extent) {
        for (int slot = buckets[bucket(extent)]; slot != NONE; slot = chain[slot]) {
            if (extents[slot] == extent) {
                return slot;
            }
        }
        return NONE;
    }

    boolean isIdle(int slot) {
        return holders[slot] == 0;
    }

    void hold(int slot) {
        if (holders[slot]++ == 0) {
            unlink(slot);
        }
    }

    void release(int slot) {
        if (holders[slot] <= 0) {
            throw new IllegalStateException("extent " + extents[slot] + " is released more often than held");
        }
        if (--holders[slot] == 0) {
            append(slot);
        }
    }

    private void unlink(int slot) {
        after[before[slot]] = after[slot];
        before[after[slot]] = before[slot];
        idleCount--;
    }

    private void append(int slot) {
        int end = extents.length;
        before[slot] = before[end];
        after[slot] = end;
        after[before[end]] = slot;
        before[end] = slot;
        idleCount++;
    }

    /** Takes a slot for a cold extent: a free one, else the one idle for longest. Its old extent is cold from now on. */
    int evict() {
        if (freeCount > 0) {
            return free[--freeCount];
        }
        int slot = after[extents.length];
        unlink(slot);
        int extent = extents[slot];
        int at = bucket(extent);
        if (buckets[at] == slot) {
            buckets[at] = chain[slot];
        } else {
            int p = buckets[at];
            while (chain[p] != slot) {
                p = chain[p];
            }
            chain[p] = chain[slot];
        }
        hotCount--;
        return slot;
    }

    /** A slot taken by {@link #evict} has its new extent on disk: hot, with this many holders. */
    void heat(int slot, int extent, int held) {
        extents[slot] = extent;
        int at = bucket(extent);
        chain[slot] = buckets[at];
        buckets[at] = slot;
        holders[slot] = held;
        hotCount++;
        if (held == 0) {
            append(slot);
        }
    }
}
