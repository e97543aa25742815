package io.diskless.netboot.boot;

import io.diskless.cluster.net.MacAddress;
import java.net.Inet4Address;
import java.util.Optional;

/**
 * Decides what a machine gets. It is asked on event loops, possibly several, for every packet that matters: it must be
 * thread-safe, must not wait, and answers alike for like facts as long as nothing was changed.
 */
@FunctionalInterface
public interface BootPolicy {
    /**
     * What this machine gets now.
     *
     * @param facts what it told about itself
     * @return the answer, with its reasons
     */
    BootDecision decide(BootFacts facts);

    /**
     * The machine that an address is kept for: so that TFTP and HTTP know it before it has asked by DHCP.
     *
     * @param address who asks for a file
     * @return its network card; empty unless overridden
     */
    default Optional<MacAddress> machineAt(Inet4Address address) {
        return Optional.empty();
    }

    /**
     * Whether an address is kept for some machine, so that no other gets it.
     *
     * @param address the address
     * @param mac who would get it
     * @return whether it is another's; false unless overridden
     */
    default boolean isKeptFromOthers(Inet4Address address, MacAddress mac) {
        return false;
    }
}
