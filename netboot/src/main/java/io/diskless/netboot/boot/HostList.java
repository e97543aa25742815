package io.diskless.netboot.boot;

import io.diskless.cluster.net.MacAddress;
import java.net.Inet4Address;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Known machines in memory; a change takes effect at the next packet. Thread-safe. */
public final class HostList implements Hosts {
    private volatile Index index = new Index(Map.of(), Map.of());

    private record Index(Map<MacAddress, Host> byMac, Map<Inet4Address, Host> byAddress) {
        static Index of(Map<MacAddress, Host> byMac) {
            Map<Inet4Address, Host> byAddress = new HashMap<>();
            for (Host host : byMac.values()) {
                host.address().ifPresent(address -> {
                    Host other = byAddress.put(address, host);
                    if (other != null) {
                        throw new IllegalArgumentException("expected one machine for " + address.getHostAddress()
                                + ", got " + other.name() + " and " + host.name());
                    }
                });
            }
            return new Index(byMac, byAddress);
        }
    }

    /** Nobody yet. */
    public HostList() {}

    /**
     * These machines.
     *
     * @param hosts the machines
     * @throws IllegalArgumentException if two have the same card or the same address
     */
    public HostList(Collection<Host> hosts) {
        replaceAll(hosts);
    }

    /**
     * Adds a machine, or replaces the one with the same card.
     *
     * @param host the machine
     * @throws IllegalArgumentException if another has its address; nothing has changed then
     */
    public synchronized void put(Host host) {
        Map<MacAddress, Host> all = new HashMap<>(index.byMac());
        all.put(host.mac(), host);
        index = Index.of(all);
    }

    /**
     * Forgets a machine.
     *
     * @param mac its card
     * @return whether it was known
     */
    public synchronized boolean remove(MacAddress mac) {
        Map<MacAddress, Host> all = new HashMap<>(index.byMac());
        boolean known = all.remove(mac) != null;
        index = Index.of(all);
        return known;
    }

    /**
     * Gives a machine another role.
     *
     * @param mac its card
     * @param tag the role
     * @throws IllegalArgumentException if it is not known
     */
    public synchronized void tag(MacAddress mac, HostTag tag) {
        put(find(mac)
                .orElseThrow(() -> new IllegalArgumentException("expected a known machine, got " + mac))
                .withTag(tag));
    }

    /**
     * These machines and no others.
     *
     * @param hosts the machines
     * @throws IllegalArgumentException if two have the same card or the same address; nothing has changed then
     */
    public synchronized void replaceAll(Collection<Host> hosts) {
        Map<MacAddress, Host> all = new HashMap<>();
        for (Host host : hosts) {
            Host other = all.put(host.mac(), host);
            if (other != null) {
                throw new IllegalArgumentException(
                        "expected one machine for " + host.mac() + ", got " + other.name() + " and " + host.name());
            }
        }
        index = Index.of(all);
    }

    /**
     * All machines, in no order.
     *
     * @return an immutable snapshot
     */
    public List<Host> all() {
        return List.copyOf(index.byMac().values());
    }

    @Override
    public Optional<Host> find(MacAddress mac) {
        return Optional.ofNullable(index.byMac().get(mac));
    }

    @Override
    public Optional<Host> reservedFor(Inet4Address address) {
        return Optional.ofNullable(index.byAddress().get(address));
    }
}
