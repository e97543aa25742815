package io.diskless.aoe.link;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The frames that are on their way through a segment, earliest first; frames due at the same time leave in the order in
 * which they came. A binary heap over pooled entries: steady traffic allocates nothing. Guarded by the segment's lock.
 */
final class Transit {
    /** A frame for one port. */
    static final class Entry {
        private ByteBuffer bytes = ByteBuffer.allocate(0);
        private @Nullable SegmentPort to;
        private long due;
        private long order;
        private int length;

        ByteBuffer bytes() {
            return bytes;
        }

        int length() {
            return length;
        }

        SegmentPort to() {
            if (to == null) {
                throw new IllegalStateException("a pooled entry has no destination");
            }
            return to;
        }

        private boolean before(Entry other) {
            return due != other.due ? due < other.due : order < other.order;
        }
    }

    private Entry[] heap = new Entry[64];
    private int size;
    private Entry[] pool = new Entry[64];
    private int pooled;
    private long nextOrder;

    int size() {
        return size;
    }

    /** When the earliest frame is due, or Long.MAX_VALUE. */
    long nextDue() {
        return size == 0 ? Long.MAX_VALUE : heap[0].due;
    }

    /** Takes a copy of a frame on its way. */
    void add(SegmentPort to, ByteBuffer frame, int length, long due) {
        Entry e = pooled > 0 ? pool[--pooled] : new Entry();
        if (e.bytes.capacity() < length) {
            e.bytes = ByteBuffer.allocate(Math.max(length, 2 * e.bytes.capacity()));
        }
        e.bytes.put(0, frame, 0, length);
        e.to = to;
        e.length = length;
        e.due = due;
        e.order = nextOrder++;
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, 2 * size);
        }
        int at = size++;
        while (at > 0 && e.before(heap[(at - 1) / 2])) {
            heap[at] = heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        heap[at] = e;
    }

    /** Takes out the earliest frame; give it back with {@link #recycle}. */
    Entry remove() {
        Entry first = heap[0];
        Entry last = heap[--size];
        int at = 0;
        for (int child = 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && heap[child + 1].before(heap[child])) {
                child++;
            }
            if (!heap[child].before(last)) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = last;
        return first;
    }

    void recycle(Entry e) {
        e.to = null;
        if (pooled == pool.length) {
            pool = Arrays.copyOf(pool, 2 * pooled);
        }
        pool[pooled++] = e;
    }
}
