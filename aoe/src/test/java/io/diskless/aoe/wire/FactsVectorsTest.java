package io.diskless.aoe.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.ata.AtaCommand;
import io.diskless.aoe.ata.AtaStatus;
import io.diskless.aoe.wire.Captures.Captured;
import io.diskless.cluster.net.Octets;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The facts that PROTOCOL.md calls pinned, each in the captured frames that show it. */
class FactsVectorsTest {
    private static final List<String> LINUX = List.of(
            "10-linux61-basic",
            "11-linux61-multipath-jumbo-failover",
            "13-linux61-reserved-error6",
            "loss-long-deadsecs",
            "loss-midstream",
            "loss-short-recovery",
            "mtu1500-discover-read-write",
            "mtu9000-discover-read-write",
            "target-restart-announces");

    @Test
    void nobodyPadsOnVirtualInterfaces() {
        assertThat(frame("10-linux61-basic", 1)).hasSize(32);
        assertThat(frame("10-linux61-basic", 3)).hasSize(36);
        Set<Integer> answers = new HashSet<>();
        for (Captured captured : Captures.read("06-vblade-reserve-release")) {
            if (AoeHeader.isResponse(ByteBuffer.wrap(captured.bytes()), AoeHeader.AT)) {
                answers.add(captured.bytes().length);
            }
        }
        assertThat(answers).contains(26, 32);
    }

    @Test
    void vbladeAnswersAnyVersionAndEchoesIt() {
        String name = "01-vblade-config-string";
        assertThat(List.of(message(name, 50), message(name, 51), message(name, 52), message(name, 53)))
                .extracting(m -> m.envelope().version())
                .containsExactly(2, 2, 0, 0);
        assertThat(message(name, 51).envelope().isError()).isFalse();
        assertThat(message(name, 53).envelope().isError()).isFalse();
    }

    @Test
    void vbladeAnnouncesItselfWithVersionNought() {
        int announcements = 0;
        for (Captured captured : Captures.read("target-restart-announces")) {
            AoeEnvelope envelope = message(captured).envelope();
            if (envelope.isResponse() && envelope.destination().isMulticast()) {
                assertThat(envelope.version()).isZero();
                assertThat(envelope.tag()).isZero();
                announcements++;
            }
        }
        assertThat(announcements).isPositive();
    }

    @Test
    void theOpcodeDecides() {
        AtaMessage read28 = ata("02-vblade-ata", 28);
        AtaMessage answer = ata("02-vblade-ata", 29);
        assertThat(read28.flags()).isEqualTo(AtaFields.FLAG_EXTENDED);
        assertThat(read28.commandOrStatus()).isEqualTo(AtaCommand.READ);
        assertThat(read28.lba()).isEqualTo(0x1_0000_0001L);
        assertThat(read28.sector()).isEqualTo(1);
        // Sector n of the disk is filled with the text LBAnnnnnnnn.
        assertThat(answer.data(12)).isEqualTo(Octets.ofText("LBA00000001 "));

        AtaMessage writeWithoutW = ata("02-vblade-ata", 22);
        assertThat(writeWithoutW.flags() & AtaFields.FLAG_WRITE).isZero();
        assertThat(AtaCommand.isWrite(writeWithoutW.commandOrStatus())).isTrue();
        assertThat(ata("02-vblade-ata", 23).payload().size()).isEqualTo(512);
        assertThat(ata("02-vblade-ata", 25).payload().size()).isEqualTo(24);
    }

    @Test
    void aCountOfNoughtMovesNothing() {
        assertThat(ata("02-vblade-ata", 70).count()).isZero();
        assertThat(ata("02-vblade-ata", 71).commandOrStatus()).isEqualTo(AtaStatus.OK);
        assertThat(frame("02-vblade-ata", 71)).hasSize(60);
    }

    @Test
    void vbladeFlushesWithStatusNought() {
        assertThat(ata("02-vblade-ata", 30).commandOrStatus()).isEqualTo(AtaCommand.FLUSH);
        assertThat(ata("02-vblade-ata", 31).commandOrStatus()).isZero();
        assertThat(ata("02-vblade-ata", 32).commandOrStatus()).isEqualTo(AtaCommand.FLUSH_EXT);
        assertThat(ata("02-vblade-ata", 33).commandOrStatus()).isEqualTo(AtaStatus.FAILED);
        assertThat(ata("02-vblade-ata", 33).featuresOrError()).isEqualTo(AtaStatus.ERR_ABORTED);
    }

    @Test
    void linuxReadsWritesAndIdentifiesAndNeverFlushes() {
        Set<Integer> opcodes = new TreeSet<>();
        for (String name : LINUX) {
            for (Captured captured : Captures.read(name)) {
                if (message(captured) instanceof AtaMessage m && !m.envelope().isResponse()) {
                    opcodes.add(m.commandOrStatus());
                }
            }
        }
        assertThat(opcodes).containsExactly(AtaCommand.READ_EXT, AtaCommand.WRITE_EXT, AtaCommand.IDENTIFY);
    }

    @Test
    void anAnswerCountsWhatWasNotDone() {
        assertThat(ata("02-vblade-ata", 3).count()).isZero();
        assertThat(ata("02-vblade-ata", 63).count()).isEqualTo(1);
        assertThat(ata("02-vblade-ata", 65).count()).isEqualTo(2);
    }

    @Test
    void aWriteWithoutItsDataIsABadArgument() {
        for (int number : new int[] {77, 79}) {
            AoeEnvelope envelope = message("02-vblade-ata", number).envelope();
            assertThat(envelope.isError()).isTrue();
            assertThat(envelope.error()).isEqualTo(AoeHeader.ERR_BAD_ARGUMENT);
        }
    }

    @Test
    void linuxDoesNotHearAoeErrors() {
        Map<Integer, Integer> reads = new HashMap<>();
        int refused = 0;
        for (Captured captured : Captures.read("13-linux61-reserved-error6")) {
            if (message(captured) instanceof AtaMessage m) {
                if (m.envelope().isError()) {
                    assertThat(m.envelope().error()).isEqualTo(AoeHeader.ERR_RESERVED);
                    refused++;
                } else if (m.commandOrStatus() == AtaCommand.READ_EXT) {
                    reads.merge((int) m.lba(), 1, Integer::sum);
                }
            }
        }
        assertThat(refused).isEqualTo(4);
        assertThat(reads.values()).as("each sector asked for once, never again").containsOnly(1);
    }

    @Test
    void lengthsThatLieGetSilence() {
        String name = "01-vblade-config-string";
        for (int number : new int[] {42, 43}) {
            int tag = message(name, number).envelope().tag();
            assertThat(Captures.read(name))
                    .filteredOn(c -> message(c).envelope().isResponse())
                    .noneMatch(c -> message(c).envelope().tag() == tag);
        }
    }

    @Test
    void afterAMaskErrorNoListFollows() {
        Set<String> errors = new TreeSet<>();
        for (Captured captured : Captures.read("03-vblade-mac-mask")) {
            if (message(captured) instanceof MaskMessage m && m.error() != 0) {
                assertThat(captured.bytes()).hasSize(28);
                assertThat(m.envelope().isError()).isFalse();
                errors.add(m.error() + " after " + m.count());
            }
        }
        assertThat(errors).contains("2 after 2", "3 after 27");
    }

    @Test
    void tagsSayWhoSends() {
        for (String name : LINUX) {
            Set<Integer> used = new HashSet<>();
            for (Captured captured : Captures.read(name)) {
                AoeMessage m = message(captured);
                if (m.envelope().isResponse()) {
                    continue;
                }
                if (m instanceof ConfigMessage) {
                    assertThat(m.envelope().tag()).isZero();
                } else {
                    assertThat(m.envelope().tag()).isPositive();
                    boolean several = name.startsWith("11"); // two windows of one run, and a serial of 15 bits
                    assertThat(used.add(m.envelope().tag()) || several)
                            .as("%s frame %d bears a new tag", name, captured.number())
                            .isTrue();
                }
            }
        }
        for (Captured captured : Captures.read("12-ipxe-sanboot")) {
            assertThat(message(captured).envelope().tag() >>> 16).isEqualTo(0x18AE);
        }
    }

    private static byte[] frame(String name, int number) {
        return Captures.read(name).get(number - 1).bytes();
    }

    private static AoeMessage message(String name, int number) {
        return message(Captures.read(name).get(number - 1));
    }

    private static AtaMessage ata(String name, int number) {
        return (AtaMessage) message(name, number);
    }

    private static AoeMessage message(Captured captured) {
        byte[] frame = captured.bytes();
        return AoeMessage.decode(ByteBuffer.wrap(frame), 0, frame.length).orElseThrow();
    }
}
