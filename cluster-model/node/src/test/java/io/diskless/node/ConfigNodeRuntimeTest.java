package io.diskless.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.model.Cluster;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.id.ProfileId;
import io.diskless.cluster.model.node.ConfigNode;
import io.diskless.cluster.model.node.HardwareNode;
import io.diskless.cluster.model.node.Machine;
import io.diskless.cluster.model.node.NetbootProfile;
import io.diskless.cluster.model.node.Nic;
import io.diskless.cluster.model.node.Segment;
import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.plan.Verb;
import io.diskless.cluster.plan.run.Outcome;
import io.diskless.cluster.store.EmbeddedOptions;
import io.diskless.cluster.store.EmbeddedStore;
import io.diskless.cluster.store.Proposal;
import io.diskless.netboot.boot.BootFiles;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.dhcpd.DhcpLink;
import io.diskless.netboot.dhcpd.DhcpResponder;
import io.diskless.netboot.dhcpd.DhcpServerOptions;
import io.diskless.netboot.dhcpd.LeaseStore;
import io.diskless.netboot.dhcpd.Subnet;
import io.diskless.netboot.http.HttpResponder;
import io.diskless.netboot.simulate.BootEnd;
import io.diskless.netboot.simulate.BootRun;
import io.diskless.netboot.simulate.ClientKind;
import io.diskless.netboot.simulate.ClientLink;
import io.diskless.netboot.simulate.MemoryNetwork;
import io.diskless.netboot.simulate.SimulatedClient;
import io.diskless.netboot.simulate.SimulatedMachine;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpData;
import io.diskless.netboot.tftp.TftpResponder;
import io.diskless.netboot.tftp.TftpServerOptions;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two ConfigNodes on one store: one answers, the other takes over, and never do both. */
class ConfigNodeRuntimeTest {
    private static final NodeId CFG1 = new NodeId("cfg1");
    private static final NodeId CFG2 = new NodeId("cfg2");
    private static final MacAddress MAC = MacAddress.parse("52:54:00:a0:00:33");
    private static final Inet4Address NETWORK = DhcpHeader.address(0x0A4D0000);

    @TempDir
    private Path folder;

    private EmbeddedStore store;
    private final MemoryNetwork network = new MemoryNetwork();
    private final Random random = new Random(1);

    @BeforeEach
    void found() throws Exception {
        store = EmbeddedStore.open(folder.resolve("store"), EmbeddedOptions.defaults());
        wish(Model.of(
                Segment.of("lan"),
                new NetbootProfile(new ProfileId("linux"), "vmlinuz", "initrd.img", "quiet"),
                ConfigNode.of(
                        Machine.of(
                                "cfg1",
                                Nic.of("eth0", "52:54:00:a0:00:01", "lan").address("10.77.0.1")),
                        true),
                ConfigNode.of(
                        Machine.of(
                                "cfg2",
                                Nic.of("eth0", "52:54:00:a0:00:02", "lan").address("10.77.0.2")),
                        false)));
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    private void wish(Model next) throws Exception {
        Cluster now = store.read();
        store.append(now.revision(), Optional.empty(), Proposal.wish("test", "to see it", now.desired(), next));
    }

    private BootService servers(int number) {
        Inet4Address own = DhcpHeader.address(0x0A4D0000 + number);
        URI http = URI.create("http://10.77.0." + number + ":8080/");
        return (policy, leases, files) -> {
            network.attach(new DhcpResponder(
                    DhcpServerOptions.builder()
                            .link(new DhcpLink(
                                    "br0",
                                    own,
                                    Subnet.builder(NETWORK, 24)
                                            .pool(DhcpHeader.address(0x0A4D0080), DhcpHeader.address(0x0A4D00F0))
                                            .build()))
                            .http(http)
                            .build(),
                    policy,
                    leases,
                    Clock.systemUTC()));
            TftpContent content = content(policy, http, files);
            network.attach(new TftpResponder(
                    TftpServerOptions.builder()
                            .listen(new InetSocketAddress(own, TftpServerOptions.PORT))
                            .build(),
                    content));
            network.attach(new HttpResponder(content, report -> {}), new InetSocketAddress(own, http.getPort()));
            // What is attached stays: it is the guards that must keep it silent.
            return () -> {};
        };
    }

    private static TftpContent content(BootPolicy policy, URI http, TftpContent files) {
        BootFiles made = new BootFiles(policy, http.toString());
        TftpContent generated =
                (name, client) -> made.find(name, client.getAddress()).map(TftpData::of);
        return generated.orElse(files);
    }

    private ConfigOptions.Builder options(int number) {
        return ConfigOptions.builder(servers(number))
                .files(TftpContent.memory(Map.of("vmlinuz", new byte[5000], "initrd.img", new byte[3000])))
                .leases(folder.resolve("leases"))
                .lease("serve-boot", Duration.ofMillis(500));
    }

    private ConfigNodeRuntime start(NodeId id, ConfigOptions.Builder options) throws Exception {
        return ConfigNodeRuntime.open(store, id, options.build());
    }

    private static boolean serves(ConfigNodeRuntime node) {
        return node.health().serving().isPresent();
    }

    private BootRun boot() throws IOException {
        try (ClientLink link = network.plug()) {
            return SimulatedClient.boot(SimulatedMachine.of(ClientKind.UEFI_IPXE, MAC), link, random);
        }
    }

    private static String kernel(BootRun run) {
        assertThat(run.end()).as("%s", run.steps()).isInstanceOf(BootEnd.Kernel.class);
        return ((BootEnd.Kernel) run.end()).kernel();
    }

    @Test
    void aNewMachineBootsAndTheStandbyTakesOverWithWhatWasPromised() throws Exception {
        try (ConfigNodeRuntime second = start(CFG2, options(2).automatic(false))) {
            Set<Long> heard = ConcurrentHashMap.newKeySet();
            ConfigNodeRuntime first = start(CFG1, options(1).listener(health -> heard.add(health.revision())));
            try (first) {
                Room.await().until(() -> serves(first));
                assertThat(boot().end()).isInstanceOf(BootEnd.Nothing.class);

                // A server is added: its card's address, and what it is.
                HardwareNode added = HardwareNode.of(
                        Machine.of("h3", Nic.of("eth0", MAC.toString(), "lan")), "none", "linux", 4, 1L << 32);
                wish(store.read().desired().with(added));
                Room.await()
                        .until(() -> first.health().revision() == store.read().revision());
                Room.await().until(() -> heard.contains(store.read().revision()));
                BootRun run = boot();
                assertThat(kernel(run)).isEqualTo("http://10.77.0.1:8080/vmlinuz");
                Optional<Inet4Address> address = run.address();
                assertThat(address).isPresent();

                long token = first.health().serving().orElseThrow().number();
                assertThat(serves(second)).isFalse();
                NodeOrder end = new NodeOrder(
                        "end",
                        7,
                        Verb.END_BOOT,
                        List.of(CFG1),
                        false,
                        store.read().desired());
                assertThat(first.perform(end).get(Room.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isEqualTo(new Outcome.Done(false));
                assertThat(boot().end()).isInstanceOf(BootEnd.Nothing.class);

                NodeOrder begin = new NodeOrder(
                        "begin",
                        7,
                        Verb.SERVE_BOOT,
                        List.of(CFG2),
                        false,
                        store.read().desired());
                assertThat(second.perform(begin).get(Room.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isEqualTo(new Outcome.Done(false));
                assertThat(second.health().serving().orElseThrow().number()).isGreaterThan(token);
                BootRun again = boot();
                assertThat(kernel(again)).isEqualTo("http://10.77.0.2:8080/vmlinuz");
                assertThat(again.address()).isEqualTo(address);
                assertThat(serves(first)).isFalse();
            }
        }
    }

    @Test
    void aStandbyTakesOverWhenTheLeaseIsGivenBack() throws Exception {
        ConfigNodeRuntime first = start(CFG1, options(1));
        Room.await().until(() -> serves(first));
        try (ConfigNodeRuntime second = start(CFG2, options(2))) {
            assertThat(serves(second)).isFalse();
            first.close();
            Room.await().until(() -> serves(second));
            assertThat(serves(first)).isFalse();
        }
    }

    /** As a process that stood still, and goes on: no thread of it knows yet that somebody else serves. */
    @Test
    void whoStoodStillAnswersNothing() throws Exception {
        wish(store.read()
                .desired()
                .with(HardwareNode.of(
                        Machine.of("h3", Nic.of("eth0", MAC.toString(), "lan")), "none", "linux", 4, 1L << 32)));
        AtomicLong still = new AtomicLong();
        // An hour: its own thread does not look at the lease meanwhile.
        ConfigOptions.Builder hour =
                options(1).lease("serve-boot", Duration.ofHours(1)).nanos(still::get);
        try (ConfigNodeRuntime first = start(CFG1, hour)) {
            Room.await().until(() -> serves(first));
            assertThat(kernel(boot())).isEqualTo("http://10.77.0.1:8080/vmlinuz");
            still.addAndGet(Duration.ofHours(1).toNanos());
            assertThat(serves(first)).isFalse();
            assertThat(boot().end()).isInstanceOf(BootEnd.Nothing.class);
        }
    }

    /**
     * The holder is frozen in the middle of its work: it gives nothing back, and does not know. When its time is over the
     * standby serves; from the moment it could, the holder answers nothing, before and after it wakes.
     */
    @Test
    void aStandbyTakesOverFromAHolderThatIsSilentAndTheOldOneIsRefused() throws Exception {
        Instant begin = Instant.parse("2026-01-01T00:00:00Z");
        AtomicLong time = new AtomicLong();
        Duration ttl = Duration.ofMillis(300);
        try (EmbeddedStore shared = EmbeddedStore.open(
                folder.resolve("timed"),
                EmbeddedOptions.builder()
                        .clock(() -> begin.plusNanos(time.get()))
                        .build())) {
            shared.append(
                    0,
                    Optional.empty(),
                    Proposal.wish(
                            "test",
                            "a site with a server",
                            Model.of(),
                            store.read()
                                    .desired()
                                    .with(HardwareNode.of(
                                            Machine.of("h3", Nic.of("eth0", MAC.toString(), "lan")),
                                            "none",
                                            "linux",
                                            4,
                                            1L << 32))));
            FrozenStore frozen = new FrozenStore(shared);
            ConfigOptions.Builder timed = options(1)
                    .leases(LeaseStore::memory)
                    .lease("serve-boot", ttl)
                    .nanos(time::get);
            try (ConfigNodeRuntime first = ConfigNodeRuntime.open(frozen, CFG1, timed.build())) {
                Room.await().until(() -> serves(first));
                long token = first.health().serving().orElseThrow().number();
                try (ConfigNodeRuntime second = ConfigNodeRuntime.open(
                        shared,
                        CFG2,
                        options(2)
                                .leases(LeaseStore::memory)
                                .lease("serve-boot", ttl)
                                .nanos(time::get)
                                .build())) {
                    assertThat(kernel(boot())).isEqualTo("http://10.77.0.1:8080/vmlinuz");
                    frozen.freeze();
                    // The last moment of the lease: the standby asks again and again, and does not get it.
                    time.set(ttl.toNanos() - 1);
                    assertThat(shared.lease("serve-boot", "cfg2", ttl)).isEmpty();
                    assertThat(serves(second)).isFalse();

                    time.set(ttl.toNanos());
                    assertThat(serves(first)).isFalse();
                    Room.await().until(() -> serves(second));
                    assertThat(second.health().serving().orElseThrow().number()).isGreaterThan(token);
                    assertThat(kernel(boot())).isEqualTo("http://10.77.0.2:8080/vmlinuz");
                    assertThat(serves(first)).isFalse();

                    frozen.wake();
                    Room.await().until(() -> first.health().trouble().contains("not held any more"));
                    assertThat(serves(first)).isFalse();
                    assertThat(serves(second)).isTrue();
                    assertThat(kernel(boot())).isEqualTo("http://10.77.0.2:8080/vmlinuz");
                } finally {
                    frozen.wake();
                }
                // And it is the standby now: the other one gave the lease back.
                Room.await().until(() -> serves(first));
            }
        }
    }

    @Test
    void aNodeThatIsNoConfigNodeIsRefused() {
        assertThatThrownBy(() -> start(new NodeId("h9"), options(1))).hasMessageContaining("no ConfigNode");
    }
}
