package io.diskless.netboot.dhcpd;

import static io.diskless.netboot.dhcpd.TestClient.ip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.Peers;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootFiles;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.BootStage;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostList;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.dhcp.MessageType;
import io.diskless.netboot.http.HttpBootServer;
import io.diskless.netboot.http.HttpReport;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpData;
import io.diskless.netboot.tftp.TftpOutcome;
import io.diskless.netboot.tftp.TftpReport;
import io.diskless.netboot.tftp.TftpServer;
import io.diskless.netboot.tftp.TftpServerOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An emulated machine whose card has iPXE as its ROM boots from our servers, by what its tag says at that moment. */
@RequiresNetworkNamespace
@RequiresPeer("ipxe")
class NetworkBootIT {
    /** Emulated, on a busy machine, a boot takes 5 to 40 s; this is patience, not a claim about speed. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final MacAddress RUBY = MacAddress.parse("52:54:00:77:00:01");

    @TempDir
    Path folder;

    private final Queue<DhcpReport> dhcpReports = new ConcurrentLinkedQueue<>();
    private final Queue<HttpReport> httpReports = new ConcurrentLinkedQueue<>();
    private final Queue<TftpReport> tftpReports = new ConcurrentLinkedQueue<>();
    private final HostList hosts =
            new HostList(List.of(Host.of(RUBY, HostTag.HARDWARE_NODE, "ruby").withAddress(ip("10.77.0.5"))));
    private final StandardPolicy policy = StandardPolicy.of(
            hosts,
            Map.of(
                    HostTag.HARDWARE_NODE,
                            BootProfile.ipxe(says("a hardware node")).build(),
                    HostTag.STORAGE_NODE,
                            BootProfile.ipxe(says("a storage node")).build()));
    private Netns.Wire tap;
    private Netns.Wire bridge;
    private DhcpServer dhcp;
    private TftpServer tftp;
    private HttpBootServer http;
    private int boots;

    private static BootAnswer says(String what) {
        return new BootAnswer.Script("#!ipxe\necho This is " + what + " at ${net0/ip}.\nsleep 1000\n");
    }

    @BeforeEach
    void open() throws IOException {
        tap = Netns.tap("t0", 1500);
        bridge = Netns.bridge("br0", 1500, "t0");
        Netns.ip("addr", "add", "10.77.0.1/24", "dev", "br0");
        tftp = TftpServer.open(
                TftpServerOptions.builder()
                        .listen(new InetSocketAddress(ip("10.77.0.1"), 69))
                        .listener(tftpReports::add)
                        .build(),
                content("tftp://${next-server}/"));
        http = HttpBootServer.open(
                new InetSocketAddress(ip("10.77.0.1"), 8080), content("http://10.77.0.1:8080/"), httpReports::add);
    }

    @AfterEach
    void close() {
        if (dhcp != null) {
            dhcp.close();
        }
        http.close();
        tftp.close();
        bridge.close();
        tap.close();
    }

    private TftpContent content(String base) {
        BootFiles files = new BootFiles(policy, base);
        return (name, client) -> files.find(name).map(TftpData::of);
    }

    private DhcpServerOptions.Builder options() {
        return DhcpServerOptions.builder()
                .link(new DhcpLink(
                        "br0",
                        ip("10.77.0.1"),
                        Subnet.builder(ip("10.77.0.0"), 24).build()))
                .listener(dhcpReports::add);
    }

    private void serve(DhcpServerOptions.Builder options) throws IOException {
        dhcp = DhcpServer.open(options.build(), policy, LeaseStore.memory());
    }

    /** Switches a machine on, waits until its screen says something, and switches it off. */
    private void bootUntil(String text) throws IOException {
        Path screen = folder.resolve("screen" + boots++);
        Process machine = new ProcessBuilder(
                        Peers.program("qemu-system-x86_64").toString(),
                        "-machine",
                        "pc,graphics=off",
                        "-accel",
                        "tcg,tb-size=64",
                        "-m",
                        "64",
                        "-nodefaults",
                        "-no-user-config",
                        "-display",
                        "none",
                        "-no-reboot",
                        "-serial",
                        "file:" + screen,
                        "-netdev",
                        "tap,id=n0,ifname=t0,script=no,downscript=no",
                        "-device",
                        "virtio-net-pci,netdev=n0,bootindex=1,mac=" + RUBY)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("emulator.log").toFile())
                .start();
        Thread end = new Thread(machine::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(end);
        try {
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(machine.isAlive())
                        .as(() -> "the emulator: " + read(folder.resolve("emulator.log")))
                        .isTrue();
                assertThat(read(screen)).contains(text);
            });
        } finally {
            ClientRoom.end(machine);
            Runtime.getRuntime().removeShutdownHook(end);
        }
    }

    private static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Test
    void aTagIsARoleAtTheNextBoot() throws IOException {
        serve(options().http(URI.create("http://10.77.0.1:8080/")));
        bootUntil("This is a hardware node at 10.77.0.5.");
        hosts.tag(RUBY, HostTag.STORAGE_NODE);
        bootUntil("This is a storage node at 10.77.0.5.");
        assertThat(httpReports)
                .hasSize(2)
                .allMatch(r -> r.status() == 200 && r.path().equals("/boot/52-54-00-77-00-01.ipxe"));
        assertThat(dhcpReports)
                .isNotEmpty()
                .allMatch(r -> r.stage() == BootStage.IPXE && r.mac().equals(RUBY));
        assertThat(dhcp.leases()).extracting(Lease::address).containsExactly(ip("10.77.0.5"));
    }

    @Test
    void withoutHttpTheScriptComesByTftp() throws IOException {
        serve(options());
        bootUntil("This is a hardware node at 10.77.0.5.");
        await().atMost(PATIENCE).until(() -> !tftpReports.isEmpty());
        assertThat(tftpReports).allMatch(r -> r.outcome() == TftpOutcome.COMPLETED);
    }

    @Test
    @RequiresPeer("dnsmasq")
    void besideAnotherServerItOnlyTellsHowToBoot() throws IOException {
        try (ClientRoom room = ClientRoom.open("p0", "52:54:00:77:00:02")) {
            Netns.ip("link", "set", "p0", "master", "br0");
            room.ip("addr", "add", "10.77.0.2/24", "dev", "c0");
            room.start(
                    folder.resolve("dnsmasq.log"),
                    Peers.program("dnsmasq").toString(),
                    "--keep-in-foreground",
                    "--conf-file=/dev/null",
                    "--port=0",
                    "--user=root",
                    "--interface=c0",
                    "--bind-interfaces",
                    "--no-ping",
                    "--log-facility=-",
                    "--dhcp-leasefile=" + folder.resolve("dnsmasq.leases"),
                    "--dhcp-range=10.77.0.100,10.77.0.100,1h");
            serve(options().mode(DhcpMode.PROXY).http(URI.create("http://10.77.0.1:8080/")));
            bootUntil("This is a hardware node at 10.77.0.100.");
            assertThat(dhcpReports)
                    .filteredOn(r -> r.reply().isPresent())
                    .isNotEmpty()
                    .allMatch(r -> r.reply().orElseThrow().header().yiaddr().isAnyLocalAddress());
            assertThat(dhcpReports)
                    .filteredOn(
                            r -> r.asked().filter(MessageType.DISCOVER::equals).isPresent())
                    .allMatch(r -> r.reply().isPresent());
        }
    }
}
