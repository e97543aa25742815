package io.diskless.aoe.target;

import io.diskless.aoe.link.Frame;
import io.diskless.aoe.link.LinkState;
import io.diskless.aoe.wire.ConfigFields;
import io.diskless.cluster.net.MacAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;

/**
 * Tells peers of exports without being asked (spec §5.1): at start, when an export is added or changes, when the MTU
 * changes or the link comes back. By broadcast; an export with a mask list tells only those on the list, and one whose
 * config string strangers may not read only the peers that rules name.
 *
 * <p>What finds no transmit slot is sent in a later round. Confined to the port's thread.
 */
final class Announcer {
    private record Pending(PortExport export, long to) {}

    private final PortLoop port;
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();

    Announcer(PortLoop port) {
        this.port = port;
    }

    /** Takes those that are marked. */
    void collect(PortExport[] exports) {
        for (PortExport export : exports) {
            if (export.takeAnnouncement()) {
                add(export);
            }
        }
    }

    /** Takes all of them. */
    void collectAll(PortExport[] exports) {
        pending.clear();
        for (PortExport export : exports) {
            export.takeAnnouncement();
            add(export);
        }
    }

    private void add(PortExport export) {
        pending.removeIf(p -> p.export == export);
        List<MacAddress> mask = export.export.settings().mask();
        String name = port.link().name();
        boolean open = mayHear(port.access().strangerGrant(name, export.key));
        if (mask.isEmpty() && open) {
            pending.add(new Pending(export, MacAddress.BROADCAST.value()));
            return;
        }
        for (MacAddress mac : mask.isEmpty() ? port.access().namedSources() : mask) {
            if (mayHear(port.grant(mac.value(), export.key))) {
                pending.add(new Pending(export, mac.value()));
            }
        }
    }

    /** An announcement tells what a question would: it is for those who may ask. */
    private static boolean mayHear(int grant) {
        return AccessControl.access(grant) != Access.NONE && AccessControl.allows(grant, Operation.CONFIG_READ);
    }

    /** Sends what finds a slot; how many were sent. */
    int send() {
        int sent = 0;
        while (!pending.isEmpty() && port.link().state() == LinkState.UP) {
            Frame tx = port.replies().claim();
            if (tx == null) {
                return sent;
            }
            Pending next = Objects.requireNonNull(pending.poll());
            if (!next.export.export.isClosed()) {
                byte[] string = next.export.export.settings().rawConfig();
                port.replies().config(tx, next.to, next.export, 0, 0, ConfigFields.READ, string);
                port.count(PortCounter.ANNOUNCEMENTS);
                sent++;
            }
        }
        return sent;
    }
}
