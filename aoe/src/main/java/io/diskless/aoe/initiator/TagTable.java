package io.diskless.aoe.initiator;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The tags that are on the way. Looking random ({@link TagSource}), they are their own hash. Open addressing with linear
 * probing; a removal moves followers back, so there are no tombstones. Confined to the event loop.
 */
final class TagTable {
    private final TagSource source;
    private @Nullable Copy[] table = new @Nullable Copy[256];
    private int size;

    TagTable(RandomGenerator random) {
        source = new TagSource(random);
    }

    /** A tag that is not on the way. */
    int fresh() {
        int tag;
        do {
            tag = source.next();
        } while (get(tag) != null);
        return tag;
    }

    @Nullable
    Copy get(int tag) {
        int mask = table.length - 1;
        for (int i = tag & mask; ; i = (i + 1) & mask) {
            Copy copy = table[i];
            if (copy == null || copy.tag == tag) {
                return copy;
            }
        }
    }

    void put(Copy copy) {
        if (size * 2 >= table.length) {
            grow();
        }
        place(copy);
        size++;
    }

    private void place(Copy copy) {
        int mask = table.length - 1;
        int i = copy.tag & mask;
        while (table[i] != null) {
            i = (i + 1) & mask;
        }
        table[i] = copy;
    }

    private void grow() {
        @Nullable Copy[] old = table;
        table = new @Nullable Copy[old.length * 2];
        for (Copy copy : old) {
            if (copy != null) {
                place(copy);
            }
        }
    }

    void remove(Copy copy) {
        int mask = table.length - 1;
        int hole = copy.tag & mask;
        while (table[hole] != copy) {
            if (table[hole] == null) {
                throw new IllegalStateException("tag " + Integer.toHexString(copy.tag) + " is not in the table");
            }
            hole = (hole + 1) & mask;
        }
        int i = hole;
        while (true) {
            i = (i + 1) & mask;
            Copy follower = table[i];
            if (follower == null) {
                break;
            }
            // It may move into the hole if its own place is not between the hole and where it lies now.
            if (((i - (follower.tag & mask)) & mask) >= ((i - hole) & mask)) {
                table[hole] = follower;
                hole = i;
            }
        }
        table[hole] = null;
        size--;
    }

    int size() {
        return size;
    }
}
