package io.diskless.aoe.target;

import java.util.ArrayList;

/**
 * The exports of a port that gather writes for a shared flush now, removed ones included; few. Confined to the port's
 * thread, and to whoever ends the port when it has none any more.
 */
final class Gathering {
    private final AoeTarget target;
    private final ArrayList<SyncGroup> groups = new ArrayList<>();

    Gathering(AoeTarget target) {
        this.target = target;
    }

    /** A write waits for a flush. */
    void add(PortExport export, Request request) {
        if (!groups.contains(export.sync)) {
            groups.add(export.sync);
        }
        export.sync.add(request);
    }

    /** A write was answered. */
    void answered(Request request) {
        SyncGroup group = request.target().sync;
        if (group.answered()) {
            groups.remove(group);
        }
    }

    /** Begins the flushes that can begin. */
    void flush() {
        for (int i = 0; i < groups.size(); i++) {
            SyncGroup group = groups.get(i);
            if (group.begin()) {
                if (group.isSlow()) {
                    target.background(group);
                } else {
                    group.run();
                }
            }
        }
    }

    /** Nobody polls any more: what waits for a flush gets it without this port, for whoever closes the export waits. */
    void end() {
        for (SyncGroup group : groups) {
            if (group.orphan()) {
                target.background(group);
            }
        }
    }
}
