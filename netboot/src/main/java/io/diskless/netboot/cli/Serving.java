package io.diskless.netboot.cli;

import io.diskless.cluster.conf.ConfigException;
import io.diskless.netboot.NetbootServer;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.dhcpd.AddressProbe;
import io.diskless.netboot.dhcpd.DhcpLink;
import io.diskless.netboot.dhcpd.DhcpMode;
import io.diskless.netboot.dhcpd.DhcpServer;
import io.diskless.netboot.dhcpd.DhcpServerOptions;
import io.diskless.netboot.dhcpd.LeaseJournal;
import io.diskless.netboot.dhcpd.LeaseStore;
import io.diskless.netboot.timeline.BootEvent;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** All servers, until they are ended; a changed file of machines takes effect within a second. */
abstract class Serving implements Callable<Integer> {
    /** Whose timelines are kept in memory. */
    private static final int MACHINES = 4096;
    /** How long an address is asked for, and how many at once. */
    private static final Duration PING = Duration.ofSeconds(1);

    private static final int PINGS = 64;

    @Spec
    @Nullable
    CommandSpec spec;

    @Mixin
    Setup setup = new Setup();

    @Mixin
    Networks networks = new Networks();

    @Mixin
    FileOptions files = new FileOptions();

    @Option(names = "--leases", paramLabel = "FILE", description = "Where leases are kept; in memory unless given.")
    @Nullable
    Path leases;

    @Option(names = "--authoritative", description = "This is the only DHCP server: refuse what is not on record.")
    boolean authoritative;

    @Option(
            names = "--ping",
            description = "Ask whether an address of the pool is in use before it is first offered, for a second.")
    boolean ping;

    @Option(
            names = "--watch",
            description = {
                "Without CAP_NET_RAW: listen on the clients' port for what other DHCP servers broadcast,",
                "which a client on this machine needs itself."
            })
    boolean watch;

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
        List<DhcpLink> links = networks.links();
        Deque<AutoCloseable> open = new ArrayDeque<>();
        CommandSpec command = Objects.requireNonNull(spec);
        PrintWriter out = command.commandLine().getOut();
        try {
            for (String note : dryRun() ? listen(policy, links, open) : serve(policy, links, open)) {
                out.println("note: " + note);
            }
            links.forEach(link -> out.println("serving " + link.subnet() + " from "
                    + link.address().getHostAddress() + " on " + link.networkInterface()
                    + (dryRun() ? ", saying nothing" : "")));
            Runtime.getRuntime().addShutdownHook(new Thread(ended::countDown));
            reloadUntilEnded();
        } finally {
            for (AutoCloseable each : open) {
                each.close();
            }
        }
        return 0;
    }

    private List<String> serve(BootPolicy policy, List<DhcpLink> links, Deque<AutoCloseable> open) throws IOException {
        CommandSpec command = Objects.requireNonNull(spec);
        Lines lines = new Lines(command.commandLine().getOut());
        NetbootServer.Builder server = NetbootServer.builder(links.get(0), policy)
                .timelines(MACHINES, events(open))
                .dhcpListener(lines)
                .tftpListener(lines.transfers())
                .httpListener(lines::answered)
                .dhcp(options -> common(options, open));
        links.stream().skip(1).forEach(server::link);
        files.put(server, command.commandLine().getErr());
        Path journal = leases;
        if (journal != null) {
            LeaseStore store = LeaseJournal.open(journal);
            open.push(store);
            server.leases(store);
        }
        NetbootServer opened = server.open();
        open.push(opened);
        return opened.notes();
    }

    private List<String> listen(BootPolicy policy, List<DhcpLink> links, Deque<AutoCloseable> open) throws IOException {
        DhcpServerOptions.Builder options = DhcpServerOptions.builder()
                .dryRun(true)
                .listener(new Lines(Objects.requireNonNull(spec).commandLine().getOut()));
        links.forEach(link -> options.link(link).http(link.networkInterface(), base(link)));
        DhcpServer server = DhcpServer.open(common(options, open).build(), policy, LeaseStore.memory());
        open.push(server);
        return server.notes();
    }

    private DhcpServerOptions.Builder common(DhcpServerOptions.Builder options, Deque<AutoCloseable> open) {
        if (ping) {
            ExecutorService asking = Executors.newFixedThreadPool(PINGS, task -> {
                Thread thread = new Thread(task, "diskless-ping");
                thread.setDaemon(true);
                return thread;
            });
            open.push(asking::shutdownNow);
            options.probe(AddressProbe.ping(PING, asking));
        }
        return options.mode(proxy() ? DhcpMode.PROXY : DhcpMode.SERVER)
                .authoritative(authoritative)
                .watch(watch);
    }

    private URI base(DhcpLink link) {
        String host = files.name == null ? link.address().getHostAddress() : files.name;
        return URI.create((files.isTls() ? "https://" : "http://") + host + ":" + files.httpPort + "/");
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

    private Consumer<BootEvent> events(Deque<AutoCloseable> open) throws IOException {
        Path file = events;
        if (file == null) {
            return event -> {};
        }
        EventLog log = EventLog.append(file);
        open.push(log);
        PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
        return event -> {
            try {
                log.write(event);
            } catch (IOException e) {
                err.println("diskless-netboot: an event is lost: " + e.getMessage());
            }
        };
    }
}
