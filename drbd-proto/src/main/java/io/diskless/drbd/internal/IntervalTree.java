package io.diskless.drbd.internal;

import org.jspecify.annotations.Nullable;

/**
 * Ranges of sectors that may overlap, found by overlap in logarithmic time: a treap ordered by start, each node of which
 * knows the largest end below it. The nodes are the requests themselves; nothing is allocated. Not thread-safe.
 */
public final class IntervalTree {
    /** A request with its range. */
    public abstract static class Node {
        private long start;
        private long end;
        private long maxEnd;
        private long serial;
        private int priority;
        private boolean inserted;
        private @Nullable Node left;
        private @Nullable Node right;

        /** For the session's request. */
        protected Node() {}

        /**
         * The first sector.
         *
         * @return as given at insertion
         */
        public final long start() {
            return start;
        }

        /**
         * The first sector behind it.
         *
         * @return start + number of sectors
         */
        public final long end() {
            return end;
        }

        /**
         * Whether it is in a tree.
         *
         * @return true between {@link IntervalTree#insert} and {@link IntervalTree#remove}
         */
        public final boolean isInserted() {
            return inserted;
        }

        /** Whether this was inserted before another. */
        final boolean isBefore(Node other) {
            return serial - other.serial < 0;
        }
    }

    /** Decides whether a range that overlaps is the one that is looked for. */
    @FunctionalInterface
    public interface Filter {
        /**
         * Looks at a range.
         *
         * @param node overlaps
         * @return whether to stop at it
         */
        boolean accepts(Node node);
    }

    private @Nullable Node root;
    private int size;
    private long serial;
    /** Xorshift: balances the tree, and need not be hard to guess. */
    private int random = 0x2545F491;

    /** An empty tree. */
    public IntervalTree() {}

    /**
     * Inserts a request.
     *
     * @param node in no tree
     * @param sector its first sector
     * @param sectors how many, at least 1
     */
    public void insert(Node node, long sector, long sectors) {
        if (node.inserted || sectors <= 0) {
            throw new IllegalStateException("a node is inserted once, with at least one sector; got " + sectors);
        }
        random ^= random << 13;
        random ^= random >>> 17;
        random ^= random << 5;
        node.start = sector;
        node.end = sector + sectors;
        node.maxEnd = node.end;
        node.priority = random;
        node.serial = serial++;
        node.inserted = true;
        root = insert(root, node);
        size++;
    }

    /**
     * Takes a request out.
     *
     * @param node in this tree
     */
    public void remove(Node node) {
        if (!node.inserted) {
            throw new IllegalStateException("the node is in no tree");
        }
        root = remove(root, node);
        node.left = null;
        node.right = null;
        node.inserted = false;
        size--;
    }

    /**
     * Finds an overlap.
     *
     * @param sector first sector
     * @param sectors how many
     * @param filter what to look for
     * @return one that overlaps and is accepted, the one with the lowest start first; null if there is none
     */
    public @Nullable Node find(long sector, long sectors, Filter filter) {
        return find(root, sector, sector + sectors, filter);
    }

    /**
     * How many requests there are.
     *
     * @return inserted and not removed
     */
    public int size() {
        return size;
    }

    private static @Nullable Node find(@Nullable Node node, long start, long end, Filter filter) {
        if (node == null || node.maxEnd <= start) {
            return null;
        }
        Node found = find(node.left, start, end, filter);
        if (found != null) {
            return found;
        }
        if (node.start >= end) {
            return null;
        }
        if (node.end > start && filter.accepts(node)) {
            return node;
        }
        return find(node.right, start, end, filter);
    }

    private static Node insert(@Nullable Node at, Node node) {
        if (at == null) {
            return node;
        }
        if (before(node, at)) {
            Node left = insert(at.left, node);
            at.left = left;
            if (left.priority > at.priority) {
                at.left = left.right;
                left.right = at;
                update(at);
                update(left);
                return left;
            }
        } else {
            Node right = insert(at.right, node);
            at.right = right;
            if (right.priority > at.priority) {
                at.right = right.left;
                right.left = at;
                update(at);
                update(right);
                return right;
            }
        }
        update(at);
        return at;
    }

    private static @Nullable Node remove(@Nullable Node at, Node node) {
        if (at == null) {
            return null;
        }
        if (at == node) {
            return merge(at.left, at.right);
        }
        if (before(node, at)) {
            at.left = remove(at.left, node);
        } else {
            at.right = remove(at.right, node);
        }
        update(at);
        return at;
    }

    /** The order of the tree: by start, equal ones by insertion. */
    private static boolean before(Node a, Node b) {
        return a.start != b.start ? a.start < b.start : a.serial - b.serial < 0;
    }

    private static @Nullable Node merge(@Nullable Node left, @Nullable Node right) {
        if (left == null) {
            return right;
        }
        if (right == null) {
            return left;
        }
        if (left.priority > right.priority) {
            left.right = merge(left.right, right);
            update(left);
            return left;
        }
        right.left = merge(left, right.left);
        update(right);
        return right;
    }

    private static void update(Node node) {
        long max = node.end;
        if (node.left != null) {
            max = Math.max(max, node.left.maxEnd);
        }
        if (node.right != null) {
            max = Math.max(max, node.right.maxEnd);
        }
        node.maxEnd = max;
    }
}
