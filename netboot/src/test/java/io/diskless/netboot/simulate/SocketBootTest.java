package io.diskless.netboot.simulate;

import static io.diskless.netboot.simulate.BootRoom.MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.dhcpd.DhcpLink;
import io.diskless.netboot.dhcpd.DhcpServer;
import io.diskless.netboot.dhcpd.DhcpServerOptions;
import io.diskless.netboot.dhcpd.LeaseStore;
import io.diskless.netboot.dhcpd.Subnet;
import io.diskless.netboot.http.HttpBootServer;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpServer;
import io.diskless.netboot.tftp.TftpServerOptions;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same boots over real sockets of the loopback interface, without privileges: the link plays a relay. */
class SocketBootTest {
    private static final Inet4Address LOOPBACK = DhcpHeader.address(0x7F000001);
    private static final Inet4Address RUBY = DhcpHeader.address(0x7F070707);

    private final BootRoom room = new BootRoom(RUBY);
    private HttpBootServer http;
    private TftpServer tftp;
    private DhcpServer dhcp;

    @BeforeEach
    void open() throws IOException {
        // The server has its port before its scripts can name it.
        AtomicReference<TftpContent> content = new AtomicReference<>(TftpContent.memory(Map.of()));
        http = HttpBootServer.open(
                new InetSocketAddress(LOOPBACK, 0),
                (name, client) -> content.get().open(name, client),
                report -> {});
        URI base = URI.create("http://127.0.0.1:" + http.address().getPort() + "/");
        content.set(room.content(base.toString()));
        tftp = TftpServer.open(
                TftpServerOptions.builder()
                        .listen(new InetSocketAddress(LOOPBACK, 0))
                        .build(),
                content.get());
        dhcp = DhcpServer.open(
                DhcpServerOptions.builder()
                        .link(new DhcpLink(
                                "lo",
                                LOOPBACK,
                                Subnet.builder(DhcpHeader.address(0x7F000000), 8)
                                        .build()))
                        .ports(0, 68, 0)
                        .http(base)
                        .build(),
                room.policy,
                LeaseStore.memory());
    }

    @AfterEach
    void close() {
        dhcp.close();
        tftp.close();
        http.close();
    }

    private BootRun boot(SimulatedMachine machine) {
        ClientLink link = SocketLink.relayed(
                LOOPBACK,
                new InetSocketAddress(LOOPBACK, dhcp.port()),
                tftp.addresses().get(0).getPort(),
                4011);
        return SimulatedClient.boot(machine, link, new Random());
    }

    @ParameterizedTest
    @EnumSource(ClientKind.class)
    void everyKindBoots(ClientKind kind) {
        SimulatedMachine machine = SimulatedMachine.of(kind, MAC);
        BootRun root = boot(machine);
        assertThat(root.end()).as("%s", root.steps()).isEqualTo(new BootEnd.AoeRoot(BootRoom.FIRST, true));
        assertThat(root.address()).isEqualTo(Optional.of(RUBY));
        room.hosts.tag(MAC, HostTag.STORAGE_NODE);
        BootRun kernel = boot(machine);
        assertThat(kernel.end()).as("%s", kernel.steps()).isInstanceOf(BootEnd.Kernel.class);
        assertThat(kernel.files())
                .filteredOn(file -> file.url().endsWith("vmlinuz"))
                .singleElement()
                .satisfies(file -> assertThat(file.crc32()).isEqualTo(room.crc("vmlinuz")));
    }
}
