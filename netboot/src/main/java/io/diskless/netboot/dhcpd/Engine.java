package io.diskless.netboot.dhcpd;

import io.diskless.netboot.boot.BootDecision;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.boot.Host;
import io.diskless.netboot.dhcp.DhcpMessage;
import io.diskless.netboot.dhcp.DhcpMessageBuilder;
import io.diskless.netboot.dhcp.DhcpOption;
import io.diskless.netboot.dhcp.DhcpOptions;
import io.diskless.netboot.dhcp.MessageType;
import io.diskless.netboot.dhcp.OptionCodes;
import java.net.Inet4Address;
import java.util.Optional;

/**
 * The server's state machine (RFC 2131 §4.3): from a client's message, the leases, the policy and the time to a reply or to
 * silence, with a reason. It changes nothing; what is to be kept is in its answer.
 *
 * <p>A machine is known by its network card alone: its ROM, iPXE, initial file system and system call themselves by
 * different client ids and would get a lease each.
 *
 * <p>When it says NAK: to a machine that it serves, about an address that is not the machine's here: of another network, of
 * another machine, or other than the one on record or reserved. Of what it has no record it is silent, unless the
 * options call it authoritative. Machines that the policy denies or ignores never hear of it at all.
 *
 * <p>Confined to the server's event loop.
 */
final class Engine {
    private final DhcpServerOptions options;
    private final BootPolicy policy;
    private final LeaseTable leases;
    private final Offers offers;
    private final Addresses addresses;
    private final Replies replies;
    private final BootFields fields;

    Engine(DhcpServerOptions options, BootPolicy policy, LeaseTable leases, Offers offers) {
        this.options = options;
        this.policy = policy;
        this.leases = leases;
        this.offers = offers;
        this.addresses = new Addresses(options.links, policy, leases, offers);
        this.replies = new Replies(options);
        this.fields = new BootFields(options);
    }

    /** What everything below needs to know of one message. */
    private record Case(Arrival in, Subnet subnet, BootDecision decision, long now) {
        DhcpOptions options() {
            return in.message().options();
        }

        Optional<Host> host() {
            return decision.host();
        }
    }

    /** What to do about a message, at a time in seconds since 1970. */
    Step answer(Arrival in, long now) {
        DhcpMessage message = in.message();
        Optional<MessageType> type = message.options().messageType();
        boolean bootp = message.options().find(OptionCodes.MESSAGE_TYPE).isEmpty();
        if (type.isEmpty() && !bootp) {
            return Step.silence("this type of message is not for a server without lease queries");
        }
        Optional<Subnet> subnet = replies.subnet(in);
        if (subnet.isEmpty()) {
            return Step.silence("no subnet for "
                    + (in.isRelayed()
                            ? "relay " + in.giaddr().getHostAddress()
                            : in.ciaddr().getHostAddress()));
        }
        BootDecision decision = policy.decide(in.facts());
        if (!decision.answer().isServed()) {
            return Step.silence(String.join("; ", decision.because()));
        }
        Case c = new Case(in, subnet.get(), decision, now);
        if (bootp) {
            return bootp(c);
        }
        return switch (type.orElseThrow()) {
            case DISCOVER -> discover(c);
            case REQUEST -> request(c);
            case DECLINE -> decline(c);
            case RELEASE -> release(c);
            case INFORM -> inform(c);
            case OFFER, ACK, NAK -> Step.silence("a client does not say " + type.get());
        };
    }

    private Step discover(Case c) {
        Addresses.Choice choice = addresses.choose(
                c.in.facts().mac(), c.host(), c.subnet, c.options().address(OptionCodes.REQUESTED_ADDRESS), c.now);
        Inet4Address address = choice.address();
        if (address == null) {
            return Step.silence(choice.reason());
        }
        return granted(c, MessageType.OFFER, address, choice.reason()).offering(address, choice.doubtful());
    }

    private Step request(Case c) {
        Optional<Inet4Address> server = c.options().address(OptionCodes.SERVER_ID);
        Optional<Inet4Address> asked = c.options().address(OptionCodes.REQUESTED_ADDRESS);
        boolean has = !c.in.ciaddr().isAnyLocalAddress();
        if (server.isPresent()) {
            if (!replies.isUs(server.get(), c.in)) {
                return Step.silence("the machine chose server " + server.get().getHostAddress())
                        .endingOffer()
                        .hearingOf(server.get());
            }
            Optional<Inet4Address> chosen = asked.or(() -> has ? Optional.of(c.in.ciaddr()) : Optional.empty());
            return chosen.map(address -> selecting(c, address))
                    .orElseGet(() -> Step.silence("a REQUEST to us that names no address"));
        }
        if (has) {
            return keeping(c, c.in.ciaddr());
        }
        return asked.map(address -> keeping(c, address))
                .orElseGet(() -> Step.silence("a REQUEST that names neither a server nor an address"));
    }

    /** The client takes our offer, as it thinks. */
    private Step selecting(Case c, Inet4Address wanted) {
        Addresses.Choice choice = addresses.choose(c.in.facts().mac(), c.host(), c.subnet, Optional.of(wanted), c.now);
        return wanted.equals(choice.address())
                ? bound(c, wanted, choice.reason())
                : refused(c, wanted.getHostAddress() + " is not for it: " + choice.reason());
    }

    /** INIT-REBOOT, renewing and rebinding: the client has the address, as it thinks. */
    private Step keeping(Case c, Inet4Address wanted) {
        Optional<Inet4Address> reserved = Addresses.reserved(c.host(), c.subnet);
        Optional<Lease> lease = leases.of(c.in.facts().mac());
        String text = wanted.getHostAddress();
        if (!c.subnet.contains(wanted)) {
            return lease.isPresent() || c.host().isPresent() || options.authoritative
                    ? refused(c, text + " is not in " + c.subnet)
                    : Step.silence("no record of the machine, and " + text + " is not in " + c.subnet);
        }
        if (reserved.isPresent() && !reserved.get().equals(wanted)) {
            return refused(c, reserved.get().getHostAddress() + " is reserved for it, not " + text);
        }
        Optional<String> another = addresses.whoHas(wanted, c.in.facts().mac(), c.now);
        if (another.isPresent()) {
            return refused(c, text + " " + another.get());
        }
        if (reserved.isPresent()) {
            return bound(c, wanted, text + " is reserved for it");
        }
        if (lease.isPresent()) {
            return lease.get().address().equals(wanted)
                    ? bound(c, wanted, "it has " + text)
                    : refused(c, "it has " + lease.get().address().getHostAddress() + ", not " + text);
        }
        return options.authoritative
                ? refused(c, "no record of " + text)
                : Step.silence("no record of " + text + ", which may be another server's");
    }

    private Step bound(Case c, Inet4Address address, String reason) {
        long until = c.now + options.leaseTime.toSeconds();
        return granted(c, MessageType.ACK, address, reason)
                .keeping(new Lease(address, c.in.facts().mac(), until, Lease.State.BOUND))
                .withRoots(BootFields.roots(c.decision.answer()));
    }

    private Step granted(Case c, MessageType type, Inet4Address address, String reason) {
        DhcpMessageBuilder reply = replies.start(c.in, type)
                .yiaddr(address)
                .option(DhcpOption.u32(OptionCodes.LEASE_TIME, options.leaseTime.toSeconds()));
        replies.network(reply, c.in, c.subnet, c.decision, true);
        return sent(c, reply, type + " " + address.getHostAddress() + ": " + reason);
    }

    private Step sent(Case c, DhcpMessageBuilder reply, String what) {
        String boot = fields.put(reply, c.decision, c.in);
        String reason = what + "; " + boot + "; " + String.join("; ", c.decision.because());
        return reply.tryBuild()
                .map(message -> Step.reply(message, replies.destination(c.in, false), reason))
                .orElseGet(() -> Step.silence("the boot options do not fit into what the client takes"));
    }

    private Step refused(Case c, String why) {
        return replies.nak(c.in, "the address is not yours here")
                .tryBuild()
                .map(nak -> Step.reply(nak, replies.destination(c.in, true), "NAK: " + why))
                .orElseGet(() -> Step.silence("a NAK does not fit into what the client takes: " + why))
                .endingOffer();
    }

    private Step decline(Case c) {
        Optional<Inet4Address> address = c.options().address(OptionCodes.REQUESTED_ADDRESS);
        if (address.isEmpty()) {
            return Step.silence("a DECLINE that names no address");
        }
        boolean its = leases.of(c.in.facts().mac()).map(Lease::address).equals(address)
                || offers.to(c.in.facts().mac(), c.now).equals(address);
        if (!its) {
            return Step.silence("a DECLINE of " + address.get().getHostAddress() + ", which the machine has not");
        }
        long until = c.now + options.declineTime.toSeconds();
        return Step.silence(address.get().getHostAddress() + " is in use by somebody else; nobody gets it for "
                        + options.declineTime.toSeconds() + " s")
                .keeping(new Lease(address.get(), c.in.facts().mac(), until, Lease.State.DECLINED));
    }

    private Step release(Case c) {
        Optional<Lease> lease = leases.of(c.in.facts().mac())
                .filter(l -> l.address().equals(c.in.ciaddr()) && l.state() == Lease.State.BOUND);
        if (lease.isEmpty()) {
            return Step.silence("a RELEASE of " + c.in.ciaddr().getHostAddress() + ", which the machine has not");
        }
        return Step.silence("gave back " + c.in.ciaddr().getHostAddress())
                .keeping(new Lease(c.in.ciaddr(), lease.get().mac(), c.now, Lease.State.RELEASED));
    }

    private Step inform(Case c) {
        if (c.in.ciaddr().isAnyLocalAddress()) {
            return Step.silence("an INFORM of a machine without an address");
        }
        DhcpMessageBuilder reply = replies.start(c.in, MessageType.ACK);
        replies.network(reply, c.in, c.subnet, c.decision, false);
        return sent(c, reply, "ACK with options for " + c.in.ciaddr().getHostAddress());
    }

    /** RFC 951 and 1534: only an address that is the machine's for ever. */
    private Step bootp(Case c) {
        Optional<Inet4Address> reserved = Addresses.reserved(c.host(), c.subnet);
        if (reserved.isEmpty()) {
            return Step.silence("plain BOOTP of a machine without a reserved address");
        }
        DhcpMessageBuilder reply =
                DhcpMessageBuilder.replyTo(c.in.message(), options.mtu).yiaddr(reserved.get());
        replies.network(reply, c.in, c.subnet, c.decision, false);
        return sent(c, reply, "BOOTP reply " + reserved.get().getHostAddress());
    }
}
