package io.diskless.netboot.dhcpd;

import static io.diskless.netboot.dhcpd.TestClient.ip;
import static io.diskless.netboot.dhcpd.TestClient.server;
import static io.diskless.netboot.dhcpd.TestClient.wanted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.netboot.NetbootException;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.FetchedFiles;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostList;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.dhcp.DhcpMessage;
import io.diskless.netboot.dhcp.DhcpMessageBuilder;
import io.diskless.netboot.dhcp.DhcpOption;
import io.diskless.netboot.dhcp.MessageType;
import io.diskless.netboot.dhcp.Octets;
import io.diskless.netboot.dhcp.OptionCodes;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The server over real sockets: the test is a relay on the loopback interface. */
class DhcpServerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String RUBY = "52:54:00:77:00:01";
    private static final Subnet LOCAL = Subnet.builder(ip("127.0.0.0"), 8)
            .pool(ip("127.1.0.0"), ip("127.1.255.255"))
            .build();

    private final Queue<DhcpReport> reports = new ConcurrentLinkedQueue<>();
    private final Queue<String> events = new ConcurrentLinkedQueue<>();
    private final BootPolicy policy = StandardPolicy.of(
                    new HostList(List.of(Host.of(new TestClient(RUBY).mac, HostTag.HARDWARE_NODE, "ruby")
                            .withAddress(ip("127.7.7.7")))),
                    Map.of(
                            HostTag.HARDWARE_NODE,
                            BootProfile.ipxe(BootAnswer.AoeRoot.of(new AoeAddress(0, 1)))
                                    .build()))
            .withStrangers(BootProfile.always(new BootAnswer.AddressOnly()));
    private DatagramSocket relay;

    @BeforeEach
    void openRelay() throws IOException {
        relay = new DatagramSocket(0, ip("127.0.0.1"));
        relay.setSoTimeout((int) PATIENCE.toMillis());
    }

    @AfterEach
    void closeRelay() {
        relay.close();
    }

    private DhcpServerOptions.Builder options() {
        return DhcpServerOptions.builder()
                .link(new DhcpLink("lo", ip("127.0.0.1"), LOCAL))
                .ports(0, 68, 0)
                .listener(new DhcpListener() {
                    @Override
                    public void handled(DhcpReport report) {
                        reports.add(report);
                    }

                    @Override
                    public void otherServer(String networkInterface, Inet4Address server) {
                        events.add("other " + server.getHostAddress() + " on " + networkInterface);
                    }
                })
                .roots((machine, root) -> events.add("root " + root + " of " + machine));
    }

    private void send(DhcpServer to, DhcpMessage message) throws IOException {
        byte[] bytes = message.encode();
        relay.send(new DatagramPacket(bytes, bytes.length, new InetSocketAddress(ip("127.0.0.1"), to.port())));
    }

    private DhcpMessage receive() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
        relay.receive(packet);
        return DhcpMessage.decode(ByteBuffer.wrap(packet.getData()), 0, packet.getLength())
                .orElseThrow();
    }

    private static TestClient client(String mac) {
        return new TestClient(mac).behind("127.0.0.1");
    }

    private static void expect(DhcpMessage reply, MessageType type, String address) {
        assertThat(reply.options().messageType()).contains(type);
        assertThat(reply.header().yiaddr()).isEqualTo(ip(address));
    }

    @Test
    void discoverOfferRequestAck() throws IOException {
        try (DhcpServer server = DhcpServer.open(options().build(), policy, LeaseStore.memory())) {
            TestClient ruby = client(RUBY).ipxe();
            send(server, ruby.says(MessageType.DISCOVER));
            expect(receive(), MessageType.OFFER, "127.7.7.7");
            send(server, ruby.says(MessageType.REQUEST, wanted("127.7.7.7"), server("127.0.0.1")));
            expect(receive(), MessageType.ACK, "127.7.7.7");
            assertThat(events).containsExactly("root e0.1 of " + RUBY);
            assertThat(server.leases()).extracting(Lease::address).containsExactly(ip("127.7.7.7"));
            await().atMost(PATIENCE).until(() -> server.counters().leases() == 1);
            assertThat(server.counters().acks()).isEqualTo(1);
            assertThat(server.counters().offers()).isEqualTo(1);
            assertThat(server.counters().offered()).isZero();
        }
    }

    @Test
    void withoutARecordThereIsNoAck() throws IOException {
        LeaseStore full = new LeaseStore() {
            @Override
            public Collection<Lease> load() {
                return List.of();
            }

            @Override
            public void commit(List<Lease> changes, Supplier<Collection<Lease>> live) throws NetbootException {
                throw new NetbootException(NetbootException.Kind.IO, "disk full");
            }

            @Override
            public void close() {
                // Nothing is open.
            }
        };
        try (DhcpServer server = DhcpServer.open(options().build(), policy, full)) {
            send(server, client(RUBY).ipxe().says(MessageType.REQUEST, wanted("127.7.7.7"), server("127.0.0.1")));
            await().atMost(PATIENCE).until(() -> !reports.isEmpty());
            DhcpReport report = reports.remove();
            assertThat(report.reply()).isEmpty();
            assertThat(report.reason()).contains("disk full");
            assertThat(server.counters().notKept()).isEqualTo(1);
            assertThat(events).as("no root without an ACK").isEmpty();
            send(server, client(RUBY).says(MessageType.DISCOVER));
            expect(receive(), MessageType.OFFER, "127.7.7.7");
        }
    }

    @Test
    void aDryRunSaysNothingAndTellsWhatItWouldSay() throws IOException {
        try (DhcpServer server = DhcpServer.open(options().dryRun(true).build(), policy, LeaseStore.memory())) {
            send(server, client(RUBY).says(MessageType.REQUEST, wanted("127.7.7.7"), server("127.0.0.1")));
            await().atMost(PATIENCE).until(() -> !reports.isEmpty());
            DhcpReport report = reports.remove();
            assertThat(report.dryRun()).isTrue();
            expect(report.reply().orElseThrow(), MessageType.ACK, "127.7.7.7");
            assertThat(server.leases()).isEmpty();
            relay.setSoTimeout(1);
            assertThatThrownBy(this::receive).isInstanceOf(SocketTimeoutException.class);
            assertThat(server.counters().acks()).isZero();
        }
    }

    @Test
    void anotherServerIsReportedOnce() throws IOException {
        try (DhcpServer server = DhcpServer.open(options().build(), policy, LeaseStore.memory())) {
            for (int i = 0; i < 2; i++) {
                send(server, client(RUBY).says(MessageType.REQUEST, wanted("127.7.7.7"), server("127.0.0.9")));
            }
            await().atMost(PATIENCE).until(() -> server.counters().silent() == 2);
            assertThat(events).containsExactly("other 127.0.0.9 on lo");
        }
    }

    @Test
    void aTalkativeMachineIsLimitedAndOthersAreNot() throws IOException {
        try (DhcpServer server = DhcpServer.open(options().packetsPerSecond(1).build(), policy, LeaseStore.memory())) {
            long began = System.nanoTime();
            for (int i = 0; i < 50; i++) {
                send(server, client(RUBY).says(MessageType.DISCOVER));
            }
            send(server, client("52:54:00:00:00:01").says(MessageType.DISCOVER));
            DhcpMessage reply = receive();
            while (reply.header().yiaddr().equals(ip("127.7.7.7"))) {
                reply = receive();
            }
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began) + 1;
            await().atMost(PATIENCE)
                    .until(() -> server.counters().offers() + server.counters().limited() > 1);
            assertThat(server.counters().offers()).as("2 at once, 1 a second").isLessThanOrEqualTo(3 + seconds);
            assertThat(server.counters().limited()).isPositive();
        }
    }

    @Test
    void anotherServersOfferIsOverheard() throws IOException {
        try (DatagramSocket holder = new DatagramSocket(null)) {
            // A client's port that nobody else takes meanwhile.
            holder.setReuseAddress(true);
            holder.bind(new InetSocketAddress(ip("127.0.0.99"), 0));
            int clientPort = holder.getLocalPort();
            try (DhcpServer server = DhcpServer.open(
                    options().ports(0, clientPort, 0).watch(true).build(), policy, LeaseStore.memory())) {
                for (String other : List.of("127.0.0.9", "127.0.0.1", "127.0.0.9", "127.0.0.8")) {
                    DhcpMessage offer = DhcpMessageBuilder.replyTo(client(RUBY).says(MessageType.DISCOVER), 1500)
                            .option(DhcpOption.u8(OptionCodes.MESSAGE_TYPE, MessageType.OFFER.code()))
                            .option(server(other))
                            .build();
                    byte[] bytes = offer.encode();
                    relay.send(new DatagramPacket(
                            bytes, bytes.length, new InetSocketAddress(ip("127.0.0.1"), clientPort)));
                }
                await().atMost(PATIENCE).until(() -> server.counters().received() == 4);
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(events)
                                .as("each once, and not the server itself")
                                .containsExactly("other 127.0.0.9 on lo", "other 127.0.0.8 on lo"));
                assertThat(server.counters().malformed()).isZero();
            }
        }
    }

    @Test
    void aTalkativeRelaysPortIsLimitedAndOthersAreNot() throws IOException {
        try (DhcpServer server = DhcpServer.open(options().packetsPerSecond(1).build(), policy, LeaseStore.memory())) {
            long began = System.nanoTime();
            for (int i = 0; i < 100; i++) {
                send(server, behindPort(1, "52:54:00:00:01:%02x".formatted(i)).says(MessageType.DISCOVER));
            }
            TestClient other = behindPort(2, "52:54:00:00:02:00");
            send(server, other.says(MessageType.DISCOVER));
            DhcpMessage reply = receive();
            while (!reply.options().find(OptionCodes.RELAY_AGENT).equals(Optional.of(Octets.ofHex("010102")))) {
                reply = receive();
            }
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began) + 1;
            assertThat(server.counters().limited()).isPositive();
            await().atMost(PATIENCE)
                    .until(() -> server.counters().offers() + server.counters().limited() == 101);
            assertThat(server.counters().offers())
                    .as("20 at once, 10 a second, and the other")
                    .isLessThanOrEqualTo(21 + 10 * seconds);
        }
    }

    private static TestClient behindPort(int port, String mac) {
        return client(mac).with(new DhcpOption(OptionCodes.RELAY_AGENT, Octets.ofHex("0101%02x".formatted(port))));
    }

    @Test
    void anAddressThatSomebodyHasIsNotOffered() throws IOException {
        Queue<Inet4Address> asked = new ConcurrentLinkedQueue<>();
        AddressProbe probe = address -> {
            asked.add(address);
            return CompletableFuture.completedFuture(asked.size() == 1);
        };
        try (DhcpServer server = DhcpServer.open(options().probe(probe).build(), policy, LeaseStore.memory())) {
            TestClient stranger = client("52:54:00:00:00:01");
            send(server, stranger.says(MessageType.DISCOVER));
            Inet4Address offered = receive().header().yiaddr();
            assertThat(asked).hasSize(2).endsWith(offered).doesNotHaveDuplicates();
            assertThat(server.leases())
                    .extracting(Lease::address, Lease::state)
                    .containsExactly(tuple(asked.peek(), Lease.State.DECLINED));

            send(server, stranger.says(MessageType.DISCOVER));
            assertThat(receive().header().yiaddr()).isEqualTo(offered);
            send(server, client(RUBY).says(MessageType.DISCOVER));
            expect(receive(), MessageType.OFFER, "127.7.7.7");
            assertThat(asked).as("neither again nor for a reserved address").hasSize(2);
        }
    }

    @Test
    void aProbeThatFailsIsNobody() throws IOException {
        AddressProbe broken = address -> CompletableFuture.failedFuture(new IOException("no route"));
        AddressProbe refusing = address -> {
            throw new RejectedExecutionException("no thread");
        };
        for (AddressProbe probe : List.of(broken, refusing)) {
            try (DhcpServer server = DhcpServer.open(options().probe(probe).build(), policy, LeaseStore.memory())) {
                send(server, client("52:54:00:00:00:01").says(MessageType.DISCOVER));
                assertThat(receive().options().messageType()).contains(MessageType.OFFER);
            }
        }
    }

    @Test
    void withoutKnowledgeOfWhatWasFetchedItAnswersAllTheSame() throws IOException {
        FetchedFiles broken = (facts, discover) -> {
            throw new IllegalStateException("broken");
        };
        try (DhcpServer server = DhcpServer.open(options().fetched(broken).build(), policy, LeaseStore.memory())) {
            send(server, client(RUBY).says(MessageType.DISCOVER));
            expect(receive(), MessageType.OFFER, "127.7.7.7");
        }
    }

    @Test
    void aPingFindsWhoIsThere() throws Exception {
        AddressProbe ping = AddressProbe.ping(Duration.ofSeconds(60), Runnable::run);
        assertThat(ping.isInUse(ip("127.0.0.1")).toCompletableFuture().get()).isTrue();
    }

    @Test
    void garbageIsCountedAndTheServerGoesOn() throws IOException {
        try (DhcpServer server = DhcpServer.open(options().build(), policy, LeaseStore.memory())) {
            byte[] garbage = new byte[300];
            relay.send(new DatagramPacket(garbage, 300, new InetSocketAddress(ip("127.0.0.1"), server.port())));
            send(server, client(RUBY).says(MessageType.DISCOVER));
            expect(receive(), MessageType.OFFER, "127.7.7.7");
            assertThat(server.counters().malformed()).isEqualTo(1);
        }
    }

    @Test
    void aFailingPolicyIsSilence() throws IOException {
        BootPolicy broken = facts -> {
            throw new IllegalStateException("broken");
        };
        try (DhcpServer server = DhcpServer.open(options().build(), broken, LeaseStore.memory())) {
            send(server, client(RUBY).says(MessageType.DISCOVER));
            await().atMost(PATIENCE).until(() -> !reports.isEmpty());
            assertThat(reports.remove().reason()).contains("broken");
        }
    }

    @Test
    void aSecondServerOnThePortIsRefused() throws IOException {
        try (DhcpServer first = DhcpServer.open(options().build(), policy, LeaseStore.memory())) {
            DhcpServerOptions same = options().ports(first.port(), 68, 0).build();
            assertThatThrownBy(() -> DhcpServer.open(same, policy, LeaseStore.memory()))
                    .isInstanceOf(NetbootException.class)
                    .hasMessageContaining("another server has the port")
                    .extracting(e -> ((NetbootException) e).kind())
                    .isEqualTo(NetbootException.Kind.PORT_IN_USE);
        }
    }

    @Test
    void aPortThatIsNotThereIsAClearError() {
        DhcpServerOptions elsewhere = DhcpServerOptions.builder()
                .link(new DhcpLink(
                        "eth9",
                        ip("192.0.2.1"),
                        Subnet.builder(ip("192.0.2.0"), 24).build()))
                .ports(0, 68, 0)
                .build();
        assertThatThrownBy(() -> DhcpServer.open(elsewhere, policy, LeaseStore.memory()))
                .isInstanceOf(NetbootException.class)
                .hasMessageContaining("cannot listen on 192.0.2.1");
    }
}
