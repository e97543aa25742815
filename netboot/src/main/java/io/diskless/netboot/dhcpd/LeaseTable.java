package io.diskless.netboot.dhcpd;

import io.diskless.cluster.net.MacAddress;
import java.net.Inet4Address;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The leases that count: at most one for an address and one for a machine. Its size is bounded by the addresses that the
 * server may give. Not thread-safe.
 */
final class LeaseTable {
    private final Map<Inet4Address, Lease> byAddress = new HashMap<>();
    private final Map<MacAddress, Lease> byMac = new HashMap<>();

    Optional<Lease> of(MacAddress mac) {
        return Optional.ofNullable(byMac.get(mac));
    }

    Optional<Lease> at(Inet4Address address) {
        return Optional.ofNullable(byAddress.get(address));
    }

    /** Takes over a new fact: the address had another holder, or the machine another address, and that ends. */
    void apply(Lease lease) {
        Lease before = byAddress.put(lease.address(), lease);
        if (before != null) {
            byMac.remove(before.mac(), before);
        }
        if (lease.state() == Lease.State.DECLINED) {
            return;
        }
        Lease elsewhere = byMac.put(lease.mac(), lease);
        if (elsewhere != null) {
            byAddress.remove(elsewhere.address(), elsewhere);
        }
    }

    /** A view, in no order. */
    Collection<Lease> all() {
        return Collections.unmodifiableCollection(byAddress.values());
    }
}
