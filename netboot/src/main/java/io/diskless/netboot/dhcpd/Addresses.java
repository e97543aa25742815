package io.diskless.netboot.dhcpd;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootPolicy;
import io.diskless.netboot.boot.Host;
import java.net.Inet4Address;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which address a machine gets: the one reserved for it, the one that it had, the one that it is being offered, the one that
 * it asks for, or one of the pool that nobody ever had, or whose lease is over. Reads leases and offers and changes
 * nothing. Confined to the server's event loop.
 */
final class Addresses {
    private final List<DhcpLink> links;
    private final BootPolicy policy;
    private final LeaseTable leases;
    private final Offers offers;

    /** An address or, as null, none; why; and whether somebody may have it who never asked here. */
    record Choice(@Nullable Inet4Address address, String reason, boolean doubtful) {
        static Choice none(String reason) {
            return new Choice(null, reason, false);
        }
    }

    Addresses(List<DhcpLink> links, BootPolicy policy, LeaseTable leases, Offers offers) {
        this.links = links;
        this.policy = policy;
        this.leases = leases;
        this.offers = offers;
    }

    /** What is reserved for the machine in this network. */
    static Optional<Inet4Address> reserved(Optional<Host> host, Subnet subnet) {
        return host.flatMap(Host::address).filter(subnet::contains);
    }

    Choice choose(MacAddress mac, Optional<Host> host, Subnet subnet, Optional<Inet4Address> wanted, long now) {
        Optional<Inet4Address> reserved = reserved(host, subnet);
        if (reserved.isPresent()) {
            Inet4Address address = reserved.get();
            return whoHas(address, mac, now)
                    .map(holder -> Choice.none("its reserved " + text(address) + " " + holder))
                    .orElseGet(() -> new Choice(address, text(address) + " is reserved for it", false));
        }
        if (subnet.poolSize() == 0) {
            return Choice.none("no address of " + subnet + " is reserved for it, and there is no pool");
        }
        Optional<Inet4Address> had = leases.of(mac).map(Lease::address);
        if (had.filter(a -> isFree(a, mac, subnet, now)).isPresent()) {
            boolean still = leases.of(mac).filter(l -> l.holds(now)).isPresent();
            return new Choice(had.get(), "it had " + text(had.get()) + " before", !still);
        }
        Optional<Inet4Address> offered = offers.to(mac, now);
        if (offered.filter(a -> isFree(a, mac, subnet, now)).isPresent()) {
            return new Choice(offered.get(), "it is being offered " + text(offered.get()), true);
        }
        if (wanted.filter(a -> isFree(a, mac, subnet, now)).isPresent()) {
            return new Choice(wanted.get(), "it asks for " + text(wanted.get()) + ", which is free", true);
        }
        return search(mac, subnet, now);
    }

    /** From a place that the card's address decides, so that a machine usually finds its former address free. */
    private Choice search(MacAddress mac, Subnet subnet, long now) {
        int size = subnet.poolSize();
        int start = Math.floorMod(Long.hashCode(mac.value() * 0x9E3779B97F4A7C15L), size);
        Inet4Address over = null;
        for (int i = 0; i < size; i++) {
            Inet4Address address = subnet.poolAddress((start + i) % size);
            if (isFree(address, mac, subnet, now)) {
                if (leases.at(address).isEmpty()) {
                    return new Choice(address, text(address) + " of the pool was never given", true);
                }
                over = over == null ? address : over;
            }
        }
        return over == null
                ? Choice.none("all " + size + " addresses of the pool in " + subnet + " are taken")
                : new Choice(over, "the lease of " + text(over) + " of the pool is over", true);
    }

    private boolean isFree(Inet4Address address, MacAddress mac, Subnet subnet, long now) {
        return subnet.isInPool(address)
                && subnet.contains(address)
                && !subnet.routers().contains(address)
                && links.stream().noneMatch(link -> link.address().equals(address))
                && whoHas(address, mac, now).isEmpty();
    }

    /** Who else has the address, as the end of a sentence, or nothing. */
    Optional<String> whoHas(Inet4Address address, MacAddress mac, long now) {
        if (policy.isKeptFromOthers(address, mac)) {
            return Optional.of("is reserved for another machine");
        }
        Optional<Lease> lease = leases.at(address).filter(l -> l.holds(now));
        if (lease.filter(l -> l.state() == Lease.State.DECLINED).isPresent()) {
            return Optional.of("was found in use by " + lease.get().mac());
        }
        if (lease.filter(l -> !l.mac().equals(mac)).isPresent()) {
            return Optional.of("is leased to " + lease.get().mac());
        }
        return offers.isForAnother(address, mac, now)
                ? Optional.of("is being offered to another machine")
                : Optional.empty();
    }

    private static String text(Inet4Address address) {
        return address.getHostAddress();
    }
}
