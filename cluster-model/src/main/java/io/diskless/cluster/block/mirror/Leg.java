package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** All that a mirror knows of one leg. Confined to the mirror's lock, the final fields apart. */
final class Leg {
    /** A latency nobody has measured lately counts half after this time, so that a slow leg gets another chance. */
    private static final long FORGET_NANOS = 1_000_000_000L;

    final int index;
    final int bit;
    UUID uuid;

    @Nullable
    BlockDevice device;

    @Nullable
    MetaArea area;

    long dataOffset;
    LegState state = LegState.OUT;
    /** On its way from OUT to RECOVERING: receives bitmap and superblock, no data yet. */
    boolean joining;
    /** The largest size that the users were told the mirror makes no use of. */
    long ignoredSize;
    /** A probe or a join is under way; only one at a time. */
    boolean probing;
    /** Another device is to take its place, as soon as this one is free; it is not asked back meanwhile. */
    boolean replacing;
    /** The highest event number that may have reached this leg. */
    long lastEvents;
    /** Regions that this leg may hold other bytes in than the leg that counts. */
    RegionSet needs;
    /** Bitmap blocks that a joining leg has not received yet. */
    RegionSet unwritten;

    /** Operations that this leg has not ended; a leg comes back only when there are none. */
    int inFlight;

    int readsInFlight;

    @Nullable
    BlockException lastError;

    long reads;
    long writes;
    long errors;
    long readErrors;
    long readNanos;
    long writeNanos;
    private long lastReadAt;

    Leg(int index, UUID uuid, int regions, int bitmapBlocks) {
        this.index = index;
        this.bit = 1 << index;
        this.uuid = uuid;
        this.needs = new RegionSet(regions);
        this.unwritten = new RegionSet(bitmapBlocks);
    }

    BlockDevice device() {
        BlockDevice d = device;
        if (d == null) {
            throw new IllegalStateException("leg " + index + " has no device");
        }
        return d;
    }

    /** Whether an operation that it was given may still be done: one under way, or one that missed its deadline. */
    boolean owes() {
        return inFlight > 0 || owesLate();
    }

    boolean owesLate() {
        return device instanceof DeadlineDevice d && d.owed() > 0;
    }

    /** Whether it belongs to the legs whose metadata is kept up to date. */
    boolean receivesMetadata() {
        return state != LegState.OUT || joining;
    }

    void sampleRead(long nanos, long now) {
        // Weight 1/8: the classical compromise of RFC 6298, quick enough to see a leg degrade within a dozen reads.
        readNanos = readNanos == 0 ? nanos : readNanos + (nanos - readNanos) / 8;
        lastReadAt = now;
    }

    void sampleWrite(long nanos) {
        writeNanos = writeNanos == 0 ? nanos : writeNanos + (nanos - writeNanos) / 8;
    }

    /** What one more read would cost here: measured service time times the queue it would join. */
    long readCost(long now) {
        long idle = readsInFlight > 0 ? 0 : Math.max(0, now - lastReadAt);
        int halvings = (int) Math.min(62, idle / FORGET_NANOS);
        return Math.max(1, readNanos >> halvings) * (readsInFlight + 1);
    }
}
