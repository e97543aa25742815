package io.diskless.aoe.target;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The exports of a port, by address. Immutable: a change makes a new table; a lookup allocates nothing. */
final class ExportTable {
    static final ExportTable EMPTY = new ExportTable(List.of());

    private final PortExport[] all;
    private final @Nullable PortExport[] slots;

    private ExportTable(List<PortExport> exports) {
        all = exports.toArray(PortExport[]::new);
        slots = new PortExport[Integer.highestOneBit(Math.max(2, all.length * 4))];
        for (PortExport e : all) {
            int i = slot(e.key);
            while (slots[i] != null) {
                i = (i + 1) & (slots.length - 1);
            }
            slots[i] = e;
        }
    }

    ExportTable with(Export export) {
        List<PortExport> list = new ArrayList<>(List.of(all));
        list.add(new PortExport(export));
        return new ExportTable(list);
    }

    ExportTable without(Export export) {
        List<PortExport> list = new ArrayList<>(List.of(all));
        list.removeIf(e -> e.export == export);
        return new ExportTable(list);
    }

    /** All of them, not to be changed. */
    PortExport[] all() {
        return all;
    }

    @Nullable
    PortExport find(int shelf, int slot) {
        int key = shelf << 8 | slot;
        for (int i = slot(key); ; i = (i + 1) & (slots.length - 1)) {
            PortExport e = slots[i];
            if (e == null || e.key == key) {
                return e;
            }
        }
    }

    private int slot(int key) {
        return ((key * 0x9E3779B9) >>> 16) & (slots.length - 1);
    }
}
