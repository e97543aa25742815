package io.diskless.netboot.dhcpd;

import io.diskless.netboot.boot.BootDecision;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.boot.BootStage;
import io.diskless.netboot.dhcp.DhcpMessageBuilder;
import io.diskless.netboot.dhcp.DhcpOption;
import io.diskless.netboot.dhcp.MessageType;
import io.diskless.netboot.dhcp.OptionCodes;
import io.diskless.netboot.dhcp.PxeOptions;
import io.diskless.netboot.dhcp.VendorClass;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A server beside somebody else's (Intel PXE 2.1 §2.2): it answers the DISCOVER of a PXE client with an OFFER without an
 * address, and on port 4011 a REQUEST with an ACK. It keeps nothing and is silent toward machines that the policy does not
 * serve. Confined to the server's event loop.
 */
final class ProxyEngine {
    private final BootPolicy policy;
    private final Replies replies;
    private final BootFields fields;

    ProxyEngine(DhcpServerOptions options, BootPolicy policy) {
        this.policy = policy;
        this.replies = new Replies(options);
        this.fields = new BootFields(options);
    }

    /** What came to the DHCP servers' port. */
    Step offer(Arrival in) {
        MessageType type = in.message().options().messageType().orElse(null);
        if (type != MessageType.DISCOVER) {
            return Step.silence("a ProxyDHCP server answers only DISCOVER on this port");
        }
        return reply(in, MessageType.OFFER, replies.destination(in, false));
    }

    /** What came to the boot servers' port; the answer goes where the question came from, 68 or 4011. */
    Step boot(Arrival in) {
        MessageType type = in.message().options().messageType().orElse(null);
        if (type != MessageType.REQUEST && type != MessageType.INFORM) {
            return Step.silence("a boot server answers only REQUEST and INFORM");
        }
        if (in.ciaddr().isAnyLocalAddress() || in.from().getAddress().isAnyLocalAddress()) {
            return Step.silence("a boot server answers only machines that have an address");
        }
        return reply(in, MessageType.ACK, in.from());
    }

    private Step reply(Arrival in, MessageType type, InetSocketAddress to) {
        boolean pxe = in.message()
                .options()
                .vendorClass()
                .filter(v -> v.kind() == VendorClass.Kind.PXE)
                .isPresent();
        if (!pxe || in.facts().stage() == BootStage.SYSTEM) {
            return Step.silence("not a PXE client");
        }
        BootDecision decision = policy.decide(in.facts());
        if (!decision.answer().isServed()) {
            return Step.silence(String.join("; ", decision.because()));
        }
        DhcpMessageBuilder reply = replies.start(in, type);
        String boot = fields.put(reply, decision, in);
        if (boot.equals(BootFields.NOTHING)) {
            return Step.silence("there is nothing to load: " + String.join("; ", decision.because()));
        }
        reply.option(DhcpOption.text(OptionCodes.VENDOR_CLASS, "PXEClient"));
        reply.option(new DhcpOption(OptionCodes.VENDOR_SPECIFIC, pxe(in, type).toOctets()));
        // Where no boot server is asked after it, the offer is the last that is heard of the machine: its disk is
        // opened with it.
        String reason = "Proxy" + type + "; " + boot + "; " + String.join("; ", decision.because());
        return reply.tryBuild()
                .map(message -> Step.reply(message, to, reason).withRoots(BootFields.roots(decision.answer())))
                .orElseGet(() -> Step.silence("the boot options do not fit into what the client takes"));
    }

    /** No discovery, load this; on 4011 with the item that the client chose. */
    private static PxeOptions pxe(Arrival in, MessageType type) {
        Optional<PxeOptions.BootItem> item = in.message()
                .options()
                .find(OptionCodes.VENDOR_SPECIFIC)
                .map(PxeOptions::parse)
                .flatMap(PxeOptions::item)
                .filter(chosen -> type == MessageType.ACK);
        return new PxeOptions(
                OptionalInt.of(PxeOptions.BOOT_FILE_AT_ONCE), List.of(), List.of(), Optional.empty(), item);
    }
}
