package io.diskless.benchmarks.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.diskless.aoe.AoeException;
import io.diskless.aoe.initiator.AoeDisk;
import io.diskless.aoe.initiator.AoeInitiator;
import io.diskless.aoe.initiator.DiskOptions;
import io.diskless.aoe.initiator.InitiatorOptions;
import io.diskless.aoe.link.EthernetSegment;
import io.diskless.aoe.target.Access;
import io.diskless.aoe.target.AoeTarget;
import io.diskless.aoe.target.ExportOptions;
import io.diskless.aoe.target.Operation;
import io.diskless.aoe.target.TargetOptions;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostList;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.dhcpd.DhcpLink;
import io.diskless.netboot.dhcpd.DhcpServer;
import io.diskless.netboot.dhcpd.DhcpServerOptions;
import io.diskless.netboot.dhcpd.LeaseJournal;
import io.diskless.netboot.dhcpd.Subnet;
import io.diskless.netboot.simulate.BootEnd;
import io.diskless.netboot.simulate.BootRun;
import io.diskless.netboot.simulate.ClientKind;
import io.diskless.netboot.simulate.SimulatedClient;
import io.diskless.netboot.simulate.SimulatedMachine;
import io.diskless.netboot.simulate.SocketLink;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A target lets a machine in because it booted, and for no other reason; frames in memory, DHCP over the loopback interface. */
class RootAccessTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final MacAddress RUBY = MacAddress.parse("52:54:00:77:00:01");
    private static final AoeAddress ROOT = new AoeAddress(0, 1);

    @TempDir
    Path folder;

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final HostList hosts = new HostList();
    private final StandardPolicy policy = StandardPolicy.of(
            hosts,
            Map.of(
                    HostTag.HARDWARE_NODE,
                    BootProfile.ipxe(BootAnswer.AoeRoot.of(ROOT)).build()));
    private AoeTarget target;
    private AoeInitiator ruby;
    private LeaseJournal leases;
    private DhcpServer server;

    @BeforeEach
    void open() throws Exception {
        hosts.put(Host.of(RUBY, HostTag.HARDWARE_NODE, "ruby").withAddress(ip("127.7.7.7")));
        EthernetSegment wire = EthernetSegment.realTime();
        target = cleanup.add(AoeTarget.create(TargetOptions.builder()
                .strangers(Access.NONE, EnumSet.noneOf(Operation.class))
                .build()));
        target.attach(wire.attach("storage", MacAddress.parse("52:54:00:77:00:99"), 1500));
        target.export(ROOT, cleanup.add(MemoryDevice.create(1 << 20)), ExportOptions.defaults());
        target.start();
        ruby = cleanup.add(AoeInitiator.open(List.of(wire.attach("ruby", RUBY, 1500)), InitiatorOptions.defaults()));
        ruby.start();
        leases = cleanup.add(LeaseJournal.open(folder.resolve("leases")));
        server = cleanup.add(serve());
    }

    private static Inet4Address ip(String text) throws UnknownHostException {
        return (Inet4Address) InetAddress.getByName(text);
    }

    private DhcpServer serve() throws Exception {
        return DhcpServer.open(
                DhcpServerOptions.builder()
                        .link(new DhcpLink(
                                "lo",
                                ip("127.0.0.1"),
                                Subnet.builder(ip("127.0.0.0"), 8).build()))
                        .ports(0, 68, 0)
                        .roots(new TargetDoor(target.access()))
                        .build(),
                policy,
                leases);
    }

    private BootEnd boot() throws Exception {
        BootRun run = SimulatedClient.boot(
                SimulatedMachine.of(ClientKind.BIOS_IPXE, RUBY),
                SocketLink.relayed(ip("127.0.0.1"), new InetSocketAddress(ip("127.0.0.1"), server.port()), 69, 4011),
                new Random());
        return run.end();
    }

    private void expectRefused() {
        long before = denied();
        assertThatThrownBy(() -> ruby.disk(
                        ROOT,
                        DiskOptions.builder()
                                .openTimeout(Duration.ofMillis(100))
                                .build()))
                .isInstanceOfSatisfying(
                        AoeException.class, e -> assertThat(e.kind()).isEqualTo(AoeException.Kind.NO_TARGET));
        await("the target heard it and said nothing").atMost(PATIENCE).until(() -> denied() > before);
    }

    private long denied() {
        return target.snapshot().export(ROOT).denied();
    }

    private AoeDisk expectLetIn() throws Exception {
        AoeDisk disk = ruby.disk(
                ROOT,
                DiskOptions.builder().openTimeout(PATIENCE).deadline(PATIENCE).build());
        expectWritable(disk);
        return disk;
    }

    private static void expectWritable(AoeDisk disk) throws Exception {
        ByteBuffer sector = ByteBuffer.allocate(512);
        disk.write(0, sector.put(0, (byte) 7));
        disk.read(0, sector.clear());
        assertThat(sector.get(0)).isEqualTo((byte) 7);
    }

    @Test
    void onlyABootLetsAMachineInAndANewRoleShutsItOut() throws Exception {
        expectRefused();

        assertThat(boot()).isEqualTo(new BootEnd.AoeRoot(ROOT, false));
        assertThat(server.roots()).containsExactly(Map.entry(RUBY, List.of(ROOT)));
        try (AoeDisk disk = expectLetIn()) {
            hosts.tag(RUBY, HostTag.STORAGE_NODE);
            expectWritable(disk);
            assertThat(server.reviewRoots()).as("at once, though it runs").isEqualTo(1);
        }

        assertThat(server.roots()).isEmpty();
        expectRefused();
        assertThat(server.reviewRoots()).isZero();
    }

    @Test
    void aMachineThatBootsInAnotherRoleLosesTheDiskOfItsOldOne() throws Exception {
        boot();
        expectLetIn().close();

        hosts.tag(RUBY, HostTag.STORAGE_NODE);
        boot();

        expectRefused();
    }

    @Test
    void afterARestartThoseWhoBootedAreLetInAgain() throws Exception {
        boot();
        server.close();
        leases.close();
        assertThat(server.roots()).isEmpty();
        target.access().replaceAll(List.of());
        expectRefused();

        leases = cleanup.add(LeaseJournal.open(folder.resolve("leases")));
        server = cleanup.add(serve());
        assertThat(server.restoreRoots()).isEqualTo(1);
        expectLetIn().close();
        assertThat(server.restoreRoots()).as("nothing is left to do").isZero();
    }
}
