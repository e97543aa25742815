package io.diskless.cluster.block.mirror;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what the legs say and finds out what they make together; the rules are in {@link MirrorCore}. Not thread-safe. */
final class Assembler {
    private static final int MAX_META_BLOCK = 65536;

    /** What one device turned out to be. */
    private static final class Found {
        final BlockDevice device;
        final Superblock block;
        final int slot;

        Found(BlockDevice device, Superblock block, int slot) {
            this.device = device;
            this.block = block;
            this.slot = slot;
        }
    }

    private final MirrorOptions options;
    private final List<String> findings = new ArrayList<>();
    private final List<Found> found = new ArrayList<>();
    private @Nullable Found newest;
    private @Nullable Found @Nullable [] byIndex;
    private boolean[] stale = new boolean[0];
    private boolean[] rolledBack = new boolean[0];
    private boolean tableChanges;
    private MirrorAssembly.Verdict verdict = MirrorAssembly.Verdict.COMPLETE;

    Assembler(MirrorOptions options) {
        this.options = options;
    }

    /** The better of two slots that lie one after the other in {@code slots}; null if neither is whole. */
    static @Nullable Superblock newest(ByteBuffer slots, int metaBlock) {
        Superblock a = slotAt(slots, 0, metaBlock);
        Superblock b = slotAt(slots, 1, metaBlock);
        return a == null || (b != null && b.events() > a.events()) ? b : a;
    }

    static int newestSlot(ByteBuffer slots, int metaBlock) {
        Superblock best = newest(slots, metaBlock);
        Superblock second = slotAt(slots, 1, metaBlock);
        return best != null && second != null && second.events() == best.events() ? 1 : 0;
    }

    private static @Nullable Superblock slotAt(ByteBuffer slots, int slot, int metaBlock) {
        if (slots.capacity() < (slot + 1) * metaBlock) {
            return null;
        }
        Superblock block = Superblock.decode(slots.slice(slot * metaBlock, metaBlock));
        return block != null && block.layout().metaBlock() == metaBlock ? block : null;
    }

    /** Looks for a superblock; null if there is none. */
    private static @Nullable Found look(BlockDevice device, boolean endFirst) throws BlockException {
        BlockGeometry g = device.geometry();
        for (int round = 0; round < 2; round++) {
            boolean end = (round == 0) == endFirst;
            for (int block = Math.max(Superblock.BYTES, g.logicalBlock()); block <= MAX_META_BLOCK; block *= 2) {
                if (g.size() < 2L * block) {
                    break;
                }
                ByteBuffer slots = Buffers.direct(2 * block);
                device.read(end ? g.size() - 2L * block : 0, slots);
                Superblock best = newest(slots, block);
                if (best != null && best.layout().end() == end) {
                    return new Found(device, best, newestSlot(slots, block));
                }
            }
        }
        return null;
    }

    static @Nullable Superblock superblockOf(BlockDevice device, boolean endFirst) throws BlockException {
        Found f = look(device, endFirst);
        return f == null ? null : f.block;
    }

    private MirrorAssembly outcome(MirrorAssembly.Verdict v) {
        verdict = v;
        return new MirrorAssembly(v, findings);
    }

    /** Reads all devices and decides. */
    MirrorAssembly assess(List<? extends BlockDevice> devices) {
        BlockDevice beside = options.metadataDevice().orElse(null);
        if (beside != null) {
            return assessBeside(devices, beside);
        }
        boolean endFirst = options.placement() == MetadataPlacement.END;
        for (int i = 0; i < devices.size(); i++) {
            try {
                Found f = look(devices.get(i), endFirst);
                if (f == null || f.block.legIndex() < 0) {
                    findings.add(
                            "device " + i + " carries no leg of a mirror: leave it out, or make it one with replace();"
                                    + " if it has grown and its metadata lies at its end, give a slice of its former size");
                    return outcome(MirrorAssembly.Verdict.IMPOSSIBLE);
                }
                found.add(f);
            } catch (BlockException | RuntimeException e) {
                findings.add("device " + i + " cannot be read, so it counts as missing: " + e.getMessage());
            }
        }
        for (Found f : found) {
            if (!f.block.array().equals(found.get(0).block.array())) {
                findings.add("the devices belong to different mirrors, "
                        + found.get(0).block.array() + " and " + f.block.array());
                return outcome(MirrorAssembly.Verdict.IMPOSSIBLE);
            }
        }
        int winner = options.splitBrainWinner().orElse(-1);
        for (Found f : found) {
            if (f.block.selfState() == LegState.IN_SYNC) {
                Found best = newest;
                boolean chosen = f.block.legIndex() == winner;
                boolean bestChosen = best != null && best.block.legIndex() == winner;
                if (best == null || chosen || (!bestChosen && f.block.events() > best.block.events())) {
                    newest = f;
                }
            }
        }
        Found truth = newest;
        if (truth == null) {
            findings.add("no device that could be read was in sync when last used: add the one that was");
            return outcome(MirrorAssembly.Verdict.IMPOSSIBLE);
        }
        return compare(truth, winner);
    }

    private MirrorAssembly compare(Found truth, int winner) {
        List<Superblock.Entry> table = truth.block.entries();
        Found[] slots = new Found[table.size()];
        byIndex = slots;
        stale = new boolean[table.size()];
        rolledBack = new boolean[table.size()];
        boolean split = false;
        for (Found f : found) {
            Superblock block = f.block;
            int i = block.legIndex();
            if (i >= table.size() || !block.leg().equals(table.get(i).leg())) {
                findings.add("leg " + i + " (" + block.leg() + ") was replaced by another device: leave it out");
                return outcome(MirrorAssembly.Verdict.IMPOSSIBLE);
            }
            if (slots[i] != null) {
                findings.add("two devices say that they are leg " + i + ": one is a copy, leave it out");
                return outcome(MirrorAssembly.Verdict.IMPOSSIBLE);
            }
            slots[i] = f;
            Superblock.Entry entry = table.get(i);
            long capacity = f.device.geometry().size() - block.layout().metaSize();
            if (capacity < truth.block.size()) {
                findings.add(
                        "leg " + i + " has shrunk: it has room for " + capacity + " bytes of " + truth.block.size());
                return outcome(MirrorAssembly.Verdict.IMPOSSIBLE);
            }
            boolean apart = f != truth && block.selfState() == LegState.IN_SYNC && wentOn(block, entry, truth.block);
            if (apart) {
                split = true;
                stale[i] = true;
                findings.add("legs " + truth.block.legIndex() + " and " + i + " were used apart: leg "
                        + truth.block.legIndex() + " is at event " + truth.block.events() + " and last saw leg " + i
                        + " at " + entry.lastEvents() + ", but that is at " + block.events());
            } else if (entry.state() != LegState.IN_SYNC) {
                stale[i] = true;
                findings.add("leg " + i + " is stale (event " + block.events() + " of " + truth.block.events()
                        + "): what it missed will be copied to it");
            } else if (block.events() + 1 < truth.block.events()) {
                // A leg in sync saw every event but, after a crash, the last one; this one was rolled back.
                stale[i] = true;
                rolledBack[i] = true;
                tableChanges = true;
                findings.add("leg " + i + " was rolled back to event " + block.events() + " of " + truth.block.events()
                        + ": it will be copied as a whole");
            }
        }
        if (split && winner < 0) {
            findings.add("choose the leg whose changes count with splitBrainWinner(); the others' will be overwritten");
            return outcome(MirrorAssembly.Verdict.SPLIT_BRAIN);
        }
        tableChanges |= split;
        return missing(truth, slots);
    }

    /** Whether a leg that holds itself for good has a history that the newest one does not contain. */
    private static boolean wentOn(Superblock leg, Superblock.Entry entry, Superblock truth) {
        if (entry.state() != LegState.IN_SYNC) {
            return leg.events() > entry.lastEvents();
        }
        // Only a chosen winner can be behind another leg that was in sync.
        boolean renounced = leg.entries().get(truth.legIndex()).state() != LegState.IN_SYNC;
        return leg.events() > truth.events() + (renounced ? 0 : 1);
    }

    private MirrorAssembly missing(Found truth, @Nullable Found[] slots) {
        boolean incomplete = false;
        boolean degraded = tableChanges;
        for (int i = 0; i < slots.length; i++) {
            degraded |= slots[i] == null || stale[i];
            if (slots[i] == null) {
                boolean mayBeNewer = truth.block.entries().get(i).state() == LegState.IN_SYNC;
                incomplete |= mayBeNewer;
                findings.add("leg " + i + " is missing"
                        + (mayBeNewer ? "; it was in sync when last seen and may have gone on alone" : ""));
            }
        }
        if (incomplete && !options.startDegraded()) {
            findings.add("bring the missing leg, or start without it with startDegraded(true)");
            return outcome(MirrorAssembly.Verdict.INCOMPLETE);
        }
        tableChanges |= incomplete;
        return outcome(degraded ? MirrorAssembly.Verdict.DEGRADED : MirrorAssembly.Verdict.COMPLETE);
    }

    private MirrorAssembly assessBeside(List<? extends BlockDevice> devices, BlockDevice beside) {
        Found truth;
        try {
            truth = look(beside, false);
        } catch (BlockException e) {
            findings.add("the metadata device cannot be read: " + e.getMessage());
            return outcome(MirrorAssembly.Verdict.IMPOSSIBLE);
        }
        if (truth == null || truth.block.legIndex() != Superblock.BESIDE) {
            findings.add("the metadata device carries no metadata of a mirror");
            return outcome(MirrorAssembly.Verdict.IMPOSSIBLE);
        }
        List<Superblock.Entry> table = truth.block.entries();
        if (devices.size() != table.size()) {
            findings.add("the mirror has " + table.size() + " legs, given are " + devices.size()
                    + "; with the metadata beside them all are given, in their order");
            return outcome(MirrorAssembly.Verdict.IMPOSSIBLE);
        }
        newest = truth;
        Found[] slots = new Found[table.size()];
        byIndex = slots;
        stale = new boolean[slots.length];
        rolledBack = new boolean[slots.length];
        for (int i = 0; i < slots.length; i++) {
            long capacity = devices.get(i).geometry().size();
            if (capacity < truth.block.size()) {
                findings.add("leg " + i + " has shrunk: it has " + capacity + " bytes of " + truth.block.size());
                return outcome(MirrorAssembly.Verdict.IMPOSSIBLE);
            }
            slots[i] = new Found(devices.get(i), truth.block, truth.slot);
            stale[i] = table.get(i).state() != LegState.IN_SYNC;
            if (stale[i]) {
                findings.add("leg " + i + " is stale: what it missed will be copied to it");
            }
        }
        return missing(truth, slots);
    }

    /** Puts the mirror together after {@link #assess} agreed. */
    MirrorCore assemble() throws BlockException {
        Found truth = newest;
        @Nullable Found[] slots = byIndex;
        if (truth == null
                || slots == null
                || (verdict != MirrorAssembly.Verdict.COMPLETE && verdict != MirrorAssembly.Verdict.DEGRADED)) {
            BlockException.Kind kind = verdict == MirrorAssembly.Verdict.IMPOSSIBLE
                    ? BlockException.Kind.NOT_SUPPORTED
                    : BlockException.Kind.STALE;
            throw new BlockException(kind, BlockException.NO_OFFSET, verdict + ": " + String.join("; ", findings));
        }
        boolean beside = truth.block.legIndex() == Superblock.BESIDE;
        Layout layout = truth.block.layout();
        int regions = layout.regions(truth.block.size());
        RegionSet inSync = new RegionSet(regions);
        RegionSet all = new RegionSet(regions);
        Leg[] legs = new Leg[slots.length];
        MetaArea[] areas = new MetaArea[beside ? 1 : slots.length];
        List<BlockDevice> present = new ArrayList<>();
        Leg primary = null;
        long lastEvent = truth.block.events();
        if (beside) {
            areas[0] = new MetaArea(truth.device, 0, null, truth.slot);
            readBitmap(areas[0], layout, truth.block, inSync);
        }
        for (int i = 0; i < slots.length; i++) {
            Superblock.Entry entry = truth.block.entries().get(i);
            Leg leg = new Leg(i, entry.leg(), regions, layout.bitmapBlocks());
            legs[i] = leg;
            leg.lastEvents = entry.lastEvents();
            leg.dataOffset = beside ? 0 : layout.dataOffset();
            Found f = slots[i];
            if (f == null) {
                continue;
            }
            leg.device = f.device;
            present.add(f.device);
            lastEvent = Math.max(lastEvent, f.block.events());
            leg.state = stale[i] ? LegState.OUT : LegState.IN_SYNC;
            if (!beside) {
                MetaArea area = new MetaArea(
                        f.device, layout.areaOffset(f.device.geometry().size()), leg, f.slot);
                areas[i] = area;
                leg.area = area;
                readBitmap(area, layout, f.block, stale[i] ? all : inSync);
            }
            if (leg.state == LegState.IN_SYNC && (primary == null || f == truth)) {
                primary = leg;
            }
        }
        if (primary == null) {
            throw new BlockException(BlockException.Kind.STALE, BlockException.NO_OFFSET, "no leg is in sync");
        }
        all.addAll(inSync);
        MirrorCore core = new MirrorCore(
                options,
                truth.block.array(),
                legs,
                areas,
                layout,
                combine(present, truth.block.size()),
                primary,
                lastEvent);
        core.intent.image.addAll(all);
        for (Leg leg : legs) {
            if (leg.state == LegState.OUT) {
                leg.needs.addAll(all);
                if (rolledBack[leg.index]) {
                    leg.needs.setAll();
                }
            } else if (leg != primary && !truth.block.clean()) {
                leg.needs.addAll(inSync);
            }
        }
        return core;
    }

    private static void readBitmap(MetaArea area, Layout layout, Superblock block, RegionSet into)
            throws BlockException {
        ByteBuffer buffer = Buffers.direct(layout.metaBlock());
        RegionSet said = new RegionSet(layout.regions(block.size()));
        for (int b = 0; b * (long) layout.bitsPerBlock() < said.size(); b++) {
            area.device.read(area.offset + layout.bitmapOffset(b), buffer);
            BitmapBlock.collect(buffer, said, b, layout, block.array());
        }
        // A leg that missed a growth says nothing about the regions that came with it; the others do.
        for (int i = said.next(0); i >= 0 && i < into.size(); i = said.next(i + 1)) {
            into.set(i);
        }
    }

    /** The geometry of all legs together. */
    static BlockGeometry combine(List<? extends BlockDevice> devices, long size) {
        int logical = 1;
        int physical = 1;
        int alignment = 1;
        int transfer = Integer.MAX_VALUE;
        int discard = 1;
        boolean canDiscard = true;
        boolean readOnly = false;
        for (BlockDevice device : devices) {
            BlockGeometry g = device.geometry();
            logical = Math.max(logical, g.logicalBlock());
            physical = Math.max(physical, g.physicalBlock());
            alignment = Math.max(alignment, g.memoryAlignment());
            transfer = Math.min(transfer, g.optimalTransfer());
            canDiscard &= g.discardGranularity() > 0;
            discard = Math.max(discard, g.discardGranularity());
            readOnly |= g.readOnly();
        }
        transfer = Math.max(logical, transfer / logical * logical);
        return new BlockGeometry(
                size, logical, Math.max(logical, physical), alignment, transfer, canDiscard ? discard : 0, readOnly);
    }

    List<String> findings() {
        return findings;
    }

    /** Whether the table must be recorded before the first write, since a leg counts as OUT from now on. */
    boolean tableChanges() {
        return tableChanges;
    }

    /** Legs that are here and may be admitted at once. */
    boolean mayJoin(int leg) {
        return stale[leg];
    }
}
