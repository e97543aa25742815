package io.diskless.aoe.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.wire.Captures.Captured;
import io.diskless.cluster.net.MacAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every AoE frame of every capture: decoded, encoded again, judged, and held against what tshark says of it. */
class CapturesVectorsTest {
    static Set<String> captures() {
        return Captures.FRAMES.keySet();
    }

    @ParameterizedTest
    @MethodSource("captures")
    void everyFrameDecodesAndEncodesToTheSameBytes(String name) {
        List<Captured> frames = Captures.read(name);

        assertThat(frames).hasSize(Captures.FRAMES.get(name));
        for (Captured frame : frames) {
            AoeMessage message = AoeMessage.decode(Frames.guarded(frame.bytes()), 0, frame.bytes().length)
                    .orElseThrow(() -> new AssertionError(name + " frame " + frame.number() + " is not AoE"));
            assertThat(message.toFrame())
                    .as("%s frame %d: %s", name, frame.number(), message)
                    .isEqualTo(frame.bytes());
        }
    }

    @ParameterizedTest
    @MethodSource("captures")
    void everyFrameIsWhatTsharkSays(String name) {
        Map<Integer, Map<String, String>> table = Captures.table(name);
        SoftAssertions softly = new SoftAssertions();

        List<Captured> frames = Captures.read(name);
        assertThat(table.keySet())
                .containsExactlyElementsOf(frames.stream().map(Captured::number).toList());
        for (Captured frame : frames) {
            Map<String, String> row = table.get(frame.number());
            new Comparison(softly, name, frame, row).compare();
        }
        softly.assertAll();
    }

    /** One frame, one row. */
    private record Comparison(SoftAssertions softly, String name, Captured frame, Map<String, String> row) {
        void compare() {
            ByteBuffer b = Frames.guarded(frame.bytes());
            same("frame.len", frame.length());
            same("frame.cap_len", frame.bytes().length);
            mac("eth.dst", EthernetHeader.destination(b, 0));
            mac("eth.src", EthernetHeader.source(b, 0));
            same("eth.type", EthernetHeader.type(b, 0));
            if (EthernetHeader.type(b, 0) == EthernetHeader.ETHERTYPE_VLAN) {
                int tci = EthernetHeader.tagControl(b, 0);
                same("vlan.priority", tci >> 13);
                same("vlan.dei", tci >> 12 & 1);
                same("vlan.id", tci & 0xFFF);
                same("vlan.etype", EthernetHeader.innerType(b, 0));
            }
            int at = FrameValidator.headerAt(b, 0);
            same("aoe.version", AoeHeader.version(b, at));
            if (AoeHeader.version(b, at) != 1) {
                return; // tshark stops here
            }
            same("aoe.response", AoeHeader.isResponse(b, at) ? 1 : 0);
            same("aoe.flags_error", AoeHeader.isError(b, at) ? 1 : 0);
            if (AoeHeader.isError(b, at)) {
                same("aoe.error", AoeHeader.error(b, at));
            }
            same("aoe.major", AoeHeader.shelf(b, at));
            same("aoe.minor", AoeHeader.slot(b, at));
            same("aoe.cmd", AoeHeader.command(b, at));
            same("aoe.tag", AoeHeader.tag(b, at) & 0xFFFF_FFFFL);
            if (AoeHeader.command(b, at) == AoeHeader.CMD_ATA) {
                ata(b, at);
            }
        }

        private void ata(ByteBuffer b, int at) {
            same("aoe.aflags.e", AtaFields.flags(b, at) >> 6 & 1);
            same("aoe.aflags.w", AtaFields.flags(b, at) & 1);
            if (!row.get("aoe.aflags.d").isEmpty()) {
                same("aoe.aflags.d", AtaFields.flags(b, at) >> 4 & 1);
            }
            if (!row.get("aoe.aflags.a").isEmpty()) {
                same("aoe.aflags.a", AtaFields.flags(b, at) >> 1 & 1);
            }
            same("aoe.err_feature", AtaFields.features(b, at));
            same("aoe.sector_count", AtaFields.count(b, at));
            // In a response tshark repeats the opcode of the request that it holds it for.
            if (AoeHeader.isResponse(b, at)) {
                same("aoe.ata.status", AtaFields.status(b, at));
            } else {
                same("aoe.ata.cmd", AtaFields.command(b, at));
            }
            same("aoe.lba", AtaFields.lba48(b, at));
        }

        private void same(String field, long ours) {
            String theirs = row.get(field);
            softly.assertThat(theirs)
                    .as("%s frame %d %s", name, frame.number(), field)
                    .isNotEmpty();
            if (!theirs.isEmpty()) {
                softly.assertThat(ours)
                        .as("%s frame %d %s", name, frame.number(), field)
                        .isEqualTo(Long.decode(theirs).longValue());
            }
        }

        private void mac(String field, long ours) {
            softly.assertThat(MacAddress.of(ours))
                    .as("%s frame %d %s", name, frame.number(), field)
                    .isEqualTo(MacAddress.parse(row.get(field)));
        }
    }

    /** Frames that the capture cut short or that are malformed on purpose, each with its verdict; all others are good. */
    @Test
    void exactlyTheListedFramesAreRejected() {
        List<String> found = new ArrayList<>();
        for (String name : captures()) {
            Map<Integer, AtaMessage> requests = new HashMap<>();
            for (Captured frame : Captures.read(name)) {
                String verdict = verdict(frame, requests);
                if (frame.isCut() || !verdict.startsWith("ACCEPTED")) {
                    found.add(name + "\t" + frame.number() + "\t" + (frame.isCut() ? "cut" : "whole") + "\t" + verdict);
                }
            }
        }

        List<String> listed = new ArrayList<>();
        for (String line : new String(Captures.resource("rejected.tsv"), StandardCharsets.US_ASCII).split("\n", -1)) {
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            String[] columns = line.split("\t", -1);
            String[] run = columns[1].split("-", -1);
            for (int i = Integer.parseInt(run[0]); i <= Integer.parseInt(run[run.length - 1]); i++) {
                listed.add(columns[0] + "\t" + i + "\t" + columns[2] + "\t" + columns[3]);
            }
        }
        assertThat(found).containsExactlyElementsOf(listed);
    }

    /** As the receiver judges it; a response to a read, with the request in hand. */
    private static String verdict(Captured frame, Map<Integer, AtaMessage> requests) {
        int length = frame.bytes().length;
        ByteBuffer b = Frames.guarded(frame.bytes());
        AoeMessage message = AoeMessage.decode(b, 0, length).orElseThrow();
        if (!message.envelope().isResponse()) {
            if (message instanceof AtaMessage request) {
                requests.put(request.envelope().tag(), request);
            }
            return FrameValidator.request(b, 0, length).name();
        }
        Verdict verdict = FrameValidator.response(b, 0, length);
        AtaMessage request = requests.get(message.envelope().tag());
        if (verdict == Verdict.ACCEPTED && message instanceof AtaMessage && request != null) {
            int expected = AtaCommand.bytesIn(request.commandOrStatus(), request.featuresOrError(), request.count());
            verdict = FrameValidator.readData(b, 0, length, expected);
        }
        return verdict.name();
    }

    /** The corpus is only worth its name if it shows what there is. */
    @Test
    void theCapturesShowEveryKindOfMessage() {
        Set<String> kinds = new TreeSet<>();
        for (String name : captures()) {
            for (Captured frame : Captures.read(name)) {
                AoeMessage message = AoeMessage.decode(ByteBuffer.wrap(frame.bytes()), 0, frame.bytes().length)
                        .orElseThrow();
                kinds.add(
                        message.getClass().getSimpleName() + (message.envelope().isResponse() ? " <" : " >"));
            }
        }
        assertThat(kinds)
                .contains(
                        "AtaMessage >", "AtaMessage <",
                        "ConfigMessage >", "ConfigMessage <",
                        "MaskMessage >", "MaskMessage <",
                        "ReserveMessage >", "ReserveMessage <",
                        "OpaqueMessage >", "OpaqueMessage <");
    }
}
