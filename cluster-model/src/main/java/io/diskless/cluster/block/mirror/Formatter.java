package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Writes the first metadata of a mirror. Not thread-safe. */
final class Formatter {
    private static final int ERASED = 65536;

    private Formatter() {}

    static UUID newId(MirrorOptions options) {
        // Version 4, variant 2, as RFC 9562 section 5.4 has it.
        long high = (options.random().nextLong() & ~0xF000L) | 0x4000L;
        long low = (options.random().nextLong() & ~(3L << 62)) | (1L << 63);
        return new UUID(high, low);
    }

    static void format(List<? extends BlockDevice> legs, MirrorOptions options) throws BlockException {
        if (legs.isEmpty() || legs.size() > Superblock.MAX_LEGS) {
            throw refuse("a mirror has 1 to " + Superblock.MAX_LEGS + " legs, got " + legs.size());
        }
        BlockDevice beside = options.metadataDevice().orElse(null);
        List<BlockDevice> carriers = new ArrayList<>(beside == null ? legs : List.of(beside));
        boolean end = beside == null && options.placement() == MetadataPlacement.END;
        for (int i = 0; i < carriers.size(); i++) {
            if (Assembler.superblockOf(carriers.get(i), end) != null) {
                throw refuse(
                        "device " + i + " carries metadata of a mirror already: open it, or Mirror.erase() it first");
            }
        }
        BlockGeometry all = Assembler.combine(legs, 0);
        if (all.readOnly()) {
            throw new BlockException(
                    BlockException.Kind.READ_ONLY,
                    BlockException.NO_OFFSET,
                    "a leg is read-only, so nothing can be made");
        }
        int metaBlock = Math.max(Superblock.BYTES, all.logicalBlock());
        if (beside != null) {
            metaBlock = Math.max(metaBlock, beside.geometry().logicalBlock());
        }
        long smallest = Long.MAX_VALUE;
        for (BlockDevice leg : legs) {
            smallest = Math.min(smallest, leg.geometry().size());
        }
        if (options.regionSize() > 0 && options.regionSize() < metaBlock) {
            throw refuse("a region of " + options.regionSize() + " bytes is smaller than a block of " + metaBlock);
        }
        Layout layout;
        try {
            layout = Layout.plan(end, smallest, metaBlock, all.physicalBlock(), options.regionSize());
        } catch (IllegalArgumentException e) {
            throw new BlockException(
                    BlockException.Kind.NOT_SUPPORTED, BlockException.NO_OFFSET, String.valueOf(e.getMessage()), e);
        }
        long size = smallest - (beside == null ? layout.metaSize() : 0);
        size -= Math.floorMod(size, (long) all.logicalBlock());
        if (size <= 0 || (beside != null && beside.geometry().size() < layout.metaSize())) {
            throw refuse("no room: the metadata takes " + layout.metaSize() + " bytes"
                    + (beside == null ? " of every leg, and the smallest has " + smallest : "")
                    + "; a larger regionSize() makes it smaller");
        }
        write(legs, carriers, options, layout, size);
    }

    private static void write(
            List<? extends BlockDevice> legs,
            List<BlockDevice> carriers,
            MirrorOptions options,
            Layout layout,
            long size)
            throws BlockException {
        UUID array = newId(options);
        boolean identical = options.initialSync() == InitialSync.ASSUME_IDENTICAL;
        List<Superblock.Entry> table = new ArrayList<>();
        for (int i = 0; i < legs.size(); i++) {
            table.add(new Superblock.Entry(newId(options), 1, identical || i == 0 ? LegState.IN_SYNC : LegState.OUT));
        }
        RegionSet image = new RegionSet(layout.regions(size));
        if (!identical && legs.size() > 1) {
            image.setAll();
        }
        boolean beside = options.metadataDevice().isPresent();
        ByteBuffer block = Buffers.direct(layout.metaBlock());
        for (BlockDevice carrier : carriers) {
            erase(carrier);
            long area = layout.areaOffset(carrier.geometry().size());
            for (int b = 0; b < layout.bitmapBlocks(); b++) {
                BitmapBlock.fill(block, image, b, layout, array);
                carrier.write(area + layout.bitmapOffset(b), block);
            }
            carrier.flush();
        }
        // The superblocks come last: half a mirror is none.
        for (int i = 0; i < carriers.size(); i++) {
            BlockDevice carrier = carriers.get(i);
            long area = layout.areaOffset(carrier.geometry().size());
            UUID id = beside ? array : table.get(i).leg();
            new Superblock(array, id, beside ? Superblock.BESIDE : i, 1, true, size, layout, table).encode(block);
            carrier.write(area + layout.slotOffset(0), block);
            carrier.flush();
        }
    }

    /** Overwrites both places where a superblock may be found. */
    static void erase(BlockDevice device) throws BlockException {
        long size = device.geometry().size();
        long part = Math.min(2L * ERASED, size);
        device.writeZeroes(0, part);
        device.writeZeroes(size - part, part);
        device.flush();
    }

    private static BlockException refuse(String message) {
        return new BlockException(BlockException.Kind.NOT_SUPPORTED, BlockException.NO_OFFSET, message);
    }
}
