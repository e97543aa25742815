package io.diskless.drbd.session;

import io.diskless.drbd.state.Generations;
import io.diskless.drbd.wire.Uuids;

/** What a volume remembers of itself, in memory: identifiers, the agreed size, and whether it differs. Confined to the data loop. */
final class VolumeMeta {
    private Uuids uuids = Generations.created();
    private long agreedSectors;
    private long sectors;
    private boolean dirty = true;

    /** As new: everything is out of sync. */
    VolumeMeta(long sectors) {
        this.sectors = sectors;
    }

    /** Blocks of 4 KiB that are out of sync. */
    long dirtyBits() {
        return dirty ? (sectors + 7) / 8 : 0;
    }

    void dirty(boolean all) {
        dirty = all;
    }

    Uuids uuids() {
        return uuids;
    }

    void uuids(Uuids next) {
        uuids = next;
    }

    long agreedSectors() {
        return agreedSectors;
    }

    void agreedSectors(long agreed) {
        agreedSectors = agreed;
        sectors = agreed;
    }
}
