package io.diskless.netboot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostList;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.dhcpd.DhcpLink;
import io.diskless.netboot.dhcpd.Subnet;
import io.diskless.netboot.simulate.BootEnd;
import io.diskless.netboot.simulate.BootRun;
import io.diskless.netboot.simulate.ClientKind;
import io.diskless.netboot.simulate.SimulatedClient;
import io.diskless.netboot.simulate.SimulatedMachine;
import io.diskless.netboot.simulate.SocketLink;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.timeline.BootEvent;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** One door: a machine boots through all servers, and its timeline and the metrics show all of it. */
class NetbootServerTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Inet4Address SERVER = DhcpHeader.address(0x7F000001);
    /** The machine's own address is one that this machine has. */
    private static final Inet4Address RUBY = DhcpHeader.address(0x7F000002);

    private static final MacAddress MAC = MacAddress.parse("52:54:00:77:00:01");

    private final HostList hosts =
            new HostList(List.of(Host.of(MAC, HostTag.HARDWARE_NODE, "ruby").withAddress(RUBY)));
    private final StandardPolicy policy = StandardPolicy.of(
            hosts,
            Map.of(
                    HostTag.HARDWARE_NODE,
                    BootProfile.ipxe(new BootAnswer.Kernel("vmlinuz", List.of("initrd.img"), "quiet"))
                            .build()));

    private NetbootServer.Builder builder() {
        return NetbootServer.builder(
                        new DhcpLink(
                                "lo",
                                SERVER,
                                Subnet.builder(DhcpHeader.address(0x7F000000), 8)
                                        .build()),
                        policy)
                .files(TftpContent.memory(
                        Map.of("vmlinuz", new byte[5000], "initrd.img", new byte[3000], "ipxe.efi", new byte[2000])))
                .filePorts(0, 0)
                .dhcp(dhcp -> dhcp.ports(0, 68, 0));
    }

    @Test
    void aMachineBootsThroughAllServers() throws NetbootException {
        try (NetbootServer server = builder().open()) {
            BootRun run = SimulatedClient.boot(
                    SimulatedMachine.of(ClientKind.UEFI_PXE, MAC),
                    SocketLink.relayed(
                            RUBY,
                            new InetSocketAddress(SERVER, server.dhcp().port()),
                            server.tftpAddress().getPort(),
                            4011),
                    new Random());
            assertThat(run.end()).as("%s", run.steps()).isInstanceOf(BootEnd.Kernel.class);
            String base = "http://127.0.0.1:" + server.httpAddress().getPort() + "/";
            assertThat(((BootEnd.Kernel) run.end()).kernel()).isEqualTo(base + "vmlinuz");
            // The servers report after they have sent.
            await().atMost(PATIENCE)
                    .until(() -> server.metrics().http().answered() == 3
                            && server.metrics().tftp().completed() == 1
                            && server.metrics().tftp().running() == 0);
            assertThat(server.metrics().dhcp().acks()).isEqualTo(2);
            assertThat(server.metrics().http().refused()).isZero();
            await().atMost(PATIENCE)
                    .until(() -> server.timelines().of(MAC).stream()
                                    .filter(BootEvent.FileSent.class::isInstance)
                                    .count()
                            == 5);
            assertThat(server.timelines().of(MAC))
                    .hasAtLeastOneElementOfType(BootEvent.Discovered.class)
                    .hasAtLeastOneElementOfType(BootEvent.Acknowledged.class);
        }
    }

    @Test
    void aPortThatIsTakenIsSaid() throws NetbootException {
        try (NetbootServer first = builder().open()) {
            int dhcp = first.dhcp().port();
            int http = first.httpAddress().getPort();
            assertThatThrownBy(() -> builder()
                            .dhcp(options -> options.ports(dhcp, 68, 0))
                            .open())
                    .isInstanceOf(NetbootException.class)
                    .extracting(e -> ((NetbootException) e).kind())
                    .isEqualTo(NetbootException.Kind.PORT_IN_USE);
            assertThatThrownBy(() -> builder().filePorts(0, http).open()).isInstanceOf(NetbootException.class);
        }
    }
}
