package io.diskless.netboot.dhcpd;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.testkit.peer.BootMachine;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.BootStage;
import io.diskless.netboot.boot.Firmware;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.http.HttpReport;
import io.diskless.netboot.tftp.TftpOutcome;
import io.diskless.netboot.tftp.TftpReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An emulated machine with UEFI's own network clients boots from our servers. */
@RequiresNetworkNamespace
@RequiresPeer({"ipxe", "loaders"})
class UefiBootIT {
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

    private StandardPolicy policy(BootProfile profile) {
        return StandardPolicy.of(rig.hosts, Map.of(HostTag.HARDWARE_NODE, profile));
    }

    private static BootProfile grub(BootAnswer target) {
        return BootProfile.builder()
                .program(Firmware.UEFI_X64, "grubx64.efi")
                .target(target)
                .build();
    }

    private List<BootStage> stages() {
        return rig.dhcpReports.stream().map(DhcpReport::stage).distinct().toList();
    }

    /** With all that GRUB's shell would take for itself. */
    private static final BootAnswer.Kernel KERNEL = new BootAnswer.Kernel(
            "vmlinuz", List.of("initrd.img"), "console=ttyS0 quiet no_timer_check role=hardware odd=a;b$c{d}|e&f#g");

    @Test
    @RequiresPeer({"ipxe", "loaders", "linux"})
    void pxeLoadsGrubAndGrubTheKernelThatThePolicySays() throws IOException {
        rig.folder()
                .withKernel()
                .withGrub("grubx64.efi", "x86_64-efi", "", "efinet", "tftp", "linux", "normal", "boot", "test", "echo");
        rig.serve(policy(grub(KERNEL)), rig.options());
        rig.bootUntil(BootMachine.Kind.UEFI_PXE, KERNEL.arguments());
        assertThat(rig.tftpReports)
                .extracting(r -> r.filename() + " " + r.outcome())
                .contains("grubx64.efi COMPLETED", "/vmlinuz COMPLETED", "/initrd.img COMPLETED");
        assertThat(rig.tftpReports)
                .as("edk2 asks for the size, gives up and asks for the file")
                .extracting(TftpReport::outcome)
                .contains(TftpOutcome.PROBED);
        assertThat(rig.tftpReports)
                .as("edk2 asks for windows of four blocks")
                .anyMatch(r -> r.filename().equals("grubx64.efi") && r.windowSize() == 4);
        assertThat(stages()).containsExactly(BootStage.PXE_FIRMWARE);
    }

    /**
     * GRUB looks for a machine's own configuration by TFTP only; these lines of its first configuration do it by HTTP. They
     * serve a GRUB that was loaded by PXE as well.
     */
    private static final String BY_HTTP = """
            regexp --set=1:a --set=2:b --set=3:c --set=4:d --set=5:e --set=6:f "(..):(..):(..):(..):(..):(..)" $net_default_mac
            set root=http,$net_default_server
            configfile /grub/grub.cfg-01-$a-$b-$c-$d-$e-$f
            """;

    @Test
    @RequiresPeer({"ipxe", "loaders", "linux"})
    void httpLoadsGrubAndGrubItsConfigurationAndKernelByHttp() throws IOException {
        rig.folder()
                .withKernel()
                .withGrub(
                        "grubx64.efi",
                        "x86_64-efi",
                        BY_HTTP,
                        "efinet",
                        "http",
                        "regexp",
                        "configfile",
                        "linux",
                        "normal",
                        "boot",
                        "echo");
        rig.serve(policy(grub(KERNEL)), rig.options().http(BootRig.HTTP));
        rig.bootUntil(BootMachine.Kind.UEFI_HTTP, KERNEL.arguments());
        assertThat(rig.tftpReports).isEmpty();
        assertThat(rig.httpReports).allMatch(r -> r.status() == 200);
        assertThat(rig.httpReports)
                .extracting(r -> r.method() + " " + r.path())
                .containsExactly(
                        "HEAD /grubx64.efi",
                        "GET /grubx64.efi",
                        "GET /grub/grub.cfg-01-52-54-00-77-00-01",
                        "GET /vmlinuz",
                        "GET /initrd.img");
    }

    @Test
    void httpLoadsIpxeAndIpxeItsScriptByHttp() throws IOException {
        rig.folder().with("ipxe.efi", "usr/lib/ipxe/ipxe.efi");
        rig.serve(
                policy(BootProfile.ipxe(BootRig.script("a hardware node")).build()),
                rig.options().http(BootRig.HTTP));
        rig.bootUntil(BootMachine.Kind.UEFI_HTTP, BootRig.says("a hardware node") + "10.77.0.5.");
        assertThat(rig.httpReports).allMatch(r -> r.status() == 200);
        assertThat(rig.httpReports)
                .as("edk2 asks for the size first, on the same connection")
                .extracting(r -> r.method() + " " + r.path())
                .containsExactly("HEAD /ipxe.efi", "GET /ipxe.efi", "GET /boot/52-54-00-77-00-01.ipxe");
        assertThat(rig.httpReports.stream().limit(2).map(HttpReport::client).distinct())
                .hasSize(1);
        assertThat(stages()).containsExactly(BootStage.HTTP_FIRMWARE, BootStage.IPXE);
    }

    @Test
    void pxeLoadsIpxeAndIpxeItsScriptByHttp() throws IOException {
        rig.folder().with("ipxe.efi", "usr/lib/ipxe/ipxe.efi");
        DhcpServer dhcp = rig.serve(
                policy(BootProfile.ipxe(BootRig.script("a hardware node")).build()),
                rig.options().http(BootRig.HTTP));
        rig.bootUntil(BootMachine.Kind.UEFI_PXE, BootRig.says("a hardware node") + "10.77.0.5.");
        assertThat(stages()).containsExactly(BootStage.PXE_FIRMWARE, BootStage.IPXE);
        assertThat(dhcp.counters().routerAnswers()).isPositive();
        assertThat(dhcp.leases()).hasSize(1);
    }

    @Test
    @RequiresPeer({"ipxe", "loaders", "dnsmasq"})
    void besideAnotherServerItOnlyTellsHowToBoot() throws IOException {
        rig.folder().with("ipxe.efi", "usr/lib/ipxe/ipxe.efi");
        rig.serveAddressesWithDnsmasq();
        rig.serve(
                policy(BootProfile.ipxe(BootRig.script("a hardware node")).build()),
                rig.options().mode(DhcpMode.PROXY).http(BootRig.HTTP));
        rig.bootUntil(BootMachine.Kind.UEFI_PXE, BootRig.says("a hardware node") + "10.77.0.100.");
        assertThat(stages()).containsExactly(BootStage.PXE_FIRMWARE, BootStage.IPXE);
        assertThat(rig.dhcpReports)
                .filteredOn(r -> r.reply().isPresent())
                .allMatch(r -> r.reply().orElseThrow().header().yiaddr().isAnyLocalAddress());
    }
}
