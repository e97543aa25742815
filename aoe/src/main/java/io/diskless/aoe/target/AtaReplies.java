package io.diskless.aoe.target;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.ata.AtaStatus;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.AtaFields;
import io.diskless.cluster.block.BlockException;
import java.nio.ByteBuffer;

/** The ATA answers (spec §4.4 and §4.6). Confined to the port's thread; success allocates nothing. */
final class AtaReplies {
    private static final int AT = AoeHeader.AT;
    private static final int SECTOR = AtaCommand.SECTOR;

    private final Replies replies;

    AtaReplies(Replies replies) {
        this.replies = replies;
    }

    /** Success; the LBA registers are echoed. */
    void ok(Frame request, PortExport export, Peer peer, int dataBytes) {
        Frame tx = replies.claim();
        if (tx != null) {
            okWithData(tx, request, export, peer, dataBytes);
        }
    }

    /** Success, in a slot that holds the data already. */
    void okWithData(Frame tx, Frame request, PortExport export, Peer peer, int dataBytes) {
        ByteBuffer r = request.bytes();
        replies.ata(
                tx,
                peer.mac(),
                export,
                AoeHeader.tag(r, AT),
                AtaFields.flags(r, AT),
                0,
                0,
                AtaStatus.OK,
                AtaFields.lba48(r, AT),
                dataBytes);
    }

    /** Success with a value in the sector count register. */
    void okCount(Frame request, PortExport export, Peer peer, int count) {
        Frame tx = replies.claim();
        if (tx != null) {
            ByteBuffer r = request.bytes();
            replies.ata(
                    tx,
                    peer.mac(),
                    export,
                    AoeHeader.tag(r, AT),
                    AtaFields.flags(r, AT),
                    0,
                    count,
                    AtaStatus.OK,
                    AtaFields.lba48(r, AT),
                    0);
        }
    }

    /** SMART RETURN STATUS: two LBA registers say it. */
    void smartStatus(Frame request, PortExport export, Peer peer, boolean healthy) {
        Frame tx = replies.claim();
        if (tx != null) {
            ByteBuffer r = request.bytes();
            long lba = AtaFields.lba48(r, AT) & ~0xFFFF00L;
            long low = healthy ? AtaCommand.SMART_LBA1 : AtaCommand.SMART_LBA1_FAILING;
            long high = healthy ? AtaCommand.SMART_LBA2 : AtaCommand.SMART_LBA2_FAILING;
            int tag = AoeHeader.tag(r, AT);
            int flags = AtaFields.flags(r, AT);
            replies.ata(tx, peer.mac(), export, tag, flags, 0, 0, AtaStatus.OK, lba | low << 8 | high << 16, 0);
        }
    }

    /** Failure; the registers are echoed. */
    void failed(Frame request, PortExport export, Peer peer, int error) {
        Frame tx = replies.claim();
        if (tx != null) {
            failedIn(tx, request, export, peer, error, AtaFields.lba48(request.bytes(), AT));
        }
    }

    /** Failure at a sector. */
    void failedAt(Frame request, PortExport export, Peer peer, int error, long lba) {
        Frame tx = replies.claim();
        if (tx != null) {
            ByteBuffer r = request.bytes();
            long shown = failing(AtaFields.command(r, AT), AtaFields.lba48(r, AT), lba);
            failedIn(tx, request, export, peer, error, shown);
        }
    }

    /** Failure of the device, in a slot that was claimed already. */
    void failedIn(Frame tx, Frame request, PortExport export, Peer peer, BlockException cause) {
        ByteBuffer r = request.bytes();
        int opcode = AtaFields.command(r, AT);
        failedIn(
                tx,
                request,
                export,
                peer,
                error(cause),
                failing(opcode, AtaFields.lba48(r, AT), sector(cause, AtaFields.lba(r, AT))));
        export.export.failed(cause);
    }

    private void failedIn(Frame tx, Frame request, PortExport export, Peer peer, int error, long lba) {
        ByteBuffer r = request.bytes();
        export.count(PortExport.ATA_FAILED);
        peer.counters.increment(Peer.FAILED);
        replies.ata(
                tx,
                peer.mac(),
                export,
                AoeHeader.tag(r, AT),
                AtaFields.flags(r, AT),
                error,
                AtaFields.count(r, AT),
                AtaStatus.FAILED,
                lba,
                0);
    }

    /** Answers what a device has completed later. */
    void answer(Frame tx, Request request) {
        PortExport export = request.target();
        BlockException cause = request.failure;
        if (cause == null) {
            int bytes = request.kind == Request.READ ? request.count * SECTOR : 0;
            if (bytes > 0) {
                tx.bytes().put(AtaFields.DATA_AT, request.buffer, 0, bytes);
                export.count(PortExport.COPIES);
                export.counters.add(PortExport.COPIED_BYTES, bytes);
            }
            replies.ata(
                    tx,
                    request.source,
                    export,
                    request.tag,
                    request.ataFlags,
                    0,
                    0,
                    AtaStatus.OK,
                    request.registers,
                    bytes);
            return;
        }
        export.count(PortExport.ATA_FAILED);
        export.export.failed(cause);
        long shown = failing(request.opcode, request.registers, sector(cause, request.lba));
        replies.ata(
                tx,
                request.source,
                export,
                request.tag,
                request.ataFlags,
                error(cause),
                request.count,
                AtaStatus.FAILED,
                shown,
                0);
    }

    private static long sector(BlockException cause, long otherwise) {
        return cause.offset() == BlockException.NO_OFFSET ? otherwise : cause.offset() / SECTOR;
    }

    /** The LBA registers that name a failing sector: 28 bits below the device register's high nibble, or 48. */
    private static long failing(int opcode, long registers, long lba) {
        if (!AtaCommand.isAddressed(opcode)) {
            return registers;
        }
        return AtaCommand.isExtended(opcode)
                ? lba & 0xFFFF_FFFF_FFFFL
                : (registers & ~0x0FFF_FFFFL) | (lba & 0x0FFF_FFFFL);
    }

    /** The error register for a failure of the device (spec §4.4). */
    static int error(BlockException cause) {
        return switch (cause.kind()) {
            case OUT_OF_RANGE -> AtaStatus.ERR_NOT_FOUND;
            // An abort of a write says "write-protected" to initiators, and a store that is full or gone is not that.
            case MEDIUM, TIMEOUT, NO_SPACE, STALE, CLOSED -> AtaStatus.ERR_UNCORRECTABLE;
            case READ_ONLY, MISALIGNED, NOT_SUPPORTED -> AtaStatus.ERR_ABORTED;
        };
    }
}
