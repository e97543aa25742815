package io.diskless.netboot.dhcpd;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.NetbootException;
import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.boot.BootStage;
import io.diskless.netboot.dhcp.DhcpFields;
import io.diskless.netboot.dhcp.DhcpMessage;
import io.diskless.netboot.dhcp.DhcpVerdict;
import io.diskless.netboot.dhcp.MessageType;
import io.diskless.netboot.dhcp.Octets;
import io.diskless.netboot.dhcp.OptionCodes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes datagrams, asks an engine, keeps what is to be kept, and sends. Leases of all datagrams that were read together are
 * kept in one go, and only then their replies are sent; offers, which are not kept, go before. Confined to its event loop, except for the counters.
 */
// Netty hands out a future for each write; a listener counts those that fail.
@SuppressWarnings("FutureReturnValueIgnored")
final class Talk {
    private static final Logger LOG = LoggerFactory.getLogger(DhcpServer.class);
    /** Machines and relays' ports whose rates are remembered, and addresses offered at the same time. */
    private static final int REMEMBERED = 16_384;
    /** A relay's port may have a hub or a bridge behind it. */
    private static final int MACHINES_PER_PORT = 10;
    /** Machines that iPXE boots at the same time, and how long it looks for an IPv6 router after its first OFFER. */
    private static final int BOOTING = 4096;

    private static final long BOOTING_NANOS = 60_000_000_000L;
    /** Other servers are told once each; a forger must not fill the log. */
    private static final int OTHER_SERVERS = 64;

    /** Which of the server's ports a datagram came to. */
    enum Port {
        DHCP,
        BOOT_SERVER,
        CLIENT
    }

    private final DhcpServerOptions options;
    private final LeaseStore store;
    private final RawSends raw;
    private final Clock clock;
    private final LeaseTable leases = new LeaseTable();
    private final Offers offers = new Offers(REMEMBERED);
    private final Engine engine;
    private final ProxyEngine proxy;
    private final Probes probes;
    private final RootGrants roots;
    private final RateLimit<MacAddress> machines;
    private final RateLimit<Octets> ports;
    private final Set<Inet4Address> others = new HashSet<>();
    private final Map<MacAddress, Long> booting = new LinkedHashMap<>();
    private final List<Lease> toKeep = new ArrayList<>();
    private final List<Pending> toSend = new ArrayList<>();

    private final LongAdder received = new LongAdder();
    private final LongAdder malformed = new LongAdder();
    private final LongAdder limited = new LongAdder();
    private final LongAdder sentOffers = new LongAdder();
    private final LongAdder acks = new LongAdder();
    private final LongAdder naks = new LongAdder();
    private final LongAdder silent = new LongAdder();
    private final LongAdder notKept = new LongAdder();
    private final LongAdder unsent = new LongAdder();
    private final LongAdder routerAnswers = new LongAdder();
    private volatile int leaseCount;
    private volatile int offerCount;

    private record Pending(Channel channel, Arrival in, Step step) {}

    Talk(DhcpServerOptions options, BootPolicy policy, LeaseStore store, RawSends raw, Executor loop, Clock clock) {
        this.options = options;
        this.raw = raw;
        this.store = store;
        this.clock = clock;
        store.load().forEach(leases::apply);
        leaseCount = leases.all().size();
        engine = new Engine(options, policy, leases, offers);
        proxy = new ProxyEngine(options, policy);
        probes = new Probes(options.probe, loop);
        roots = new RootGrants(policy, options.roots);
        machines = new RateLimit<>(options.packetsPerSecond, REMEMBERED);
        ports = new RateLimit<>(options.packetsPerSecond * MACHINES_PER_PORT, REMEMBERED);
    }

    /** A datagram; replies go out through the channel. */
    void hear(DatagramPacket packet, Channel replies, DhcpLink link, Port port, boolean unicast) {
        received.increment();
        ByteBuf content = packet.content();
        ByteBuffer b = content.nioBuffer();
        int at = b.position();
        int length = b.remaining();
        DhcpVerdict verdict =
                port == Port.CLIENT ? DhcpFields.validate(b, at, length) : DhcpFields.validateRequest(b, at, length);
        Optional<DhcpMessage> message = verdict.isReadable() ? DhcpMessage.decode(b, at, length) : Optional.empty();
        if (port == Port.CLIENT) {
            message.ifPresent(m -> overheard(m, link));
            return;
        }
        Optional<BootFacts> facts = message.flatMap(m -> BootFacts.of(m, link.networkInterface()));
        if (message.isEmpty() || facts.isEmpty()) {
            malformed.increment();
            return;
        }
        Arrival told = new Arrival(message.get(), facts.get(), packet.sender(), link, unicast);
        if (isTooMuch(told)) {
            limited.increment();
            return;
        }
        Arrival in = withFetched(told);
        Step step = raw.direct(in, step(in, port));
        if (options.dryRun) {
            report(in, step, step.reason());
        } else if (probes.wants(in.facts().mac(), step)) {
            probe(replies, in, step);
        } else {
            take(replies, in, step);
        }
    }

    /** Who knows what was fetched is the user's: without its answer the machine is told what it would be told at first. */
    private Arrival withFetched(Arrival in) {
        boolean discover = in.message()
                .options()
                .messageType()
                .filter(MessageType.DISCOVER::equals)
                .isPresent();
        List<String> files = List.of();
        try {
            files = options.fetched.of(in.facts(), discover);
        } catch (RuntimeException e) {
            LOG.error(
                    "DHCP: what {} has fetched could not be found out",
                    in.facts().mac(),
                    e);
        }
        return files.isEmpty()
                ? in
                : new Arrival(in.message(), in.facts().withFetched(files), in.from(), in.link(), in.unicast());
    }

    /** The address is held and nothing is said until it is known whether somebody has it. */
    private void probe(Channel replies, Arrival in, Step step) {
        MacAddress mac = in.facts().mac();
        Inet4Address address = step.offered().orElseThrow();
        String asks = "asking first whether " + address.getHostAddress() + " is in use";
        toSend.add(new Pending(replies, in, Step.silence(asks)));
        if (!probes.begins(mac)) {
            return;
        }
        offers.put(mac, address, until(options.offerTime));
        probes.ask(mac, address, used -> {
            if (used) {
                Lease bad = new Lease(address, mac, until(options.declineTime), Lease.State.DECLINED);
                take(
                        replies,
                        in,
                        Step.silence(address.getHostAddress() + " is in use").keeping(bad));
            }
            Step again = raw.direct(in, step(in, Port.DHCP));
            if (probes.wants(mac, again)) {
                probe(replies, in, again);
            } else {
                take(replies, in, again);
            }
            flush();
        });
    }

    private long until(Duration time) {
        return clock.instant().getEpochSecond() + time.toSeconds();
    }

    private boolean isTooMuch(Arrival in) {
        long now = System.nanoTime();
        Optional<Octets> relayPort = in.message().options().find(OptionCodes.RELAY_AGENT);
        return !machines.passes(in.facts().mac(), now)
                || (relayPort.isPresent() && !ports.passes(relayPort.get(), now));
    }

    private Step step(Arrival in, Port port) {
        try {
            if (!options.dryRun) {
                roots.hear(in.facts());
            }
            if (port == Port.BOOT_SERVER) {
                return proxy.boot(in);
            }
            return options.mode == DhcpMode.PROXY
                    ? proxy.offer(in)
                    : engine.answer(in, clock.instant().getEpochSecond());
        } catch (RuntimeException e) {
            LOG.error(
                    "DHCP: no answer for {}, whose message the policy or the server failed on",
                    in.facts().mac(),
                    e);
            return Step.silence("failed: " + e);
        }
    }

    private void take(Channel replies, Arrival in, Step step) {
        MacAddress mac = in.facts().mac();
        step.offered().ifPresent(address -> offers.put(mac, address, until(options.offerTime)));
        if (step.offerOver()) {
            offers.remove(mac);
        }
        step.lease().ifPresent(lease -> {
            leases.apply(lease);
            toKeep.add(lease);
        });
        step.otherServer().ifPresent(server -> other(server, in.link()));
        toSend.add(new Pending(replies, in, step));
    }

    /** What was read together has been looked at. */
    void flush() {
        if (toSend.isEmpty()) {
            return;
        }
        // What needs no record does not wait for the disk, which takes longer than all else here.
        sendAll(false);
        Optional<String> lost = keep();
        if (lost.isEmpty()) {
            sendAll(true);
        } else {
            for (Pending pending : toSend) {
                if (pending.step().lease().isPresent()) {
                    notKept.increment();
                    Step silence = Step.silence(pending.step().reason());
                    report(pending.in(), silence, "the lease could not be kept: " + lost.get());
                }
            }
        }
        toSend.clear();
        leaseCount = leases.all().size();
        offerCount = offers.size();
    }

    private void sendAll(boolean recorded) {
        List<Channel> channels = new ArrayList<>();
        for (Pending pending : toSend) {
            if (pending.step().lease().isPresent() == recorded) {
                send(pending);
                if (!channels.contains(pending.channel())) {
                    channels.add(pending.channel());
                }
            }
        }
        channels.forEach(Channel::flush);
    }

    private Optional<String> keep() {
        if (toKeep.isEmpty()) {
            return Optional.empty();
        }
        try {
            store.commit(List.copyOf(toKeep), leases::all);
            return Optional.empty();
        } catch (NetbootException | RuntimeException e) {
            LOG.error("DHCP: {} leases could not be kept, so their machines get no answer", toKeep.size(), e);
            return Optional.of(String.valueOf(e.getMessage()));
        } finally {
            toKeep.clear();
        }
    }

    private void send(Pending pending) {
        Step step = pending.step();
        DhcpMessage reply = step.reply();
        InetSocketAddress to = step.to();
        if (reply == null || to == null) {
            silent.increment();
        } else {
            MessageType type = reply.options().messageType().orElse(MessageType.ACK);
            roots.give(pending.in().facts(), step.roots());
            (type == MessageType.OFFER ? sentOffers : type == MessageType.NAK ? naks : acks).increment();
            if (raw.isFor(pending.in(), step)) {
                sendRaw(pending, reply, to);
            } else {
                pending.channel()
                        .write(new DatagramPacket(Unpooled.wrappedBuffer(reply.encode()), to))
                        .addListener(done -> {
                            if (!done.isSuccess()) {
                                notSent(to, done.cause());
                            }
                        });
            }
            if (pending.in().facts().stage() == BootStage.IPXE) {
                boots(pending.in().facts().mac());
            }
        }
        report(pending.in(), step, step.reason());
    }

    private void sendRaw(Pending pending, DhcpMessage reply, InetSocketAddress to) {
        int from = ((InetSocketAddress) pending.channel().localAddress()).getPort();
        try {
            raw.datagram(pending.in().link(), from, pending.in().facts().mac(), to, reply.encode());
        } catch (IOException e) {
            notSent(to, e);
        }
    }

    private void notSent(InetSocketAddress to, @Nullable Throwable cause) {
        unsent.increment();
        LOG.warn("DHCP: nothing sent to {}: {}", to, String.valueOf(cause));
    }

    private void boots(MacAddress mac) {
        booting.remove(mac);
        booting.put(mac, System.nanoTime());
        if (booting.size() > BOOTING) {
            booting.remove(booting.keySet().iterator().next());
        }
    }

    /** A router solicitation or advertisement, from its IPv6 header on. */
    void hearRouter(DhcpLink link, RouterAnswers answers, MacAddress from, ByteBuffer packet) {
        long now = System.nanoTime();
        RouterAnswers.Heard heard = answers.hear(packet, now);
        if (heard == RouterAnswers.Heard.ROUTER) {
            LOG.info("DHCP: {} is a router on {} and speaks for itself", from, link.networkInterface());
        }
        Long at = booting.get(from);
        if (heard != RouterAnswers.Heard.SOLICITATION || at == null || now - at > BOOTING_NANOS) {
            return;
        }
        try {
            raw.ipv6(link, from, answers.answer(packet));
            routerAnswers.increment();
        } catch (IOException e) {
            LOG.warn("DHCP: no router answer to {}: {}", from, e.toString());
        }
    }

    private void report(Arrival in, Step step, String reason) {
        DhcpReport report = new DhcpReport(
                Instant.now(clock),
                in.facts().mac(),
                in.facts().stage(),
                in.message(),
                in.message().options().messageType(),
                in.link().networkInterface(),
                Optional.ofNullable(step.reply()),
                Optional.ofNullable(step.to()),
                reason,
                options.dryRun);
        LOG.debug("DHCP: {}", report);
        try {
            options.listener.handled(report);
        } catch (RuntimeException e) {
            LOG.warn("DHCP: the listener failed on {}", report, e);
        }
    }

    /** Something that a server sent to a client. */
    private void overheard(DhcpMessage message, DhcpLink link) {
        if (message.header().op() == DhcpFields.REPLY) {
            message.options()
                    .address(OptionCodes.SERVER_ID)
                    .filter(server -> options.links.stream()
                            .noneMatch(own -> own.address().equals(server)))
                    .ifPresent(server -> other(server, link));
        }
    }

    private void other(Inet4Address server, DhcpLink link) {
        if (others.size() >= OTHER_SERVERS || !others.add(server)) {
            return;
        }
        LOG.warn("DHCP: another server, {}, is at work on {}", server.getHostAddress(), link.networkInterface());
        try {
            options.listener.otherServer(link.networkInterface(), server);
        } catch (RuntimeException e) {
            LOG.warn("DHCP: the listener failed on server {}", server, e);
        }
    }

    DhcpCounters counters() {
        return new DhcpCounters(
                received.sum(),
                malformed.sum(),
                limited.sum(),
                sentOffers.sum(),
                acks.sum(),
                naks.sum(),
                silent.sum(),
                notKept.sum(),
                unsent.sum(),
                leaseCount,
                offerCount,
                routerAnswers.sum());
    }

    /** The disks that machines may use; on the event loop only. */
    RootGrants roots() {
        return roots;
    }

    /** The leases on record; on the event loop only. */
    List<Lease> leases() {
        return List.copyOf(leases.all());
    }
}
