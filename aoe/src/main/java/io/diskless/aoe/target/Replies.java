package io.diskless.aoe.target;

import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.AtaFields;
import io.diskless.aoe.wire.ConfigFields;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.aoe.wire.MaskFields;
import io.diskless.aoe.wire.ReserveFields;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds answers, each from fresh bytes: nothing of a request is echoed but what the protocol says (spec §3.2). Every
 * method fills the frame, pads it to 60 bytes and commits it. Confined to the port's thread; no allocation.
 */
final class Replies {
    private static final int AT = AoeHeader.AT;

    private final PortLoop port;

    Replies(PortLoop port) {
        this.port = port;
    }

    /** A slot for an answer, or null, counted: the initiator will ask again. */
    @Nullable
    Frame claim() {
        Frame frame = port.link().claim();
        if (frame == null) {
            port.link().flush();
            frame = port.link().claim();
            if (frame == null) {
                port.count(PortCounter.NO_SLOT);
            }
        }
        return frame;
    }

    void ata(
            Frame frame,
            long to,
            PortExport export,
            int tag,
            int flags,
            int error,
            int count,
            int status,
            long lba,
            int dataBytes) {
        header(frame, to, export, 0, AoeHeader.CMD_ATA, tag);
        AtaFields.write(frame.bytes(), AT, flags, error, count, status, lba);
        commit(frame, AtaFields.DATA_AT + dataBytes);
    }

    /** An AoE error: the registers are as they were asked for. */
    void ataRefused(Frame frame, long to, PortExport export, int error, Frame request) {
        ByteBuffer r = request.bytes();
        header(frame, to, export, error, AoeHeader.CMD_ATA, AoeHeader.tag(r, AT));
        AtaFields.write(
                frame.bytes(),
                AT,
                AtaFields.flags(r, AT),
                AtaFields.features(r, AT),
                AtaFields.count(r, AT),
                AtaFields.command(r, AT),
                AtaFields.lba48(r, AT));
        commit(frame, AtaFields.DATA_AT);
    }

    /** An AoE error without anything behind the header. */
    void refused(Frame frame, long to, PortExport export, int error, int command, int tag) {
        header(frame, to, export, error, command, tag);
        commit(frame, AT + AoeHeader.LENGTH);
    }

    void config(Frame frame, long to, PortExport export, int error, int tag, int command, byte[] string) {
        header(frame, to, export, error, AoeHeader.CMD_CONFIG, tag);
        ByteBuffer b = frame.bytes();
        int start = AT + ConfigFields.LENGTH;
        int length = Math.min(string.length, port.sizes().longestFrame() - start);
        ConfigFields.write(
                b,
                AT,
                port.bufferCount(),
                port.firmware(),
                port.sizes().sectors(export.export),
                AoeHeader.VERSION,
                command,
                length);
        b.put(start, string, 0, length);
        commit(frame, start + length);
    }

    /** With an error, or without a list, only the fixed part is sent. */
    void mask(
            Frame frame,
            long to,
            PortExport export,
            int error,
            int tag,
            int command,
            int maskError,
            int count,
            List<MacAddress> list) {
        header(frame, to, export, error, AoeHeader.CMD_MASK, tag);
        ByteBuffer b = frame.bytes();
        int entries = Math.min(list.size(), port.sizes().maskCapacity());
        MaskFields.write(b, AT, command, maskError, list.isEmpty() ? count : entries);
        for (int i = 0; i < entries; i++) {
            MaskFields.writeDirective(
                    b, AT, i, MaskFields.DIRECTIVE_NONE, list.get(i).value());
        }
        commit(frame, AT + MaskFields.LENGTH + entries * MaskFields.DIRECTIVE_LENGTH);
    }

    void reserve(Frame frame, long to, PortExport export, int error, int tag, int command, List<MacAddress> list) {
        header(frame, to, export, error, AoeHeader.CMD_RESERVE, tag);
        ByteBuffer b = frame.bytes();
        int entries = Math.min(list.size(), port.sizes().reserveCapacity());
        ReserveFields.write(b, AT, command, entries);
        for (int i = 0; i < entries; i++) {
            ReserveFields.writeMac(b, AT, i, list.get(i).value());
        }
        commit(frame, AT + ReserveFields.LENGTH + entries * MacAddress.BYTES);
    }

    private void header(Frame frame, long to, PortExport export, int error, int command, int tag) {
        ByteBuffer b = frame.bytes();
        EthernetHeader.write(b, 0, to, port.link().address().value());
        int flags = AoeHeader.FLAG_RESPONSE | (error == 0 ? 0 : AoeHeader.FLAG_ERROR);
        AoeHeader.write(b, AT, flags, error, export.shelf(), export.slot(), command, tag);
        if (error != 0) {
            export.count(PortExport.AOE_ERRORS);
        }
    }

    private void commit(Frame frame, int length) {
        port.link().commit(EthernetHeader.pad(frame.bytes(), 0, length));
        port.count(PortCounter.ANSWERS);
    }
}
