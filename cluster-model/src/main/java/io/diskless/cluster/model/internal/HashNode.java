package io.diskless.cluster.model.internal;

import java.util.Arrays;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One node of {@link PersistentMap}. Entry i stands at slots 2i and 2i + 1; child j stands at the j-th slot from the end.
 * Below the last level (all 32 bits of the hash are used up) a node holds entries of one hash and no bitmap. Immutable.
 */
final class HashNode {
    static final HashNode EMPTY = new HashNode(0, 0, new Object[0]);

    private static final int BITS = 5;
    private static final int LEVELS_END = 35;

    private final int entries;
    private final int children;
    private final Object[] slots;

    private HashNode(int entries, int children, Object[] slots) {
        this.entries = entries;
        this.children = children;
        this.slots = slots;
    }

    /** What putting did. */
    static final class Outcome {
        boolean replaced;
    }

    static int spread(Object key) {
        int h = key.hashCode() * 0x9E3779B9;
        return h ^ (h >>> 15);
    }

    private static int bit(int hash, int shift) {
        return 1 << (hash >>> shift & 31);
    }

    private int entryAt(int bit) {
        return 2 * Integer.bitCount(entries & (bit - 1));
    }

    private int childAt(int bit) {
        return slots.length - 1 - Integer.bitCount(children & (bit - 1));
    }

    private HashNode child(int bit) {
        return (HashNode) slots[childAt(bit)];
    }

    @Nullable
    Object find(Object key, int hash, int shift) {
        if (shift >= LEVELS_END) {
            int at = collisionAt(key);
            return at < 0 ? null : slots[at + 1];
        }
        int bit = bit(hash, shift);
        if ((entries & bit) != 0) {
            int at = entryAt(bit);
            return slots[at].equals(key) ? slots[at + 1] : null;
        }
        return (children & bit) != 0 ? child(bit).find(key, hash, shift + BITS) : null;
    }

    private int collisionAt(Object key) {
        for (int i = 0; i < slots.length; i += 2) {
            if (slots[i].equals(key)) {
                return i;
            }
        }
        return -1;
    }

    HashNode with(Object key, Object value, int hash, int shift, Outcome outcome) {
        if (shift >= LEVELS_END) {
            int at = collisionAt(key);
            return at >= 0 ? replaced(at, value, outcome) : inserted(0, slots.length, key, value);
        }
        int bit = bit(hash, shift);
        if ((entries & bit) != 0) {
            int at = entryAt(bit);
            if (slots[at].equals(key)) {
                return replaced(at, value, outcome);
            }
            HashNode pair = pair(slots[at], slots[at + 1], key, value, hash, shift + BITS);
            return entryToChild(bit, pair);
        }
        if ((children & bit) != 0) {
            HashNode old = child(bit);
            HashNode now = old.with(key, value, hash, shift + BITS, outcome);
            return now == old ? this : withChild(bit, now);
        }
        return inserted(bit, entryAt(bit), key, value);
    }

    private HashNode replaced(int at, Object value, Outcome outcome) {
        outcome.replaced = true;
        if (slots[at + 1].equals(value)) {
            return this;
        }
        Object[] copy = slots.clone();
        copy[at + 1] = value;
        return new HashNode(entries, children, copy);
    }

    private HashNode inserted(int bit, int at, Object key, Object value) {
        Object[] copy = new Object[slots.length + 2];
        System.arraycopy(slots, 0, copy, 0, at);
        copy[at] = key;
        copy[at + 1] = value;
        System.arraycopy(slots, at, copy, at + 2, slots.length - at);
        return new HashNode(entries | bit, children, copy);
    }

    private static HashNode pair(Object k1, Object v1, Object k2, Object v2, int hash2, int shift) {
        if (shift >= LEVELS_END) {
            return new HashNode(0, 0, new Object[] {k1, v1, k2, v2});
        }
        int bit1 = bit(spread(k1), shift);
        int bit2 = bit(hash2, shift);
        if (bit1 == bit2) {
            return new HashNode(0, bit1, new Object[] {pair(k1, v1, k2, v2, hash2, shift + BITS)});
        }
        boolean first = Integer.compareUnsigned(bit1, bit2) < 0;
        return new HashNode(bit1 | bit2, 0, first ? new Object[] {k1, v1, k2, v2} : new Object[] {k2, v2, k1, v1});
    }

    private HashNode entryToChild(int bit, HashNode child) {
        int from = entryAt(bit);
        // Two slots go, one comes.
        Object[] copy = new Object[slots.length - 1];
        HashNode shape = new HashNode(entries ^ bit, children | bit, copy);
        int to = shape.childAt(bit);
        System.arraycopy(slots, 0, copy, 0, from);
        System.arraycopy(slots, from + 2, copy, from, to - from);
        copy[to] = child;
        System.arraycopy(slots, to + 2, copy, to + 1, slots.length - to - 2);
        return shape;
    }

    private HashNode childToEntry(int bit, HashNode child) {
        int from = childAt(bit);
        Object[] copy = new Object[slots.length + 1];
        HashNode shape = new HashNode(entries | bit, children ^ bit, copy);
        int to = shape.entryAt(bit);
        System.arraycopy(slots, 0, copy, 0, to);
        copy[to] = child.slots[0];
        copy[to + 1] = child.slots[1];
        System.arraycopy(slots, to, copy, to + 2, from - to);
        System.arraycopy(slots, from + 1, copy, from + 2, slots.length - from - 1);
        return shape;
    }

    private HashNode withChild(int bit, HashNode child) {
        Object[] copy = slots.clone();
        copy[childAt(bit)] = child;
        return new HashNode(entries, children, copy);
    }

    HashNode without(Object key, int hash, int shift) {
        if (shift >= LEVELS_END) {
            int at = collisionAt(key);
            return at < 0 ? this : removed(0, at);
        }
        int bit = bit(hash, shift);
        if ((entries & bit) != 0) {
            int at = entryAt(bit);
            return slots[at].equals(key) ? removed(bit, at) : this;
        }
        if ((children & bit) == 0) {
            return this;
        }
        HashNode old = child(bit);
        HashNode now = old.without(key, hash, shift + BITS);
        if (now == old) {
            return this;
        }
        // A child with nothing but one entry is folded into this node: equal contents, equal shapes.
        return now.children == 0 && now.slots.length == 2 ? childToEntry(bit, now) : withChild(bit, now);
    }

    private HashNode removed(int bit, int at) {
        Object[] copy = new Object[slots.length - 2];
        System.arraycopy(slots, 0, copy, 0, at);
        System.arraycopy(slots, at + 2, copy, at, slots.length - at - 2);
        return new HashNode(entries ^ bit, children, copy);
    }

    private int firstChild() {
        return slots.length - Integer.bitCount(children);
    }

    void each(BiConsumer<Object, Object> action) {
        int childrenFrom = firstChild();
        for (int i = 0; i < childrenFrom; i += 2) {
            action.accept(slots[i], slots[i + 1]);
        }
        for (int i = childrenFrom; i < slots.length; i++) {
            ((HashNode) slots[i]).each(action);
        }
    }

    static void diff(HashNode a, HashNode b, int shift, PersistentMap.DiffSink<Object, Object> sink) {
        if (a == b) {
            return;
        }
        if (shift >= LEVELS_END) {
            a.each((k, v) -> tell(k, v, b.find(k, 0, shift), sink));
            b.each((k, v) -> {
                if (a.collisionAt(k) < 0) {
                    sink.differs(k, null, v);
                }
            });
            return;
        }
        for (int left = a.entries | a.children | b.entries | b.children; left != 0; left &= left - 1) {
            int bit = left & -left;
            if ((a.children & b.children & bit) != 0) {
                diff(a.child(bit), b.child(bit), shift + BITS, sink);
            } else {
                diffPlace(a, b, bit, shift, sink);
            }
        }
    }

    /** One place of both nodes, of which at most one is a child. */
    private static void diffPlace(
            HashNode a, HashNode b, int bit, int shift, PersistentMap.DiffSink<Object, Object> sink) {
        if ((a.entries & bit) != 0) {
            int at = a.entryAt(bit);
            Object key = a.slots[at];
            tell(key, a.slots[at + 1], b.find(key, spread(key), shift), sink);
        } else if ((a.children & bit) != 0) {
            a.child(bit).each((k, v) -> tell(k, v, b.find(k, spread(k), shift), sink));
        }
        if ((b.entries & bit) != 0) {
            int at = b.entryAt(bit);
            Object key = b.slots[at];
            if (a.find(key, spread(key), shift) == null) {
                sink.differs(key, null, b.slots[at + 1]);
            }
        } else if ((b.children & bit) != 0) {
            b.child(bit).each((k, v) -> {
                if (a.find(k, spread(k), shift) == null) {
                    sink.differs(k, null, v);
                }
            });
        }
    }

    private static void tell(
            Object key, Object before, @Nullable Object after, PersistentMap.DiffSink<Object, Object> sink) {
        if (before != after && !before.equals(after)) {
            sink.differs(key, before, after);
        }
    }

    @Override
    public String toString() {
        return Arrays.toString(slots);
    }
}
