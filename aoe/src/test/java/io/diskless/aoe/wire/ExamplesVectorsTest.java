package io.diskless.aoe.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.ata.AtaStatus;
import io.diskless.aoe.ata.IdentifyDevice;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.net.Octets;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** The worked examples of spec §13, captured from Linux, iPXE, vblade and a script, made here byte for byte. */
class ExamplesVectorsTest {
    private static final MacAddress LINUX = MacAddress.parse("52:54:00:00:00:01");
    private static final MacAddress TARGET = MacAddress.parse("02:00:00:00:00:0a");
    private static final MacAddress SCRIPT = MacAddress.parse("02:00:00:00:00:01");
    private static final AoeAddress E1_2 = new AoeAddress(1, 2);

    @Test
    void linuxDiscovers() {
        AoeMessage query = ConfigMessage.request(AoeEnvelope.broadcast(LINUX, 0), ConfigFields.READ, Octets.EMPTY);

        assertThat(query.toFrame())
                .isEqualTo(Frames.bytes(
                        "ff ff ff ff ff ff  52 54 00 00 00 01  88 a2",
                        "10 00 ff ff ff 01  00 00 00 00",
                        "00 00 00 00 00 00  00 00"));
    }

    @Test
    void vbladeAnswers() {
        AoeEnvelope answer = AoeEnvelope.broadcast(LINUX, 0).reply(TARGET, E1_2);

        assertThat(new ConfigMessage(answer, 16, 0x4019, 2, 1, 0, Octets.EMPTY, Octets.EMPTY).toFrame())
                .isEqualTo(Frames.bytes(
                        "52 54 00 00 00 01  02 00 00 00 00 0a  88 a2",
                        "18 00 00 01 02 01  00 00 00 00",
                        "00 10 40 19 02 10  00 00"));
    }

    @Test
    void linuxIdentifies() {
        AoeEnvelope envelope = AoeEnvelope.request(TARGET, LINUX, E1_2, 0x0001_e4f0);

        // Linux has A0 in the device register where our factory, as iPXE, has E0.
        assertThat(new AtaMessage(envelope, 0, 0, 1, AtaCommand.IDENTIFY, 0xA000_0000L, 0, Octets.EMPTY).toFrame())
                .isEqualTo(Frames.bytes(
                        "02 00 00 00 00 0a  52 54 00 00 00 01  88 a2",
                        "10 00 00 01 02 00  00 01 e4 f0",
                        "00 00 01 ec  00 00 00 a0 00 00  00 00"));
    }

    @Test
    void vbladeSaysWhatItIs() {
        byte[] frame = Captures.read("10-linux61-basic").get(3).bytes();
        ByteBuffer b = Frames.guarded(frame);

        assertThat(FrameValidator.readData(b, 0, frame.length, 512)).isEqualTo(Verdict.ACCEPTED);
        IdentifyDevice disk = IdentifyDevice.parse(b, AtaFields.DATA_AT);
        assertThat(disk.serial()).isEqualTo("1.2:vm");
        assertThat(disk.firmware()).isEqualTo("V25");
        assertThat(disk.model()).isEqualTo("Coraid EtherDrive vblade");
        assertThat(disk.sectors()).isEqualTo(8192);
        assertThat(disk.supportsLba48()).isTrue();
        assertThat(disk.supportsFlush()).isTrue();
        assertThat(disk.supportsWriteCache()).isFalse();
        assertThat(disk.supportsSmart()).isFalse();
        assertThat(disk.supportsTrim()).isFalse();
        assertThat(disk.physicalBlock()).isEqualTo(512);
        assertThat(disk.hasChecksum()).isFalse();
        int[][] words = {
            {0, 0}, {47, 0x8000}, {49, 0x0200}, {50, 0x4000}, {60, 0x2000}, {61, 0}, {83, 0x5400}, {84, 0x4000},
            {86, 0x1400}, {87, 0x4000}, {93, 0x400B}, {100, 0x2000}, {101, 0}, {102, 0}, {103, 0}, {255, 0}
        };
        for (int[] word : words) {
            assertThat(disk.word(word[0])).as("word %d", word[0]).isEqualTo(word[1]);
        }
        assertThat(disk)
                .hasToString("IdentifyDevice[Coraid EtherDrive vblade, serial 1.2:vm, firmware V25, 8192 sectors]");
    }

    @Test
    void linuxReadsTwoSectors() {
        AoeEnvelope envelope = AoeEnvelope.request(TARGET, LINUX, E1_2, 0x0002_e4fb);
        byte[] answer = Captures.read("10-linux61-basic").get(5).bytes();

        assertThat(AtaMessage.request(envelope, AtaCommand.READ_EXT, 0, 0, 2, Octets.EMPTY)
                        .toFrame())
                .isEqualTo(Frames.bytes(
                        "02 00 00 00 00 0a 52 54 00 00 00 01 88 a2",
                        "10 00 00 01 02 00 00 02 e4 fb | 40 00 02 24 00 00 00 00 00 00 00 00"));
        assertThat(answer)
                .hasSize(1060)
                .startsWith(Frames.bytes(
                        "52 54 00 00 00 01 02 00 00 00 00 0a 88 a2",
                        "18 00 00 01 02 00 00 02 e4 fb | 40 00 00 40 00 00 00 00 00 00 00 00"));
    }

    @Test
    void linuxWritesTwoSectors() {
        byte[] frame = Captures.read("10-linux61-basic").get(168).bytes();
        byte[] answer = Captures.read("10-linux61-basic").get(169).bytes();
        Octets data = Octets.copy(ByteBuffer.wrap(frame), AtaFields.DATA_AT, 1024);
        AoeEnvelope envelope = AoeEnvelope.request(TARGET, LINUX, E1_2, 0x0051_ea04);

        AtaMessage write = AtaMessage.request(envelope, AtaCommand.WRITE_EXT, 0, 0x100, 2, data);
        assertThat(write.toFrame())
                .isEqualTo(frame)
                .startsWith(Frames.bytes(
                        "02 00 00 00 00 0a 52 54 00 00 00 01 88 a2",
                        "10 00 00 01 02 00 00 51 ea 04 | 41 00 02 34 00 01 00 00 00 00 00 00 | 98 42 b2 55"));
        // vblade pads with what was written.
        assertThat(answer)
                .isEqualTo(new AtaMessage(envelope.reply(TARGET, E1_2), 0x41, 0, 0, 0x40, 0x100, 0, data.first(24))
                        .toFrame())
                .hasSize(60);
    }

    @Test
    void ipxeBoots() {
        AoeEnvelope first =
                AoeEnvelope.request(MacAddress.BROADCAST, MacAddress.parse("52:54:00:00:00:07"), E1_2, 0x18ae_0001);
        assertThat(behind(ConfigMessage.request(first, ConfigFields.READ, Octets.EMPTY)))
                .isEqualTo(Frames.bytes("10 00 00 01 02 01 18 ae 00 01", Frames.zeroes(8)));
        assertThat(behind(AtaMessage.request(tagged(0x18ae_0002), AtaCommand.IDENTIFY, 0, 0, 1, Octets.EMPTY)))
                .isEqualTo(Frames.bytes("10 00 00 01 02 00 18 ae 00 02 | 00 00 01 ec 00 00 00 e0 00 00 00 00"));
        assertThat(behind(AtaMessage.request(tagged(0x18ae_0003), AtaCommand.READ_EXT, 0, 0x40, 2, Octets.EMPTY)))
                .isEqualTo(Frames.bytes("10 00 00 01 02 00 18 ae 00 03 | 40 00 02 24 40 00 00 00 00 00 00 00"));
    }

    @Test
    void ataCommandsOfAllKinds() {
        request(0x80000106, "00 00 01 20 01 00 00 e0 00 00 0000", AtaCommand.READ, 0, 1, 1);
        request(0x8000011f, "40 00 01 24 00 20 00 00 00 00 0000", AtaCommand.READ_EXT, 0, 0x2000, 1);
        request(0x80000120, "40 00 02 24 ff 1f 00 00 00 00 0000", AtaCommand.READ_EXT, 0, 0x1fff, 2);
        request(0x80000110, "40 00 00 ea 00 00 00 00 00 00 0000", AtaCommand.FLUSH_EXT, 0, 0, 0);
        answered(0x8000011f, "40 10 01 41 00 20 00 00 00 00 0000", "status 41 (DRDY ERR), error 10 (IDNF)");
        answered(0x80000101, "41 04 01 41 00 00 00 00 00 00 0000", "status 41 (DRDY ERR), error 04 (ABRT)");
        answered(0x8000010f, "00 00 00 00 00 00 00 00 00 00 0000", "status 00");
        answered(0x80000111, "00 00 ff 40 00 00 00 00 00 00 0000", "status 40 (DRDY)");
        answered(0x80000113, "00 04 01 41 00 4f c2 00 00 00 0000", "status 41 (DRDY ERR), error 04 (ABRT)");
    }

    private static void request(int tag, String ata, int opcode, int features, long sector, int count) {
        assertThat(behind(AtaMessage.request(tagged(tag), opcode, features, sector, count, Octets.EMPTY)))
                .isEqualTo(Frames.bytes("10 00 0001 02 00", Integer.toHexString(tag), ata));
    }

    private static void answered(int tag, String ata, String words) {
        ByteBuffer b = Frames.response("18 00 0001 02 00", Integer.toHexString(tag), ata);
        assertThat(FrameValidator.response(b, 0, b.limit())).isEqualTo(Verdict.ACCEPTED);
        assertThat(AtaStatus.describe(AtaFields.status(b, AoeHeader.AT), AtaFields.error(b, AoeHeader.AT)))
                .isEqualTo(words);
    }

    @Test
    void configStrings() {
        answeredConfig(tagged(0x80000109), ConfigFields.SET, "host-a", "18 00", "13", "host-a");
        answeredConfig(tagged(0x80000109), ConfigFields.SET, "host-b", "1c 04", "13", "host-a");
        answeredConfig(tagged(0x80000109), ConfigFields.FORCE, "host-b", "18 00", "14", "host-b");
        answeredConfig(tagged(0x80000109), ConfigFields.PREFIX, "host", "18 00", "12", "host-a");
        answeredConfig(tagged(0x80000109), 5, "zz", "1c 02", "15", "host-b");
        answeredConfig(tagged(0x80000109), ConfigFields.FORCE, "", "18 00", "14", "");
    }

    private static void answeredConfig(
            AoeEnvelope envelope, int command, String asked, String flags, String versionCommand, String now) {
        String tag = Integer.toHexString(envelope.tag());
        assertThat(behind(ConfigMessage.request(envelope, command, Octets.ofText(asked))))
                .isEqualTo(Frames.bytes("10 00 0001 02 01", tag, "0000 0000 00 0" + command, string(asked)));
        AoeEnvelope reply = envelope.reply(TARGET, E1_2);
        AoeEnvelope answer = flags.equals("18 00") ? reply : reply.withError(Integer.parseInt(flags.substring(3)));
        assertThat(behind(new ConfigMessage(answer, 16, 0x4019, 2, 1, command, Octets.ofText(now), Octets.EMPTY)))
                .isEqualTo(Frames.bytes(flags, "0001 02 01", tag, "0010 4019 02", versionCommand, string(now)));
    }

    private static String string(String text) {
        return "%04x%s".formatted(text.length(), Octets.ofText(text));
    }

    @Test
    void anAnnouncementOfVersionNought() {
        ByteBuffer b =
                ByteBuffer.wrap(Captures.read("01-vblade-config-string").get(0).bytes());
        AoeEnvelope envelope = new AoeEnvelope(
                MacAddress.BROADCAST, TARGET, OptionalInt.empty(), 0, AoeHeader.FLAG_RESPONSE, 0, 1, 2, 0);

        assertThat(AoeMessage.decode(b, 0, b.limit()))
                .contains(new ConfigMessage(envelope, 16, 0x4019, 2, 1, 0, Octets.EMPTY, Octets.EMPTY));
        assertThat(FrameValidator.response(b, 0, b.limit())).isEqualTo(Verdict.ACCEPTED);
    }

    @Test
    void maskLists() {
        MaskMessage.Directive add = new MaskMessage.Directive(0, MaskFields.DIRECTIVE_ADD, SCRIPT);
        AoeEnvelope envelope = tagged(0x80000101);

        assertThat(behind(MaskMessage.request(envelope, MaskFields.READ, List.of())))
                .isEqualTo(Frames.bytes("10 00 0001 02 02 80000101 | 00 00 00 00"));
        assertThat(behind(MaskMessage.request(envelope, MaskFields.EDIT, List.of(add))))
                .isEqualTo(Frames.bytes("10 00 0001 02 02 80000101 | 00 01 00 01 | 00 01 020000000001"));
        AoeEnvelope reply = envelope.reply(TARGET, E1_2);
        assertThat(behind(new MaskMessage(
                        reply, 0, 1, 0, 1, List.of(new MaskMessage.Directive(0, 0, SCRIPT)), Octets.EMPTY)))
                .isEqualTo(Frames.bytes("18 00 0001 02 02 80000101 | 00 01 00 01 | 00 00 020000000001"));
        assertThat(behind(new MaskMessage(reply, 0, 1, MaskFields.ERR_BAD_DIRECTIVE, 2, List.of(), Octets.EMPTY)))
                .isEqualTo(Frames.bytes("18 00 0001 02 02 80000101 | 00 01 02 02"));
        assertThat(behind(new MaskMessage(reply, 0, 1, MaskFields.ERR_FULL, 0x1b, List.of(), Octets.EMPTY)))
                .isEqualTo(Frames.bytes("18 00 0001 02 02 80000101 | 00 01 03 1b"));
    }

    @Test
    void reservations() {
        AoeEnvelope envelope = tagged(0x80000102);
        AoeEnvelope reply = envelope.reply(TARGET, E1_2);

        assertThat(behind(ReserveMessage.request(envelope, ReserveFields.SET, List.of(SCRIPT))))
                .isEqualTo(Frames.bytes("10 00 0001 02 03 80000102 | 01 01 020000000001"));
        assertThat(behind(ReserveMessage.request(reply, ReserveFields.SET, List.of(SCRIPT))))
                .isEqualTo(Frames.bytes("18 00 0001 02 03 80000102 | 01 01 020000000001"));
        assertThat(behind(ReserveMessage.request(
                        reply.withError(AoeHeader.ERR_RESERVED), ReserveFields.SET, List.of(SCRIPT))))
                .isEqualTo(Frames.bytes("1c 06 0001 02 03 80000102 | 01 01 020000000001"));
        assertThat(behind(ReserveMessage.request(envelope, ReserveFields.SET, List.of())))
                .isEqualTo(Frames.bytes("10 00 0001 02 03 80000102 | 01 00"));
    }

    @Test
    void unknownAndVendorCommands() {
        AoeEnvelope reply = tagged(0x8000012f).reply(TARGET, E1_2).withError(AoeHeader.ERR_UNKNOWN_COMMAND);

        assertThat(behind(OpaqueMessage.of(tagged(0x8000012d), 4, Octets.EMPTY)))
                .isEqualTo(Frames.bytes("10 00 0001 02 04 8000012d"));
        assertThat(behind(OpaqueMessage.of(reply, 0xF0, Octets.ofText("vendor-args"))))
                .isEqualTo(Frames.bytes("1c 01 0001 02 f0 8000012f", "76656e646f722d61726773"));
    }

    private static AoeEnvelope tagged(int tag) {
        return AoeEnvelope.request(TARGET, SCRIPT, E1_2, tag);
    }

    /** The frame from byte 14 on. */
    private static byte[] behind(AoeMessage message) {
        byte[] frame = message.toFrame();
        return Octets.copy(ByteBuffer.wrap(frame), 14, frame.length - 14).toArray();
    }
}
