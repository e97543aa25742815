package io.diskless.netboot.dhcpd;

import static io.diskless.netboot.dhcpd.TestClient.ip;

import io.diskless.cluster.net.MacAddress;
import io.diskless.cluster.testkit.peer.BootFolder;
import io.diskless.cluster.testkit.peer.BootMachine;
import io.diskless.cluster.testkit.peer.Cleanup;
import io.diskless.cluster.testkit.peer.Guest;
import io.diskless.cluster.testkit.peer.Netns;
import io.diskless.cluster.testkit.peer.Peers;
import io.diskless.netboot.boot.BootAnswer;
import io.diskless.netboot.boot.BootFiles;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.boot.HostList;
import io.diskless.netboot.boot.HostTag;
import io.diskless.netboot.http.HttpBootServer;
import io.diskless.netboot.http.HttpReport;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpData;
import io.diskless.netboot.tftp.TftpReport;
import io.diskless.netboot.tftp.TftpServer;
import io.diskless.netboot.tftp.TftpServerOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * All servers at 10.77.0.1 on a bridge, and one known machine that can be switched on there. Confined to one thread, but
 * for the reports.
 */
final class BootRig implements AutoCloseable {
    static final MacAddress RUBY = MacAddress.parse("52:54:00:77:00:01");
    static final URI HTTP = URI.create("http://10.77.0.1/");

    final Queue<DhcpReport> dhcpReports = new ConcurrentLinkedQueue<>();
    final Queue<HttpReport> httpReports = new ConcurrentLinkedQueue<>();
    final Queue<TftpReport> tftpReports = new ConcurrentLinkedQueue<>();
    final HostList hosts =
            new HostList(List.of(Host.of(RUBY, HostTag.HARDWARE_NODE, "ruby").withAddress(ip("10.77.0.5"))));
    private final Cleanup open = new Cleanup();
    private final Path folder;

    BootRig(Path folder) {
        this.folder = folder;
        open.add(Netns.tap("t0", 1500));
        open.add(Netns.bridge("br0", 1500, "t0"));
        Netns.ip("addr", "add", "10.77.0.1/24", "dev", "br0");
    }

    /** What the screen shows when iPXE has run this. */
    static String says(String role) {
        return "This is " + role + " at ";
    }

    static BootAnswer script(String role) {
        return new BootAnswer.Script("#!ipxe\necho This is " + role + " at ${net0/ip}.\nsleep 1000\n");
    }

    BootFolder folder() {
        return new BootFolder(folder.resolve("served"));
    }

    DhcpServerOptions.Builder options() {
        return DhcpServerOptions.builder()
                .link(new DhcpLink(
                        "br0",
                        ip("10.77.0.1"),
                        Subnet.builder(ip("10.77.0.0"), 24).build()))
                .listener(dhcpReports::add);
    }

    /** Opens all servers. */
    DhcpServer serve(BootPolicy policy, DhcpServerOptions.Builder options) throws IOException {
        Path files = folder().path();
        TftpServer tftp = TftpServer.open(
                TftpServerOptions.builder()
                        .listen(new InetSocketAddress(ip("10.77.0.1"), TftpServerOptions.PORT))
                        .listener(tftpReports::add)
                        .build(),
                content(policy, "tftp://${next-server}/", files));
        open.add(tftp);
        open.add(HttpBootServer.open(
                new InetSocketAddress(ip("10.77.0.1"), 80), content(policy, HTTP.toString(), files), httpReports::add));
        DhcpServer dhcp = DhcpServer.open(options.build(), policy, LeaseStore.memory());
        open.add(dhcp);
        return dhcp;
    }

    private static TftpContent content(BootPolicy policy, String base, Path files) throws IOException {
        BootFiles made = new BootFiles(policy, base);
        return ((TftpContent) (name, client) -> made.find(name).map(TftpData::of)).orElse(TftpContent.files(files));
    }

    /** Somebody else's DHCP server at 10.77.0.2, which gives 10.77.0.100. */
    void serveAddressesWithDnsmasq() throws IOException {
        ClientRoom room = ClientRoom.open("p0", "52:54:00:77:00:02");
        open.add(room);
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
    }

    /** Switches the machine on, waits until its screen says something, and switches it off. */
    void bootUntil(BootMachine.Kind kind, String text) {
        try (BootMachine machine = BootMachine.on(kind, new Guest.Port("t0", RUBY.toString()))) {
            machine.await(text);
        }
    }

    @Override
    public void close() {
        open.close();
    }
}
