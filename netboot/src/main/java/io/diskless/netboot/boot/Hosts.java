package io.diskless.netboot.boot;

import io.diskless.cluster.net.MacAddress;
import java.net.Inet4Address;
import java.util.Optional;

/**
 * Where the known machines are looked up, at every packet: a list, a model of a cluster, a database's cache. It is asked on
 * event loops, possibly several, so it must be thread-safe and must not wait.
 */
public interface Hosts {
    /**
     * The machine with a network card.
     *
     * @param mac the card
     * @return the machine, or empty if it is not known
     */
    Optional<Host> find(MacAddress mac);

    /**
     * The machine that an address is reserved for.
     *
     * @param address the address
     * @return the machine, or empty if it is nobody's
     */
    Optional<Host> reservedFor(Inet4Address address);

    /**
     * Whether an address is kept for something else, so that a machine must not get it.
     *
     * @param address the address
     * @param mac who would get it
     * @return whether it is another machine's; what is reserved without being a machine's may be added
     */
    default boolean isKeptFrom(Inet4Address address, MacAddress mac) {
        return reservedFor(address).filter(host -> !host.mac().equals(mac)).isPresent();
    }
}
