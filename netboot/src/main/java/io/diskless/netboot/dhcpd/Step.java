package io.diskless.netboot.dhcpd;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.netboot.dhcp.DhcpMessage;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a message leads to: at most one reply, and what is to be remembered before it is sent. Immutable.
 *
 * @param reply the reply, or null for silence
 * @param to where it goes, null exactly where there is none
 * @param reason why, for people
 * @param lease a fact to keep
 * @param offered an address to hold for the client for a while
 * @param offerOver whether what was held for the client is free again
 * @param otherServer another server that was heard of
 * @param roots the root's paths, where the machine may boot off them after this reply
 * @param doubtful whether the offered address might be somebody's who never asked here
 */
record Step(
        @Nullable DhcpMessage reply,
        @Nullable InetSocketAddress to,
        String reason,
        Optional<Lease> lease,
        Optional<Inet4Address> offered,
        boolean offerOver,
        Optional<Inet4Address> otherServer,
        List<AoeAddress> roots,
        boolean doubtful) {

    static Step silence(String reason) {
        return new Step(
                null, null, reason, Optional.empty(), Optional.empty(), false, Optional.empty(), List.of(), false);
    }

    static Step reply(DhcpMessage reply, InetSocketAddress to, String reason) {
        return new Step(
                reply, to, reason, Optional.empty(), Optional.empty(), false, Optional.empty(), List.of(), false);
    }

    Step keeping(Lease fact) {
        return new Step(reply, to, reason, Optional.of(fact), offered, true, otherServer, roots, doubtful);
    }

    Step offering(Inet4Address address, boolean inDoubt) {
        return new Step(reply, to, reason, lease, Optional.of(address), offerOver, otherServer, roots, inDoubt);
    }

    Step endingOffer() {
        return new Step(reply, to, reason, lease, offered, true, otherServer, roots, doubtful);
    }

    Step hearingOf(Inet4Address server) {
        return new Step(reply, to, reason, lease, offered, offerOver, Optional.of(server), roots, doubtful);
    }

    Step to(InetSocketAddress other) {
        return new Step(reply, other, reason, lease, offered, offerOver, otherServer, roots, doubtful);
    }

    Step withRoots(List<AoeAddress> given) {
        return new Step(reply, to, reason, lease, offered, offerOver, otherServer, given, doubtful);
    }
}
