package io.diskless.netboot.simulate;

import static io.diskless.netboot.simulate.BootRoom.MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootDecision;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.Firmware;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.dhcp.DhcpOption;
import io.diskless.netboot.dhcp.OptionCodes;
import io.diskless.netboot.dhcpd.DhcpLink;
import io.diskless.netboot.dhcpd.DhcpMode;
import io.diskless.netboot.dhcpd.DhcpResponder;
import io.diskless.netboot.dhcpd.DhcpServerOptions;
import io.diskless.netboot.dhcpd.LeaseStore;
import io.diskless.netboot.dhcpd.Subnet;
import io.diskless.netboot.http.HttpReport;
import io.diskless.netboot.http.HttpResponder;
import io.diskless.netboot.tftp.TftpOutcome;
import io.diskless.netboot.tftp.TftpReport;
import io.diskless.netboot.tftp.TftpResponder;
import io.diskless.netboot.tftp.TftpServerOptions;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole boots against our own servers without a socket: every kind of client, every role, both modes. */
class MemoryBootTest {
    private static final Inet4Address SERVER = DhcpHeader.address(0x0A4D0001);
    private static final Inet4Address OTHER = DhcpHeader.address(0x0A4D0002);
    private static final Inet4Address RUBY = DhcpHeader.address(0x0A4D0064);
    private static final URI HTTP = URI.create("http://10.77.0.1:8080/");

    private final BootRoom room = new BootRoom(RUBY);
    private final List<TftpReport> tftpReports = new ArrayList<>();
    private final List<HttpReport> httpReports = new ArrayList<>();
    private final MemoryNetwork network = new MemoryNetwork();
    private final Random random = new Random(1);

    private static DhcpServerOptions.Builder at(Inet4Address own) {
        return DhcpServerOptions.builder()
                .link(new DhcpLink(
                        "br0",
                        own,
                        Subnet.builder(SERVER, 24)
                                .pool(DhcpHeader.address(0x0A4D0080), DhcpHeader.address(0x0A4D00F0))
                                .build()));
    }

    private DhcpResponder dhcp(DhcpServerOptions options, BootPolicy policy) {
        DhcpResponder server = new DhcpResponder(options, policy, LeaseStore.memory(), Clock.systemUTC());
        network.attach(server);
        return server;
    }

    private TftpResponder files() {
        TftpResponder tftp = new TftpResponder(
                TftpServerOptions.builder()
                        .listen(new InetSocketAddress(SERVER, TftpServerOptions.PORT))
                        .listener(tftpReports::add)
                        .build(),
                room.content(HTTP.toString()));
        network.attach(tftp)
                .attach(
                        new HttpResponder(room.content(HTTP.toString()), httpReports::add),
                        new InetSocketAddress(SERVER, HTTP.getPort()));
        return tftp;
    }

    private BootRun boot(SimulatedMachine machine) {
        try (ClientLink link = network.plug()) {
            return SimulatedClient.boot(machine, link, random);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void serving() {
        dhcp(at(SERVER).http(HTTP).build(), room.policy);
        files();
    }

    @ParameterizedTest
    @EnumSource(ClientKind.class)
    void everyKindReachesWhatItsRoleSays(ClientKind kind) {
        serving();
        SimulatedMachine machine = SimulatedMachine.of(kind, MAC);
        for (HostTag tag : HostTag.values()) {
            room.hosts.tag(MAC, tag);
            BootRun run = boot(machine);
            assertThat(run.end()).as("%s as %s: %s", kind, tag, run.steps()).isEqualTo(expected(kind, tag));
            assertThat(run.address()).as("%s", tag).isEqualTo(address(kind, tag));
            for (BootRun.Fetched file : run.files()) {
                String name = file.url().substring(file.url().lastIndexOf('/') + 1);
                if (room.files.containsKey(name)) {
                    assertThat(file.crc32()).as(file.url()).isEqualTo(room.crc(name));
                    assertThat(file.length()).isEqualTo(room.files.get(name).length);
                }
            }
        }
    }

    /** A firmware's own client that is offered nothing to boot takes no address either. */
    private static Optional<Inet4Address> address(ClientKind kind, HostTag tag) {
        return tag == HostTag.CONFIG_NODE && !kind.isIpxe() ? Optional.empty() : Optional.of(RUBY);
    }

    private static BootEnd expected(ClientKind kind, HostTag tag) {
        return switch (tag) {
            case CONFIG_NODE ->
                kind.isIpxe() ? new BootEnd.LocalDisk() : new BootEnd.Nothing("no offer that " + kind + " takes");
            case STORAGE_NODE ->
                new BootEnd.Kernel(
                        HTTP + "vmlinuz", List.of(HTTP + "initrd.img"), "initrd=initrd.img console=ttyS0 quiet");
            case HARDWARE_NODE -> new BootEnd.AoeRoot(BootRoom.FIRST, true);
            case INSTANCE ->
                // PXELINUX and GRUB find no configuration: the machine has no kernel of its own.
                new BootEnd.Failed(
                        kind == ClientKind.BIOS_IPXE ? "no configuration for PXELINUX" : "no configuration for GRUB");
        };
    }

    @Test
    void loadersFindTheConfigurationThatTheServerMakes() {
        room.files.put(
                "pxelinux.cfg/default",
                "DEFAULT a\nLABEL a\nKERNEL vmlinuz\nAPPEND initrd=initrd.img q\n".getBytes(StandardCharsets.UTF_8));
        serving();
        room.boots(BootProfile.builder()
                .program(Firmware.UEFI_X64, "grub/grubx64.efi")
                .target(BootRoom.KERNEL)
                .build());
        BootEnd kernel = new BootEnd.Kernel("/vmlinuz", List.of("/initrd.img"), BootRoom.KERNEL.arguments());
        assertThat(boot(SimulatedMachine.of(ClientKind.UEFI_PXE, MAC)).end()).isEqualTo(kernel);
        assertThat(boot(SimulatedMachine.of(ClientKind.UEFI_HTTP, MAC)).end()).isEqualTo(kernel);
        // iPXE would get a script; a program that it loads is PXELINUX.
        room.boots(BootProfile.builder().program(Firmware.BIOS, "pxelinux.0").build());
        BootRun run = boot(SimulatedMachine.of(ClientKind.BIOS_IPXE, MAC).withUuid(new UUID(1, 2)));
        assertThat(run.end()).isEqualTo(new BootEnd.Kernel("vmlinuz", List.of("initrd.img"), "initrd=initrd.img q"));
        assertThat(run.steps())
                .as("a name for the UUID, one for the card, eight for the address, all missed")
                .filteredOn(s -> s.startsWith("no pxelinux.cfg/"))
                .hasSize(10)
                .first()
                .asString()
                .contains("00000000-0000-0001-0000-000000000002");
    }

    @Test
    void aRetaggedMachineBootsIntoItsOtherRoleAtOnce() {
        serving();
        SimulatedMachine ruby = SimulatedMachine.of(ClientKind.UEFI_IPXE_ROM, MAC);
        assertThat(boot(ruby).end()).isInstanceOf(BootEnd.AoeRoot.class);
        room.hosts.tag(MAC, HostTag.STORAGE_NODE);
        assertThat(boot(ruby).end()).isInstanceOf(BootEnd.Kernel.class);
        room.boots(BootProfile.always(new BootAnswer.Deny("broken")));
        assertThat(boot(ruby).end()).isEqualTo(new BootEnd.Nothing("no offer"));
    }

    @Test
    void theSecondPathIsTakenWhereTheFirstDoesNotAnswer() {
        serving();
        SimulatedMachine ruby = SimulatedMachine.of(ClientKind.BIOS_IPXE, MAC);
        assertThat(boot(ruby.withDisks(BootRoom.SECOND::equals)).end())
                .isEqualTo(new BootEnd.AoeRoot(BootRoom.SECOND, true));
        assertThat(boot(ruby.withDisks(disk -> false)).end())
                .isEqualTo(new BootEnd.Failed("the script waits after a failure"));
        room.boots(BootProfile.ipxe(BootAnswer.AoeRoot.of(BootRoom.FIRST)).build());
        BootRun bare = boot(ruby);
        assertThat(bare.end()).isEqualTo(new BootEnd.AoeRoot(BootRoom.FIRST, false));
        assertThat(bare.files()).as("a root path needs no script").isEmpty();
    }

    @Test
    void firmwareIsUnderstoodForWhatItIs() {
        serving();
        boot(SimulatedMachine.of(ClientKind.UEFI_PXE, MAC));
        assertThat(tftpReports)
                .extracting(TftpReport::outcome)
                .as("edk2 asks for the size first")
                .containsExactly(TftpOutcome.PROBED, TftpOutcome.COMPLETED);
        assertThat(tftpReports).last().extracting(TftpReport::windowSize).isEqualTo(4);
        boot(SimulatedMachine.of(ClientKind.UEFI_HTTP, MAC));
        assertThat(httpReports)
                .filteredOn(r -> r.path().equals("/ipxe.efi"))
                .extracting(HttpReport::method)
                .containsExactly("HEAD", "GET");
        assertThat(httpReports).allMatch(HttpReport::complete);
    }

    @ParameterizedTest
    @CsvSource({"BIOS_IPXE", "UEFI_PXE", "UEFI_IPXE_ROM"})
    void besideAnotherServerTheProxyTellsHowToBoot(ClientKind kind) {
        BootPolicy plain = facts ->
                BootDecision.of(new BootAnswer.AddressOnly(), Optional.empty(), "another's server knows nobody");
        DhcpResponder addresses = dhcp(at(OTHER).build(), plain);
        DhcpResponder proxy = dhcp(at(SERVER).mode(DhcpMode.PROXY).http(HTTP).build(), room.policy);
        files();
        room.hosts.tag(MAC, HostTag.STORAGE_NODE);
        BootRun run = boot(SimulatedMachine.of(kind, MAC));
        assertThat(run.end()).as("%s", run.steps()).isInstanceOf(BootEnd.Kernel.class);
        assertThat(addresses.leases()).hasSize(1);
        assertThat(proxy.leases()).isEmpty();
        assertThat(proxy.counters().offers()).isPositive();
    }

    @Test
    void aProxysOfferOpensTheDiskThatItNames() {
        BootPolicy plain = facts ->
                BootDecision.of(new BootAnswer.AddressOnly(), Optional.empty(), "another's server knows nobody");
        dhcp(at(OTHER).build(), plain);
        List<String> given = new ArrayList<>();
        dhcp(
                at(SERVER)
                        .mode(DhcpMode.PROXY)
                        .roots((machine, root) -> given.add(machine + " " + root))
                        .build(),
                room.policy);
        room.boots(BootProfile.ipxe(BootAnswer.AoeRoot.of(BootRoom.FIRST)).build());
        BootRun run = boot(SimulatedMachine.of(ClientKind.BIOS_IPXE, MAC));
        assertThat(run.end()).as("%s", run.steps()).isEqualTo(new BootEnd.AoeRoot(BootRoom.FIRST, false));
        assertThat(given).isNotEmpty().containsOnly(MAC + " " + BootRoom.FIRST);
    }

    @ParameterizedTest
    @CsvSource({"BIOS_IPXE, undionly.kpxe", "UEFI_PXE, ipxe.efi"})
    void whereTheOfferLeadsToPort4011TheBootServerIsAsked(ClientKind kind, String program) {
        // DHCP and boot server on one machine: the DHCP server only says that it is one.
        BootPolicy hint = facts -> BootDecision.of(
                new BootAnswer.AddressOnly(),
                Optional.of(new Host(
                        facts.mac(),
                        HostTag.INSTANCE,
                        "ruby",
                        Optional.of(RUBY),
                        Optional.empty(),
                        List.of(DhcpOption.text(OptionCodes.VENDOR_CLASS, "PXEClient")))),
                "the boot server knows");
        Set<ClientKind> asked = EnumSet.noneOf(ClientKind.class);
        dhcp(at(SERVER).build(), hint);
        BootPolicy programs = facts -> {
            asked.add(kind);
            return BootDecision.of(new BootAnswer.Program(program), Optional.empty(), "test");
        };
        DhcpResponder boots = dhcp(at(SERVER).mode(DhcpMode.PROXY).build(), facts -> programs.decide(facts));
        files();
        BootRun run = boot(SimulatedMachine.of(kind, MAC).withLoader(Loader.OTHER));
        assertThat(run.end()).as("%s", run.steps()).isEqualTo(new BootEnd.Program(program));
        assertThat(asked).contains(kind);
        assertThat(boots.counters().acks()).as("%s", run.steps()).isEqualTo(1);
    }

    @Test
    void aRackOfMachinesBootsWithoutASocket() {
        room.boots(BootProfile.ipxe(BootRoom.KERNEL).build());
        for (int i = 2; i <= 60; i++) {
            room.hosts.put(Host.of(MacAddress.of(0x525400770000L + i), HostTag.STORAGE_NODE, "n" + i));
        }
        DhcpResponder dhcp = dhcp(at(SERVER).http(HTTP).build(), room.policy);
        TftpResponder tftp = files();
        for (int i = 1; i <= 60; i++) {
            BootRun run = boot(SimulatedMachine.of(ClientKind.UEFI_PXE, MacAddress.of(0x525400770000L + i)));
            assertThat(run.end()).as("%s", run.steps()).isInstanceOf(BootEnd.Kernel.class);
        }
        assertThat(dhcp.leases()).hasSize(60);
        assertThat(tftp.counters().running()).isZero();
        assertThat(Map.of("completed", tftp.counters().completed())).containsEntry("completed", 60L);
    }
}
