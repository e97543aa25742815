package io.diskless.cluster.block;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What an overlay device finds in its store, or makes there if the store begins with zeroes. The header comes last and the
 * base is compared with it, so that neither half an overlay nor that of another base is taken for one.
 */
record OverlayOpening(OverlayFormat.Header header, OverlayMap map) {
    private static final int MAX_BLOCK = 4096;

    static OverlayOpening of(BlockDevice base, BlockDevice store, OverlayOptions options) throws BlockException {
        BlockGeometry shape = store.geometry();
        if (shape.logicalBlock() > MAX_BLOCK) {
            throw new BlockException(
                    BlockException.Kind.NOT_SUPPORTED,
                    BlockException.NO_OFFSET,
                    "a store of an overlay has blocks of at most 4096 bytes, this one has " + shape.logicalBlock());
        }
        OverlayFormat.Header found = readHeader(store);
        OverlayFormat.Header header = found;
        if (header == null) {
            header = create(base, store, options);
        } else {
            verifyBase(base, shape, header);
        }
        if (shape.size() < header.storeSize()) {
            throw tooSmall(shape.size(), header.storeSize());
        }
        OverlayMap map = new OverlayMap(header, shape.logicalBlock(), shape.memoryAlignment());
        if (found != null) {
            map.load(store);
        }
        return new OverlayOpening(header, map);
    }

    /** The size of a new file: enough, and whole blocks of any device. */
    static long fileSize(BlockDevice base, OverlayOptions options) {
        long wanted = header(base, BlockGeometry.SECTOR, options, 0).storeSize();
        return (wanted + MAX_BLOCK - 1) / MAX_BLOCK * MAX_BLOCK;
    }

    static boolean hasHeader(BlockDevice store) throws BlockException {
        return store.geometry().size() >= OverlayFormat.MAP_OFFSET && readHeader(store) != null;
    }

    private static BlockException tooSmall(long size, long wanted) {
        return new BlockException(
                BlockException.Kind.NO_SPACE,
                BlockException.NO_OFFSET,
                "the overlay needs a store of " + wanted + " bytes, this one has " + size);
    }

    private static OverlayFormat.@Nullable Header readHeader(BlockDevice store) throws BlockException {
        BlockGeometry shape = store.geometry();
        if (shape.size() < OverlayFormat.MAP_OFFSET) {
            throw tooSmall(shape.size(), OverlayFormat.MAP_OFFSET);
        }
        ByteBuffer block = OverlayFormat.aligned(OverlayFormat.MAP_OFFSET, shape.memoryAlignment());
        store.read(0, block);
        return OverlayFormat.Header.read(block);
    }

    private static OverlayFormat.Header header(
            BlockDevice base, int storeBlock, OverlayOptions options, long fingerprint) {
        BlockGeometry below = base.geometry();
        int block = Math.max(below.logicalBlock(), storeBlock);
        int cluster = Math.max(options.cluster(), block);
        return new OverlayFormat.Header(cluster, below.size() - below.size() % block, options.baseCheck(), fingerprint);
    }

    private static OverlayFormat.Header create(BlockDevice base, BlockDevice store, OverlayOptions options)
            throws BlockException {
        BlockGeometry shape = store.geometry();
        long size = header(base, shape.logicalBlock(), options, 0).size();
        long fingerprint = OverlayFormat.fingerprint(base, size, options.baseCheck());
        OverlayFormat.Header header = header(base, shape.logicalBlock(), options, fingerprint);
        if (shape.size() < header.storeSize()) {
            throw tooSmall(shape.size(), header.storeSize());
        }
        // No header may be there before the map is known to be empty.
        store.writeZeroes(0, header.dataOffset());
        store.flush();
        ByteBuffer block = OverlayFormat.aligned(OverlayFormat.MAP_OFFSET, shape.memoryAlignment());
        header.write(block);
        store.write(0, block);
        store.flush();
        return header;
    }

    private static void verifyBase(BlockDevice base, BlockGeometry store, OverlayFormat.Header header)
            throws BlockException {
        BlockGeometry below = base.geometry();
        int block = Math.max(below.logicalBlock(), store.logicalBlock());
        long size = below.size() - below.size() % block;
        if (size != header.size() || header.cluster() < block) {
            throw stale("a base of " + header.size() + " bytes", size + " bytes in blocks of " + block);
        }
        long fingerprint = OverlayFormat.fingerprint(base, size, header.check());
        if (fingerprint != header.fingerprint()) {
            throw stale(
                    "a base with fingerprint " + Long.toHexString(header.fingerprint()), Long.toHexString(fingerprint));
        }
    }

    private static BlockException stale(String expected, String actual) {
        return new BlockException(
                BlockException.Kind.STALE,
                BlockException.NO_OFFSET,
                "the overlay was made for " + expected + ", this one has " + actual
                        + ": open it over its own base, or start with a new overlay");
    }
}
