package io.diskless.netboot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootDecision;
import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.BootStage;
import io.diskless.netboot.boot.BootTokens;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostList;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.dhcp.CapturedRequests;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.dhcpd.DhcpLink;
import io.diskless.netboot.dhcpd.DhcpMode;
import io.diskless.netboot.dhcpd.Subnet;
import io.diskless.netboot.http.TestCertificate;
import io.diskless.netboot.simulate.BootEnd;
import io.diskless.netboot.simulate.BootRun;
import io.diskless.netboot.simulate.ClientKind;
import io.diskless.netboot.simulate.SimulatedClient;
import io.diskless.netboot.simulate.SimulatedMachine;
import io.diskless.netboot.simulate.SocketLink;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpStore;
import io.diskless.netboot.timeline.BootEvent;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        return builder(policy);
    }

    private NetbootServer.Builder builder(BootPolicy decides) {
        return NetbootServer.builder(
                        new DhcpLink(
                                "lo",
                                SERVER,
                                Subnet.builder(DhcpHeader.address(0x7F000000), 8)
                                        .build()),
                        decides)
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

    /** What a policy is asked, in order. */
    private BootPolicy noting(Queue<BootFacts> asked) {
        return new BootPolicy() {
            @Override
            public BootDecision decide(BootFacts facts) {
                asked.add(facts);
                return policy.decide(facts);
            }

            @Override
            public Optional<MacAddress> machineAt(Inet4Address address) {
                return policy.machineAt(address);
            }
        };
    }

    private static BootRun boot(NetbootServer server, Inet4Address own) {
        return SimulatedClient.boot(
                SimulatedMachine.of(ClientKind.UEFI_PXE, MAC),
                SocketLink.relayed(
                        own,
                        new InetSocketAddress(SERVER, server.dhcp().port()),
                        server.tftpAddress().getPort(),
                        4011),
                new Random());
    }

    private static int get(NetbootServer server, Inet4Address from, String path) throws IOException {
        return Integer.parseInt(answer(server, from, path).split(" ", 3)[1]);
    }

    /** Status line, headers and body of what a machine with an address gets. */
    private static String answer(NetbootServer server, Inet4Address from, String path) throws IOException {
        try (Socket socket = new Socket()) {
            socket.bind(new InetSocketAddress(from, 0));
            socket.connect(server.httpAddress());
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: boot\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    /** What TFTP's first packet says. */
    private static String tftp(NetbootServer server, Inet4Address from, String file) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, from)) {
            byte[] request = ("\0\1" + file + "\0octet\0").getBytes(StandardCharsets.US_ASCII);
            socket.send(new DatagramPacket(request, request.length, server.tftpAddress()));
            socket.setSoTimeout((int) PATIENCE.toMillis());
            DatagramPacket in = new DatagramPacket(new byte[600], 600);
            socket.receive(in);
            return new String(in.getData(), 0, in.getLength(), StandardCharsets.ISO_8859_1);
        }
    }

    /** The machine's iPXE looks for a server; the answer comes to the socket, which plays the relay. */
    private static DatagramSocket discover(NetbootServer server) throws IOException {
        byte[] message = CapturedRequests.of("a-pxelinux").get(0).clone();
        // giaddr
        System.arraycopy(RUBY.getAddress(), 0, message, 24, 4);
        DatagramSocket socket = new DatagramSocket(0, RUBY);
        socket.setSoTimeout((int) PATIENCE.toMillis());
        socket.send(new DatagramPacket(
                message, message.length, SERVER, server.dhcp().port()));
        return socket;
    }

    /** The machine takes an address that another server offered. */
    private static void request(NetbootServer server, Inet4Address address) throws IOException {
        byte[] discover = CapturedRequests.of("a-pxelinux").get(0);
        byte[] taken = HexFormat.of()
                .parseHex("3501033604" + "7f000008" + "3204" + HexFormat.of().formatHex(address.getAddress()) + "ff");
        // Options begin with octet 240, and the message's type is the first of them.
        byte[] message = Arrays.copyOf(discover, 240 + taken.length);
        System.arraycopy(taken, 0, message, 240, taken.length);
        System.arraycopy(RUBY.getAddress(), 0, message, 24, 4);
        try (DatagramSocket socket = new DatagramSocket(0, RUBY)) {
            socket.send(new DatagramPacket(
                    message, message.length, SERVER, server.dhcp().port()));
        }
    }

    @Test
    void whoIsDeniedGetsNothingByAnyServer() throws IOException {
        Inet4Address stranger = DhcpHeader.address(0x7F000003);
        try (NetbootServer server = builder().open()) {
            // By its reservation alone, before it has said anything.
            assertThat(get(server, RUBY, "/vmlinuz")).isEqualTo(200);
            assertThat(tftp(server, RUBY, "vmlinuz")).startsWith("\0\3\0\1");
            hosts.put(
                    hosts.find(MAC).orElseThrow().withProfile(BootProfile.always(new BootAnswer.Deny("under repair"))));
            assertThat(get(server, RUBY, "/vmlinuz")).isEqualTo(403);
            assertThat(get(server, RUBY, "/boot/52-54-00-77-00-01.ipxe")).isEqualTo(403);
            assertThat(tftp(server, RUBY, "vmlinuz")).startsWith("\0\5\0\2");
            long silent = server.metrics().dhcp().silent();
            discover(server).close();
            await().atMost(PATIENCE).until(() -> server.metrics().dhcp().silent() == silent + 1);
            assertThat(server.metrics().dhcp().offers()).isZero();
            hosts.put(hosts.find(MAC).orElseThrow().withProfile(BootProfile.always(new BootAnswer.Ignore("not ours"))));
            assertThat(get(server, RUBY, "/vmlinuz")).isEqualTo(404);
            assertThat(tftp(server, RUBY, "vmlinuz")).startsWith("\0\5\0\1");
            assertThat(get(server, stranger, "/vmlinuz"))
                    .as("whose address nobody gave")
                    .isEqualTo(200);
        }
    }

    /** A ProxyDHCP server gives no address: it hears which one the machine takes. */
    @Test
    void besideAnothersDhcpWhoIsDeniedGetsNothingEither() throws IOException {
        Inet4Address theirs = DhcpHeader.address(0x7F000009);
        hosts.put(hosts.find(MAC).orElseThrow().withProfile(BootProfile.always(new BootAnswer.Deny("under repair"))));
        try (NetbootServer server =
                builder().dhcp(options -> options.mode(DhcpMode.PROXY)).open()) {
            assertThat(get(server, theirs, "/vmlinuz")).as("not known yet").isEqualTo(200);
            long silent = server.metrics().dhcp().silent();
            request(server, theirs);
            await().atMost(PATIENCE).until(() -> server.metrics().dhcp().silent() == silent + 1);
            assertThat(get(server, theirs, "/vmlinuz")).isEqualTo(403);
        }
    }

    @Test
    void thePolicyKnowsWhatTheMachineSaidAndFetched() throws IOException {
        Queue<BootFacts> asked = new ConcurrentLinkedQueue<>();
        try (NetbootServer server = builder(noting(asked)).open()) {
            assertThat(boot(server, RUBY).end()).isInstanceOf(BootEnd.Kernel.class);
            assertThat(asked.element().stage()).isEqualTo(BootStage.PXE_FIRMWARE);
            assertThat(asked.element().fetched()).isEmpty();
            assertThat(asked)
                    .as("by DHCP and when its script is made")
                    .filteredOn(facts -> facts.stage() == BootStage.IPXE)
                    .hasSizeGreaterThan(2)
                    .allSatisfy(facts -> {
                        assertThat(facts.architecture()).hasValue(7);
                        assertThat(facts.relay()).contains(RUBY);
                    });
            // The servers report after they have sent.
            await().atMost(PATIENCE)
                    .until(() -> server.timelines()
                                    .facts(MAC)
                                    .orElseThrow()
                                    .fetched()
                                    .size()
                            == 4);
            asked.clear();
            assertThat(get(server, RUBY, "/boot/52-54-00-77-00-01.ipxe")).isEqualTo(200);
            assertThat(asked)
                    .isNotEmpty()
                    .allSatisfy(facts -> assertThat(facts.fetched())
                            .containsExactlyInAnyOrder(
                                    "ipxe.efi", "boot/52-54-00-77-00-01.ipxe", "vmlinuz", "initrd.img"));
            asked.clear();
            boot(server, RUBY);
            assertThat(asked.element().fetched()).as("another boot").isEmpty();
        }
    }

    @Test
    void aTokenLeadsItsMachineToItsSecretOnce() throws IOException {
        hosts.put(hosts.find(MAC)
                .orElseThrow()
                .withProfile(
                        BootProfile.ipxe(new BootAnswer.Kernel("vmlinuz", List.of(), "token=" + BootTokens.PLACEHOLDER))
                                .build()));
        NetbootServer.Builder builder = builder()
                .tokens(
                        machine -> Optional.of(("secret of " + machine).getBytes(StandardCharsets.US_ASCII)),
                        Duration.ofMinutes(5));
        try (NetbootServer server = builder.open()) {
            String script = "/boot/52-54-00-77-00-01.ipxe";
            Inet4Address other = DhcpHeader.address(0x7F000003);
            assertThat(get(server, other, script)).isEqualTo(403);
            Matcher token = Pattern.compile("token=([0-9a-f]{32})\\b").matcher(answer(server, RUBY, script));
            assertThat(token.find()).isTrue();
            String path = "/boot/token/" + token.group(1);
            assertThat(get(server, other, path)).isEqualTo(404);
            assertThat(answer(server, RUBY, path)).endsWith("\r\n\r\nsecret of " + MAC);
            assertThat(get(server, RUBY, path)).isEqualTo(404);
        }
    }

    @Test
    void byTlsEveryUrlSaysSo(@TempDir Path folder) throws Exception {
        SSLContext tls = TestCertificate.make(folder.resolve("keys")).context();
        try (NetbootServer server = builder().tls(tls).httpName("127.0.0.1").open()) {
            String base = "https://127.0.0.1:" + server.httpAddress().getPort() + "/";
            assertThat(tftp(server, RUBY, "boot/52-54-00-77-00-01.ipxe")).contains("kernel " + base + "vmlinuz ");
            HttpClient client = HttpClient.newBuilder().sslContext(tls).build();
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(base + "vmlinuz")).build();
            assertThat(client.send(request, HttpResponse.BodyHandlers.ofByteArray())
                            .body())
                    .hasSize(5000);
            try (DatagramSocket machine = discover(server)) {
                DatagramPacket offer = new DatagramPacket(new byte[1500], 1500);
                machine.receive(offer);
                assertThat(new String(offer.getData(), 0, offer.getLength(), StandardCharsets.ISO_8859_1))
                        .contains(base + "boot/52-54-00-77-00-01.ipxe");
            }
        }
    }

    @Test
    void machinesWriteWhereTheyMay(@TempDir Path folder) throws IOException {
        try (NetbootServer server =
                builder().writes(TftpStore.files(folder), 100).open()) {
            assertThat(put(server, "log")).startsWith("\0\4\0\0");
            hosts.put(
                    hosts.find(MAC).orElseThrow().withProfile(BootProfile.always(new BootAnswer.Deny("under repair"))));
            assertThat(put(server, "log")).startsWith("\0\5\0\2");
        }
        try (NetbootServer server = builder().open()) {
            assertThat(put(server, "log")).as("off unless set").startsWith("\0\5\0\2");
        }
    }

    private static String put(NetbootServer server, String file) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, RUBY)) {
            byte[] request = ("\0\2" + file + "\0octet\0").getBytes(StandardCharsets.US_ASCII);
            socket.send(new DatagramPacket(request, request.length, server.tftpAddress()));
            socket.setSoTimeout((int) PATIENCE.toMillis());
            DatagramPacket in = new DatagramPacket(new byte[600], 600);
            socket.receive(in);
            return new String(in.getData(), 0, in.getLength(), StandardCharsets.ISO_8859_1);
        }
    }
}
