package io.diskless.benchmarks.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.aoe.link.EthernetLink;
import io.diskless.aoe.link.LinkOptions;
import io.diskless.aoe.link.Links;
import io.diskless.aoe.target.Access;
import io.diskless.aoe.target.AoeTarget;
import io.diskless.aoe.target.ExportOptions;
import io.diskless.aoe.target.Operation;
import io.diskless.aoe.target.TargetEvent;
import io.diskless.aoe.target.TargetOptions;
import io.diskless.aoe.target.TargetSnapshot;
import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.FileDevice;
import io.diskless.cluster.block.FileOptions;
import io.diskless.cluster.block.MemoryDevice;
import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.testkit.peer.BootFolder;
import io.diskless.cluster.testkit.peer.BootMachine;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.Guest;
import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.RequiresNetworkNamespace;
import io.diskless.cluster.testkit.peer.RequiresPeer;
import io.diskless.netboot.NetbootServer;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootProfile;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostList;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.boot.StandardPolicy;
import io.diskless.netboot.dhcpd.DhcpLink;
import io.diskless.netboot.dhcpd.Subnet;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.timeline.BootEvent;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A machine without a disk boots a distribution's kernel off our own AoE target and keeps its root there, told so by our own
 * servers, which open the disk for it and for nobody else. One image boots a BIOS and UEFI.
 */
@RequiresNetworkNamespace
@RequiresPeer({"ipxe", "linux", "loaders", "mformat", "mke2fs"})
class DisklessBootIT {
    private static final MacAddress RUBY = MacAddress.parse("52:54:00:77:00:01");
    private static final AoeAddress FIRST = new AoeAddress(0, 1);
    private static final AoeAddress SECOND = new AoeAddress(1, 1);

    @TempDir
    Path folder;

    @AutoClose
    final Cleanup cleanup = new Cleanup();

    private final HostList hosts = new HostList();
    private final List<NetbootServer> servers = new CopyOnWriteArrayList<>();
    private AoeTarget target;

    private static Inet4Address ip(String text) throws UnknownHostException {
        return (Inet4Address) InetAddress.getByName(text);
    }

    @BeforeEach
    void open() throws Exception {
        cleanup.add(Netns.tap("t0", 1500));
        cleanup.add(Netns.bridge("br0", 1500, "t0"));
        Netns.ip("addr", "add", "10.77.0.1/24", "dev", "br0");
        hosts.put(Host.of(RUBY, HostTag.HARDWARE_NODE, "ruby").withAddress(ip("10.77.0.5")));
        EthernetLink link = cleanup.add(Links.open(
                "br0", LinkOptions.builder().role(LinkOptions.Role.TARGET).build()));
        // Strangers are shown nothing.
        target = cleanup.add(AoeTarget.create(TargetOptions.builder()
                .strangers(Access.NONE, EnumSet.noneOf(Operation.class))
                .listener(this::heard)
                .build()));
        target.attach(link);
        target.start();
    }

    /** What joins a target to the timeline of a boot. */
    private void heard(TargetEvent event) {
        if (event instanceof TargetEvent.Identified seen) {
            servers.forEach(server -> server.timelines().rootAttached(seen.source(), seen.address()));
        }
    }

    /** iPXE in the card's ROM needs no file: the root path of the DHCP answer is all. */
    @ParameterizedTest
    @EnumSource(
            value = BootMachine.Kind.class,
            names = {"BIOS_IPXE", "UEFI_IPXE"})
    void itRunsOffItsDisk(BootMachine.Kind kind) throws Exception {
        Path image = export(FIRST);
        NetbootServer server = serve(BootAnswer.AoeRoot.of(FIRST));

        boot(kind, FIRST);

        expectUsed(server, FIRST, image);
        assertThat(server.metrics().http().answered()).isZero();
    }

    /** UEFI loads iPXE, which loads a script; of the disk's two paths the storage node of the first is down. */
    @Test
    void itRunsOffTheSecondPathWhenTheFirstIsSilent() throws Exception {
        Path image = export(SECOND);
        NetbootServer server = serve(new BootAnswer.AoeRoot(FIRST, Optional.of(SECOND), true));

        boot(BootMachine.Kind.UEFI_PXE, SECOND);

        expectUsed(server, SECOND, image);
        assertThat(server.metrics().tftp().completed()).as("ipxe.efi").isPositive();
        assertThat(server.metrics().http().answered()).as("the script").isPositive();
        assertThat(server.dhcp().roots()).containsExactly(Map.entry(RUBY, List.of(FIRST, SECOND)));
    }

    /** A new disk has no system yet: an installer wants it attached all the same, another machine had better let it go. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDiskThatDoesNotBootStaysAttachedWhereItShall(boolean keep) throws Exception {
        target.export(FIRST, cleanup.add(MemoryDevice.create(1 << 20)), ExportOptions.defaults());
        serve(new BootAnswer.AoeRoot(FIRST, Optional.empty(), keep));

        BootMachine machine =
                cleanup.add(BootMachine.on(BootMachine.Kind.BIOS_IPXE, new Guest.Port("t0", RUBY.toString())));

        machine.await("Boot from SAN device 0x80 failed");
        machine.await((keep ? "Preserving" : "Unregistered") + " SAN device 0x80");
        machine.await("No more network devices");
    }

    private void boot(BootMachine.Kind kind, AoeAddress disk) {
        BootMachine machine = cleanup.add(BootMachine.on(kind, new Guest.Port("t0", RUBY.toString())));
        machine.await(BootFolder.ROOT_MARKER + "this is ruby on /dev/etherd/" + disk + "p2.");
    }

    private void expectUsed(NetbootServer server, AoeAddress disk, Path image) throws Exception {
        TargetSnapshot.ExportCounters counters = target.snapshot().export(disk);
        assertThat(counters.readBytes()).as("the kernel came off the disk").isGreaterThan(8 << 20);
        assertThat(counters.ataFailed()).isZero();
        assertThat(counters.denied()).isZero();
        assertThat(BootDisk.holds(image, "written by the system"))
                .as("what the system wrote to its root is on the disk")
                .isTrue();
        assertThat(server.timelines().of(RUBY).stream().map(BootEvent::text))
                .as("told once, and heard by the timeline as well; attached by the boot program, then by the system")
                .containsSubsequence(
                        "root aoe:" + disk + " given",
                        "root aoe:" + disk + " attached",
                        "root aoe:" + disk + " attached");
    }

    private Path export(AoeAddress address) throws Exception {
        Path image = BootDisk.make(folder, address.toString(), "this is ruby");
        BlockDevice disk =
                cleanup.add(FileDevice.open(image, FileOptions.builder().build()));
        target.export(address, disk, ExportOptions.defaults());
        return image;
    }

    private NetbootServer serve(BootAnswer root) throws Exception {
        BootFolder files = new BootFolder(folder.resolve("served")).with("ipxe.efi", "usr/lib/ipxe/ipxe.efi");
        StandardPolicy policy = StandardPolicy.of(
                hosts, Map.of(HostTag.HARDWARE_NODE, BootProfile.ipxe(root).build()));
        DhcpLink link = new DhcpLink(
                "br0", ip("10.77.0.1"), Subnet.builder(ip("10.77.0.0"), 24).build());
        NetbootServer server = cleanup.add(NetbootServer.builder(link, policy)
                .files(TftpContent.files(files.path()))
                .dhcp(options -> options.roots(new TargetDoor(target.access())))
                .open());
        servers.add(server);
        return server;
    }
}
