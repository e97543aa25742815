package io.diskless.netboot.dhcpd;

/** What a server is beside. Immutable. */
public enum DhcpMode {
    /** The network's DHCP server: it gives addresses and tells how to boot. */
    SERVER,
    /** Another server gives addresses; this one only tells PXE clients how to boot (ProxyDHCP, Intel PXE 2.1). */
    PROXY
}
