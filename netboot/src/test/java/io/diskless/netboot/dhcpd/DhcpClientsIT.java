package io.diskless.netboot.dhcpd;

import static io.diskless.netboot.dhcpd.TestClient.ip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.Peers;
import io.diskless.cluster.testkit.peer.Processes;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.Firmware;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostList;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.dhcp.CapturedRequests;
import io.diskless.netboot.dhcp.MessageType;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** BusyBox udhcpc, ISC dhclient and perfdhcp, in a network namespace of their own, against the server on the real ports. */
@RequiresNetworkNamespace
class DhcpClientsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(100);
    private static final MacAddress RUBY = MacAddress.parse("52:54:00:77:00:01");

    @TempDir
    Path folder;

    private final Queue<DhcpReport> reports = new ConcurrentLinkedQueue<>();
    private final HostList hosts =
            new HostList(List.of(Host.of(RUBY, HostTag.HARDWARE_NODE, "ruby").withAddress(ip("10.77.0.5"))));
    private StandardPolicy policy = StandardPolicy.of(
            hosts,
            Map.of(
                    HostTag.HARDWARE_NODE,
                    BootProfile.builder().program(Firmware.BIOS, "pxelinux.0").build()));
    private ClientRoom room;
    private LeaseJournal journal;
    private DhcpServer server;

    @BeforeEach
    void open() throws IOException {
        room = ClientRoom.open("s0", RUBY.toString());
        Netns.ip("addr", "add", "10.77.0.1/24", "dev", "s0");
        journal = LeaseJournal.open(folder.resolve("leases"));
    }

    @AfterEach
    void close() throws IOException {
        if (server != null) {
            server.close();
        }
        journal.close();
        room.close();
    }

    private void serve(String address) throws IOException {
        Subnet subnet = Subnet.builder(ip("10.77.0.0"), 24)
                .router(ip("10.77.0.254"))
                .nameServer(ip("10.77.0.53"))
                .pool(ip("10.77.0.100"), ip("10.77.0.199"))
                .build();
        server = DhcpServer.open(
                DhcpServerOptions.builder()
                        .link(new DhcpLink("s0", ip(address), subnet))
                        .packetsPerSecond(1000)
                        .listener(reports::add)
                        .build(),
                policy,
                journal);
    }

    private Path script(String text) throws IOException {
        Path script = folder.resolve("script");
        Files.writeString(script, "#!/bin/sh\n" + text);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return script;
    }

    private List<String> dialogue() {
        return reports.stream()
                .map(r -> r.asked().map(MessageType::toString).orElse("BOOTP") + " "
                        + r.reply()
                                .flatMap(m -> m.options().messageType())
                                .map(MessageType::toString)
                                .orElse("-"))
                .toList();
    }

    private void awaitDialogue(String last) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(dialogue()).isNotEmpty().last().isEqualTo(last));
    }

    /** The file appears when the client has its address. */
    private String[] udhcpc(String... more) throws IOException {
        Path script = script("case $1 in bound) " + Peers.program("ip") + " addr replace $ip/24 dev c0; env >"
                + folder.resolve("new") + "; mv " + folder.resolve("new") + " " + folder.resolve("bound")
                + ";; esac\nexit 0\n");
        String[] words = {
            Peers.program("busybox").toString(),
            "udhcpc",
            "-i",
            "c0",
            "-f",
            "-n",
            "-t",
            "20",
            "-T",
            "2",
            "-s",
            script.toString()
        };
        return Stream.concat(Arrays.stream(words), Arrays.stream(more)).toArray(String[]::new);
    }

    private List<String> bound() throws IOException {
        return Files.readAllLines(folder.resolve("bound"));
    }

    @Test
    @RequiresPeer("busybox")
    void udhcpcGetsItsAddressAndGivesItBack() throws IOException {
        serve("10.77.0.1");
        Process client = room.start(folder.resolve("log"), udhcpc("-R"));
        await().atMost(PATIENCE).until(() -> Files.exists(folder.resolve("bound")));
        assertThat(bound())
                .contains(
                        "ip=10.77.0.5",
                        "subnet=255.255.255.0",
                        "router=10.77.0.254",
                        "dns=10.77.0.53",
                        "serverid=10.77.0.1",
                        "lease=3600");
        client.destroy();
        awaitDialogue("RELEASE -");
        assertThat(dialogue()).startsWith("DISCOVER OFFER").contains("REQUEST ACK");
        assertThat(server.leases()).extracting(Lease::state).containsExactly(Lease.State.RELEASED);
        assertThat(LeaseJournal.read(folder.resolve("leases"))).isEqualTo(server.leases());
    }

    @Test
    @RequiresPeer("dnsmasq")
    void anotherServersOfferIsHeardWithoutTakingTheClientsPort() throws IOException {
        Queue<String> others = new ConcurrentLinkedQueue<>();
        server = DhcpServer.open(
                DhcpServerOptions.builder()
                        .link(new DhcpLink(
                                "s0",
                                ip("10.77.0.1"),
                                Subnet.builder(ip("10.77.0.0"), 24).build()))
                        .listener(new DhcpListener() {
                            @Override
                            public void handled(DhcpReport report) {
                                reports.add(report);
                            }

                            @Override
                            public void otherServer(String where, Inet4Address address) {
                                others.add(address.getHostAddress() + " on " + where);
                            }
                        })
                        .build(),
                policy,
                journal);
        room.ip("addr", "add", "10.77.0.2/24", "dev", "c0");
        room.start(
                folder.resolve("log"),
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
        // A machine on our side, which wants the answer as a broadcast.
        byte[] discover = CapturedRequests.of("a-pxelinux").get(0).clone();
        discover[10] |= (byte) 0x80;
        try (DatagramSocket machine = new DatagramSocket(68, ip("10.77.0.1"))) {
            machine.setBroadcast(true);
            DatagramPacket packet = new DatagramPacket(discover, discover.length, ip("10.77.0.255"), 67);
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(500)).untilAsserted(() -> {
                machine.send(packet);
                assertThat(others).containsExactly("10.77.0.2 on s0");
            });
        }
        // The system lets us hear our own broadcasts too.
        assertThat(reports)
                .as("what another server says is no request")
                .allMatch(r -> r.asked().equals(Optional.of(MessageType.DISCOVER)));
        assertThat(server.counters().malformed()).isZero();
    }

    @Test
    @RequiresPeer("busybox")
    void anInterfaceThatWasRemovedIsHeardAgainOnceItIsBack() throws IOException {
        serve("10.77.0.1");
        room.run(udhcpc("-q")).orThrow();
        room.close();
        room = ClientRoom.open("s0", RUBY.toString());
        Netns.ip("addr", "add", "10.77.0.1/24", "dev", "s0");
        reports.clear();
        room.run(udhcpc("-q")).orThrow();
        // The last offer went straight to the card, so the way past the system was opened anew too.
        assertThat(dialogue()).containsSubsequence("DISCOVER OFFER", "REQUEST ACK");
        assertThat(server.counters().unsent()).isZero();
    }

    @Test
    @RequiresPeer("busybox")
    void udhcpcAsAPxeClientWithTheBroadcastFlag() throws IOException {
        serve("10.77.0.1");
        room.run(udhcpc("-q", "-B", "-V", "PXEClient:Arch:00000:UNDI:002001", "-O", "bootfile", "-r", "10.77.0.150"))
                .orThrow();
        assertThat(bound())
                .as("its reserved address, not the one it would like")
                .contains("ip=10.77.0.5", "boot_file=pxelinux.0", "siaddr=10.77.0.1", "bootfile=pxelinux.0");
    }

    @Test
    @RequiresPeer("busybox")
    void aMachineThatIsNotKnownHearsNothing() throws IOException {
        serve("10.77.0.1");
        hosts.remove(RUBY);
        Processes.Result result = room.run(udhcpc("-q", "-t", "2", "-T", "1"));
        assertThat(result.exitCode()).isNotZero();
        assertThat(dialogue()).isNotEmpty().allMatch(line -> line.equals("DISCOVER -"));
        hosts.put(Host.of(RUBY, HostTag.STORAGE_NODE, "ruby"));
        room.run(udhcpc("-q")).orThrow();
        assertThat(bound()).as("added, it gets one of the pool").anyMatch(line -> line.startsWith("ip=10.77.0.1"));
    }

    @Test
    @RequiresPeer("busybox")
    void aServerOfTwoLinksKnowsThemApartAndNeedsNoBroadcast() throws IOException {
        hosts.remove(RUBY);
        policy = policy.withStrangers(BootProfile.always(new BootAnswer.AddressOnly()));
        try (ClientRoom other = ClientRoom.open("s1", "52:54:00:77:00:02")) {
            Netns.ip("addr", "add", "10.78.0.1/24", "dev", "s1");
            server = DhcpServer.open(
                    DhcpServerOptions.builder()
                            .link(link("s0", "10.77.0"))
                            .link(link("s1", "10.78.0"))
                            .listener(reports::add)
                            .build(),
                    policy,
                    journal);
            assertThat(server.notes()).as("nothing is wanting").isEmpty();
            room.run(udhcpc("-q")).orThrow();
            assertThat(bound()).contains("ip=10.77.0.100", "serverid=10.77.0.1");
            other.run(udhcpc("-q")).orThrow();
            assertThat(bound()).contains("ip=10.78.0.100", "serverid=10.78.0.1");
            assertThat(reports).allMatch(r -> !r.to().orElseThrow().getAddress().equals(ip("255.255.255.255")));
            assertThat(reports).extracting(DhcpReport::networkInterface).contains("s0", "s1");

            reports.clear();
            room.run(udhcpc("-q", "-B")).orThrow();
            assertThat(reports)
                    .as("with the broadcast flag")
                    .allMatch(r -> r.to().orElseThrow().getAddress().equals(ip("255.255.255.255")));
            assertThat(server.counters().unsent()).isZero();
        }
    }

    private static DhcpLink link(String networkInterface, String network) {
        return new DhcpLink(
                networkInterface,
                ip(network + ".1"),
                Subnet.builder(ip(network + ".0"), 24)
                        .pool(ip(network + ".100"), ip(network + ".100"))
                        .build());
    }

    private String[] dhclient(String... more) throws IOException {
        Files.writeString(folder.resolve("dhclient.conf"), """
                initial-interval 1;
                backoff-cutoff 2;
                retry 2;
                reboot 10;
                supersede dhcp-renewal-time 2;
                supersede dhcp-rebinding-time 6;
                """);
        Files.writeString(folder.resolve("leases.dhclient"), "", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        String ip = Peers.program("ip").toString();
        Path script = script("case $reason in BOUND|RENEW|REBIND|REBOOT) " + ip
                + " addr replace $new_ip_address/24 dev c0;; EXPIRE|FAIL|RELEASE|STOP) " + ip
                + " addr flush dev c0;; esac\nexit 0\n");
        String[] words = {
            Peers.program("dhclient").toString(),
            "-4",
            "-cf",
            folder.resolve("dhclient.conf").toString(),
            "-lf",
            folder.resolve("leases.dhclient").toString(),
            "-pf",
            folder.resolve("dhclient.pid").toString(),
            "-sf",
            script.toString()
        };
        return Stream.of(Arrays.stream(words), Arrays.stream(more), Stream.of("c0"))
                .flatMap(s -> s)
                .toArray(String[]::new);
    }

    @Test
    @RequiresPeer("dhclient")
    void dhclientRebootsWithItsLeaseAndIsRefusedAnOldOne() throws IOException {
        serve("10.77.0.1");
        Process first = room.start(folder.resolve("log1"), dhclient("-d"));
        awaitDialogue("REQUEST ACK");
        assertThat(dialogue()).startsWith("DISCOVER OFFER");
        ClientRoom.end(first);

        reports.clear();
        Process second = room.start(folder.resolve("log2"), dhclient("-d"));
        awaitDialogue("REQUEST ACK");
        assertThat(dialogue()).as("INIT-REBOOT").doesNotContain("DISCOVER OFFER");
        ClientRoom.end(second);

        reports.clear();
        hosts.put(hosts.all().get(0).withAddress(ip("10.77.0.6")));
        Process third = room.start(folder.resolve("log3"), dhclient("-d"));
        awaitDialogue("REQUEST ACK");
        assertThat(dialogue()).startsWith("REQUEST NAK").contains("DISCOVER OFFER");
        assertThat(server.leases()).extracting(Lease::address).containsExactly(ip("10.77.0.6"));
        ClientRoom.end(third);

        room.run(dhclient("-r")).orThrow();
        awaitDialogue("RELEASE -");
        assertThat(server.leases()).extracting(Lease::state).containsExactly(Lease.State.RELEASED);
    }

    @Test
    @RequiresPeer("dhclient")
    void dhclientRenewsAndRebindsWithAnotherServer() throws IOException {
        serve("10.77.0.1");
        room.start(folder.resolve("log"), dhclient("-d"));
        awaitDialogue("REQUEST ACK");
        reports.clear();
        awaitDialogue("REQUEST ACK");
        DhcpReport renewal = reports.peek();
        assertThat(renewal.to().orElseThrow().getAddress()).as("unicast").isEqualTo(ip("10.77.0.5"));

        // The first server and its address vanish; a second one knows the reservations and no lease.
        server.close();
        journal.close();
        Netns.ip("addr", "del", "10.77.0.1/24", "dev", "s0");
        Netns.ip("addr", "add", "10.77.0.2/24", "dev", "s0");
        journal = LeaseJournal.open(folder.resolve("leases2"));
        reports.clear();
        serve("10.77.0.2");
        awaitDialogue("REQUEST ACK");
        assertThat(server.leases()).extracting(Lease::address).containsExactly(ip("10.77.0.5"));
    }

    @Test
    @RequiresPeer("perfdhcp")
    void perfdhcpThroughARelaysAddress() throws IOException {
        policy = policy.withStrangers(BootProfile.always(new BootAnswer.AddressOnly()));
        serve("10.77.0.1");
        room.ip("addr", "add", "10.77.0.9/24", "dev", "c0");
        Processes.Result result = room.run(
                Peers.program("perfdhcp").toString(),
                "-4",
                "-l",
                "10.77.0.9",
                "-L",
                "67",
                "-r",
                "50",
                "-R",
                "90",
                "-n",
                "200",
                "-W",
                "5000000",
                "10.77.0.1");
        assertThat(result.exitCode()).as(result.output()).isIn(0, 3);
        DhcpCounters counters = server.counters();
        assertThat(counters.offers()).as(result.output()).isEqualTo(200);
        assertThat(counters.acks()).as(result.output()).isPositive();
        assertThat(counters.offers() + counters.acks())
                .as("everything was answered")
                .isEqualTo(counters.received());
        assertThat(reports).allMatch(r -> r.to().orElseThrow().equals(new InetSocketAddress(ip("10.77.0.9"), 67)));
        assertThat(LeaseJournal.read(folder.resolve("leases"))).hasSameElementsAs(server.leases());
    }
}
