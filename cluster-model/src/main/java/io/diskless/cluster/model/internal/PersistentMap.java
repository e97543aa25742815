package io.diskless.cluster.model.internal;

import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A persistent hash map: {@code put} and {@code remove} give a new map that shares all but one path of nodes with the old
 * one, so both stay readable and cost little beside each other. Immutable.
 *
 * <p>A compressed hash array mapped trie (M. Steindorfer, J. Vinju, "Optimizing Hash-Array Mapped Tries for Fast and Lean
 * Immutable JVM Collections", OOPSLA 2015): a node has up to 32 places, five bits of the hash each level; entries and
 * children are kept apart by two bitmaps, entries from the front of one array, children from its end. Removing folds a
 * child with one entry into its parent, so equal contents have equal shapes save for collisions. Two maps that share
 * nodes are compared by walking only what they do not share ({@link #diff}).
 *
 * @param <K> keys whose hash does not depend on the JVM, so that iteration does not either
 * @param <V> values
 */
public final class PersistentMap<K, V> {
    private static final PersistentMap<?, ?> EMPTY = new PersistentMap<>(HashNode.EMPTY, 0);

    private final HashNode root;
    private final int size;

    private PersistentMap(HashNode root, int size) {
        this.root = root;
        this.size = size;
    }

    /** Sees the keys at which two maps differ; an absent value is null. */
    @FunctionalInterface
    public interface DiffSink<K, V> {
        void differs(K key, @Nullable V before, @Nullable V after);
    }

    @SuppressWarnings("unchecked") // Holds nothing.
    public static <K, V> PersistentMap<K, V> empty() {
        return (PersistentMap<K, V>) EMPTY;
    }

    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    @SuppressWarnings("unchecked") // Only put() stores.
    public @Nullable V get(Object key) {
        return (V) root.find(key, HashNode.spread(key), 0);
    }

    public boolean containsKey(Object key) {
        return get(key) != null;
    }

    public PersistentMap<K, V> put(K key, V value) {
        Objects.requireNonNull(value, "value");
        HashNode.Outcome outcome = new HashNode.Outcome();
        HashNode changed = root.with(key, value, HashNode.spread(key), 0, outcome);
        return changed == root ? this : new PersistentMap<>(changed, outcome.replaced ? size : size + 1);
    }

    public PersistentMap<K, V> remove(Object key) {
        HashNode changed = root.without(key, HashNode.spread(key), 0);
        if (changed == root) {
            return this;
        }
        return size == 1 ? empty() : new PersistentMap<>(changed, size - 1);
    }

    @SuppressWarnings("unchecked") // Only put() stores.
    public void forEach(BiConsumer<? super K, ? super V> action) {
        root.each((k, v) -> action.accept((K) k, (V) v));
    }

    /** Tells of every key whose value differs; takes time by what the maps do not share. */
    @SuppressWarnings("unchecked") // Only put() stores.
    public void diff(PersistentMap<K, V> after, DiffSink<K, V> sink) {
        HashNode.diff(root, after.root, 0, (k, before, now) -> sink.differs((K) k, (V) before, (V) now));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (this == other) {
            return true;
        }
        if (!(other instanceof PersistentMap<?, ?> that) || that.size != size) {
            return false;
        }
        boolean[] same = {true};
        HashNode.diff(root, that.root, 0, (k, before, now) -> same[0] = false);
        return same[0];
    }

    @Override
    public int hashCode() {
        int[] sum = {0};
        root.each((k, v) -> sum[0] += k.hashCode() ^ v.hashCode());
        return sum[0];
    }

    @Override
    public String toString() {
        return "PersistentMap[" + size + "]";
    }
}
