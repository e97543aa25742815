package io.diskless.aoe.target;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.ata.AtaStatus;
import io.diskless.aoe.ata.SmartData;
import io.diskless.aoe.ata.TrimRanges;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.AtaFields;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * AoE command 0 (spec §4): decides what an ATA command comes to. Faults are told as ATA status, never as AoE error, because
 * Linux takes an AoE error for no answer at all and hangs (§4.5); the exceptions are an initiator's mistakes, which the
 * door found before, and a reservation.
 *
 * <p>Confined to the port's thread; reads and writes allocate nothing.
 */
final class AtaHandler {
    private static final int AT = AoeHeader.AT;
    private static final int SECTOR = AtaCommand.SECTOR;
    /** The SMART log directory: version 1 (little-endian), and no log. */
    private static final byte[] LOG_DIRECTORY = new byte[SECTOR];

    static {
        LOG_DIRECTORY[0] = 1;
    }

    private final PortLoop port;
    private final AtaReplies replies;
    private final Transfers transfers;

    AtaHandler(PortLoop port) {
        this.port = port;
        replies = port.ataReplies();
        transfers = new Transfers(port);
    }

    /** Handles a request that the validator accepted. What a peer may not do is aborted, so this is always true. */
    boolean handle(Frame frame, PortExport export, Peer peer, int grant, boolean broadcast) {
        ByteBuffer b = frame.bytes();
        int opcode = AtaFields.command(b, AT);
        if (broadcast && (changes(opcode) || opcode == AtaCommand.SET_FEATURES)) {
            // A write to all shelves or slots would hit all disks at once (spec §3.1).
            port.count(PortCounter.BROADCAST_WRITE);
            return true;
        }
        if (opcode != AtaCommand.IDENTIFY && !export.export.settings().admits(peer.mac())) {
            reserved(frame, export, peer);
            return true;
        }
        if (AtaCommand.isRead(opcode)) {
            if (ready(frame, export, peer, grant, Operation.READ, port.sizes().largestTransfer())) {
                transfers.read(frame, export, peer);
            }
        } else if (AtaCommand.isWrite(opcode)) {
            if (ready(frame, export, peer, grant, Operation.WRITE, port.sizes().largestTransfer())) {
                transfers.write(frame, export, peer);
            }
        } else {
            other(opcode, frame, export, peer, grant);
        }
        return true;
    }

    private static boolean changes(int opcode) {
        return AtaCommand.isWrite(opcode) || opcode == AtaCommand.DATA_SET_MANAGEMENT;
    }

    private void reserved(Frame frame, PortExport export, Peer peer) {
        export.count(PortExport.RESERVED);
        peer.counters.increment(Peer.FAILED);
        Frame tx = port.replies().claim();
        if (tx != null) {
            port.replies().ataRefused(tx, peer.mac(), export, AoeHeader.ERR_RESERVED, frame);
        }
    }

    /**
     * Whether a command on a range of sectors may go to the device; if not it is answered here. The range is checked before
     * the right to write (spec §4.4).
     */
    private boolean ready(Frame frame, PortExport export, Peer peer, int grant, Operation operation, int most) {
        ByteBuffer b = frame.bytes();
        int count = AtaFields.count(b, AT);
        if (count == 0) {
            replies.ok(frame, export, peer, 0);
            return false;
        }
        if (count > most) {
            replies.failed(frame, export, peer, AtaStatus.ERR_ABORTED);
            return false;
        }
        BlockGeometry geometry = export.export.geometry();
        long lba = AtaFields.lba(b, AT);
        long sectors = geometry.sectors();
        if (lba > sectors - count) {
            replies.failedAt(frame, export, peer, AtaStatus.ERR_NOT_FOUND, Math.max(lba, sectors));
            return false;
        }
        return allowed(frame, export, peer, grant, operation);
    }

    private boolean allowed(Frame frame, PortExport export, Peer peer, int grant, Operation operation) {
        boolean writes = operation == Operation.WRITE || operation == Operation.DISCARD;
        boolean good = AccessControl.allows(grant, operation)
                && (!writes
                        || (AccessControl.access(grant) == Access.READ_WRITE
                                && !export.export.geometry().readOnly()));
        if (!good) {
            replies.failed(frame, export, peer, AtaStatus.ERR_ABORTED);
        }
        return good;
    }

    private void other(int opcode, Frame frame, PortExport export, Peer peer, int grant) {
        switch (opcode) {
            case AtaCommand.IDENTIFY -> {
                if (allowed(frame, export, peer, grant, Operation.IDENTIFY)) {
                    identify(frame, export, peer);
                }
            }
            case AtaCommand.FLUSH, AtaCommand.FLUSH_EXT -> {
                if (allowed(frame, export, peer, grant, Operation.FLUSH)) {
                    export.count(PortExport.FLUSHES);
                    transfers.flush(frame, export, peer);
                }
            }
            case AtaCommand.CHECK_POWER, AtaCommand.CHECK_POWER_OLD -> {
                if (allowed(frame, export, peer, grant, Operation.IDENTIFY)) {
                    export.count(PortExport.OTHER_ATA);
                    // FF: active or idle.
                    replies.okCount(frame, export, peer, 0xFF);
                }
            }
            case AtaCommand.VERIFY, AtaCommand.VERIFY_EXT -> {
                export.count(PortExport.VERIFIES);
                if (ready(frame, export, peer, grant, Operation.READ, 0xFF)) {
                    transfers.verify(frame, export, peer);
                }
            }
            case AtaCommand.DATA_SET_MANAGEMENT -> {
                trim(frame, export, peer, grant);
            }
            case AtaCommand.SMART -> {
                if (allowed(frame, export, peer, grant, Operation.IDENTIFY)) {
                    smart(frame, export, peer);
                }
            }
            case AtaCommand.SET_FEATURES -> {
                if (allowed(frame, export, peer, grant, Operation.SET_FEATURES)) {
                    setFeatures(frame, export, peer, grant);
                }
            }
            default -> {
                export.count(PortExport.OTHER_ATA);
                replies.failed(frame, export, peer, AtaStatus.ERR_ABORTED);
            }
        }
    }

    private void identify(Frame frame, PortExport export, Peer peer) {
        export.count(PortExport.IDENTIFIES);
        Frame tx = port.replies().claim();
        if (tx != null) {
            tx.bytes().put(AtaFields.DATA_AT, export.export.identity());
            replies.okWithData(tx, frame, export, peer, SECTOR);
            Export disk = export.export;
            disk.tell(new TargetEvent.Identified(disk.address(), MacAddress.of(peer.mac())));
        }
    }

    private void trim(Frame frame, PortExport export, Peer peer, int grant) {
        ByteBuffer b = frame.bytes();
        export.count(PortExport.DISCARDS);
        int count = AtaFields.count(b, AT);
        boolean trim = AtaFields.features(b, AT) == AtaCommand.FEATURE_TRIM
                && export.export.geometry().discardGranularity() > 0
                && count <= port.sizes().largestTransfer();
        if (!trim) {
            replies.failed(frame, export, peer, AtaStatus.ERR_ABORTED);
        } else if (allowed(frame, export, peer, grant, Operation.DISCARD)) {
            long sectors = export.export.geometry().sectors();
            int outside = TrimRanges.firstOutside(b, AtaFields.DATA_AT, count, sectors);
            if (outside >= 0) {
                long first = TrimRanges.lba(b, AtaFields.DATA_AT, outside);
                replies.failedAt(frame, export, peer, AtaStatus.ERR_NOT_FOUND, Math.max(first, sectors));
                return;
            }
            transfers.trim(frame, export, peer);
        }
    }

    private void smart(Frame frame, PortExport export, Peer peer) {
        ByteBuffer b = frame.bytes();
        export.count(PortExport.OTHER_ATA);
        boolean key = AtaFields.lbaByte(b, AT, 1) == AtaCommand.SMART_LBA1
                && AtaFields.lbaByte(b, AT, 2) == AtaCommand.SMART_LBA2;
        int feature = key ? AtaFields.features(b, AT) : 0;
        switch (feature) {
            case AtaCommand.SMART_READ_DATA -> {
                smartData(frame, export, peer, false);
            }
            case AtaCommand.SMART_READ_LOG -> {
                if (AtaFields.lbaByte(b, AT, 0) == 0 && AtaFields.count(b, AT) == 1) {
                    smartData(frame, export, peer, true);
                } else {
                    replies.failed(frame, export, peer, AtaStatus.ERR_ABORTED);
                }
            }
            case AtaCommand.SMART_ENABLE -> {
                replies.ok(frame, export, peer, 0);
            }
            case AtaCommand.SMART_RETURN_STATUS -> {
                replies.smartStatus(frame, export, peer, export.export.isHealthy());
            }
            default -> {
                replies.failed(frame, export, peer, AtaStatus.ERR_ABORTED);
            }
        }
    }

    private void smartData(Frame frame, PortExport export, Peer peer, boolean log) {
        Frame tx = port.replies().claim();
        if (tx != null) {
            if (log) {
                tx.bytes().put(AtaFields.DATA_AT, LOG_DIRECTORY);
            } else {
                long[] sums = export.export.sums();
                SmartData.of(List.of(
                                counter(SmartData.SECTORS_WRITTEN, sums[PortExport.WRITTEN_BYTES]),
                                counter(SmartData.SECTORS_READ, sums[PortExport.READ_BYTES])))
                        .copyTo(tx.bytes(), AtaFields.DATA_AT);
            }
            replies.okWithData(tx, frame, export, peer, SECTOR);
        }
    }

    private static SmartData.Attribute counter(int id, long bytes) {
        return SmartData.Attribute.counter(id, bytes / SECTOR);
    }

    /** Switching the cache off is good for everybody; switching it on is only for exports whose policy has one. */
    private void setFeatures(Frame frame, PortExport export, Peer peer, int grant) {
        export.count(PortExport.OTHER_ATA);
        int feature = AtaFields.features(frame.bytes(), AT);
        boolean on = feature == AtaCommand.FEATURE_WRITE_CACHE_ON;
        boolean known = AccessControl.access(grant) == Access.READ_WRITE
                && (on || feature == AtaCommand.FEATURE_WRITE_CACHE_OFF);
        if (!known) {
            replies.failed(frame, export, peer, AtaStatus.ERR_ABORTED);
            return;
        }
        if (transfers.isCopyOfFeatures(frame, export, peer)) {
            return;
        }
        if (!export.export.writeCache(on)) {
            transfers.ended(false);
            replies.failed(frame, export, peer, AtaStatus.ERR_ABORTED);
        } else if (on) {
            transfers.ended(true);
            replies.ok(frame, export, peer, 0);
        } else {
            // What was answered from the cache must be durable once the cache is off.
            transfers.flushCache(frame, export, peer);
        }
    }
}
