package io.diskless.netboot;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.dhcpd.DhcpLink;
import io.diskless.netboot.dhcpd.DhcpListener;
import io.diskless.netboot.dhcpd.DhcpServer;
import io.diskless.netboot.dhcpd.DhcpServerOptions;
import io.diskless.netboot.dhcpd.LeaseStore;
import io.diskless.netboot.http.HttpBootServer;
import io.diskless.netboot.http.HttpCounters;
import io.diskless.netboot.http.HttpListener;
import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpListener;
import io.diskless.netboot.tftp.TftpServer;
import io.diskless.netboot.tftp.TftpServerOptions;
import io.diskless.netboot.tftp.TftpStore;
import io.diskless.netboot.timeline.BootEvent;
import io.diskless.netboot.timeline.BootTimelines;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * All servers of one network or several at one door: DHCP, TFTP and HTTP, which ask one policy, hand out the same files and tell
 * one timeline for each machine. Thread-safe.
 */
public final class NetbootServer implements AutoCloseable {
    private final BootTimelines timelines;
    private final List<HttpBootServer> http;
    private final TftpServer tftp;
    private final DhcpServer dhcp;
    /** What is open, the last one first. */
    private final Deque<AutoCloseable> open;

    NetbootServer(
            BootTimelines timelines,
            List<HttpBootServer> http,
            TftpServer tftp,
            DhcpServer dhcp,
            Deque<AutoCloseable> open) {
        this.timelines = timelines;
        this.http = List.copyOf(http);
        this.tftp = tftp;
        this.dhcp = dhcp;
        this.open = open;
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
        final List<DhcpLink> links = new ArrayList<>();
        final BootPolicy policy;
        LeaseStore leases = LeaseStore.memory();
        TftpContent files = (name, client) -> Optional.empty();
        int httpPort = 8080;
        int tftpPort = TftpServerOptions.PORT;
        int machines = 4096;
        Consumer<? super BootEvent> events = event -> {};

        @Nullable
        SSLContext tls;

        @Nullable
        String httpName;

        @Nullable
        Function<? super MacAddress, Optional<byte[]>> secrets;

        Duration tokenLifetime = Duration.ofMinutes(10);

        @Nullable
        TftpStore store;

        long maxUploadBytes;
        DhcpListener dhcpHears = report -> {};
        TftpListener tftpHears = report -> {};
        HttpListener httpHears = report -> {};
        UnaryOperator<DhcpServerOptions.Builder> dhcp = UnaryOperator.identity();
        UnaryOperator<TftpServerOptions.Builder> tftp = UnaryOperator.identity();

        private Builder(DhcpLink link, BootPolicy policy) {
            links.add(Objects.requireNonNull(link, "link"));
            this.policy = Objects.requireNonNull(policy, "policy");
        }

        /**
         * Another network. All servers listen on its address too, and its machines are told of that address.
         *
         * @param another its interface is none of the others'; several need Linux and JNA
         * @return this
         */
        public Builder link(DhcpLink another) {
            links.add(Objects.requireNonNull(another, "another"));
            return this;
        }

        /**
         * Where leases are kept; in memory unless set.
         *
         * @param kept stays the caller's
         * @return this
         */
        public Builder leases(LeaseStore kept) {
            leases = Objects.requireNonNull(kept, "kept");
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
         * Lets machines write files by TFTP; they may not unless this is set.
         *
         * @param where such as {@link TftpStore#files}
         * @param maxBytes the largest file, 0 or more
         * @return this
         */
        public Builder writes(TftpStore where, long maxBytes) {
            store = Objects.requireNonNull(where, "where");
            maxUploadBytes = maxBytes;
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
         * HTTP speaks TLS, and machines are told URLs that begin with https. Firmware and iPXE must know the certificate's
         * issuer, and the certificate must name what stands in the URLs.
         *
         * @param certificate the user's certificate and its key
         * @return this
         */
        public Builder tls(SSLContext certificate) {
            tls = Objects.requireNonNull(certificate, "certificate");
            return this;
        }

        /**
         * What stands for the server in URLs; on each network its address there unless set.
         *
         * @param name a host name that machines can look up, or an address that they reach
         * @return this
         */
        public Builder httpName(String name) {
            httpName = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Hands out secrets for one-time tokens, see {@link io.diskless.netboot.boot.BootTokens}.
         *
         * @param ofMachine a machine's secret, asked when its token is redeemed
         * @param lifetime how long a token is good, at least 1 second
         * @return this
         */
        public Builder tokens(Function<? super MacAddress, Optional<byte[]>> ofMachine, Duration lifetime) {
            secrets = Objects.requireNonNull(ofMachine, "ofMachine");
            tokenLifetime = Objects.requireNonNull(lifetime, "lifetime");
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
         * Who hears of DHCP messages, beside the timelines.
         *
         * @param hears called on the DHCP server's event loop
         * @return this
         */
        public Builder dhcpListener(DhcpListener hears) {
            dhcpHears = Objects.requireNonNull(hears, "hears");
            return this;
        }

        /**
         * Who hears of TFTP transfers, beside the timelines.
         *
         * @param hears called on the TFTP server's event loop
         * @return this
         */
        public Builder tftpListener(TftpListener hears) {
            tftpHears = Objects.requireNonNull(hears, "hears");
            return this;
        }

        /**
         * Who hears of HTTP requests, beside the timelines.
         *
         * @param hears called on event loops
         * @return this
         */
        public Builder httpListener(HttpListener hears) {
            httpHears = Objects.requireNonNull(hears, "hears");
            return this;
        }

        /**
         * Sets more about DHCP: mode, relays, ports, times. A listener set here takes the place of the timelines', without which
         * TFTP and HTTP do not know machines by their addresses: see {@link #dhcpListener} instead.
         *
         * @param more gets a builder with links, URLs and timelines set
         * @return this
         */
        public Builder dhcp(UnaryOperator<DhcpServerOptions.Builder> more) {
            dhcp = Objects.requireNonNull(more, "more");
            return this;
        }

        /**
         * Sets more about TFTP: block sizes, times, limits. A listener set here takes the place of the timelines'.
         *
         * @param more gets a builder with addresses, timelines and the store for writes set
         * @return this
         */
        public Builder tftp(UnaryOperator<TftpServerOptions.Builder> more) {
            tftp = Objects.requireNonNull(more, "more");
            return this;
        }

        /**
         * Opens all servers, or none.
         *
         * @return the servers, listening
         * @throws NetbootException where an address cannot be bound
         */
        public NetbootServer open() throws NetbootException {
            return Opening.open(this);
        }
    }

    /**
     * What the servers have done so far.
     *
     * @return a snapshot; each value is true by itself
     */
    public NetbootMetrics metrics() {
        HttpCounters all = http.stream().map(HttpBootServer::counters).reduce(HttpCounters.NONE, HttpCounters::plus);
        return new NetbootMetrics(dhcp.counters(), tftp.counters(), all);
    }

    /**
     * What the system does not let the servers do, and what follows from it.
     *
     * @return sentences for people; empty where nothing is wanting
     */
    public List<String> notes() {
        return dhcp.notes();
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
     * @return the address on the first network, with the port that was taken
     */
    public InetSocketAddress tftpAddress() {
        return tftp.addresses().get(0);
    }

    /**
     * Where files come from by HTTP.
     *
     * @return the address on the first network, with the port that was taken
     */
    public InetSocketAddress httpAddress() {
        return http.get(0).address();
    }

    /** Stops all servers, DHCP first. Returns when every port is closed; later calls do nothing. */
    @Override
    public void close() {
        synchronized (open) {
            List<RuntimeException> failures = new ArrayList<>();
            while (!open.isEmpty()) {
                Opening.close(open.pop(), failures);
            }
            if (!failures.isEmpty()) {
                RuntimeException first = failures.get(0);
                failures.stream().skip(1).forEach(first::addSuppressed);
                throw first;
            }
        }
    }
}
