package io.diskless.aoe.target;

import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.ReserveFields;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** AoE command 3, Reserve/Release (spec §7). Confined to the port's thread. */
final class ReserveHandler {
    private static final int AT = AoeHeader.AT;

    private final PortLoop port;

    ReserveHandler(PortLoop port) {
        this.port = port;
    }

    /** Handles a request that the validator accepted; false if the peer may not do this. */
    boolean handle(Frame frame, PortExport export, Peer peer, int grant) {
        ByteBuffer b = frame.bytes();
        int command = ReserveFields.command(b, AT);
        int tag = AoeHeader.tag(b, AT);
        boolean change = command != ReserveFields.READ;
        if (!AccessControl.allows(grant, change ? Operation.RESERVE_WRITE : Operation.RESERVE_READ)) {
            return false;
        }
        export.count(PortExport.RESERVE);
        if (!change) {
            port.changes().read(frame, export, peer);
            answer(export, peer.mac(), 0, tag, command, export.export.settings().reservation());
            return true;
        }
        List<MacAddress> wanted = new ArrayList<>();
        for (int i = 0; i < ReserveFields.count(b, AT); i++) {
            MacAddress mac = MacAddress.of(ReserveFields.mac(b, AT, i));
            if (!wanted.contains(mac)) {
                wanted.add(mac);
            }
        }
        if (wanted.size() > port.sizes().reserveCapacity()) {
            answer(
                    export,
                    peer.mac(),
                    AoeHeader.ERR_BAD_ARGUMENT,
                    tag,
                    command,
                    export.export.settings().reservation());
            return true;
        }
        change(frame, export, peer, command, wanted);
        return true;
    }

    private void change(Frame frame, PortExport export, Peer peer, int command, List<MacAddress> wanted) {
        long source = peer.mac();
        int tag = AoeHeader.tag(frame.bytes(), AT);
        port.changes()
                .submit(
                        frame,
                        export,
                        peer,
                        now -> {
                            boolean granted = command == ReserveFields.FORCE || now.admits(source);
                            ExportSettings after = granted ? now.withReservation(wanted) : now;
                            int error = granted ? 0 : AoeHeader.ERR_RESERVED;
                            return new SettingsChange.Outcome(
                                    after,
                                    granted,
                                    tx -> answerIn(tx, source, export, error, tag, command, after.reservation()));
                        },
                        tx -> answerIn(
                                tx,
                                source,
                                export,
                                0,
                                tag,
                                command,
                                export.export.settings().reservation()));
    }

    private void answerIn(
            Frame tx, long to, PortExport export, int error, int tag, int command, List<MacAddress> list) {
        port.replies().reserve(tx, to, export, error, tag, command, list);
    }

    private void answer(PortExport export, long to, int error, int tag, int command, List<MacAddress> list) {
        Frame tx = port.replies().claim();
        if (tx != null) {
            answerIn(tx, to, export, error, tag, command, list);
        }
    }
}
