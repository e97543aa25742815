package io.diskless.netboot.dhcpd;

import io.diskless.netboot.boot.BootFacts;
import io.diskless.netboot.dhcp.DhcpMessage;
import java.net.Inet4Address;
import java.net.InetSocketAddress;

/**
 * A client's message and how it came. Immutable.
 *
 * @param message the message
 * @param facts what it says about the machine
 * @param from its sender
 * @param link the network it came in on
 * @param unicast whether it was sent to the server's own address
 */
record Arrival(DhcpMessage message, BootFacts facts, InetSocketAddress from, DhcpLink link, boolean unicast) {
    Inet4Address ciaddr() {
        return message.header().ciaddr();
    }

    Inet4Address giaddr() {
        return message.header().giaddr();
    }

    boolean isRelayed() {
        return !giaddr().isAnyLocalAddress();
    }
}
