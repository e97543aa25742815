package io.diskless.netboot.simulate;

import io.diskless.netboot.Datagram;
import io.diskless.netboot.dhcp.DhcpFields;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.dhcp.DhcpMessage;
import io.diskless.netboot.dhcp.MessageType;
import io.diskless.netboot.dhcp.Octets;
import io.diskless.netboot.dhcp.OptionCodes;
import io.diskless.netboot.dhcp.PxeOptions;
import io.diskless.netboot.dhcp.VendorClass;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * DISCOVER, OFFER, REQUEST, ACK, and port 4011 where the offers lead there. Which offer is taken is what the captures show: iPXE
 * takes the first address and a proxy's boot file beside it, edk2 looks for one that it can boot from. Not thread-safe.
 */
final class DhcpTalk {
    private static final InetSocketAddress SERVERS = new InetSocketAddress(DhcpHeader.address(-1), 67);
    private static final int CLIENT = 68;
    private static final int BOOT_SERVER = 4011;
    /** Seconds before the same is said again: iPXE's first waits. */
    private static final int[] WAITS = {1, 2, 4, 8};
    /** What iPXE says in {@code secs} at first. */
    private static final int FIRST_SECS = 4;
    /** In iPXE's option 175: no ProxyDHCP server needs to be waited for. */
    private static final int NO_PROXY = 176;

    private final ClientKind kind;
    private final SimulatedMachine machine;
    private final ClientMessages messages;
    private final ClientLink link;
    private final RandomGenerator random;
    private final Notes notes;

    DhcpTalk(ClientKind kind, SimulatedMachine machine, ClientLink link, RandomGenerator random, Notes notes) {
        this.kind = kind;
        this.machine = machine;
        this.messages = new ClientMessages(kind, machine.mac(), machine.uuid());
        this.link = link;
        this.random = random;
        this.notes = notes;
    }

    /** What the machine gets, or nothing where nobody offers what it can take. */
    Optional<Configuration> run() throws IOException {
        try (ClientLink.Udp port = link.open(CLIENT)) {
            int xid = random.nextInt();
            List<DhcpMessage> offers = discover(port, xid);
            Optional<DhcpMessage> chosen = choose(offers);
            if (chosen.isEmpty()) {
                notes.step(offers.isEmpty() ? "no offer" : "no offer that " + kind + " takes");
                return Optional.empty();
            }
            Optional<DhcpMessage> ack = request(port, xid, chosen.get());
            if (ack.isEmpty()) {
                return Optional.empty();
            }
            Inet4Address own = ack.get().header().yiaddr();
            link.configured(own);
            DhcpMessage boot = hasBoot(ack.get())
                    ? ack.get()
                    : offers.stream().filter(DhcpTalk::isProxy).findFirst().orElse(ack.get());
            if (isPxe(boot) && (boot.bootFile().isEmpty() || !menu(boot).isEmpty())) {
                boot = bootServer(port, own, boot);
            }
            return Optional.of(new Configuration(own, boot));
        }
    }

    private List<DhcpMessage> discover(ClientLink.Udp port, int xid) throws IOException {
        int secs = kind.isIpxe() ? FIRST_SECS : 0;
        for (int wait : WAITS) {
            notes.step("DISCOVER");
            port.send(SERVERS, messages.discover(xid, secs));
            List<DhcpMessage> offers = new ArrayList<>();
            Duration patience = Duration.ofSeconds(wait);
            Optional<DhcpMessage> offer = hear(port, patience, m -> isFor(m, xid, MessageType.OFFER));
            while (offer.isPresent()) {
                offers.add(offer.get());
                notes.step("OFFER " + offer.get().header().yiaddr().getHostAddress() + " from " + server(offer.get()));
                if (kind.isIpxe() && endsTheWait(offer.get())) {
                    return offers;
                }
                offer = hear(port, machine.collects(), m -> isFor(m, xid, MessageType.OFFER));
            }
            if (!offers.isEmpty()) {
                return offers;
            }
            secs += kind.isIpxe() ? 2 * wait + 2 : 0;
        }
        return List.of();
    }

    private static boolean endsTheWait(DhcpMessage offer) {
        return offer.options()
                .subOptions(OptionCodes.IPXE)
                .flatMap(ipxe -> Configuration.flag(ipxe, NO_PROXY))
                .isPresent();
    }

    private Optional<DhcpMessage> choose(List<DhcpMessage> offers) {
        List<DhcpMessage> withAddress = offers.stream()
                .filter(o -> !o.header().yiaddr().isAnyLocalAddress())
                .toList();
        if (kind.isIpxe()) {
            return withAddress.stream().findFirst();
        }
        if (kind == ClientKind.UEFI_HTTP) {
            return withAddress.stream()
                    .filter(o -> isOf(o, VendorClass.Kind.HTTP) && o.bootFile().startsWith("http"))
                    .findFirst();
        }
        Optional<DhcpMessage> bootable = withAddress.stream()
                .filter(o -> isPxe(o) || !o.bootFile().isEmpty())
                .findFirst();
        boolean proxied = offers.stream().anyMatch(DhcpTalk::isProxy);
        return bootable.or(() -> proxied ? withAddress.stream().findFirst() : Optional.empty());
    }

    private Optional<DhcpMessage> request(ClientLink.Udp port, int xid, DhcpMessage offer) throws IOException {
        Inet4Address address = offer.header().yiaddr();
        Optional<Inet4Address> server = offer.options().address(OptionCodes.SERVER_ID);
        if (server.isEmpty()) {
            notes.step("the offer names no server");
            return Optional.empty();
        }
        int secs = kind.isIpxe() ? FIRST_SECS + 6 : 0;
        for (int wait : WAITS) {
            notes.step("REQUEST " + address.getHostAddress());
            port.send(SERVERS, messages.request(xid, secs, server.get(), address));
            Optional<DhcpMessage> answer = hear(
                    port,
                    Duration.ofSeconds(wait),
                    m -> isFor(m, xid, MessageType.ACK) || isFor(m, xid, MessageType.NAK));
            if (answer.isPresent()) {
                boolean ack = answer.get().options().messageType().equals(Optional.of(MessageType.ACK));
                notes.step((ack ? "ACK " : "NAK ") + address.getHostAddress());
                return answer.filter(a -> ack);
            }
            secs += kind.isIpxe() ? 2 * wait : 0;
        }
        notes.step("no answer to the REQUEST");
        return Optional.empty();
    }

    private DhcpMessage bootServer(ClientLink.Udp port, Inet4Address own, DhcpMessage from) throws IOException {
        Optional<Inet4Address> server = from.options().address(OptionCodes.SERVER_ID);
        if (server.isEmpty()) {
            return from;
        }
        if (kind.isIpxe()) {
            return ask(port, 0, own, server.get(), from);
        }
        try (ClientLink.Udp same = link.open(BOOT_SERVER)) {
            return ask(same, random.nextInt(), own, server.get(), from);
        }
    }

    private DhcpMessage ask(ClientLink.Udp port, int xid, Inet4Address own, Inet4Address server, DhcpMessage from)
            throws IOException {
        List<PxeOptions.MenuEntry> menu = menu(from);
        // The first entry, layer 0.
        int item = menu.isEmpty() ? 0 : menu.get(0).type() << 16;
        for (int wait : WAITS) {
            notes.step("REQUEST to port 4011 of " + server.getHostAddress());
            port.send(
                    new InetSocketAddress(server, BOOT_SERVER),
                    messages.bootServerRequest(xid, kind.isIpxe() ? FIRST_SECS : 0, own, item));
            Optional<DhcpMessage> ack =
                    hear(port, Duration.ofSeconds(wait), m -> isFor(m, xid, MessageType.ACK) && isPxe(m));
            if (ack.isPresent()) {
                notes.step("ACK from port 4011: " + ack.get().bootFile());
                return ack.get();
            }
        }
        notes.step("no answer from port 4011");
        return from;
    }

    private Optional<DhcpMessage> hear(ClientLink.Udp port, Duration patience, Predicate<DhcpMessage> wanted)
            throws IOException {
        long until = System.nanoTime() + patience.toNanos();
        while (true) {
            Optional<Datagram> in = port.receive(Duration.ofNanos(Math.max(0, until - System.nanoTime())));
            if (in.isEmpty()) {
                return Optional.empty();
            }
            ByteBuffer payload = in.get().payload();
            Optional<DhcpMessage> message = DhcpMessage.decode(payload, payload.position(), payload.remaining())
                    .filter(wanted);
            if (message.isPresent()) {
                return message;
            }
        }
    }

    private boolean isFor(DhcpMessage m, int xid, MessageType type) {
        return m.header().op() == DhcpFields.REPLY
                && m.header().xid() == xid
                && m.header().hardwareAddress().equals(macOctets())
                && m.options().messageType().equals(Optional.of(type));
    }

    private Octets macOctets() {
        ByteBuffer six = ByteBuffer.allocate(6);
        six.putShort((short) (machine.mac().value() >> 32))
                .putInt((int) machine.mac().value());
        return Octets.of(six.array());
    }

    private static boolean hasBoot(DhcpMessage m) {
        return isPxe(m)
                || !m.bootFile().isEmpty()
                || m.options().find(OptionCodes.ROOT_PATH).isPresent();
    }

    private static boolean isProxy(DhcpMessage m) {
        return m.header().yiaddr().isAnyLocalAddress() && isPxe(m);
    }

    private static boolean isPxe(DhcpMessage m) {
        return isOf(m, VendorClass.Kind.PXE);
    }

    private static boolean isOf(DhcpMessage m, VendorClass.Kind kind) {
        return m.options().vendorClass().filter(v -> v.kind() == kind).isPresent();
    }

    private static List<PxeOptions.MenuEntry> menu(DhcpMessage m) {
        return m.options()
                .find(OptionCodes.VENDOR_SPECIFIC)
                .map(data -> PxeOptions.parse(data).menu())
                .orElse(List.of());
    }

    private static String server(DhcpMessage m) {
        return m.options()
                .address(OptionCodes.SERVER_ID)
                .map(Inet4Address::getHostAddress)
                .orElse("nobody");
    }
}
