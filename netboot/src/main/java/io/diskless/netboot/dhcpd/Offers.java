package io.diskless.netboot.dhcpd;

import io.diskless.cluster.net.MacAddress;
import java.net.Inet4Address;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Addresses offered and not yet taken, at most so many; the oldest gives way. Not durable: a client that heard an offer of a
 * server that has ended asks again. Not thread-safe.
 */
final class Offers {
    private final int most;
    private final Map<MacAddress, Offer> byMac = new LinkedHashMap<>();
    private final Map<Inet4Address, MacAddress> byAddress = new HashMap<>();

    private record Offer(Inet4Address address, long until) {}

    Offers(int most) {
        this.most = most;
    }

    /** What is being offered to a machine. */
    Optional<Inet4Address> to(MacAddress mac, long now) {
        Offer offer = byMac.get(mac);
        return offer == null || offer.until() <= now ? Optional.empty() : Optional.of(offer.address());
    }

    /** Whether another machine is being offered the address. */
    boolean isForAnother(Inet4Address address, MacAddress mac, long now) {
        MacAddress holder = byAddress.get(address);
        return holder != null && !holder.equals(mac) && to(holder, now).isPresent();
    }

    void put(MacAddress mac, Inet4Address address, long until) {
        remove(mac);
        MacAddress before = byAddress.get(address);
        if (before != null) {
            remove(before);
        }
        byMac.put(mac, new Offer(address, until));
        byAddress.put(address, mac);
        Iterator<MacAddress> oldest = byMac.keySet().iterator();
        if (byMac.size() > most) {
            remove(oldest.next());
        }
    }

    void remove(MacAddress mac) {
        Offer gone = byMac.remove(mac);
        if (gone != null) {
            byAddress.remove(gone.address(), mac);
        }
    }

    int size() {
        return byMac.size();
    }
}
