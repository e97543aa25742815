package io.diskless.netboot.dhcpd;

import io.diskless.netboot.boot.BootDecision;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.dhcp.DhcpHeader;
import io.diskless.netboot.dhcp.DhcpMessageBuilder;
import io.diskless.netboot.dhcp.DhcpOption;
import io.diskless.netboot.dhcp.DomainSearch;
import io.diskless.netboot.dhcp.MessageType;
import io.diskless.netboot.dhcp.Octets;
import io.diskless.netboot.dhcp.OptionCodes;
import io.diskless.netboot.dhcp.SubOptions;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Makes replies and says where they go (RFC 2131 §4.1, §4.3.1). Immutable. */
final class Replies {
    /** Sub-options of option 82: RFC 3527 and RFC 5107. */
    private static final int LINK_SELECTION = 5;

    private static final int SERVER_OVERRIDE = 11;
    /** Where relays listen. Where the server has another port for tests, so has the relay. */
    private static final int RELAY = 67;

    private static final Inet4Address EVERYBODY = DhcpHeader.address(-1);
    /** What the server says itself, whatever hosts and subnets were given. */
    private static final Set<Integer> OWN = Set.of(
            OptionCodes.REQUESTED_ADDRESS,
            OptionCodes.LEASE_TIME,
            OptionCodes.OVERLOAD,
            OptionCodes.MESSAGE_TYPE,
            OptionCodes.SERVER_ID,
            OptionCodes.PARAMETER_LIST,
            OptionCodes.MAX_SIZE,
            OptionCodes.CLIENT_ID,
            OptionCodes.RELAY_AGENT,
            OptionCodes.PAD);

    private final DhcpServerOptions options;

    Replies(DhcpServerOptions options) {
        this.options = options;
    }

    private static Optional<Inet4Address> relayed(Arrival in, int code) {
        return in.message().options().subOptions(OptionCodes.RELAY_AGENT).flatMap(sub -> address(sub, code));
    }

    private static Optional<Inet4Address> address(SubOptions sub, int code) {
        return sub.find(code).filter(d -> d.size() == 4).map(d -> DhcpHeader.address((int) d.u32(0)));
    }

    /** The network that the client is on, if it is one of ours. */
    Optional<Subnet> subnet(Arrival in) {
        if (in.isRelayed()) {
            Inet4Address place = relayed(in, LINK_SELECTION).orElse(in.giaddr());
            return containing(place);
        }
        // A machine behind a relay renews without it.
        if (in.unicast() && !in.ciaddr().isAnyLocalAddress()) {
            return containing(in.ciaddr());
        }
        return Optional.of(in.link().subnet());
    }

    private Optional<Subnet> containing(Inet4Address place) {
        return Stream.concat(options.links.stream().map(DhcpLink::subnet), options.relayed.stream())
                .filter(subnet -> subnet.covers(place))
                .findFirst();
    }

    /** What we call ourselves: our address there, unless the relay wants its own named. */
    Inet4Address serverId(Arrival in) {
        return relayed(in, SERVER_OVERRIDE)
                .filter(a -> in.isRelayed())
                .orElse(in.link().address());
    }

    boolean isUs(Inet4Address server, Arrival in) {
        return server.equals(serverId(in))
                || options.links.stream().anyMatch(link -> link.address().equals(server));
    }

    DhcpMessageBuilder start(Arrival in, MessageType type) {
        return DhcpMessageBuilder.replyTo(in.message(), options.mtu)
                .option(DhcpOption.u8(OptionCodes.MESSAGE_TYPE, type.code()))
                .option(DhcpOption.addresses(OptionCodes.SERVER_ID, serverId(in)));
    }

    /** What the client asks for, in its order of preference; all where it does not say. */
    void network(DhcpMessageBuilder reply, Arrival in, Subnet subnet, BootDecision decision, boolean leased) {
        Map<Integer, DhcpOption> known = known(subnet, decision.host(), leased);
        List<Integer> asked = in.message().options().parameterList();
        (asked.isEmpty() ? known.keySet().stream() : asked.stream()).forEach(code -> {
            DhcpOption option = known.get(code);
            if (option != null) {
                reply.optionIfRoom(option);
            }
        });
    }

    private Map<Integer, DhcpOption> known(Subnet subnet, Optional<Host> host, boolean leased) {
        Map<Integer, DhcpOption> all = new LinkedHashMap<>();
        put(all, DhcpOption.addresses(OptionCodes.SUBNET_MASK, subnet.netmask()));
        if (!subnet.routers().isEmpty()) {
            put(all, DhcpOption.addresses(OptionCodes.ROUTER, subnet.routers().toArray(new Inet4Address[0])));
        }
        if (!subnet.nameServers().isEmpty()) {
            put(all, DhcpOption.addresses(OptionCodes.DNS, subnet.nameServers().toArray(new Inet4Address[0])));
        }
        host.ifPresent(h -> put(all, DhcpOption.text(OptionCodes.HOST_NAME, h.name())));
        subnet.domain().ifPresent(name -> {
            put(all, DhcpOption.text(OptionCodes.DOMAIN_NAME, name));
            put(all, new DhcpOption(OptionCodes.DOMAIN_SEARCH, new DomainSearch(List.of(name)).toOctets()));
        });
        put(all, DhcpOption.addresses(OptionCodes.BROADCAST_ADDRESS, subnet.broadcast()));
        if (options.mtu != 1500) {
            put(all, DhcpOption.u16(OptionCodes.MTU, options.mtu));
        }
        subnet.options().forEach(option -> put(all, option));
        host.ifPresent(h -> h.options().forEach(option -> put(all, option)));
        if (leased) {
            // RFC 2131 §4.4.5: half and seven eighths of the lease.
            put(all, DhcpOption.u32(OptionCodes.T1, options.leaseTime.toSeconds() / 2));
            put(all, DhcpOption.u32(OptionCodes.T2, options.leaseTime.toSeconds() * 7 / 8));
        }
        return all;
    }

    private static void put(Map<Integer, DhcpOption> all, DhcpOption option) {
        if (!OWN.contains(option.code())) {
            all.put(option.code(), option);
        }
    }

    DhcpMessageBuilder nak(Arrival in, String why) {
        DhcpMessageBuilder reply =
                start(in, MessageType.NAK).option(new DhcpOption(OptionCodes.MESSAGE, Octets.ofText(why)));
        return in.isRelayed() ? reply.broadcast() : reply;
    }

    InetSocketAddress destination(Arrival in, boolean nak) {
        if (in.isRelayed()) {
            return new InetSocketAddress(
                    in.giaddr(), options.serverPort == RELAY ? RELAY : in.from().getPort());
        }
        // A datagram socket cannot address a machine that has no address yet; the standard lets it broadcast instead.
        boolean unicast = !nak && !in.ciaddr().isAnyLocalAddress();
        return new InetSocketAddress(unicast ? in.ciaddr() : EVERYBODY, options.clientPort);
    }
}
