package io.diskless.aoe.target;

import io.diskless.aoe.link.Frame;
import io.diskless.aoe.link.FrameHandler;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.ConfigFields;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.aoe.wire.FrameValidator;
import io.diskless.aoe.wire.MaskFields;
import io.diskless.aoe.wire.ReserveFields;
import io.diskless.aoe.wire.Verdict;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Leads each frame from the door to the handler of its command: verdict, addresses, rate, export, access, mask. Whatever
 * stops it on the way is counted; only what the export would answer at all can be answered with an error.
 *
 * <p>Confined to the port's thread; no allocation.
 */
final class Dispatcher implements FrameHandler {
    private static final int AT = AoeHeader.AT;
    private static final long BROADCAST = MacAddress.BROADCAST.value();

    private final PortLoop port;
    private final AtaHandler ata;
    private final ConfigHandler config;
    private final MaskHandler mask;
    private final ReserveHandler reserve;

    Dispatcher(PortLoop port) {
        this.port = port;
        ata = new AtaHandler(port);
        config = new ConfigHandler(port);
        mask = new MaskHandler(port);
        reserve = new ReserveHandler(port);
    }

    @Override
    public void onFrame(Frame frame) {
        ByteBuffer b = frame.bytes();
        Verdict verdict = port.verdict(FrameValidator.request(b, 0, frame.length()));
        if (verdict.isSilent()) {
            return;
        }
        if (FrameValidator.headerAt(b, 0) != AT) {
            // Frames of a VLAN belong to its own interface, which hands them over without the tag (packet-ring facts
            // §8).
            port.count(PortCounter.TAGGED);
            return;
        }
        // Asked each time: an interface that was gone may come back with another address.
        long self = port.link().address().value();
        long to = EthernetHeader.destination(b, 0);
        if (to != self && to != BROADCAST) {
            port.count(PortCounter.FOREIGN);
            return;
        }
        long source = EthernetHeader.source(b, 0);
        if (source == self) {
            port.count(PortCounter.LOOPED);
            return;
        }
        int shelf = AoeHeader.shelf(b, AT);
        int slot = AoeHeader.slot(b, AT);
        if (shelf == AoeAddress.ALL_SHELVES || slot == AoeAddress.ALL_SLOTS) {
            all(frame, verdict, source, shelf, slot);
            return;
        }
        PortExport export = port.exports().find(shelf, slot);
        if (export == null) {
            port.count(PortCounter.NO_EXPORT);
            return;
        }
        Peer peer = port.admit(source);
        if (peer != null) {
            serve(frame, verdict, export, peer, false);
        }
    }

    private void all(Frame frame, Verdict verdict, long source, int shelf, int slot) {
        PortExport[] exports = port.exports().all();
        Peer peer = null;
        for (PortExport export : exports) {
            if ((shelf == AoeAddress.ALL_SHELVES || shelf == export.shelf())
                    && (slot == AoeAddress.ALL_SLOTS || slot == export.slot())) {
                if (peer == null) {
                    peer = port.admit(source);
                    if (peer == null) {
                        return;
                    }
                }
                serve(frame, verdict, export, peer, true);
            }
        }
        if (peer == null) {
            port.count(PortCounter.NO_EXPORT);
        }
    }

    private void serve(Frame frame, Verdict verdict, PortExport export, Peer peer, boolean broadcast) {
        int grant = port.grant(peer.mac(), export.key);
        if (AccessControl.access(grant) == Access.NONE) {
            denied(export, peer);
            return;
        }
        if (!export.export.settings().hears(peer.mac())) {
            export.count(PortExport.MASKED);
            return;
        }
        peer.counters.increment(Peer.REQUESTS);
        if (!verdict.isAccepted()) {
            refuse(frame, verdict, export, peer);
            return;
        }
        if (broadcast && changesSettings(frame.bytes())) {
            // As with a write, it would hit all exports at once (spec §3.1).
            port.count(PortCounter.BROADCAST_WRITE);
            return;
        }
        boolean allowed = switch (AoeHeader.command(frame.bytes(), AT)) {
            case AoeHeader.CMD_ATA -> ata.handle(frame, export, peer, grant, broadcast);
            case AoeHeader.CMD_CONFIG -> config.handle(frame, export, peer, grant);
            case AoeHeader.CMD_MASK -> mask.handle(frame, export, peer, grant);
            case AoeHeader.CMD_RESERVE -> reserve.handle(frame, export, peer, grant);
            // Behind an accepting verdict there is no other command.
            default -> true;
        };
        if (!allowed) {
            denied(export, peer);
        }
    }

    private static boolean changesSettings(ByteBuffer b) {
        return switch (AoeHeader.command(b, AT)) {
            case AoeHeader.CMD_CONFIG ->
                ConfigFields.command(b, AT) == ConfigFields.SET || ConfigFields.command(b, AT) == ConfigFields.FORCE;
            case AoeHeader.CMD_MASK -> MaskFields.command(b, AT) == MaskFields.EDIT && MaskFields.count(b, AT) > 0;
            case AoeHeader.CMD_RESERVE -> ReserveFields.command(b, AT) != ReserveFields.READ;
            default -> false;
        };
    }

    private void denied(PortExport export, Peer peer) {
        export.count(PortExport.DENIED);
        peer.counters.increment(Peer.DENIED);
        port.denied(export.export.address(), peer.mac());
    }

    /** A request that breaks the rules of its command, from somebody whom this export answers. */
    private void refuse(Frame frame, Verdict verdict, PortExport export, Peer peer) {
        Replies replies = port.replies();
        Frame tx = replies.claim();
        if (tx == null) {
            return;
        }
        peer.counters.increment(Peer.FAILED);
        ByteBuffer b = frame.bytes();
        int error = verdict.replyError();
        int tag = AoeHeader.tag(b, AT);
        ExportSettings settings = export.export.settings();
        switch (verdict) {
            case SHORT_WRITE_DATA, IDENTIFY_COUNT -> {
                replies.ataRefused(tx, peer.mac(), export, error, frame);
            }
            case CONFIG_COMMAND -> {
                replies.config(tx, peer.mac(), export, error, tag, ConfigFields.command(b, AT), settings.rawConfig());
            }
            case MASK_COMMAND, MASK_OVERRUN -> {
                replies.mask(tx, peer.mac(), export, error, tag, MaskFields.command(b, AT), 0, 0, List.of());
            }
            case RESERVE_COMMAND, RESERVE_OVERRUN -> {
                replies.reserve(
                        tx, peer.mac(), export, error, tag, ReserveFields.command(b, AT), settings.reservation());
            }
            default -> {
                // Version and command: what follows the header is not ours to understand.
                replies.refused(tx, peer.mac(), export, error, AoeHeader.command(b, AT), tag);
            }
        }
    }
}
