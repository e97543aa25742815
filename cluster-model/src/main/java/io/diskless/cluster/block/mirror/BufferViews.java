package io.diskless.cluster.block.mirror;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Duplicates of the users' buffers, kept so that a write to several legs allocates nothing once the buffers are known.
 *
 * <p>A device may move the position of a buffer while it works, so no two legs may share one. The cache is small and
 * set-associative: it keeps at most {@link #ENTRIES} buffers reachable after their write. Confined to the mirror's lock.
 */
final class BufferViews {
    private static final int ENTRIES = 512;
    private static final int WAYS = 8;

    private final Entry[] entries = new Entry[ENTRIES];
    private final int legs;
    private int clock;

    BufferViews(int legs) {
        this.legs = legs;
        for (int i = 0; i < ENTRIES; i++) {
            entries[i] = new Entry(legs);
        }
    }

    /** One duplicate per leg. */
    static final class Entry {
        private @Nullable ByteBuffer key;
        private boolean busy;
        private int used;
        private final boolean pooled;
        private final @Nullable ByteBuffer[] views;

        private Entry(int legs) {
            this(legs, true);
        }

        private Entry(int legs, boolean pooled) {
            this.views = new ByteBuffer[legs];
            this.pooled = pooled;
        }

        /** This leg's duplicate, with the position and limit that the user's buffer has. */
        ByteBuffer view(int leg, ByteBuffer source) {
            ByteBuffer view = views[leg];
            if (view == null) {
                view = source.duplicate();
                views[leg] = view;
            } else {
                view.limit(source.limit()).position(source.position());
            }
            return view;
        }
    }

    // Two buffers of equal content are still two buffers.
    @SuppressWarnings("ReferenceEquality")
    Entry acquire(ByteBuffer source) {
        int hash = System.identityHashCode(source);
        int set = (hash ^ (hash >>> 8)) & (ENTRIES - 1) & -WAYS;
        Entry victim = null;
        for (int i = 0; i < WAYS; i++) {
            Entry entry = entries[set + i];
            if (!entry.busy) {
                if (entry.key == source) {
                    entry.busy = true;
                    return entry;
                }
                if (victim == null || (victim.key != null && (entry.key == null || entry.used - victim.used < 0))) {
                    victim = entry;
                }
            }
        }
        Entry entry = victim != null ? victim : new Entry(legs, false);
        entry.key = source;
        entry.used = clock++;
        Arrays.fill(entry.views, null);
        entry.busy = true;
        return entry;
    }

    void release(Entry entry) {
        entry.busy = false;
        if (!entry.pooled) {
            entry.key = null;
        }
    }
}
