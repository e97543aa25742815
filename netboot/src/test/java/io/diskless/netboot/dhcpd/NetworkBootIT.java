package io.diskless.netboot.dhcpd;

import static io.diskless.netboot.dhcpd.TestClient.ip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diskless.cluster.testkit.peer.BootMachine;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.BootStage;
import io.diskless.netboot.boot.Firmware;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.dhcp.MessageType;
import io.diskless.netboot.http.HttpReport;
import io.diskless.netboot.tftp.TftpOutcome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An emulated machine whose card has iPXE as its ROM boots from our servers, by what its tag says at that moment. */
@RequiresNetworkNamespace
@RequiresPeer("ipxe")
class NetworkBootIT {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final BootAnswer.Kernel KERNEL = new BootAnswer.Kernel(
            "vmlinuz", List.of("initrd.img"), "console=ttyS0 quiet no_timer_check role=storage odd=a;b$c{d}|e&f#g");

    @TempDir
    Path folder;

    private BootRig rig;

    @BeforeEach
    void open() {
        rig = new BootRig(folder);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private StandardPolicy policy() {
        return StandardPolicy.of(
                rig.hosts,
                Map.of(
                        HostTag.HARDWARE_NODE,
                                BootProfile.ipxe(BootRig.script("a hardware node"))
                                        .build(),
                        HostTag.STORAGE_NODE, BootProfile.ipxe(KERNEL).build()));
    }

    @Test
    @RequiresPeer({"ipxe", "linux"})
    void aTagIsARoleAtTheNextBoot() throws IOException {
        rig.folder().withKernel();
        DhcpServer dhcp = rig.serve(policy(), rig.options().http(BootRig.HTTP));
        rig.bootUntil(BootMachine.Kind.BIOS_IPXE, BootRig.says("a hardware node") + "10.77.0.5.");
        assertThat(dhcp.notes()).as("nothing is wanting").isEmpty();
        assertThat(dhcp.counters().routerAnswers())
                .as("it did not wait for an IPv6 router")
                .isPositive();
        assertThat(rig.dhcpReports)
                .as("without a broadcast")
                .isNotEmpty()
                .allMatch(r -> r.to().orElseThrow().getAddress().equals(ip("10.77.0.5")));

        rig.hosts.tag(BootRig.RUBY, HostTag.STORAGE_NODE);
        rig.bootUntil(BootMachine.Kind.BIOS_IPXE, KERNEL.arguments());
        assertThat(rig.httpReports).allMatch(r -> r.status() == 200);
        assertThat(rig.httpReports)
                .extracting(HttpReport::path)
                .containsExactly(
                        "/boot/52-54-00-77-00-01.ipxe", "/boot/52-54-00-77-00-01.ipxe", "/vmlinuz", "/initrd.img");
        assertThat(rig.dhcpReports)
                .allMatch(r -> r.stage() == BootStage.IPXE && r.mac().equals(BootRig.RUBY));
        assertThat(dhcp.leases()).extracting(Lease::address).containsExactly(ip("10.77.0.5"));
        assertThat(dhcp.counters().unsent()).isZero();
    }

    @Test
    void withoutHttpTheScriptComesByTftp() throws IOException {
        rig.serve(policy(), rig.options());
        rig.bootUntil(BootMachine.Kind.BIOS_IPXE, BootRig.says("a hardware node") + "10.77.0.5.");
        await().atMost(PATIENCE).until(() -> !rig.tftpReports.isEmpty());
        assertThat(rig.tftpReports).allMatch(r -> r.outcome() == TftpOutcome.COMPLETED);
    }

    @Test
    @RequiresPeer({"ipxe", "loaders", "linux"})
    void pxelinuxLoadsTheKernelThatThePolicySays() throws IOException {
        rig.folder()
                .withKernel()
                .with("pxelinux.0", "usr/lib/PXELINUX/pxelinux.0")
                .with("ldlinux.c32", "usr/lib/syslinux/modules/bios/ldlinux.c32");
        StandardPolicy standard = StandardPolicy.of(
                rig.hosts,
                Map.of(
                        HostTag.HARDWARE_NODE,
                        BootProfile.builder()
                                .program(Firmware.BIOS, "pxelinux.0")
                                .target(KERNEL)
                                .build()));
        // The only BIOS client here is iPXE, which needs no other loader. By DHCP it is treated as a plain ROM.
        BootPolicy plain = facts -> standard.decide(facts.networkInterface().isEmpty() ? facts : asPlainRom(facts));
        rig.serve(plain, rig.options());
        rig.bootUntil(BootMachine.Kind.BIOS_IPXE, KERNEL.arguments());
        assertThat(rig.tftpReports)
                .as("the machine's own configuration is the first that PXELINUX looks for")
                .extracting(r -> r.filename() + " " + r.outcome())
                .contains(
                        "pxelinux.0 COMPLETED",
                        "pxelinux.cfg/01-52-54-00-77-00-01 COMPLETED",
                        "/vmlinuz COMPLETED",
                        "/initrd.img COMPLETED");
    }

    private static BootFacts asPlainRom(BootFacts f) {
        return new BootFacts(
                f.mac(),
                f.machineId(),
                f.architecture(),
                f.vendorClass(),
                f.userClasses(),
                false,
                f.relay(),
                f.networkInterface());
    }

    @Test
    @RequiresPeer({"ipxe", "dnsmasq"})
    void besideAnotherServerItOnlyTellsHowToBoot() throws IOException {
        rig.serveAddressesWithDnsmasq();
        rig.serve(policy(), rig.options().mode(DhcpMode.PROXY).http(BootRig.HTTP));
        rig.bootUntil(BootMachine.Kind.BIOS_IPXE, BootRig.says("a hardware node") + "10.77.0.100.");
        assertThat(rig.dhcpReports)
                .filteredOn(r -> r.reply().isPresent())
                .isNotEmpty()
                .allMatch(r -> r.reply().orElseThrow().header().yiaddr().isAnyLocalAddress());
        assertThat(rig.dhcpReports)
                .filteredOn(r -> r.asked().filter(MessageType.DISCOVER::equals).isPresent())
                .allMatch(r -> r.reply().isPresent());
    }
}
