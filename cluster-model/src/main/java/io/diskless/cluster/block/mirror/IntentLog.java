package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The write-intent bitmap. {@link #image} is what the bitmap shall say, {@link #durable} the part of it that every
 * participating leg is known to hold; a write waits until its bits are durable. Blocks are written whole, one write per
 * block at a time, so intents that come while one is under way share the next. Confined to the mirror's lock.
 */
final class IntentLog {
    private static final int MAX_BLOCK_WRITES = 16;

    private final MirrorCore core;
    final RegionSet image;
    final RegionSet durable;
    /** Regions written to since the sweeper last looked. */
    final RegionSet touched;

    private int[] writing;
    private final RegionSet wanted;
    private final RegionSet busy;
    private final Task.Queue waiting = new Task.Queue();
    private final ArrayDeque<BlockWrite> idle = new ArrayDeque<>();
    private int blockWrites;
    final Sweeper sweeper;

    IntentLog(MirrorCore core) {
        this.core = core;
        int regions = core.layout.regions(core.size);
        this.image = new RegionSet(regions);
        this.durable = new RegionSet(regions);
        this.touched = new RegionSet(regions);
        this.writing = new int[regions];
        this.wanted = new RegionSet(core.layout.bitmapBlocks());
        this.busy = new RegionSet(core.layout.bitmapBlocks());
        this.sweeper = new Sweeper(core, this);
    }

    /** Counts a write in; whether it may go to the legs at once. If not, it becomes ready when its bits are durable. */
    boolean admit(Request write) {
        boolean known = true;
        for (int i = write.firstRegion; i <= write.lastRegion; i++) {
            writing[i]++;
            touched.set(i);
            if (!durable.get(i)) {
                known = false;
                want(i);
            }
        }
        if (!known) {
            waiting.add(write);
            pump();
            sweeper.arm();
        }
        return known;
    }

    void retire(Request write) {
        for (int i = write.firstRegion; i <= write.lastRegion; i++) {
            writing[i]--;
        }
    }

    boolean isWriting(int region) {
        return writing[region] > 0;
    }

    private void want(int region) {
        int block = core.layout.blockOf(region);
        if (!image.get(region)) {
            image.set(region);
            wanted.set(block);
        } else if (!busy.get(block)) {
            wanted.set(block);
        }
    }

    /** Whether the bit of a region is durable; if not, it is on its way when this returns. */
    boolean ensure(int region) {
        if (durable.get(region)) {
            return true;
        }
        want(region);
        pump();
        return false;
    }

    /** Sets the bits of all regions in {@code regions}; they reach the legs with the next pass over their blocks. */
    void mark(RegionSet regions) {
        for (int i = regions.next(0); i >= 0; i = regions.next(i + 1)) {
            if (!durable.get(i)) {
                want(i);
            }
        }
    }

    /** Clears bits that {@link Sweeper} has proven idle and flushed. */
    void clear(int region) {
        image.clear(region);
        durable.clear(region);
        wanted.set(core.layout.blockOf(region));
    }

    /** Every block is to be written again, for the benefit of a joining leg. */
    void rewriteAll() {
        int blocks = core.layout.blockOf(Math.max(0, image.size() - 1)) + 1;
        for (int i = 0; i < blocks; i++) {
            wanted.set(i);
        }
    }

    void pump() {
        for (int b = wanted.next(0); b >= 0 && blockWrites < MAX_BLOCK_WRITES; b = wanted.next(b + 1)) {
            if (!busy.get(b)) {
                wanted.clear(b);
                busy.set(b);
                blockWrites++;
                BlockWrite write = idle.pollFirst();
                if (write == null) {
                    write = new BlockWrite();
                }
                write.block = b;
                core.ready(write);
            }
        }
    }

    void grow(int regions) {
        image.grow(regions);
        durable.grow(regions);
        touched.grow(regions);
        writing = Arrays.copyOf(writing, regions);
    }

    private void blockEnded(BlockWrite write, @Nullable BlockException fatal) {
        int block = write.block;
        busy.clear(block);
        blockWrites--;
        int bits = core.layout.bitsPerBlock();
        int first = block * bits;
        int last = Math.min(image.size(), first + bits) - 1;
        if (fatal == null) {
            for (int i = image.next(first); i >= 0 && i <= last; i = image.next(i + 1)) {
                if (BitmapBlock.get(write.data, i - first)) {
                    durable.set(i);
                }
            }
        }
        Task.Queue still = new Task.Queue();
        for (Task task = waiting.poll(); task != null; task = waiting.poll()) {
            Request request = (Request) task;
            if (durable.allInRange(request.firstRegion, request.lastRegion)) {
                core.ready(request);
            } else if (fatal != null && request.firstRegion <= last && request.lastRegion >= first) {
                core.abandonWrite(request, fatal);
            } else {
                // A clear that raced with this intent may have swallowed its block; ask again.
                for (int i = request.firstRegion; i <= request.lastRegion; i++) {
                    if (!durable.get(i)) {
                        want(i);
                    }
                }
                still.add(request);
            }
        }
        still.moveTo(waiting);
        if (!write.isBroken()) {
            idle.addFirst(write);
        }
        pump();
    }

    /** One block on its way to all participating legs. */
    private final class BlockWrite extends Task {
        private final ByteBuffer data = Buffers.direct(core.layout.metaBlock());
        private final Part[] parts;
        private final @Nullable MetaArea[] targets;
        int block;
        private int mask;
        private int pending;

        BlockWrite() {
            parts = new Part[core.areas.length];
            targets = new MetaArea[parts.length];
            for (int i = 0; i < parts.length; i++) {
                parts[i] = new Part(data.duplicate());
            }
        }

        private final class Part extends LegCall {
            final ByteBuffer view;

            @Nullable
            BlockException failure;

            Part(ByteBuffer view) {
                this.view = view;
            }

            @Override
            void ended(@Nullable BlockException end) {
                partEnded(this, end);
            }
        }

        @Override
        void prepare() {
            BitmapBlock.fill(data, image, block, core.layout, core.array);
            mask = 0;
            for (int i = 0; i < parts.length; i++) {
                MetaArea area = core.areas[i];
                targets[i] = area;
                if (area == null) {
                    continue;
                }
                Leg leg = area.leg;
                if (leg == null || leg.receivesMetadata()) {
                    mask |= 1 << i;
                    if (leg != null) {
                        leg.inFlight++;
                    }
                }
                parts[i].failure = null;
            }
            pending = Integer.bitCount(mask);
        }

        @Override
        void run() {
            int to = mask;
            long at = core.layout.bitmapOffset(block);
            for (int i = 0; i < parts.length; i++) {
                MetaArea area = targets[i];
                if (area != null && (to & 1 << i) != 0) {
                    parts[i].write(area.device, area.offset + at, parts[i].view, BlockDevice.FUA);
                }
            }
        }

        boolean isBroken() {
            boolean broken = false;
            for (Part part : parts) {
                broken |= part.isBroken();
            }
            return broken;
        }

        private void partEnded(Part part, @Nullable BlockException failure) {
            synchronized (core.lock) {
                part.failure = failure;
                if (--pending == 0) {
                    allEnded();
                }
            }
            core.drain();
        }

        private void allEnded() {
            // All legs are counted out first, since one that fails may be asked back in at once.
            for (int i = 0; i < parts.length; i++) {
                MetaArea area = targets[i];
                if (area != null && area.leg != null && (mask & 1 << i) != 0) {
                    area.leg.inFlight--;
                }
            }
            BlockException fatal = null;
            for (int i = 0; i < parts.length; i++) {
                MetaArea area = targets[i];
                if (area == null || (mask & 1 << i) == 0) {
                    continue;
                }
                Leg leg = area.leg;
                BlockException failure = parts[i].failure;
                if (failure != null) {
                    if (leg == null || !core.legFailed(leg, failure)) {
                        fatal = failure;
                    }
                } else if (leg == null) {
                    core.joiner.blockWritten(block);
                } else if (leg.joining) {
                    leg.unwritten.clear(block);
                }
            }
            blockEnded(this, fatal);
            if (fatal != null) {
                core.copier.holdOff(fatal);
            }
            core.joiner.advance();
            core.copier.pump();
        }
    }
}
