package io.diskless.aoe.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.ata.AtaStatus;
import io.diskless.aoe.ata.IdentifyDevice;
import io.diskless.aoe.ata.SmartData;
import io.diskless.aoe.ata.TrimRanges;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Any bytes at all, as a frame whose buffer ends where the frame ends: a read beyond it throws, and so does a write that
 * a read-only buffer sees.
 *
 * <p>The corpus beside this class runs in every build. {@code mvn -P long -pl aoe -am test} lets the fuzzer look for new
 * inputs; what it finds is added to the corpus.
 */
class FrameFuzzTest {
    @FuzzTest(maxDuration = "10m")
    void frame(byte[] frame) {
        ByteBuffer heap = Frames.guarded(frame).asReadOnlyBuffer();
        judge(heap, frame.length);
        decode(heap, frame);
    }

    /** The validator and everything that its verdict allows. */
    private static void judge(ByteBuffer b, int length) {
        Verdict request = FrameValidator.request(b, 0, length);
        if (request == Verdict.ACCEPTED) {
            argument(b, length, true);
        } else if (request.replyError() != 0) {
            // Who answers with an error looks at the header.
            header(b);
        }
        Verdict response = FrameValidator.response(b, 0, length);
        if (response.isAccepted()) {
            header(b);
        }
        if (response == Verdict.ACCEPTED || FrameValidator.body(b, 0, length) == Verdict.ACCEPTED) {
            argument(b, length, false);
        }
        expect(request != Verdict.ACCEPTED || !response.isAccepted(), "both a request and a response");
    }

    private static long header(ByteBuffer b) {
        int at = FrameValidator.headerAt(b, 0);
        return EthernetHeader.destination(b, 0)
                + EthernetHeader.source(b, 0)
                + AoeHeader.version(b, at)
                + AoeHeader.flags(b, at)
                + AoeHeader.error(b, at)
                + AoeHeader.shelf(b, at)
                + AoeHeader.slot(b, at)
                + AoeHeader.command(b, at)
                + AoeHeader.tag(b, at);
    }

    private static void argument(ByteBuffer b, int length, boolean request) {
        header(b);
        int at = FrameValidator.headerAt(b, 0);
        switch (AoeHeader.command(b, at)) {
            case AoeHeader.CMD_ATA -> ata(b, at, length, request);
            case AoeHeader.CMD_CONFIG -> config(b, at);
            case AoeHeader.CMD_MASK -> mask(b, at, request);
            case AoeHeader.CMD_RESERVE -> reserve(b, at);
            default -> throw new AssertionError("accepted, with command " + AoeHeader.command(b, at));
        }
    }

    private static void ata(ByteBuffer b, int at, int length, boolean request) {
        int opcode = AtaFields.command(b, at);
        int features = AtaFields.features(b, at);
        int count = AtaFields.count(b, at);
        long lba = AtaFields.lba(b, at);
        expect(lba >= 0 && lba < 1L << (AtaCommand.isExtended(opcode) ? 48 : 28), "LBA out of range");
        AtaFields.flags(b, at);
        AtaFields.reserved(b, at);
        AtaFields.lbaByte(b, at, 5);
        int data = at + AtaFields.LENGTH;
        if (request) {
            byte[] payload = new byte[AtaCommand.bytesOut(opcode, features, count)];
            b.get(data, payload);
            if (opcode == AtaCommand.DATA_SET_MANAGEMENT) {
                trim(b, data, count);
            }
            return;
        }
        AtaStatus.describe(AtaFields.status(b, at), AtaFields.error(b, at));
        if (AtaStatus.isSuccess(AtaFields.status(b, at))
                && FrameValidator.readData(b, 0, length, IdentifyDevice.LENGTH) == Verdict.ACCEPTED) {
            IdentifyDevice disk = IdentifyDevice.parse(b, data);
            expect(disk.sectors() >= 0 && disk.sectors() <= IdentifyDevice.MAX_SECTORS_48, "capacity out of range");
            expect(disk.toBuilder().build().sectors() == disk.sectors(), "capacity changed");
            expect(disk.toString().chars().allMatch(c -> c >= ' ' && c <= '~'), "control characters");
            SmartData.parse(b, data);
        }
    }

    private static void trim(ByteBuffer b, int at, int blocks) {
        long capacity = 1L << 32;
        int outside = TrimRanges.firstOutside(b, at, blocks, capacity);
        for (int i = 0; i < blocks * TrimRanges.PER_BLOCK; i++) {
            long end = TrimRanges.lba(b, at, i) + TrimRanges.sectors(b, at, i);
            boolean inside = end <= capacity || TrimRanges.sectors(b, at, i) == 0;
            expect(inside || (outside >= 0 && outside <= i), "a range reaches outside");
        }
    }

    private static void config(ByteBuffer b, int at) {
        int length = ConfigFields.stringLength(b, at);
        expect(length <= ConfigFields.MAX_STRING, "config string too long");
        b.get(at + ConfigFields.LENGTH, new byte[length]);
        ConfigFields.bufferCount(b, at);
        ConfigFields.firmware(b, at);
        ConfigFields.sectorCount(b, at);
        ConfigFields.aoeVersion(b, at);
        ConfigFields.command(b, at);
    }

    private static void mask(ByteBuffer b, int at, boolean request) {
        MaskFields.command(b, at);
        int listed = request || MaskFields.error(b, at) == 0 ? MaskFields.count(b, at) : 0;
        for (int i = 0; i < listed; i++) {
            MaskFields.directive(b, at, i);
            MaskFields.mac(b, at, i);
        }
    }

    private static void reserve(ByteBuffer b, int at) {
        ReserveFields.command(b, at);
        for (int i = 0; i < ReserveFields.count(b, at); i++) {
            ReserveFields.mac(b, at, i);
        }
    }

    private static void decode(ByteBuffer b, byte[] frame) {
        AoeMessage message = AoeMessage.decode(b, 0, frame.length).orElse(null);
        if (message != null) {
            expect(Arrays.equals(message.toFrame(), frame), "another frame than was decoded: " + message);
        }
    }

    private static void expect(boolean good, String otherwise) {
        if (!good) {
            throw new AssertionError(otherwise);
        }
    }
}
