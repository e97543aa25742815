package io.diskless.netboot.timeline;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.boot.BootStage;
import io.diskless.netboot.boot.FetchedFiles;
import io.diskless.netboot.boot.RootListener;
import io.diskless.netboot.dhcp.DhcpMessage;
import io.diskless.netboot.dhcp.MachineId;
import io.diskless.netboot.dhcp.MessageType;
import io.diskless.netboot.dhcp.OptionCodes;
import io.diskless.netboot.dhcp.UserClass;
import io.diskless.netboot.dhcpd.DhcpListener;
import io.diskless.netboot.dhcpd.DhcpReport;
import io.diskless.netboot.http.HttpListener;
import io.diskless.netboot.http.HttpReport;
import io.diskless.netboot.tftp.TftpListener;
import io.diskless.netboot.tftp.TftpOutcome;
import io.diskless.netboot.tftp.TftpReport;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Puts what the servers report into one timeline for each machine: give {@link #dhcp}, {@link #tftp}, {@link #http} and
 * {@link #roots} to them. Files are a machine's by the address that DHCP gave it, or that it said it takes of somebody else's
 * DHCP server. The last boot of each machine is kept, of
 * at most so many machines; the one that was silent longest gives way.
 *
 * <p>A boot begins with a DISCOVER of an earlier program than the last one's, or of the same program once that has had its
 * address. Thread-safe.
 */
public final class BootTimelines {
    /** Events of one boot; a machine that asks without end is cut here. */
    private static final int MOST_EVENTS = 500;
    /** The same of a machine that was given no address, which may be made up. */
    private static final int MOST_UNSETTLED = 100;
    /** Of a name that a machine sent; longer ones are cut, for 500 of 4 KiB are much for one boot. */
    private static final int MOST_NAME = 256;
    /** More than an unanswered ProxyDHCP, less than an unanswered IPv6 router costs. */
    private static final Duration LONG = Duration.ofSeconds(2);

    private static final Pattern LOOKUP =
            Pattern.compile(".*(pxelinux\\.cfg/.*|grub\\.cfg.*|autoexec\\.ipxe|ldlinux\\.c32|.*\\.lst|boot\\.msg)");

    private final Clock clock;
    private final Consumer<? super BootEvent> hears;
    /** Also the lock for what is in it. */
    private final Boots boots;

    /**
     * Nothing has happened yet.
     *
     * @param most machines, at least 1
     * @param clock the time of events that come without one
     * @param hears every event as it happens, on the thread of the server that reports it; it must not block
     * @throws IllegalArgumentException if there is no room for a machine
     */
    public BootTimelines(int most, Clock clock, Consumer<? super BootEvent> hears) {
        if (most < 1) {
            throw new IllegalArgumentException("expected room for a machine, got " + most);
        }
        this.boots = new Boots(most);
        this.clock = Objects.requireNonNull(clock, "clock");
        this.hears = Objects.requireNonNull(hears, "hears");
    }

    /**
     * Listens to a DHCP server.
     *
     * @return a listener that may serve several servers
     */
    public DhcpListener dhcp() {
        return this::heard;
    }

    /**
     * Listens to a TFTP server.
     *
     * @return a listener that may serve several servers
     */
    public TftpListener tftp() {
        return new TftpListener() {
            @Override
            public void ended(TftpReport report) {
                sent(report);
            }

            @Override
            public void refused(InetSocketAddress client, String filename, int code) {
                missed(client, BootEvent.Protocol.TFTP, filename, code);
            }
        };
    }

    /**
     * Listens to an HTTP server.
     *
     * @return a listener that may serve several servers
     */
    public HttpListener http() {
        return this::answered;
    }

    /**
     * Hears which roots are given.
     *
     * @return a listener that may serve several servers
     */
    public RootListener roots() {
        return (machine, root) -> add(new BootEvent.RootGiven(clock.instant(), machine, root));
    }

    /**
     * A target tells that a machine attached its disk. Of a machine that was not heard of nothing is kept: who may ask a
     * target is no matter of these servers.
     *
     * @param machine its network card
     * @param root shelf and slot
     */
    public void rootAttached(MacAddress machine, AoeAddress root) {
        synchronized (boots) {
            if (boots.find(machine).isEmpty()) {
                return;
            }
        }
        add(new BootEvent.RootAttached(clock.instant(), machine, root));
    }

    /**
     * What a machine did in its last boot.
     *
     * @param mac its network card
     * @return in order; empty for a machine that was not heard of
     */
    public List<BootEvent> of(MacAddress mac) {
        synchronized (boots) {
            return boots.find(mac).map(boot -> List.copyOf(boot.events)).orElse(List.of());
        }
    }

    /**
     * The machines that were heard of.
     *
     * @return the one that was silent longest first
     */
    public List<MacAddress> machines() {
        synchronized (boots) {
            return boots.machines();
        }
    }

    /**
     * The machine that has an address, as DHCP gave it or a boot server saw it.
     *
     * @param address who asks for a file
     * @return its network card; empty for an address that was not given here
     */
    public Optional<MacAddress> machineAt(InetAddress address) {
        synchronized (boots) {
            return boots.owner(address);
        }
    }

    /**
     * The machine that said it takes an address of another DHCP server: all that a ProxyDHCP server can know. Of two the
     * later one; where an address was given or is reserved, that counts for more.
     *
     * @param address who asks for a file
     * @return its network card; empty for an address that no machine spoke of
     */
    public Optional<MacAddress> claimantOf(InetAddress address) {
        synchronized (boots) {
            return boots.claimant(address);
        }
    }

    private Optional<MacAddress> askerAt(InetAddress address) {
        synchronized (boots) {
            return boots.owner(address).or(() -> boots.claimant(address));
        }
    }

    /**
     * What a machine's boot programs told of it last, or its system where none of them was heard.
     *
     * @param mac its network card
     * @return the facts, with what it has fetched; empty for a machine that was not heard of
     */
    public Optional<BootFacts> facts(MacAddress mac) {
        synchronized (boots) {
            return boots.find(mac)
                    .flatMap(boot -> Optional.ofNullable(boot.facts))
                    .map(facts -> facts.withFetched(fetchedBy(mac)));
        }
    }

    /**
     * What machines have fetched: of each its last boot's files that went out whole, those asked for their size alone left
     * out.
     *
     * @return to be given to a DHCP server whose messages are told here
     */
    public FetchedFiles fetched() {
        return (facts, discover) -> {
            synchronized (boots) {
                boolean anew = discover
                        && boots.find(facts.mac())
                                .filter(boot -> boot.begins(facts.stage()))
                                .isPresent();
                return anew ? List.of() : fetchedBy(facts.mac());
            }
        };
    }

    private List<String> fetchedBy(MacAddress mac) {
        return boots.find(mac).map(boot -> List.copyOf(boot.fetched)).orElse(List.of());
    }

    private void add(BootEvent event) {
        synchronized (boots) {
            Boots.Boot boot = boots.of(event.mac());
            if (boot.events.size() < (boot.settled ? MOST_EVENTS : MOST_UNSETTLED)) {
                boot.events.add(event);
                if (event instanceof BootEvent.FileSent sent
                        && sent.complete()
                        && !sent.quirks().contains(Quirk.SIZE_PROBE)) {
                    boot.fetched.add(named(sent.name()));
                }
            }
        }
        FlightRecorder.record(event);
        hears.accept(event);
    }

    /** As the server's files are named: without a leading slash, and without what HTTP sends behind a name. */
    private static String named(String asked) {
        int end = asked.indexOf('?');
        String name = end < 0 ? asked : asked.substring(0, end);
        return name.replaceFirst("^/+", "");
    }

    private static String cut(String name) {
        return name.length() > MOST_NAME ? name.substring(0, MOST_NAME) + "..." : name;
    }

    private void heard(DhcpReport report) {
        if (report.dryRun()) {
            return;
        }
        BootFacts.of(report.request(), report.networkInterface()).ifPresent(facts -> told(report.mac(), facts));
        if (report.asked().equals(Optional.of(MessageType.DISCOVER))) {
            discovered(report);
        }
        Optional<DhcpMessage> reply = report.reply();
        if (reply.isEmpty()) {
            if (tookAnothers(report)) {
                return;
            }
            add(new BootEvent.Refused(report.time(), report.mac(), report.stage(), report.reason(), true));
            return;
        }
        DhcpMessage said = reply.get();
        Inet4Address address = said.header().yiaddr();
        switch (said.options().messageType().orElse(MessageType.ACK)) {
            case OFFER -> {
                offered(report.mac(), said);
                add(new BootEvent.Offered(report.time(), report.mac(), report.stage(), address, said.bootFile()));
            }
            case NAK -> add(new BootEvent.Refused(report.time(), report.mac(), report.stage(), report.reason(), false));
            default -> acknowledged(report, said, address);
        }
    }

    private void told(MacAddress mac, BootFacts facts) {
        synchronized (boots) {
            Boots.Boot boot = boots.of(mac);
            if (boot.facts == null || facts.stage() != BootStage.SYSTEM) {
                boot.facts = facts;
            }
        }
    }

    private void discovered(DhcpReport report) {
        DhcpMessage request = report.request();
        int transaction = request.header().xid();
        List<Quirk> quirks = new ArrayList<>();
        if (request.options().userClass().filter(UserClass::bare).isPresent()) {
            quirks.add(Quirk.BARE_USER_CLASS);
        }
        if (report.stage() != BootStage.SYSTEM
                && request.options().machineId().filter(MachineId::isMeaningful).isEmpty()) {
            quirks.add(Quirk.NO_MACHINE_ID);
        }
        synchronized (boots) {
            Boots.Boot boot = boots.of(report.mac());
            if (boot.discovered && boot.transaction == transaction) {
                quirks.add(Quirk.REPEATED_QUESTION);
            } else if (boot.begins(report.stage())) {
                boot = boots.begin(report.mac());
            } else if (boot.discovered && Boots.rank(report.stage()) > Boots.rank(boot.stage)) {
                quirks.add(Quirk.NEXT_PROGRAM);
            }
            if (!boot.discovered || boot.transaction != transaction) {
                boot.acknowledged = null;
                boot.wentOn = false;
            }
            boot.discovered = true;
            boot.transaction = transaction;
            boot.stage = report.stage();
        }
        add(new BootEvent.Discovered(
                report.time(), report.mac(), report.stage(), request.options().architecture(), transaction, quirks));
    }

    private void offered(MacAddress mac, DhcpMessage said) {
        synchronized (boots) {
            boots.of(mac).offeredBy =
                    said.options().address(OptionCodes.SERVER_ID).orElse(null);
        }
    }

    /** A REQUEST that names its server is for that one alone (RFC 2131 §4.3.2), and all others hear who has which address. */
    private boolean tookAnothers(DhcpReport report) {
        DhcpMessage request = report.request();
        Optional<Inet4Address> server = request.options().address(OptionCodes.SERVER_ID);
        Optional<Inet4Address> address = request.options().address(OptionCodes.REQUESTED_ADDRESS);
        if (!report.asked().equals(Optional.of(MessageType.REQUEST)) || server.isEmpty() || address.isEmpty()) {
            return false;
        }
        synchronized (boots) {
            Boots.Boot boot = boots.of(report.mac());
            if (server.get().equals(boot.offeredBy)) {
                return false;
            }
            boot.acknowledged = report.time();
            boot.wentOn = false;
            boots.claims(report.mac(), address.get());
        }
        add(new BootEvent.Claimed(report.time(), report.mac(), report.stage(), address.get(), server.get()));
        return true;
    }

    private void acknowledged(DhcpReport report, DhcpMessage said, Inet4Address given) {
        // A boot server gives no address; its answer goes to the one that the machine has.
        Inet4Address address = given.isAnyLocalAddress()
                        && report.to().isPresent()
                        && report.to().get().getAddress() instanceof Inet4Address own
                        && said.header().giaddr().isAnyLocalAddress()
                ? own
                : given;
        synchronized (boots) {
            Boots.Boot boot = boots.of(report.mac());
            boot.acknowledged = report.time();
            boot.wentOn = false;
            if (!address.isAnyLocalAddress()) {
                boots.has(report.mac(), address);
            }
        }
        add(new BootEvent.Acknowledged(report.time(), report.mac(), report.stage(), address, said.bootFile()));
    }

    /** A file of an address that nobody was given is nobody's. */
    private void sent(TftpReport report) {
        askerAt(report.client().getAddress()).ifPresent(mac -> {
            List<Quirk> quirks = waited(mac);
            if (report.outcome() == TftpOutcome.PROBED) {
                quirks.add(Quirk.SIZE_PROBE);
            } else if (report.outcome() == TftpOutcome.UNCONFIRMED) {
                quirks.add(Quirk.LEFT_EARLY);
            } else if (report.outcome() == TftpOutcome.REPLACED) {
                quirks.add(Quirk.REPEATED_QUESTION);
            }
            boolean complete = report.outcome() == TftpOutcome.COMPLETED || report.outcome() == TftpOutcome.UNCONFIRMED;
            add(new BootEvent.FileSent(
                    clock.instant(),
                    mac,
                    BootEvent.Protocol.TFTP,
                    cut(report.filename()),
                    report.blocks() * report.blockSize(),
                    complete,
                    quirks));
        });
    }

    /** How long since the address; asked once for each program. */
    private List<Quirk> waited(MacAddress mac) {
        List<Quirk> quirks = new ArrayList<>();
        synchronized (boots) {
            Boots.Boot boot = boots.of(mac);
            Instant since = boot.acknowledged;
            if (since != null && !boot.wentOn) {
                boot.wentOn = true;
                if (boot.stage == BootStage.IPXE
                        && Duration.between(since, clock.instant()).compareTo(LONG) > 0) {
                    quirks.add(Quirk.WAITED);
                }
            }
        }
        return quirks;
    }

    private void missed(InetSocketAddress client, BootEvent.Protocol protocol, String name, int code) {
        askerAt(client.getAddress()).ifPresent(mac -> {
            List<Quirk> quirks = waited(mac);
            if (LOOKUP.matcher(name).matches()) {
                quirks.add(Quirk.CONFIG_LOOKUP);
            }
            add(new BootEvent.FileRefused(clock.instant(), mac, protocol, cut(name), code, quirks));
        });
    }

    private void answered(HttpReport report) {
        // Status codes of RFC 9110: 200 and 206 bring content.
        if (report.status() >= 300) {
            missed(report.client(), BootEvent.Protocol.HTTP, report.path(), report.status());
            return;
        }
        askerAt(report.client().getAddress()).ifPresent(mac -> {
            List<Quirk> quirks = waited(mac);
            if (report.method().equals("HEAD")) {
                quirks.add(Quirk.SIZE_PROBE);
            }
            if (!report.complete()) {
                quirks.add(Quirk.RESET);
            }
            add(new BootEvent.FileSent(
                    clock.instant(),
                    mac,
                    BootEvent.Protocol.HTTP,
                    cut(report.path()),
                    report.length(),
                    report.complete(),
                    quirks));
        });
    }
}
