package io.diskless.aoe.initiator;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.ata.AtaStatus;
import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.AtaFields;
import io.diskless.aoe.wire.ConfigFields;
import io.diskless.aoe.wire.EthernetHeader;
import io.diskless.cluster.net.AoeAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/** A target as simple as can be, which does what a test tells it: lose, refuse, forge, delay. */
final class ScriptedTarget {
    /** One request as it arrived. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Seen(EthernetLink link, byte[] frame) {
        ByteBuffer bytes() {
            return ByteBuffer.wrap(frame);
        }

        int command() {
            return AoeHeader.command(bytes(), AoeHeader.AT);
        }

        int opcode() {
            return command() == AoeHeader.CMD_ATA ? AtaFields.command(bytes(), AoeHeader.AT) : -1;
        }

        boolean isRead() {
            return AtaCommand.isRead(Math.max(0, opcode())) && opcode() >= 0;
        }

        boolean isWrite() {
            return opcode() >= 0 && AtaCommand.isWrite(opcode());
        }

        int count() {
            return AtaFields.count(bytes(), AoeHeader.AT);
        }

        long lba() {
            return AtaFields.lba(bytes(), AoeHeader.AT);
        }

        int tag() {
            return AoeHeader.tag(bytes(), AoeHeader.AT);
        }

        long source() {
            return EthernetHeader.source(bytes(), 0);
        }
    }

    final AoeAddress address;
    final List<EthernetLink> links;
    byte[] disk;
    byte[] identify = new byte[512];
    int bufferCount = 16;
    int sectorCount = 2;
    String config = "";
    /** Requests for which this says true are not even executed. */
    Predicate<Seen> lose = seen -> false;
    /** Requests for which this says true are executed and not answered. */
    Predicate<Seen> loseAnswer = seen -> false;
    /** AoE error to answer instead, 0 for none. */
    java.util.function.ToIntFunction<Seen> aoeError = seen -> 0;
    /** ATA error register to answer instead, 0 for none. */
    java.util.function.ToIntFunction<Seen> ataError = seen -> 0;

    final List<Seen> seen = new ArrayList<>();
    int executedWrites;
    private final List<Seen> queue = new ArrayList<>();

    ScriptedTarget(AoeAddress address, int sectors, EthernetLink... links) {
        this.address = address;
        this.links = List.of(links);
        disk = new byte[sectors * 512];
        resize(sectors);
    }

    void resize(int sectors) {
        disk = Arrays.copyOf(disk, sectors * 512);
        word(60, sectors & 0xFFFF);
        word(61, sectors >>> 16);
        word(83, 0x7400);
        word(86, 0x3400);
        word(100, sectors & 0xFFFF);
        word(101, sectors >>> 16);
    }

    void word(int word, int value) {
        identify[2 * word] = (byte) value;
        identify[2 * word + 1] = (byte) (value >>> 8);
    }

    int poll() {
        int work = 0;
        for (EthernetLink link : links) {
            work += link.receive(frame -> take(link, frame), 64);
            List<Seen> now = List.copyOf(queue);
            queue.clear();
            now.forEach(this::handle);
            link.flush();
        }
        return work;
    }

    private void take(EthernetLink link, Frame frame) {
        byte[] bytes = new byte[frame.length()];
        frame.bytes().get(0, bytes);
        queue.add(new Seen(link, bytes));
    }

    private void handle(Seen request) {
        ByteBuffer b = request.bytes();
        int at = AoeHeader.AT;
        int shelf = AoeHeader.shelf(b, at);
        int slot = AoeHeader.slot(b, at);
        if (AoeHeader.isResponse(b, at)
                || (shelf != address.shelf() && shelf != 0xFFFF)
                || (slot != address.slot() && slot != 0xFF)) {
            return;
        }
        seen.add(request);
        if (lose.test(request)) {
            return;
        }
        answer(request, !loseAnswer.test(request));
    }

    /** Executes a request and answers it, maybe. */
    void answer(Seen request, boolean send) {
        ByteBuffer b = request.bytes();
        int at = AoeHeader.AT;
        Frame frame = request.link.claim();
        ByteBuffer out = frame.bytes();
        EthernetHeader.write(
                out, 0, EthernetHeader.source(b, 0), request.link.address().value());
        int error = aoeError.applyAsInt(request);
        int flags = AoeHeader.FLAG_RESPONSE | (error != 0 ? AoeHeader.FLAG_ERROR : 0);
        AoeHeader.write(
                out, at, flags, error, address.shelf(), address.slot(), request.command(), AoeHeader.tag(b, at));
        int length;
        if (error != 0) {
            length = 24;
        } else if (request.command() == AoeHeader.CMD_CONFIG) {
            byte[] text = config.getBytes(StandardCharsets.ISO_8859_1);
            ConfigFields.write(out, at, bufferCount, 1, sectorCount, 1, ConfigFields.command(b, at), text.length);
            out.put(32, text);
            length = 32 + text.length;
        } else if (request.command() == AoeHeader.CMD_ATA) {
            length = ata(request, b, out);
        } else {
            return;
        }
        if (send) {
            request.link.commit(EthernetHeader.pad(out, 0, length));
        }
    }

    private int ata(Seen request, ByteBuffer b, ByteBuffer out) {
        int at = AoeHeader.AT;
        int op = request.opcode();
        int bytes = request.count() * 512;
        long offset = request.lba() * 512;
        int error = ataError.applyAsInt(request);
        boolean transfer = AtaCommand.isRead(op) || AtaCommand.isWrite(op);
        if (error == 0 && transfer && offset + bytes > disk.length) {
            error = AtaStatus.ERR_NOT_FOUND;
        }
        boolean known = transfer || op == AtaCommand.IDENTIFY || op == AtaCommand.FLUSH || op == AtaCommand.FLUSH_EXT;
        if (error == 0 && !known) {
            error = AtaStatus.ERR_ABORTED;
        }
        AtaFields.write(
                out,
                at,
                AtaFields.flags(b, at),
                error,
                0,
                error == 0 ? AtaStatus.OK : AtaStatus.FAILED,
                AtaFields.lba48(b, at));
        if (error != 0) {
            return 36;
        }
        if (op == AtaCommand.IDENTIFY) {
            out.put(36, identify);
            return 36 + 512;
        }
        if (AtaCommand.isRead(op)) {
            out.put(36, disk, (int) offset, bytes);
            return 36 + bytes;
        }
        if (AtaCommand.isWrite(op)) {
            executedWrites++;
            b.get(36, disk, (int) offset, bytes);
        }
        return 36;
    }

    /** Says what it is without being asked. */
    void announce() {
        for (EthernetLink link : links) {
            ByteBuffer out = link.claim().bytes();
            EthernetHeader.write(out, 0, 0xFFFF_FFFF_FFFFL, link.address().value());
            AoeHeader.write(
                    out,
                    AoeHeader.AT,
                    AoeHeader.FLAG_RESPONSE,
                    0,
                    address.shelf(),
                    address.slot(),
                    AoeHeader.CMD_CONFIG,
                    0);
            byte[] text = config.getBytes(StandardCharsets.ISO_8859_1);
            ConfigFields.write(out, AoeHeader.AT, bufferCount, 1, sectorCount, 1, 0, text.length);
            out.put(32, text);
            link.commit(EthernetHeader.pad(out, 0, 32 + text.length));
            link.flush();
        }
    }
}
