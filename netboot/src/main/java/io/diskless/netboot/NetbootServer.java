package io.diskless.netboot;

import io.diskless.netboot.boot.BootFiles;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.dhcpd.DhcpLink;
import io.diskless.netboot.dhcpd.DhcpServer;
import io.diskless.netboot.dhcpd.DhcpServerOptions;
import io.diskless.netboot.dhcpd.LeaseStore;
import io.diskless.netboot.http.HttpBootServer;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpData;
import io.diskless.netboot.tftp.TftpServer;
import io.diskless.netboot.tftp.TftpServerOptions;
import io.diskless.netboot.timeline.BootEvent;
import io.diskless.netboot.timeline.BootTimelines;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * All servers of a network at one door: DHCP, TFTP and HTTP on one address, which ask one policy, hand out the same files and
 * tell one timeline for each machine. Thread-safe.
 */
public final class NetbootServer implements AutoCloseable {
    private final EventLoopGroup group;
    private final BootTimelines timelines;
    private final HttpBootServer http;
    private final TftpServer tftp;
    private final DhcpServer dhcp;

    private NetbootServer(
            EventLoopGroup group, BootTimelines timelines, HttpBootServer http, TftpServer tftp, DhcpServer dhcp) {
        this.group = group;
        this.timelines = timelines;
        this.http = http;
        this.tftp = tftp;
        this.dhcp = dhcp;
    }

    /**
     * Starts with the standard's ports for DHCP and TFTP, port 8080 for HTTP, leases in memory and no files of its own.
     *
     * @param link the network, and the server's address there
     * @param policy what every server asks
     * @return a builder
     */
    public static Builder builder(DhcpLink link, BootPolicy policy) {
        return new Builder(link, policy);
    }

    /** Opens servers. Not thread-safe. */
    public static final class Builder {
        private final DhcpLink link;
        private final BootPolicy policy;
        private LeaseStore leases = LeaseStore.memory();
        private TftpContent files = (name, client) -> Optional.empty();
        private int httpPort = 8080;
        private int tftpPort = TftpServerOptions.PORT;
        private int machines = 4096;
        private Consumer<? super BootEvent> events = event -> {};
        private UnaryOperator<DhcpServerOptions.Builder> dhcp = UnaryOperator.identity();

        private Builder(DhcpLink link, BootPolicy policy) {
            this.link = Objects.requireNonNull(link, "link");
            this.policy = Objects.requireNonNull(policy, "policy");
        }

        /**
         * Where leases are kept; in memory unless set.
         *
         * @param store stays the caller's
         * @return this
         */
        public Builder leases(LeaseStore store) {
            leases = Objects.requireNonNull(store, "store");
            return this;
        }

        /**
         * Programs, kernels and initial file systems, beside what is made of the policy's answers; none unless set.
         *
         * @param content handed out by TFTP and by HTTP
         * @return this
         */
        public Builder files(TftpContent content) {
            files = Objects.requireNonNull(content, "content");
            return this;
        }

        /**
         * Ports of the file servers, 69 and 8080 unless set; 0 takes a free one.
         *
         * @param forTftp 0 to 65535
         * @param forHttp 0 to 65535
         * @return this
         */
        public Builder filePorts(int forTftp, int forHttp) {
            tftpPort = forTftp;
            httpPort = forHttp;
            return this;
        }

        /**
         * Whose timelines are kept, and who hears of every event.
         *
         * @param most machines, 4096 unless set
         * @param hears called on event loops; it must not block
         * @return this
         */
        public Builder timelines(int most, Consumer<? super BootEvent> hears) {
            machines = most;
            events = Objects.requireNonNull(hears, "hears");
            return this;
        }

        /**
         * Sets more about DHCP: relays, ports, times, the listener for roots. A listener for messages set here takes the place of
         * the timelines'.
         *
         * @param more gets a builder with link, URL and timelines set
         * @return this
         */
        public Builder dhcp(UnaryOperator<DhcpServerOptions.Builder> more) {
            dhcp = Objects.requireNonNull(more, "more");
            return this;
        }

        /**
         * Opens all servers, or none.
         *
         * @return the servers, listening
         * @throws NetbootException where an address cannot be bound
         */
        public NetbootServer open() throws NetbootException {
            EventLoopGroup group = new MultiThreadIoEventLoopGroup(
                    2, new DefaultThreadFactory("diskless-netboot", true), NioIoHandler.newFactory());
            Deque<AutoCloseable> open = new ArrayDeque<>();
            open.push(() -> end(group));
            try {
                BootTimelines timelines = new BootTimelines(machines, Clock.systemUTC(), events);
                // The server has its port before scripts can name it; DHCP, which sends machines here, comes last.
                Late content = new Late(files);
                HttpBootServer http = HttpBootServer.open(
                        new InetSocketAddress(link.address(), httpPort), content, timelines.http(), group);
                open.push(http);
                URI base = URI.create("http://" + link.address().getHostAddress() + ":"
                        + http.address().getPort() + "/");
                BootFiles made = new BootFiles(policy, base.toString());
                TftpContent generated =
                        (name, client) -> made.find(name, client.getAddress()).map(TftpData::of);
                content.now = generated.orElse(files);
                TftpServer tftp = TftpServer.open(
                        TftpServerOptions.builder()
                                .listen(new InetSocketAddress(link.address(), tftpPort))
                                .listener(timelines.tftp())
                                .build(),
                        content,
                        group);
                open.push(tftp);
                DhcpServerOptions.Builder options = DhcpServerOptions.builder()
                        .link(link)
                        .http(base)
                        .listener(timelines.dhcp())
                        .roots(timelines.roots());
                DhcpServer dhcpServer =
                        DhcpServer.open(dhcp.apply(options).build(), policy, leases, group, Clock.systemUTC());
                return new NetbootServer(group, timelines, http, tftp, dhcpServer);
            } catch (NetbootException | RuntimeException e) {
                NetbootServer.close(open, e);
                throw e;
            }
        }
    }

    /** Content that is known after its server. Thread-safe. */
    private static final class Late implements TftpContent {
        private volatile TftpContent now;

        Late(TftpContent first) {
            now = first;
        }

        @Override
        public Optional<TftpData> open(String name, InetSocketAddress client) throws IOException {
            return now.open(name, client);
        }
    }

    private static void end(EventLoopGroup group) {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private static void close(Deque<AutoCloseable> open, Exception because) {
        for (AutoCloseable each : open) {
            try {
                each.close();
            } catch (Exception e) {
                because.addSuppressed(e);
            }
        }
    }

    /**
     * What the servers have done so far.
     *
     * @return a snapshot; each value is true by itself
     */
    public NetbootMetrics metrics() {
        return new NetbootMetrics(dhcp.counters(), tftp.counters(), http.counters());
    }

    /**
     * What machines do while they boot.
     *
     * @return the timelines, to read and to tell of attached roots
     */
    public BootTimelines timelines() {
        return timelines;
    }

    /**
     * The DHCP server.
     *
     * @return it, for its ports and leases
     */
    public DhcpServer dhcp() {
        return dhcp;
    }

    /**
     * Where files come from by TFTP.
     *
     * @return the address, with the port that was taken
     */
    public InetSocketAddress tftpAddress() {
        return tftp.addresses().get(0);
    }

    /**
     * Where files come from by HTTP.
     *
     * @return the address, with the port that was taken
     */
    public InetSocketAddress httpAddress() {
        return http.address();
    }

    /** Stops all servers, DHCP first. Returns when every port is closed; later calls do nothing. */
    @Override
    public void close() {
        dhcp.close();
        tftp.close();
        http.close();
        end(group);
    }
}
