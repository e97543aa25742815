package io.diskless.netboot.dhcpd;

import java.net.Inet4Address;

/**
 * A network that the server is on. Immutable.
 *
 * @param networkInterface the interface's name, for reports and policies
 * @param address the server's own address there: its identity, and where its replies come from
 * @param subnet the network
 */
public record DhcpLink(String networkInterface, Inet4Address address, Subnet subnet) {
    /**
     * Checks that the server is on the network.
     *
     * @throws IllegalArgumentException if its address is not of the subnet
     */
    public DhcpLink {
        if (!subnet.contains(address)) {
            throw new IllegalArgumentException("expected an address of " + subnet + " on " + networkInterface + ", got "
                    + address.getHostAddress());
        }
    }
}
