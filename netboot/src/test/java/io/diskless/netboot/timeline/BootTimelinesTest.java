package io.diskless.netboot.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.boot.BootStage;
import io.diskless.netboot.dhcp.CapturedRequests;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.dhcp.DhcpMessage;
import io.diskless.netboot.dhcp.DhcpMessageBuilder;
import io.diskless.netboot.dhcp.DhcpOption;
import io.diskless.netboot.dhcp.MessageType;
import io.diskless.netboot.dhcp.OptionCodes;
import io.diskless.netboot.dhcpd.DhcpReport;
import io.diskless.netboot.http.HttpReport;
import io.diskless.netboot.tftp.TftpOutcome;
import io.diskless.netboot.tftp.TftpReport;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports in, one timeline for each machine out; the questions are captured ones. */
class BootTimelinesTest {
    private static final MacAddress RUBY = MacAddress.parse("52:54:00:77:00:01");
    private static final Inet4Address ADDRESS = DhcpHeader.address(0x0A4D0064);
    private static final InetSocketAddress CLIENT = new InetSocketAddress(ADDRESS, 1851);
    private static final List<DhcpMessage> FIRMWARE = captured("d2-ovmf-ipxe", 0, 2);
    private static final List<DhcpMessage> IPXE = captured("d2-ovmf-ipxe", 2, 5);

    private final List<BootEvent> heard = new ArrayList<>();
    private final Ticking clock = new Ticking();
    private final BootTimelines timelines = new BootTimelines(3, clock, heard::add);

    private static final class Ticking extends Clock {
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");

        void pass(Duration time) {
            now = now.plus(time);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    private static List<DhcpMessage> captured(String name, int from, int to) {
        return CapturedRequests.of(name).subList(from, to).stream()
                .map(CapturedRequests::decode)
                .toList();
    }

    private void dhcp(MacAddress mac, BootStage stage, DhcpMessage request, MessageType said) {
        DhcpMessage reply = DhcpMessageBuilder.replyTo(request, 1500)
                .yiaddr(ADDRESS)
                .bootFile("ipxe.efi")
                .option(DhcpOption.u8(OptionCodes.MESSAGE_TYPE, said.code()))
                .build();
        timelines
                .dhcp()
                .handled(new DhcpReport(
                        clock.instant(),
                        mac,
                        stage,
                        request,
                        request.options().messageType(),
                        "br0",
                        Optional.of(reply),
                        Optional.of(new InetSocketAddress(DhcpHeader.address(-1), 68)),
                        "test",
                        false));
    }

    private void tftp(String file, TftpOutcome outcome) {
        timelines.tftp().ended(new TftpReport(CLIENT, file, outcome, 10, 1468, 4, 0));
    }

    private void firmwareGetsItsAddress() {
        firmwareGetsItsAddress(RUBY);
    }

    private void firmwareGetsItsAddress(MacAddress mac) {
        dhcp(mac, BootStage.PXE_FIRMWARE, FIRMWARE.get(0), MessageType.OFFER);
        dhcp(mac, BootStage.PXE_FIRMWARE, FIRMWARE.get(1), MessageType.ACK);
    }

    /** A REQUEST of what another server offered, which nobody here answers. */
    private void claim(MacAddress mac, int address) {
        DhcpMessage request = DhcpMessageBuilder.replyTo(FIRMWARE.get(0), 1500)
                .option(DhcpOption.u8(OptionCodes.MESSAGE_TYPE, MessageType.REQUEST.code()))
                .option(DhcpOption.addresses(OptionCodes.SERVER_ID, DhcpHeader.address(0x0A4D0002)))
                .option(DhcpOption.addresses(OptionCodes.REQUESTED_ADDRESS, DhcpHeader.address(address)))
                .build();
        timelines
                .dhcp()
                .handled(new DhcpReport(
                        clock.instant(),
                        mac,
                        BootStage.PXE_FIRMWARE,
                        request,
                        Optional.of(MessageType.REQUEST),
                        "br0",
                        Optional.empty(),
                        Optional.empty(),
                        "a ProxyDHCP server answers only DISCOVER",
                        false));
    }

    private List<String> texts() {
        return timelines.of(RUBY).stream().map(BootEvent::text).toList();
    }

    @Test
    void aBootFromTheFirstQuestionToTheRoot() {
        firmwareGetsItsAddress();
        tftp("ipxe.efi", TftpOutcome.PROBED);
        tftp("ipxe.efi", TftpOutcome.COMPLETED);
        clock.pass(Duration.ofSeconds(8));
        dhcp(RUBY, BootStage.IPXE, IPXE.get(0), MessageType.OFFER);
        dhcp(RUBY, BootStage.IPXE, IPXE.get(1), MessageType.OFFER);
        dhcp(RUBY, BootStage.IPXE, IPXE.get(2), MessageType.ACK);
        clock.pass(Duration.ofSeconds(14));
        timelines.http().answered(new HttpReport(CLIENT, "GET", "/boot.ipxe", 200, 208, true));
        timelines.tftp().refused(CLIENT, "pxelinux.cfg/0A4D", 1);
        timelines.roots().rootGiven(RUBY, AoeAddress.parse("e0.1"));
        timelines.rootAttached(RUBY, AoeAddress.parse("e0.1"));

        assertThat(texts())
                .containsExactly(
                        "DISCOVER by PXE_FIRMWARE, architecture 7",
                        "OFFER 10.77.0.100, boot file ipxe.efi",
                        "ACK 10.77.0.100, boot file ipxe.efi",
                        "TFTP ipxe.efi, 14680 octets, not all",
                        "TFTP ipxe.efi, 14680 octets",
                        "DISCOVER by IPXE, architecture 7",
                        "OFFER 10.77.0.100, boot file ipxe.efi",
                        "DISCOVER by IPXE, architecture 7",
                        "OFFER 10.77.0.100, boot file ipxe.efi",
                        "ACK 10.77.0.100, boot file ipxe.efi",
                        "HTTP /boot.ipxe, 208 octets",
                        "TFTP no pxelinux.cfg/0A4D, code 1",
                        "root aoe:e0.1 given",
                        "root aoe:e0.1 attached");
        assertThat(timelines.of(RUBY).stream().map(BootEvent::quirks))
                .containsExactly(
                        List.of(Quirk.NO_MACHINE_ID),
                        List.of(),
                        List.of(),
                        List.of(Quirk.SIZE_PROBE),
                        List.of(),
                        List.of(Quirk.BARE_USER_CLASS, Quirk.NO_MACHINE_ID, Quirk.NEXT_PROGRAM),
                        List.of(),
                        List.of(Quirk.BARE_USER_CLASS, Quirk.NO_MACHINE_ID, Quirk.REPEATED_QUESTION),
                        List.of(),
                        List.of(),
                        List.of(Quirk.WAITED),
                        List.of(Quirk.CONFIG_LOOKUP),
                        List.of(),
                        List.of());
        assertThat(heard).isEqualTo(timelines.of(RUBY));
    }

    @Test
    void theNextBootBeginsAnew() {
        firmwareGetsItsAddress();
        tftp("ipxe.efi", TftpOutcome.COMPLETED);
        DhcpMessage again = captured("d-ovmf-pxe", 0, 1).get(0);
        dhcp(RUBY, BootStage.PXE_FIRMWARE, again, MessageType.OFFER);
        assertThat(texts()).hasSize(2);
        tftp("late", TftpOutcome.ABORTED);
        assertThat(texts()).as("the address is still known").hasSize(3);
        assertThat(heard).hasSize(7);
    }

    @Test
    void silenceAndRefusalsAreThereWithTheirReason() {
        timelines
                .dhcp()
                .handled(new DhcpReport(
                        clock.instant(),
                        RUBY,
                        BootStage.PXE_FIRMWARE,
                        FIRMWARE.get(0),
                        Optional.of(MessageType.DISCOVER),
                        "br0",
                        Optional.empty(),
                        Optional.empty(),
                        "not a known\u001b machine",
                        false));
        dhcp(RUBY, BootStage.PXE_FIRMWARE, FIRMWARE.get(1), MessageType.NAK);
        assertThat(texts()).contains("no answer: not a known? machine", "NAK: test");
    }

    @Test
    void filesOfStrangersAreNobodys() {
        tftp("vmlinuz", TftpOutcome.COMPLETED);
        timelines.http().answered(new HttpReport(CLIENT, "GET", "/", 404, 0, true));
        timelines.rootAttached(RUBY, AoeAddress.parse("e0.1"));
        assertThat(heard).isEmpty();
        assertThat(timelines.machines()).isEmpty();
    }

    @Test
    void whatAMachineHasFetchedCountsUntilItsNextBoot() {
        BootFacts firmware = BootFacts.of(FIRMWARE.get(0), "br0").orElseThrow();
        assertThat(timelines.fetched().of(firmware, true)).isEmpty();
        assertThat(timelines.facts(RUBY)).isEmpty();
        firmwareGetsItsAddress();
        assertThat(timelines.machineAt(ADDRESS)).contains(RUBY);
        assertThat(timelines.facts(RUBY)).contains(firmware);
        tftp("ipxe.efi", TftpOutcome.PROBED);
        tftp("/ipxe.efi", TftpOutcome.COMPLETED);
        tftp("broken", TftpOutcome.TIMED_OUT);
        timelines.http().answered(new HttpReport(CLIENT, "HEAD", "/vmlinuz", 200, 0, true));
        timelines.http().answered(new HttpReport(CLIENT, "GET", "/vmlinuz?x=1", 200, 9, true));
        timelines.http().answered(new HttpReport(CLIENT, "GET", "/none", 404, 9, true));
        timelines.http().answered(new HttpReport(CLIENT, "GET", "/initrd.img", 200, 9, false));
        List<String> fetched = List.of("ipxe.efi", "vmlinuz");
        assertThat(timelines.facts(RUBY).orElseThrow().fetched()).isEqualTo(fetched);
        assertThat(timelines.fetched().of(firmware.asIpxe(), true))
                .as("its next program")
                .isEqualTo(fetched);
        assertThat(timelines.fetched().of(firmware, false)).isEqualTo(fetched);
        assertThat(timelines.fetched().of(firmware, true)).as("it boots anew").isEmpty();
        dhcp(RUBY, BootStage.PXE_FIRMWARE, captured("d-ovmf-pxe", 0, 1).get(0), MessageType.OFFER);
        assertThat(timelines.fetched().of(firmware, false)).isEmpty();
        assertThat(timelines.machineAt(ADDRESS))
                .as("it may still use its address")
                .contains(RUBY);
    }

    /** JDK 17's recorder loses a text of 16 characters and more that an earlier recording had, so each text here is new. */
    @Test
    void everyStepIsAnEventOfTheFlightRecorder(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("boot.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("io.diskless.netboot.BootStep");
            recording.start();
            firmwareGetsItsAddress();
            tftp("only-in-this-recording.efi", TftpOutcome.PROBED);
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> steps = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("io.diskless.netboot.BootStep"))
                .toList();
        assertThat(steps)
                .extracting(event -> event.getString("step"))
                .containsExactly("Discovered", "Offered", "Acknowledged", "FileSent");
        RecordedEvent last = steps.get(3);
        assertThat(last.getString("text")).contains("only-in-this-recording.efi");
        assertThat(last.getString("quirks")).isEqualTo("SIZE_PROBE");
        assertThat(last.getEventType().getLabel()).isEqualTo("Step of a network boot");
        assertThat(steps).allMatch(event -> event.hasField("mac"));
    }

    @Test
    void whatIsRememberedIsBounded() {
        for (int i = 0; i < 10_000; i++) {
            dhcp(MacAddress.of(i), BootStage.PXE_FIRMWARE, FIRMWARE.get(0), MessageType.OFFER);
        }
        assertThat(timelines.machines()).hasSize(3);
        for (int i = 0; i < 10_000; i++) {
            dhcp(RUBY, BootStage.PXE_FIRMWARE, FIRMWARE.get(0), MessageType.OFFER);
        }
        assertThat(timelines.of(RUBY)).as("it may be made up").hasSize(100);
        firmwareGetsItsAddress();
        for (int i = 0; i < 10_000; i++) {
            tftp("x".repeat(500), TftpOutcome.ABORTED);
        }
        assertThat(timelines.of(RUBY)).hasSize(500);
        assertThat(texts().get(499)).hasSizeLessThan(300);
        firmwareGetsItsAddress(MacAddress.of(1));
        firmwareGetsItsAddress(MacAddress.of(2));
        firmwareGetsItsAddress(MacAddress.of(3));
        assertThat(timelines.machines()).containsExactly(MacAddress.of(1), MacAddress.of(2), MacAddress.of(3));
        assertThat(timelines.machineAt(ADDRESS)).contains(MacAddress.of(3));
    }

    @Test
    void machinesThatAreMadeUpDoNotPushOutRealOnes() {
        firmwareGetsItsAddress();
        for (int i = 0; i < 10_000; i++) {
            MacAddress stranger = MacAddress.of(i);
            dhcp(stranger, BootStage.PXE_FIRMWARE, FIRMWARE.get(0), MessageType.OFFER);
            claim(stranger, i);
        }
        assertThat(timelines.machines()).hasSize(3);
        assertThat(timelines.machineAt(ADDRESS)).contains(RUBY);
        tftp("vmlinuz", TftpOutcome.COMPLETED);
        assertThat(texts()).endsWith("TFTP vmlinuz, 14680 octets");
    }

    /** All that a ProxyDHCP server hears of who has which address. */
    @Test
    void anAddressOfAnotherServerIsTheMachinesThatTakesIt() {
        dhcp(RUBY, BootStage.PXE_FIRMWARE, FIRMWARE.get(0), MessageType.OFFER);
        claim(RUBY, 0x0A4D0064);
        assertThat(texts()).endsWith("REQUEST 10.77.0.100 of another server, 10.77.0.2");
        assertThat(timelines.machineAt(ADDRESS)).as("not given here").isEmpty();
        assertThat(timelines.claimantOf(ADDRESS)).contains(RUBY);
        tftp("/ipxe.efi", TftpOutcome.COMPLETED);
        assertThat(timelines.facts(RUBY).orElseThrow().fetched()).containsExactly("ipxe.efi");

        MacAddress other = MacAddress.of(7);
        firmwareGetsItsAddress(other);
        claim(RUBY, 0x0A4D0064);
        tftp("vmlinuz", TftpOutcome.COMPLETED);
        assertThat(timelines.of(other))
                .as("what was given counts for more")
                .hasSize(4)
                .hasAtLeastOneElementOfType(BootEvent.FileSent.class);
    }
}
