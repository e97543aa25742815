package io.diskless.netboot;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootFiles;
import io.diskless.netboot.boot.BootTokens;
import io.diskless.netboot.dhcpd.DhcpLink;
import io.diskless.netboot.dhcpd.DhcpListener;
import io.diskless.netboot.dhcpd.DhcpReport;
import io.diskless.netboot.dhcpd.DhcpServer;
import io.diskless.netboot.dhcpd.DhcpServerOptions;
import io.diskless.netboot.http.HttpBootServer;
import io.diskless.netboot.http.HttpListener;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpData;
import io.diskless.netboot.tftp.TftpListener;
import io.diskless.netboot.tftp.TftpReport;
import io.diskless.netboot.tftp.TftpServer;
import io.diskless.netboot.tftp.TftpServerOptions;
import io.diskless.netboot.tftp.TftpStore;
import io.diskless.netboot.timeline.BootTimelines;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Opens the servers of a {@link NetbootServer}: HTTP first, whose port scripts name; DHCP, which sends machines to the others,
 * last. Confined to the caller's thread.
 */
final class Opening {
    private static final Clock CLOCK = Clock.systemUTC();

    private final NetbootServer.Builder from;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final EventLoopGroup group;
    private final BootTimelines timelines;
    private final Late content = new Late();
    private final List<HttpBootServer> http = new ArrayList<>();
    private final Map<DhcpLink, URI> bases = new LinkedHashMap<>();

    private Opening(NetbootServer.Builder from) {
        this.from = from;
        this.timelines = new BootTimelines(from.machines, CLOCK, from.events);
        this.group = new MultiThreadIoEventLoopGroup(
                2, new DefaultThreadFactory("diskless-netboot", true), NioIoHandler.newFactory());
        open.push(() -> group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly());
    }

    static NetbootServer open(NetbootServer.Builder from) throws NetbootException {
        Opening opening = new Opening(from);
        try {
            return opening.all();
        } catch (NetbootException | RuntimeException e) {
            List<RuntimeException> failures = new ArrayList<>();
            opening.open.forEach(each -> close(each, failures));
            failures.forEach(e::addSuppressed);
            throw e;
        }
    }

    static void close(AutoCloseable each, List<RuntimeException> failures) {
        try {
            each.close();
        } catch (RuntimeException e) {
            failures.add(e);
        } catch (Exception e) {
            failures.add(new IllegalStateException(e));
        }
    }

    /** Content that is known after its servers. Thread-safe. */
    private static final class Late implements TftpContent {
        private volatile TftpContent now = (name, client) -> Optional.empty();

        @Override
        public Optional<TftpData> open(String name, InetSocketAddress client) throws IOException {
            return now.open(name, client);
        }
    }

    private NetbootServer all() throws NetbootException {
        for (DhcpLink link : from.links) {
            http(link);
        }
        BootContent made = content();
        content.now = made;
        TftpServer tftp = TftpServer.open(tftpOptions(made), made, group);
        open.push(tftp);
        DhcpServer dhcp = DhcpServer.open(dhcpOptions(), from.policy, from.leases, group, CLOCK);
        open.push(dhcp);
        return new NetbootServer(timelines, http, tftp, dhcp, open);
    }

    private void http(DhcpLink link) throws NetbootException {
        InetSocketAddress where = new InetSocketAddress(link.address(), from.httpPort);
        HttpListener listener = report -> {
            timelines.http().answered(report);
            from.httpHears.answered(report);
        };
        HttpBootServer server = from.tls == null
                ? HttpBootServer.open(where, content, listener, group)
                : HttpBootServer.openTls(where, content, listener, from.tls, group);
        open.push(server);
        http.add(server);
        String host = from.httpName == null ? link.address().getHostAddress() : from.httpName;
        String scheme = from.tls == null ? "http" : "https";
        bases.put(
                link, URI.create(scheme + "://" + host + ":" + server.address().getPort() + "/"));
    }

    private BootContent content() {
        String first = bases.values().iterator().next().toString();
        Function<InetAddress, String> base = client -> bases.entrySet().stream()
                .filter(each -> client instanceof Inet4Address known
                        && each.getKey().subnet().contains(known))
                .map(each -> each.getValue().toString())
                .findFirst()
                // Behind a relay.
                .orElse(first);
        BootFiles made = tokens().map(tokens -> new BootFiles(from.policy, first, tokens))
                .orElseGet(() -> new BootFiles(from.policy, first));
        return new BootContent(from.policy, timelines, made.withBases(base), from.files);
    }

    private Optional<BootTokens> tokens() {
        Function<? super MacAddress, Optional<byte[]>> secrets = from.secrets;
        return secrets == null
                ? Optional.empty()
                : Optional.of(new BootTokens(
                        secrets,
                        (machine, client) -> BootContent.machineAt(from.policy, timelines, client)
                                .filter(machine::equals)
                                .isPresent(),
                        from.tokenLifetime,
                        from.machines,
                        new SecureRandom(),
                        CLOCK));
    }

    private TftpServerOptions tftpOptions(BootContent made) {
        TftpServerOptions.Builder options = TftpServerOptions.builder().listener(new BothTransfers());
        from.links.forEach(link -> options.listen(new InetSocketAddress(link.address(), from.tftpPort)));
        TftpStore store = from.store;
        if (store != null) {
            options.writes(made.guarded(store), from.maxUploadBytes);
        }
        return from.tftp.apply(options).build();
    }

    private DhcpServerOptions dhcpOptions() {
        DhcpServerOptions.Builder options = DhcpServerOptions.builder();
        from.links.forEach(options::link);
        bases.forEach((link, base) -> options.http(link.networkInterface(), base));
        options.fetched(timelines.fetched()).listener(new BothMessages()).roots(timelines.roots());
        return from.dhcp.apply(options).build();
    }

    /** The timelines and the user. */
    private final class BothMessages implements DhcpListener {
        private final DhcpListener first = timelines.dhcp();

        @Override
        public void handled(DhcpReport report) {
            first.handled(report);
            from.dhcpHears.handled(report);
        }

        @Override
        public void otherServer(String networkInterface, Inet4Address server) {
            from.dhcpHears.otherServer(networkInterface, server);
        }
    }

    /** The timelines and the user. */
    private final class BothTransfers implements TftpListener {
        private final TftpListener first = timelines.tftp();

        @Override
        public void ended(TftpReport report) {
            first.ended(report);
            from.tftpHears.ended(report);
        }

        @Override
        public void received(TftpReport report) {
            first.received(report);
            from.tftpHears.received(report);
        }

        @Override
        public void refused(InetSocketAddress client, String filename, int code) {
            first.refused(client, filename, code);
            from.tftpHears.refused(client, filename, code);
        }
    }
}
