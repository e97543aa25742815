package io.diskless.aoe.target;

import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.MaskFields;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** AoE command 2, MAC Mask List (spec §6). Confined to the port's thread. */
final class MaskHandler {
    private static final int AT = AoeHeader.AT;

    private final PortLoop port;

    MaskHandler(PortLoop port) {
        this.port = port;
    }

    /** One entry of an edit. */
    record Directive(int command, long mac) {}

    /** What an edit came to: the list, the error of the directive that failed or 0, and how many were done before it. */
    record Edit(List<MacAddress> list, int error, int done) {}

    /** Handles a request that the validator accepted; false if the peer may not do this. */
    boolean handle(Frame frame, PortExport export, Peer peer, int grant) {
        ByteBuffer b = frame.bytes();
        int command = MaskFields.command(b, AT);
        int count = command == MaskFields.EDIT ? MaskFields.count(b, AT) : 0;
        if (!AccessControl.allows(grant, count > 0 ? Operation.MASK_WRITE : Operation.MASK_READ)) {
            return false;
        }
        export.count(PortExport.MASK);
        int tag = AoeHeader.tag(b, AT);
        if (count == 0) {
            port.changes().read(frame, export, peer);
            Frame tx = port.replies().claim();
            if (tx != null) {
                List<MacAddress> list = export.export.settings().mask();
                port.replies().mask(tx, peer.mac(), export, 0, tag, command, 0, 0, list);
            }
            return true;
        }
        List<Directive> directives = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            directives.add(new Directive(MaskFields.directive(b, AT, i), MaskFields.mac(b, AT, i)));
        }
        change(frame, export, peer, tag, directives);
        return true;
    }

    private void change(Frame frame, PortExport export, Peer peer, int tag, List<Directive> directives) {
        ExportOptions options = export.export.options();
        long source = peer.mac();
        int capacity = Math.min(options.maskCapacity(), port.sizes().maskCapacity());
        port.changes()
                .submit(
                        frame,
                        export,
                        peer,
                        now -> {
                            Edit edit = edit(now.mask(), directives, capacity, options.maskAllOrNothing());
                            return new SettingsChange.Outcome(
                                    now.withMask(edit.list()),
                                    edit.error() == 0,
                                    tx -> answer(tx, source, export, tag, edit));
                        },
                        tx -> answer(
                                tx,
                                source,
                                export,
                                tag,
                                new Edit(export.export.settings().mask(), 0, 0)));
    }

    private void answer(Frame tx, long to, PortExport export, int tag, Edit edit) {
        boolean good = edit.error() == 0;
        List<MacAddress> shown = good ? edit.list() : List.of();
        int done = good ? 0 : edit.done();
        port.replies().mask(tx, to, export, 0, tag, MaskFields.EDIT, edit.error(), done, shown);
    }

    /**
     * Applies directives in order. Adding what is there and deleting what is not succeed; a group address can be no source
     * and is a bad directive.
     */
    static Edit edit(List<MacAddress> before, List<Directive> directives, int capacity, boolean allOrNothing) {
        List<MacAddress> list = new ArrayList<>(before);
        int done = 0;
        int error = 0;
        for (Directive d : directives) {
            error = apply(list, d, capacity);
            if (error != 0) {
                break;
            }
            done++;
        }
        return new Edit(error != 0 && allOrNothing ? before : List.copyOf(list), error, done);
    }

    private static int apply(List<MacAddress> list, Directive d, int capacity) {
        MacAddress mac = MacAddress.of(d.mac());
        switch (d.command()) {
            case MaskFields.DIRECTIVE_NONE -> {
                return 0;
            }
            case MaskFields.DIRECTIVE_ADD -> {
                if (list.contains(mac)) {
                    return 0;
                }
                if (mac.isMulticast()) {
                    return MaskFields.ERR_BAD_DIRECTIVE;
                }
                if (list.size() >= capacity) {
                    return MaskFields.ERR_FULL;
                }
                list.add(mac);
                return 0;
            }
            case MaskFields.DIRECTIVE_DELETE -> {
                list.remove(mac);
                return 0;
            }
            default -> {
                return MaskFields.ERR_BAD_DIRECTIVE;
            }
        }
    }
}
