/**
 * A DHCPv4 server and a ProxyDHCP server that ask one {@link io.diskless.netboot.boot.BootPolicy} (RFC 2131, 2132, 3004,
 * 3046, 3396, 3527, 4578, 5107, 6842; Intel PXE 2.1).
 */
package io.diskless.netboot.dhcpd;
