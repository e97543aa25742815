package io.diskless.netboot.dhcpd;

import java.net.Inet4Address;

/** Hears what a server does. It is called on the server's event loop and must not block. */
@FunctionalInterface
public interface DhcpListener {
    /**
     * A message was answered, or not.
     *
     * @param report what became of it
     */
    void handled(DhcpReport report);

    /**
     * Another server is at work on a network: a client chose it, or its reply was heard.
     *
     * @param networkInterface where
     * @param server its address, as it calls itself
     */
    default void otherServer(String networkInterface, Inet4Address server) {
        // Whoever does not care hears nothing.
    }
}
