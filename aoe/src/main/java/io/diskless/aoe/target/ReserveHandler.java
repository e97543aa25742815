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
        change(export, peer.mac(), tag, command, wanted);
        return true;
    }

    private void change(PortExport export, long source, int tag, int command, List<MacAddress> wanted) {
        port.changeSettings(export, source, tag, AoeHeader.CMD_RESERVE, now -> {
            boolean granted = command == ReserveFields.FORCE || now.admits(source);
            ExportSettings after = granted ? now.withReservation(wanted) : now;
            int error = granted ? 0 : AoeHeader.ERR_RESERVED;
            return new SettingsChange.Outcome(
                    after, tx -> port.replies().reserve(tx, source, export, error, tag, command, after.reservation()));
        });
    }

    private void answer(PortExport export, long to, int error, int tag, int command, List<MacAddress> list) {
        Frame tx = port.replies().claim();
        if (tx != null) {
            port.replies().reserve(tx, to, export, error, tag, command, list);
        }
    }
}
