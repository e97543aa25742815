package io.diskless.aoe.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each malformed frame has its verdict, is counted under it, and the verdict says what the protocol wants done. */
class FrameValidatorTest {
    private static final String MAC = "020000000077";

    /** Frame, what the target says. */
    static Stream<Arguments> requests() {
        return Stream.of(
                // Ethernet
                row("", Verdict.SHORT_ETHERNET),
                row("02000000000a 020000000001 88", Verdict.SHORT_ETHERNET),
                row("02000000000a 020000000001 8100 0001 88", Verdict.SHORT_ETHERNET),
                row("02000000000a 020000000001 0800" + Frames.zeroes(46), Verdict.NOT_AOE),
                row("02000000000a 020000000001 8100 0001 0800" + Frames.zeroes(46), Verdict.NOT_AOE),
                row("02000000000a 020000000001 8100 0001 8100 0001 88a2" + Frames.zeroes(46), Verdict.NOT_AOE),
                row("02000000000a ffffffffffff 88a2 10000001 0201 00000000 00000000 00000000", Verdict.GROUP_SOURCE),
                row("02000000000a 010000000001 88a2 10000001 0201 00000000 00000000 00000000", Verdict.GROUP_SOURCE),
                // AoE header
                from("10000001 0200 000000", Verdict.SHORT_HEADER),
                row("02000000000a 020000000001 8100 0001 88a2 10000001 0200 000000", Verdict.SHORT_HEADER),
                from("18000001 0200 00000000" + Frames.zeroes(36), Verdict.NOT_REQUEST),
                from("1c000001 0200 00000000" + Frames.zeroes(36), Verdict.NOT_REQUEST),
                from("00000001 0201 00000000" + Frames.zeroes(36), Verdict.BAD_VERSION),
                from("20000001 0201 00000000", Verdict.BAD_VERSION),
                from("f0000001 0209 00000000", Verdict.BAD_VERSION),
                from("10000001 0204 00000000", Verdict.UNKNOWN_COMMAND),
                from("10000001 02ef 00000000", Verdict.UNKNOWN_COMMAND),
                from("10000001 02f0 00000000", Verdict.VENDOR_COMMAND),
                from("10000001 02ff 00000000", Verdict.VENDOR_COMMAND),
                // ATA
                from("10000001 0200 00000000" + Frames.zeroes(11), Verdict.SHORT_ATA),
                from(ata("00 00 00 ec"), Verdict.IDENTIFY_COUNT),
                from(ata("00 00 02 ec"), Verdict.IDENTIFY_COUNT),
                from(ata("41 00 01 34") + Frames.zeroes(511), Verdict.SHORT_WRITE_DATA),
                from(ata("41 00 02 34") + Frames.zeroes(512), Verdict.SHORT_WRITE_DATA),
                from(ata("01 00 01 30") + Frames.zeroes(24), Verdict.SHORT_WRITE_DATA),
                from(ata("41 00 ff 35") + Frames.zeroes(1464), Verdict.SHORT_WRITE_DATA),
                from(ata("00 00 01 34"), Verdict.SHORT_WRITE_DATA), // W missing: the opcode decides
                from(ata("01 01 01 06") + Frames.zeroes(8), Verdict.SHORT_WRITE_DATA),
                from(ata("01 d6 01 b0"), Verdict.SHORT_WRITE_DATA),
                // Config
                from("10000001 0201 00000000" + Frames.zeroes(7), Verdict.SHORT_CONFIG),
                from("10000001 0201 00000000 0000 0000 00 03 0401" + Frames.zeroes(1025), Verdict.CONFIG_TOO_LONG),
                from("10000001 0201 00000000 0000 0000 00 00 ffff" + Frames.zeroes(1025), Verdict.CONFIG_TOO_LONG),
                from("10000001 0201 00000000 0000 0000 00 03 0007 686f73742d61", Verdict.CONFIG_OVERRUN),
                from("10000001 0201 00000000 0000 0000 00 03 0400" + Frames.zeroes(1023), Verdict.CONFIG_OVERRUN),
                from("10000001 0201 00000000 0000 0000 00 05 0002 7a7a", Verdict.CONFIG_COMMAND),
                from("10000001 0201 00000000 0000 0000 00 ff 0000", Verdict.CONFIG_COMMAND),
                // Mask
                from("10000001 0202 00000000 00 00 00", Verdict.SHORT_MASK),
                from("10000001 0202 00000000 00 02 00 00", Verdict.MASK_COMMAND),
                from("10000001 0202 00000000 00 01 00 01 00 01 0200000000", Verdict.MASK_OVERRUN),
                from("10000001 0202 00000000 00 01 00 02 00 01" + MAC, Verdict.MASK_OVERRUN),
                from("10000001 0202 00000000 00 00 00 ff" + Frames.zeroes(254 * 8), Verdict.MASK_OVERRUN),
                // A request cannot talk its list away by claiming an error.
                from("10000001 0202 00000000 00 01 02 01", Verdict.MASK_OVERRUN),
                // Reserve
                from("10000001 0203 00000000 00", Verdict.SHORT_RESERVE),
                from("10000001 0203 00000000 03 00", Verdict.RESERVE_COMMAND),
                from("10000001 0203 00000000 01 01 0200000000", Verdict.RESERVE_OVERRUN),
                from("10000001 0203 00000000 01 09" + MAC, Verdict.RESERVE_OVERRUN));
    }

    /** Frames that a strict reader might refuse and we must not. */
    static Stream<Arguments> goodRequests() {
        return Stream.of(
                // No padding (spec §1): 24 + arguments and not a byte more.
                from("10000001 0201 00000000" + Frames.zeroes(8), Verdict.ACCEPTED),
                from("10000001 0202 00000000" + Frames.zeroes(4), Verdict.ACCEPTED),
                from("10000001 0203 00000000" + Frames.zeroes(2), Verdict.ACCEPTED),
                from(ata("00 00 01 ec"), Verdict.ACCEPTED),
                // Broadcast address, reserved bits, a stray E: the receiver's affair or nobody's.
                row("ffffffffffff 525400000001 88a2 1000ffffff01 00000000" + Frames.zeroes(8), Verdict.ACCEPTED),
                from("17ff0001 0201 00000000" + Frames.zeroes(8), Verdict.ACCEPTED),
                from("10000001 0200 00000000 ff 00 01 24 000000000000 ffff", Verdict.ACCEPTED),
                // One tag, also one that only bears a priority.
                row("02000000000a 020000000001 8100 6000 88a2 10000001 0203 00000000 0000", Verdict.ACCEPTED),
                // Count 0 moves no data, unknown and data-less opcodes need none.
                from(ata("41 00 00 34"), Verdict.ACCEPTED),
                from(ata("01 00 ff 5a"), Verdict.ACCEPTED),
                from(ata("00 00 00 e7"), Verdict.ACCEPTED),
                from(ata("01 00 01 24"), Verdict.ACCEPTED),
                from(ata("00 d0 01 b0"), Verdict.ACCEPTED),
                from(ata("41 00 01 34") + Frames.zeroes(512), Verdict.ACCEPTED),
                from(ata("41 00 01 34") + Frames.zeroes(600), Verdict.ACCEPTED),
                // Exactly full.
                from("10000001 0201 00000000 0000 0000 00 03 0400" + Frames.zeroes(1024), Verdict.ACCEPTED),
                from("10000001 0202 00000000 00 01 00 01 00 09" + MAC, Verdict.ACCEPTED),
                from("10000001 0203 00000000 01 ff" + MAC.repeat(255), Verdict.ACCEPTED));
    }

    /** Frame, what the initiator says. */
    static Stream<Arguments> responses() {
        return Stream.of(
                row("", Verdict.SHORT_ETHERNET),
                row("020000000001 02000000000a 86dd" + Frames.zeroes(46), Verdict.NOT_AOE),
                row("020000000001 33330000000a 88a2 18000001 0203 00000000 0000", Verdict.GROUP_SOURCE),
                to("18000001 0200 0000", Verdict.SHORT_HEADER),
                to("10000001 0200 00000000" + Frames.zeroes(12), Verdict.NOT_RESPONSE),
                to("14000001 0200 00000000" + Frames.zeroes(12), Verdict.NOT_RESPONSE),
                // An announcement of version 0 passes; with a tag, another command or another version it does not.
                to("08000001 0201 00000000 0010 4019 02 10 0000", Verdict.ACCEPTED),
                to("08000001 0201 00000001 0010 4019 02 10 0000", Verdict.BAD_VERSION),
                to("08000001 0203 00000000 0000", Verdict.BAD_VERSION),
                to("28000001 0201 00000000 0010 4019 02 10 0000", Verdict.BAD_VERSION),
                to("18000001 0205 00000000", Verdict.UNKNOWN_COMMAND),
                to("18000001 02f1 00000000", Verdict.VENDOR_COMMAND),
                to("18000001 0200 00000000" + Frames.zeroes(11), Verdict.SHORT_ATA),
                to("18000001 0200 00000000 40 00 00 40 000000000000 0000", Verdict.ACCEPTED),
                to("18000001 0201 00000000 0010 4019 02 10 00", Verdict.SHORT_CONFIG),
                to("18000001 0201 00000000 0010 4019 02 10 0401" + Frames.zeroes(1025), Verdict.CONFIG_TOO_LONG),
                to("18000001 0201 00000000 0010 4019 02 10 0003 6162", Verdict.CONFIG_OVERRUN),
                to("18000001 0201 00000000 0010 4019 02 1f 0002 6162", Verdict.ACCEPTED),
                to("18000001 0202 00000000 00 00 00", Verdict.SHORT_MASK),
                to("18000001 0202 00000000 00 00 00 01 00 00 0200000000", Verdict.MASK_OVERRUN),
                // With a mask error the count is of directives done, and nothing follows.
                to("18000001 0202 00000000 00 01 02 02", Verdict.ACCEPTED),
                to("18000001 0203 00000000 00", Verdict.SHORT_RESERVE),
                to("18000001 0203 00000000 00 01", Verdict.RESERVE_OVERRUN),
                to("18000001 0203 00000000 09 01" + MAC, Verdict.ACCEPTED),
                // Flag E: some targets send nothing behind the header.
                to("1c040001 0201 00000000", Verdict.ACCEPTED_ERROR),
                to("1c010001 02f0 00000000", Verdict.ACCEPTED_ERROR),
                to("1c060001 0200 00000000" + Frames.zeroes(36), Verdict.ACCEPTED_ERROR));
    }

    private static String ata(String fields) {
        return "10000001 0200 00000000" + fields + "000000000000 0000";
    }

    private static Arguments row(String hex, Verdict verdict) {
        return Arguments.of(hex, verdict);
    }

    private static Arguments from(String hex, Verdict verdict) {
        return row(Frames.FROM_INITIATOR + hex, verdict);
    }

    private static Arguments to(String hex, Verdict verdict) {
        return row(Frames.FROM_TARGET + hex, verdict);
    }

    @ParameterizedTest
    @MethodSource({"requests", "goodRequests"})
    void judgesRequestsAndCountsTheVerdict(String hex, Verdict expected) {
        byte[] frame = Frames.bytes(hex);
        VerdictCounters counters = new VerdictCounters();

        Verdict verdict = counters.count(FrameValidator.request(Frames.guarded(frame), 0, frame.length));

        assertThat(verdict).isEqualTo(expected);
        assertThat(counters.snapshot()).containsExactly(java.util.Map.entry(expected, 1L));
        assertThat(counters.rejected()).isEqualTo(expected.isAccepted() ? 0 : 1);
    }

    @ParameterizedTest
    @MethodSource("responses")
    void judgesResponsesAndCountsTheVerdict(String hex, Verdict expected) {
        byte[] frame = Frames.bytes(hex);
        VerdictCounters counters = new VerdictCounters();

        Verdict verdict = counters.count(FrameValidator.response(Frames.guarded(frame), 0, frame.length));

        assertThat(verdict).isEqualTo(expected);
        assertThat(counters.get(expected)).isEqualTo(1);
        assertThat(counters.rejected()).isEqualTo(expected.isAccepted() ? 0 : 1);
    }

    @ParameterizedTest
    @MethodSource({"requests", "goodRequests"})
    void judgesAFrameInTheMiddleOfARingAsItJudgesItAlone(String hex, Verdict expected) {
        byte[] frame = Frames.bytes(hex);
        ByteBuffer ring = ByteBuffer.allocateDirect(4096 + frame.length);
        for (int i = 0; i < ring.capacity(); i++) {
            ring.put(i, (byte) 0xEE);
        }
        ring.put(1027, frame);

        assertThat(FrameValidator.request(ring, 1027, frame.length)).isEqualTo(expected);
    }

    @Test
    void everyVerdictIsShownHere() {
        Set<Verdict> shown = EnumSet.of(Verdict.SHORT_READ_DATA); // below
        Stream.of(requests(), goodRequests(), responses())
                .flatMap(rows -> rows)
                .forEach(row -> shown.add((Verdict) row.get()[1]));

        assertThat(shown).containsExactlyInAnyOrder(Verdict.values());
    }

    @Test
    void saysWhatToDoWithARejectedRequest() {
        assertThat(Verdict.ACCEPTED.isSilent()).isFalse();
        assertThat(Verdict.SHORT_ATA.isSilent()).isTrue();
        assertThat(Verdict.CONFIG_OVERRUN.isSilent()).isTrue();
        assertThat(Verdict.SHORT_WRITE_DATA.isSilent()).isFalse();
        assertThat(Verdict.BAD_VERSION.replyError()).isEqualTo(5);
        assertThat(Verdict.UNKNOWN_COMMAND.replyError()).isEqualTo(1);
        assertThat(Verdict.VENDOR_COMMAND.replyError()).isEqualTo(1);
        assertThat(Verdict.SHORT_WRITE_DATA.replyError()).isEqualTo(2);
        assertThat(Verdict.IDENTIFY_COUNT.replyError()).isEqualTo(2);
        assertThat(Verdict.CONFIG_COMMAND.replyError()).isEqualTo(2);
        assertThat(Verdict.MASK_COMMAND.replyError()).isEqualTo(2);
        assertThat(Verdict.MASK_OVERRUN.replyError()).isEqualTo(2);
        assertThat(Verdict.RESERVE_COMMAND.replyError()).isEqualTo(2);
        assertThat(Verdict.RESERVE_OVERRUN.replyError()).isEqualTo(2);
    }

    @Test
    void findsTheHeaderBehindATag() {
        ByteBuffer plain = Frames.request("10000001 0203 00000000 0000");
        ByteBuffer tagged =
                ByteBuffer.wrap(Frames.bytes("02000000000a 020000000001 8100 0fff 88a2 10000001 0203 00000000 0000"));

        assertThat(FrameValidator.headerAt(plain, 0)).isEqualTo(14);
        assertThat(FrameValidator.headerAt(tagged, 0)).isEqualTo(18);
        assertThat(AoeHeader.command(tagged, 18)).isEqualTo(AoeHeader.CMD_RESERVE);
    }

    @Test
    void holdsAResponseAgainstWhatWasAsked() {
        String good = "18000001 0200 00000000 40 00 00 40 000000000000 0000";
        String failed = "18000001 0200 00000000 40 10 02 41 000000000000 0000";

        assertThat(readData(good + Frames.zeroes(1024), 1024)).isEqualTo(Verdict.ACCEPTED);
        assertThat(readData(good + Frames.zeroes(1023), 1024)).isEqualTo(Verdict.SHORT_READ_DATA);
        assertThat(readData(good + Frames.zeroes(24), 512)).isEqualTo(Verdict.SHORT_READ_DATA);
        assertThat(readData(good, 0)).isEqualTo(Verdict.ACCEPTED);
        assertThat(readData(failed, 1024)).isEqualTo(Verdict.ACCEPTED);
    }

    private static Verdict readData(String hex, int expected) {
        ByteBuffer b = Frames.response(hex);
        return FrameValidator.readData(b, 0, b.limit(), expected);
    }

    @Test
    void saysWhetherAnErrorHasABody() {
        ByteBuffer whole = Frames.response("1c040001 0201 00000000 0010 4019 02 13 0002 6162");
        ByteBuffer bare = Frames.response("1c040001 0201 00000000");

        assertThat(FrameValidator.body(whole, 0, whole.limit())).isEqualTo(Verdict.ACCEPTED);
        assertThat(FrameValidator.body(bare, 0, bare.limit())).isEqualTo(Verdict.SHORT_CONFIG);
    }

    @Test
    void refusesALengthThatTheBufferDoesNotHold() {
        ByteBuffer b = Frames.request("10000001 0203 00000000 0000");

        assertThatThrownBy(() -> FrameValidator.request(b, 0, b.limit() + 1))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> FrameValidator.response(b, 1, b.limit()))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
