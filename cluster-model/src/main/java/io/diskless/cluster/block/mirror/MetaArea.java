package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockDevice;
import org.jspecify.annotations.Nullable;

/** One replica of the metadata: on a leg, or on a device of its own. Confined to the mirror's lock. */
final class MetaArea {
    final BlockDevice device;
    final long offset;
    /** The leg that it lives and dies with; null beside the legs. */
    final @Nullable Leg leg;
    /** The slot that holds the last superblock known to be whole; the next one goes to the other. */
    int goodSlot;

    MetaArea(BlockDevice device, long offset, @Nullable Leg leg, int goodSlot) {
        this.device = device;
        this.offset = offset;
        this.leg = leg;
        this.goodSlot = goodSlot;
    }
}
