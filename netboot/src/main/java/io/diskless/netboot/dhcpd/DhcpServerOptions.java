package io.diskless.netboot.dhcpd;

import io.diskless.netboot.boot.FetchedFiles;
import io.diskless.netboot.boot.RootListener;
import java.net.Inet4Address;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where a DHCP server is, whom it serves and how. Immutable. */
public final class DhcpServerOptions {
    final DhcpMode mode;
    final List<DhcpLink> links;
    final List<Subnet> relayed;
    final int serverPort;
    final int clientPort;
    final int bootServerPort;
    final boolean bootServer;
    final boolean watch;
    final boolean authoritative;
    final boolean dryRun;
    final boolean raw;
    final boolean routerAnswers;
    final Duration leaseTime;
    final Duration offerTime;
    final Duration declineTime;
    final int mtu;
    final int packetsPerSecond;
    final Optional<Inet4Address> tftpServer;
    final Optional<URI> http;
    final Map<String, URI> httpOf;
    final FetchedFiles fetched;
    final Optional<AddressProbe> probe;
    final DhcpListener listener;
    final RootListener roots;

    private DhcpServerOptions(Builder from) {
        mode = from.mode;
        links = List.copyOf(from.links);
        relayed = List.copyOf(from.relayed);
        serverPort = within("serverPort", from.serverPort, 0, 65535);
        clientPort = within("clientPort", from.clientPort, 1, 65535);
        bootServerPort = within("bootServerPort", from.bootServerPort, 0, 65535);
        bootServer = from.bootServer || from.mode == DhcpMode.PROXY;
        watch = from.watch;
        authoritative = from.authoritative;
        dryRun = from.dryRun;
        raw = from.raw;
        routerAnswers = from.raw && from.routerAnswers;
        leaseTime = seconds("leaseTime", from.leaseTime, 60, 0xFFFF_FFFEL);
        offerTime = seconds("offerTime", from.offerTime, 1, 3600);
        declineTime = seconds("declineTime", from.declineTime, 1, 86_400);
        mtu = within("mtu", from.mtu, 576, 65535);
        packetsPerSecond = within("packetsPerSecond", from.packetsPerSecond, 1, 100_000);
        tftpServer = Optional.ofNullable(from.tftpServer);
        http = Optional.ofNullable(from.http);
        httpOf = Map.copyOf(from.httpOf);
        fetched = from.fetched;
        probe = Optional.ofNullable(from.probe);
        listener = from.listener;
        roots = from.roots;
        if (links.isEmpty()) {
            throw new IllegalArgumentException("expected a link, got none");
        }
        if (links.stream().map(DhcpLink::networkInterface).distinct().count() < links.size()) {
            throw new IllegalArgumentException("expected one link for each interface, got " + links);
        }
    }

    private static int within(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "expected " + name + " from " + least + " to " + most + ", got " + value);
        }
        return value;
    }

    private static Duration seconds(String name, Duration value, long least, long most) {
        if (value.toSeconds() < least || value.toSeconds() > most) {
            throw new IllegalArgumentException(
                    "expected " + name + " from " + least + " to " + most + " s, got " + value);
        }
        return value;
    }

    /** Where files come from by HTTP for machines of a link. */
    Optional<URI> http(DhcpLink link) {
        URI own = httpOf.get(link.networkInterface());
        return own == null ? http : Optional.of(own);
    }

    /**
     * Starts with a server that knows no network.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Makes options. Not thread-safe. */
    public static final class Builder {
        private final List<DhcpLink> links = new ArrayList<>();
        private final List<Subnet> relayed = new ArrayList<>();
        private DhcpMode mode = DhcpMode.SERVER;
        // RFC 2131 §4.1, and Intel PXE 2.1 §2.2 for the third.
        private int serverPort = 67;
        private int clientPort = 68;
        private int bootServerPort = 4011;
        private boolean bootServer;
        private boolean watch;
        private boolean authoritative;
        private boolean dryRun;
        private boolean raw = true;
        private boolean routerAnswers = true;
        private Duration leaseTime = Duration.ofHours(1);
        private Duration offerTime = Duration.ofMinutes(1);
        private Duration declineTime = Duration.ofMinutes(10);
        private int mtu = 1500;
        private int packetsPerSecond = 20;
        private @Nullable Inet4Address tftpServer;
        private @Nullable URI http;
        private final Map<String, URI> httpOf = new HashMap<>();
        private FetchedFiles fetched = (facts, discover) -> List.of();
        private @Nullable AddressProbe probe;
        private DhcpListener listener = report -> {};
        private RootListener roots = (machine, root) -> {};

        private Builder() {}

        /**
         * Whether it is the network's server or only tells how to boot; the former unless set.
         *
         * @param what the mode
         * @return this
         */
        public Builder mode(DhcpMode what) {
            mode = Objects.requireNonNull(what, "mode");
            return this;
        }

        /**
         * Adds a network that the server is on, at least one. Several need Linux and JNA: no other socket tells where a
         * broadcast came in.
         *
         * @param link the network; replies come from its address
         * @return this
         */
        public Builder link(DhcpLink link) {
            links.add(link);
            return this;
        }

        /**
         * Adds a network behind relays.
         *
         * @param subnet the network, chosen by the relay's address or its link selection (RFC 3527)
         * @return this
         */
        public Builder relayed(Subnet subnet) {
            relayed.add(subnet);
            return this;
        }

        /**
         * Ports other than the standard's, for tests without privileges.
         *
         * @param server where clients and relays send to, 67 unless set; 0 takes a free one
         * @param client where clients listen, 68 unless set
         * @param boot where PXE clients ask a boot server, 4011 unless set; 0 takes a free one
         * @return this
         */
        public Builder ports(int server, int client, int boot) {
            serverPort = server;
            clientPort = client;
            bootServerPort = boot;
            return this;
        }

        /**
         * Whether to answer on the boot servers' port too; always in proxy mode.
         *
         * @param listen true to answer
         * @return this
         */
        public Builder bootServer(boolean listen) {
            bootServer = listen;
            return this;
        }

        /**
         * Whether to listen on the clients' port for what other servers broadcast, where it cannot be heard otherwise: with raw
         * sends (Linux, JNA, CAP_NET_RAW) it is heard in any case, and the port stays free. Off unless set: a client on the same
         * machine needs the port.
         *
         * @param listen true to listen
         * @return this
         */
        public Builder watch(boolean listen) {
            watch = listen;
            return this;
        }

        /**
         * Whether to refuse what there is no record of: right where no other server is on the network. Off unless set.
         *
         * @param only whether this is the only server
         * @return this
         */
        public Builder authoritative(boolean only) {
            authoritative = only;
            return this;
        }

        /**
         * Whether to send nothing, keep nothing and only report what would be said.
         *
         * @param dry true for a dry run
         * @return this
         */
        public Builder dryRun(boolean dry) {
            dryRun = dry;
            return this;
        }

        /**
         * Whether replies go straight to machines that have no address yet (RFC 2131 §4.1), where Linux, JNA and
         * CAP_NET_RAW let them; else they are broadcast, which the standard allows. On unless switched off.
         *
         * @param send false to broadcast
         * @return this
         */
        public Builder rawSends(boolean send) {
            raw = send;
            return this;
        }

        /**
         * Whether iPXE that was just offered an address has its IPv6 router solicitations answered, with an advertisement of
         * no router: it waits 13 to 16 s for one otherwise. Needs raw sends. On unless switched off; where a router
         * speaks for itself, the server leaves it to that.
         *
         * @param answer false to let iPXE wait
         * @return this
         */
        public Builder routerAnswers(boolean answer) {
            routerAnswers = answer;
            return this;
        }

        /**
         * How long a machine has its address, 1 hour unless set.
         *
         * @param time 1 minute to 2^32 - 2 seconds
         * @return this
         */
        public Builder leaseTime(Duration time) {
            leaseTime = time;
            return this;
        }

        /**
         * How long an offered address is held, 1 minute unless set.
         *
         * @param time 1 second to 1 hour
         * @return this
         */
        public Builder offerTime(Duration time) {
            offerTime = time;
            return this;
        }

        /**
         * How long an address is not given that a client found in use, 10 minutes unless set.
         *
         * @param time 1 second to 1 day
         * @return this
         */
        public Builder declineTime(Duration time) {
            declineTime = time;
            return this;
        }

        /**
         * The largest IP datagram of the networks, 1500 unless set.
         *
         * @param octets 576 to 65535
         * @return this
         */
        public Builder mtu(int octets) {
            mtu = octets;
            return this;
        }

        /**
         * How many messages of one machine are looked at in a second, 20 unless set; twice as many at once. For a relay's port
         * (option 82) it is ten times that. What is more is dropped.
         *
         * @param count 1 to 100000
         * @return this
         */
        public Builder packetsPerSecond(int count) {
            packetsPerSecond = count;
            return this;
        }

        /**
         * Where boot files come from by TFTP; the link's own address unless set.
         *
         * @param address the server
         * @return this
         */
        public Builder tftpServer(Inet4Address address) {
            tftpServer = address;
            return this;
        }

        /**
         * Where boot files and scripts come from by HTTP. Without it iPXE loads scripts by TFTP, and UEFI's HTTP clients get
         * only whole URLs.
         *
         * @param base such as {@code http://10.77.0.1:8080/}
         * @return this
         * @throws IllegalArgumentException if it is not an absolute URI that ends with a slash
         */
        public Builder http(URI base) {
            http = checked(base);
            return this;
        }

        /**
         * The same for machines of one link alone, which reach another address of this machine.
         *
         * @param networkInterface the link's interface
         * @param base such as {@code http://10.77.0.1:8080/}
         * @return this
         * @throws IllegalArgumentException if it is not an absolute URI that ends with a slash
         */
        public Builder http(String networkInterface, URI base) {
            httpOf.put(networkInterface, checked(base));
            return this;
        }

        private static URI checked(URI base) {
            if (!base.isAbsolute() || !base.toString().endsWith("/")) {
                throw new IllegalArgumentException("expected an absolute URI that ends with a slash, got " + base);
            }
            return base;
        }

        /**
         * Who knows what machines have fetched, for policies that go by it; nobody unless set.
         *
         * @param knows asked about every message, on the server's event loop
         * @return this
         */
        public Builder fetched(FetchedFiles knows) {
            fetched = Objects.requireNonNull(knows, "knows");
            return this;
        }

        /**
         * Asks whether an address of a pool is in use before it is first offered; one that is gets offered to nobody for the
         * decline time. It costs every new client the probe's patience. Off unless set; reserved addresses are not asked
         * for.
         *
         * @param asks the probe, such as {@link AddressProbe#ping}
         * @return this
         */
        public Builder probe(AddressProbe asks) {
            probe = asks;
            return this;
        }

        /**
         * Who hears of every message.
         *
         * @param hears called on the server's event loop
         * @return this
         */
        public Builder listener(DhcpListener hears) {
            listener = hears;
            return this;
        }

        /**
         * Who hears which machine may use which disk. Further listeners hear it after those that were set before.
         *
         * @param hears called on the server's event loop, before the machine is told
         * @return this
         */
        public Builder roots(RootListener hears) {
            roots = roots.andThen(hears);
            return this;
        }

        /**
         * The options.
         *
         * @return immutable options
         * @throws IllegalArgumentException if a value is outside its range, or there is no link, or two for one interface
         */
        public DhcpServerOptions build() {
            return new DhcpServerOptions(this);
        }
    }
}
