package io.diskless.netboot.cli;

import io.diskless.cluster.conf.ConfigException;
import io.diskless.netboot.boot.BootFiles;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.dhcpd.DhcpLink;
import io.diskless.netboot.dhcpd.DhcpListener;
import io.diskless.netboot.dhcpd.DhcpMode;
import io.diskless.netboot.dhcpd.DhcpReport;
import io.diskless.netboot.dhcpd.DhcpServer;
import io.diskless.netboot.dhcpd.DhcpServerOptions;
import io.diskless.netboot.dhcpd.LeaseJournal;
import io.diskless.netboot.dhcpd.LeaseStore;
import io.diskless.netboot.dhcpd.Subnet;
import io.diskless.netboot.http.HttpBootServer;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpData;
import io.diskless.netboot.tftp.TftpServer;
import io.diskless.netboot.tftp.TftpServerOptions;
import io.diskless.netboot.timeline.BootTimelines;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** All servers on one interface; a changed file of machines takes effect within a second. */
abstract class Serving implements Callable<Integer> {
    /** Whose timelines are kept in memory. */
    private static final int MACHINES = 4096;

    @Spec
    @Nullable
    CommandSpec spec;

    @Mixin
    Setup setup = new Setup();

    @Option(
            names = {"-i", "--interface"},
            required = true,
            paramLabel = "IF",
            description = "The interface; it must have an IPv4 address.")
    String networkInterface = "";

    @Option(
            names = {"-r", "--root"},
            paramLabel = "FOLDER",
            description = "Programs, kernels and initial file systems.")
    @Nullable
    Path root;

    @Option(names = "--leases", paramLabel = "FILE", description = "Where leases are kept; in memory unless given.")
    @Nullable
    Path leases;

    @Option(
            names = "--pool",
            paramLabel = "FIRST-LAST",
            description = "Addresses for machines without one of their own.")
    @Nullable
    String pool;

    @Option(names = "--router", paramLabel = "ADDRESS", description = "The machines' router.")
    @Nullable
    String router;

    @Option(names = "--dns", paramLabel = "ADDRESS", description = "The machines' name server.")
    @Nullable
    String dns;

    @Option(names = "--http-port", paramLabel = "PORT", description = "Port of HTTP, ${DEFAULT-VALUE} unless given.")
    int httpPort = 8080;

    @Option(names = "--authoritative", description = "This is the only DHCP server: refuse what is not on record.")
    boolean authoritative;

    @Option(
            names = "--events",
            paramLabel = "FILE",
            description = "Append what machines do while they boot, for the command timeline.")
    @Nullable
    Path events;

    private final CountDownLatch ended = new CountDownLatch(1);

    abstract boolean dryRun();

    abstract boolean proxy();

    @Override
    public Integer call() throws Exception {
        BootPolicy policy = setup.policy();
        DhcpLink link = link();
        Deque<AutoCloseable> open = new ArrayDeque<>();
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        try {
            BootTimelines timelines = timelines(open);
            if (!dryRun()) {
                files(policy, link, open, timelines);
            }
            Path journal = leases;
            LeaseStore store = journal == null || dryRun() ? LeaseStore.memory() : LeaseJournal.open(journal);
            open.push(store);
            open.push(DhcpServer.open(options(link, out, timelines), policy, store));
            out.println("serving " + link.subnet() + " from " + link.address().getHostAddress() + " on "
                    + networkInterface + (dryRun() ? ", saying nothing" : ""));
            Runtime.getRuntime().addShutdownHook(new Thread(ended::countDown));
            reloadUntilEnded();
        } finally {
            for (AutoCloseable each : open) {
                each.close();
            }
        }
        return 0;
    }

    private void reloadUntilEnded() throws InterruptedException, IOException {
        FileTime seen = Files.getLastModifiedTime(setup.config);
        PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
        while (!ended.await(1, TimeUnit.SECONDS)) {
            try {
                FileTime now = Files.getLastModifiedTime(setup.config);
                if (!now.equals(seen)) {
                    seen = now;
                    setup.hosts.read(setup.config);
                }
            } catch (IOException | IllegalArgumentException | ConfigException e) {
                err.println("diskless-netboot: what was read before still holds: " + e.getMessage());
            }
        }
    }

    private void files(BootPolicy policy, DhcpLink link, Deque<AutoCloseable> open, BootTimelines timelines)
            throws IOException {
        Path folder = root;
        TftpContent disk = folder == null ? (name, client) -> Optional.empty() : TftpContent.files(folder);
        BootFiles made = new BootFiles(policy, http(link).toString());
        TftpContent all = ((TftpContent)
                        (name, client) -> made.find(name, client.getAddress()).map(TftpData::of))
                .orElse(disk);
        open.push(TftpServer.open(
                TftpServerOptions.builder()
                        .listen(new InetSocketAddress(link.address(), TftpServerOptions.PORT))
                        .listener(timelines.tftp())
                        .build(),
                all));
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        open.push(HttpBootServer.open(new InetSocketAddress(link.address(), httpPort), all, report -> {
            out.println(report.client().getAddress().getHostAddress() + " HTTP " + report.method() + " "
                    + Text.printable(report.path()) + " " + report.status());
            timelines.http().answered(report);
        }));
    }

    private BootTimelines timelines(Deque<AutoCloseable> open) throws IOException {
        Path file = events;
        if (file == null || dryRun()) {
            return new BootTimelines(MACHINES, Clock.systemUTC(), event -> {});
        }
        EventLog log = EventLog.append(file);
        open.push(log);
        PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
        return new BootTimelines(MACHINES, Clock.systemUTC(), event -> {
            try {
                log.write(event);
            } catch (IOException e) {
                err.println("diskless-netboot: an event is lost: " + e.getMessage());
            }
        });
    }

    private URI http(DhcpLink link) {
        return URI.create("http://" + link.address().getHostAddress() + ":" + httpPort + "/");
    }

    private DhcpServerOptions options(DhcpLink link, PrintWriter out, BootTimelines timelines) {
        return DhcpServerOptions.builder()
                .link(link)
                .mode(proxy() ? DhcpMode.PROXY : DhcpMode.SERVER)
                .dryRun(dryRun())
                .authoritative(authoritative)
                .http(http(link))
                .roots(timelines.roots())
                .listener(new DhcpListener() {
                    @Override
                    public void handled(DhcpReport report) {
                        timelines.dhcp().handled(report);
                        out.println(report.mac() + " " + report.stage() + " "
                                + report.asked().map(Object::toString).orElse("BOOTP") + ": "
                                + Text.printable(report.reason()));
                    }

                    @Override
                    public void otherServer(String where, Inet4Address server) {
                        out.println("another DHCP server, " + server.getHostAddress() + ", is at work on " + where);
                    }
                })
                .build();
    }

    private DhcpLink link() throws IOException {
        NetworkInterface found = NetworkInterface.getByName(networkInterface);
        if (found == null) {
            throw new IllegalArgumentException("there is no interface " + networkInterface);
        }
        for (InterfaceAddress address : found.getInterfaceAddresses()) {
            if (address.getAddress() instanceof Inet4Address own) {
                Subnet.Builder subnet = Subnet.builder(own, address.getNetworkPrefixLength());
                if (router != null) {
                    subnet.router(Text.address(router));
                }
                if (dns != null) {
                    subnet.nameServer(Text.address(dns));
                }
                if (pool != null) {
                    String[] ends = pool.split("-", 2);
                    subnet.pool(Text.address(ends[0]), Text.address(ends[ends.length - 1]));
                }
                return new DhcpLink(networkInterface, own, subnet.build());
            }
        }
        throw new IllegalArgumentException("interface " + networkInterface + " has no IPv4 address; give it one first");
    }
}
