package io.diskless.drbd.meta;

import io.diskless.cluster.block.Completion;
import java.nio.ByteBuffer;

/**
 * The transaction that the activity log makes next: which extents take whose slots, and how many writes wait for each. Guarded
 * by its log, which changes nothing of it while it is under way.
 */
final class AlTransaction {
    private final AlTable table;
    private final ByteBuffer block = ByteBuffer.allocateDirect(2 * AlBlock.SIZE)
            .alignedSlice(AlBlock.SIZE)
            .slice(0, AlBlock.SIZE);
    private final int[] slots = new int[AlBlock.UPDATES];
    private final int[] extents = new int[AlBlock.UPDATES];
    private final int[] held = new int[AlBlock.UPDATES];
    private final int[] evicted = new int[AlBlock.UPDATES];
    private int updates;
    private int evictions;
    private int number = -1;
    private int contextStart;

    AlTransaction(AlTable table) {
        this.table = table;
    }

    void clear() {
        updates = 0;
        evictions = 0;
    }

    boolean isEmpty() {
        return updates == 0;
    }

    boolean contains(int extent) {
        return find(extent) != AlTable.NONE;
    }

    boolean hasRoom(int more) {
        return updates + more <= AlBlock.UPDATES;
    }

    /** Whether an extent leaves the log by it. */
    boolean evicts() {
        return evictions > 0;
    }

    /**
     * Has a write wait for an extent, which takes the slot that is idle for longest.
     *
     * @return false if the extent is hot already
     */
    boolean hold(int extent) {
        int at = find(extent);
        if (at != AlTable.NONE) {
            held[at]++;
            return true;
        }
        if (table.find(extent) != AlTable.NONE) {
            return false;
        }
        int slot = table.evict();
        int old = table.extents[slot];
        if (old != AlBlock.FREE) {
            evicted[evictions++] = old;
        }
        slots[updates] = slot;
        extents[updates] = extent;
        held[updates] = 1;
        updates++;
        return true;
    }

    private int find(int extent) {
        for (int i = 0; i < updates; i++) {
            if (extents[i] == extent) {
                return i;
            }
        }
        return AlTable.NONE;
    }

    void beforeEviction(ActivityLog.Disk disk, Completion done) {
        disk.beforeEviction(evicted, evictions, done);
    }

    /** Numbers it, and puts it into the block that is written. */
    void encode() {
        number++;
        AlBlock.encode(block, number, table.extents, contextStart, updates, slots, extents);
        contextStart = AlBlock.nextContext(contextStart, table.slots());
    }

    void write(ActivityLog.Disk disk, Completion done) {
        disk.write(number, block, done);
    }

    /** It is on the disk: its extents are hot, and held by those who wait. */
    void heat() {
        for (int i = 0; i < updates; i++) {
            table.heat(slots[i], extents[i], held[i]);
        }
    }
}
