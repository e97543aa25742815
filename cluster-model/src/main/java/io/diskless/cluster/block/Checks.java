package io.diskless.cluster.block;

import org.jspecify.annotations.Nullable;

/** What every device refuses at its door, in one order: closed, then range and alignment, then read-only. */
final class Checks {
    private Checks() {}

    static BlockException closed() {
        return new BlockException(BlockException.Kind.CLOSED, BlockException.NO_OFFSET, "the device is closed");
    }

    /** A read, or the part of the door that a write shares with it. */
    static @Nullable BlockException transfer(BlockGeometry geometry, boolean open, long offset, long length) {
        return open ? geometry.check(offset, length) : closed();
    }

    /** A write or zeroes. */
    static @Nullable BlockException change(BlockGeometry geometry, boolean open, long offset, long length) {
        BlockException refusal = transfer(geometry, open, offset, length);
        if (refusal == null && geometry.readOnly()) {
            return new BlockException(BlockException.Kind.READ_ONLY, offset, "the device is read-only");
        }
        return refusal;
    }

    static @Nullable BlockException discard(BlockGeometry geometry, boolean open, long offset, long length) {
        BlockException refusal = change(geometry, open, offset, length);
        if (refusal == null && geometry.discardGranularity() == 0) {
            return new BlockException(
                    BlockException.Kind.NOT_SUPPORTED, offset, "the device has no discard, see its geometry");
        }
        return refusal;
    }
}
