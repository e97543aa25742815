package io.diskless.cluster.block;

import io.diskless.cluster.block.internal.GeometryState;
import io.diskless.cluster.block.internal.Inline;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A sparse device in memory outside the heap: what was never written takes no room and reads as zeroes.
 *
 * <p>Everything completes inline. The first write to a chunk of 64 KiB allocates it (where the JVM's direct memory is used
 * up, the write fails with {@link BlockException.Kind#NO_SPACE}; raise {@code -XX:MaxDirectMemorySize}); all else allocates
 * nothing. {@link #discard} and {@link #writeZeroes} give whole chunks back and zero the rest. Nothing survives
 * {@link #close()}, so a flush has nothing to do.
 *
 * <p>Thread-safe.
 */
public final class MemoryDevice implements BlockDevice {
    /** What is allocated and given back in one piece. */
    static final int CHUNK = 1 << 16;

    // A radix tree of three levels, so that a resize moves nothing: 2^13 * 2^11 * 2^11 chunks of 2^16 bytes.
    private static final int LEAF_BITS = 11;
    private static final int LEAF = 1 << LEAF_BITS;
    private static final int ROOT = 1 << 13;
    private static final long MAX_SIZE = (long) ROOT * LEAF * LEAF * CHUNK;

    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(CHUNK).asReadOnlyBuffer();

    /** The lowest level: chunks, null where nothing was written. */
    private static final class Leaf extends AtomicReferenceArray<@Nullable ByteBuffer> {
        private static final long serialVersionUID = 1;

        Leaf() {
            super(LEAF);
        }
    }

    /** The middle level. */
    private static final class Branch extends AtomicReferenceArray<@Nullable Leaf> {
        private static final long serialVersionUID = 1;

        Branch() {
            super(LEAF);
        }
    }

    private final GeometryState geometry;
    private final Object resizing = new Object();
    private volatile @Nullable AtomicReferenceArray<@Nullable Branch> root = new AtomicReferenceArray<>(ROOT);

    private MemoryDevice(BlockGeometry geometry) {
        checkSize(geometry.size());
        this.geometry = new GeometryState(geometry);
    }

    /**
     * An empty device of 512-byte blocks.
     *
     * @param size bytes, a multiple of 512, at most 2 PiB
     * @return reads as zeroes everywhere
     */
    public static MemoryDevice create(long size) {
        return create(BlockGeometry.ofSectors(size).withDiscardGranularity(CHUNK));
    }

    /**
     * An empty device of another shape, for instance with blocks of 4096 bytes or of one byte.
     *
     * @param geometry the shape; it may be read-only (then everything reads as zeroes) or without discard, and is kept as
     *     it is, except that buffers of any alignment are taken
     * @return reads as zeroes everywhere
     */
    public static MemoryDevice create(BlockGeometry geometry) {
        return new MemoryDevice(geometry);
    }

    private static void checkSize(long size) {
        if (size > MAX_SIZE) {
            throw new IllegalArgumentException("a memory device has at most " + MAX_SIZE + " bytes, got " + size);
        }
    }

    @Override
    public BlockGeometry geometry() {
        return geometry.get();
    }

    @Override
    public boolean completesInline() {
        return true;
    }

    @Override
    public void read(long offset, ByteBuffer dst, Completion done) {
        Inline.ended(done, doRead(offset, dst));
    }

    private @Nullable BlockException doRead(long offset, ByteBuffer dst) {
        AtomicReferenceArray<@Nullable Branch> tree = root;
        int length = dst.remaining();
        BlockException refusal = Checks.transfer(geometry.get(), tree != null, offset, length);
        if (refusal != null || tree == null) {
            return refusal;
        }
        int at = dst.position();
        for (long from = offset, end = offset + length; from < end; ) {
            int within = (int) (from & CHUNK - 1);
            int part = (int) Math.min(CHUNK - within, end - from);
            ByteBuffer chunk = find(tree, from);
            if (chunk == null) {
                dst.put(at, ZEROES, 0, part);
            } else {
                dst.put(at, chunk, within, part);
            }
            at += part;
            from += part;
        }
        return null;
    }

    @Override
    public void write(long offset, ByteBuffer src, int flags, Completion done) {
        Inline.ended(done, doWrite(offset, src));
    }

    private @Nullable BlockException doWrite(long offset, ByteBuffer src) {
        AtomicReferenceArray<@Nullable Branch> tree = root;
        int length = src.remaining();
        BlockException refusal = Checks.change(geometry.get(), tree != null, offset, length);
        if (refusal != null || tree == null) {
            return refusal;
        }
        int at = src.position();
        for (long to = offset, end = offset + length; to < end; ) {
            int within = (int) (to & CHUNK - 1);
            int part = (int) Math.min(CHUNK - within, end - to);
            ByteBuffer chunk = find(tree, to);
            if (chunk == null) {
                try {
                    chunk = make(tree, to);
                } catch (OutOfMemoryError e) {
                    return new BlockException(
                            BlockException.Kind.NO_SPACE,
                            to,
                            "no direct memory left for a chunk of " + CHUNK + " bytes: raise -XX:MaxDirectMemorySize",
                            e);
                }
            }
            chunk.put(within, src, at, part);
            at += part;
            to += part;
        }
        return null;
    }

    @Override
    public void flush(Completion done) {
        Inline.ended(done, root == null ? Checks.closed() : null);
    }

    @Override
    public void discard(long offset, long length, Completion done) {
        BlockGeometry shape = geometry.get();
        BlockException refusal = Checks.discard(shape, root != null, offset, length);
        Inline.ended(done, refusal != null ? refusal : zero(offset, length));
    }

    @Override
    public void writeZeroes(long offset, long length, Completion done) {
        BlockException refusal = Checks.change(geometry.get(), root != null, offset, length);
        Inline.ended(done, refusal != null ? refusal : zero(offset, length));
    }

    private @Nullable BlockException zero(long offset, long length) {
        AtomicReferenceArray<@Nullable Branch> tree = root;
        if (tree == null) {
            return Checks.closed();
        }
        for (long from = offset, end = offset + length; from < end; ) {
            Leaf leaf = leaf(tree, from);
            if (leaf == null) {
                // Nothing was ever written near here: on to the next leaf.
                from = Math.min(end, (from / ((long) CHUNK * LEAF) + 1) * ((long) CHUNK * LEAF));
                continue;
            }
            int within = (int) (from & CHUNK - 1);
            int part = (int) Math.min(CHUNK - within, end - from);
            int index = (int) (from / CHUNK) & LEAF - 1;
            if (part == CHUNK) {
                leaf.set(index, null);
            } else {
                ByteBuffer chunk = leaf.get(index);
                if (chunk != null) {
                    chunk.put(within, ZEROES, 0, part);
                }
            }
            from += part;
        }
        return null;
    }

    /**
     * Makes the device larger or smaller. What is cut off is lost; what is added reads as zeroes.
     *
     * @param newSize bytes, a multiple of the logical block
     * @throws BlockException CLOSED after close
     */
    public void resize(long newSize) throws BlockException {
        checkSize(newSize);
        boolean announce;
        synchronized (resizing) {
            if (root == null) {
                throw Checks.closed();
            }
            long oldSize = geometry.get().size();
            announce = geometry.replace(geometry.get().withSize(newSize));
            if (newSize < oldSize) {
                zero(newSize, oldSize - newSize);
            }
        }
        if (announce) {
            geometry.announce();
        }
    }

    /**
     * How much memory the device holds now.
     *
     * @return bytes in chunks that were written and not given back
     */
    public long allocatedBytes() {
        AtomicReferenceArray<@Nullable Branch> tree = root;
        long chunks = 0;
        for (int i = 0; tree != null && i < ROOT; i++) {
            Branch branch = tree.get(i);
            for (int j = 0; branch != null && j < LEAF; j++) {
                Leaf leaf = branch.get(j);
                for (int k = 0; leaf != null && k < LEAF; k++) {
                    chunks += leaf.get(k) != null ? 1 : 0;
                }
            }
        }
        return chunks * CHUNK;
    }

    @Override
    public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
        return geometry.subscribe(listener);
    }

    @Override
    public void close() {
        // An operation under way keeps its reference to the tree and ends normally.
        root = null;
    }

    private static @Nullable Leaf leaf(AtomicReferenceArray<@Nullable Branch> tree, long offset) {
        long number = offset / CHUNK;
        Branch branch = tree.get((int) (number >>> (2 * LEAF_BITS)));
        return branch == null ? null : branch.get((int) (number >>> LEAF_BITS) & LEAF - 1);
    }

    private static @Nullable ByteBuffer find(AtomicReferenceArray<@Nullable Branch> tree, long offset) {
        Leaf leaf = leaf(tree, offset);
        return leaf == null ? null : leaf.get((int) (offset / CHUNK) & LEAF - 1);
    }

    /** Two writers may race to make a neighbourhood; the first to publish wins, the other takes what is there. */
    private static ByteBuffer make(AtomicReferenceArray<@Nullable Branch> tree, long offset) {
        long number = offset / CHUNK;
        int top = (int) (number >>> (2 * LEAF_BITS));
        int middle = (int) (number >>> LEAF_BITS) & LEAF - 1;
        int low = (int) number & LEAF - 1;
        if (tree.get(top) == null) {
            tree.compareAndSet(top, null, new Branch());
        }
        Branch branch = Objects.requireNonNull(tree.get(top));
        if (branch.get(middle) == null) {
            branch.compareAndSet(middle, null, new Leaf());
        }
        Leaf leaf = Objects.requireNonNull(branch.get(middle));
        ByteBuffer fresh = ByteBuffer.allocateDirect(CHUNK);
        ByteBuffer other = leaf.compareAndExchange(low, null, fresh);
        return other == null ? fresh : other;
    }
}
