/**
 * A DHCPv4 server and a ProxyDHCP server that ask one {@link io.diskless.netboot.boot.BootPolicy} (RFC 2131, 2132, 3046,
 * 3396, 4578, 6842; Intel PXE 2.1).
 */
package io.diskless.netboot.dhcpd;
