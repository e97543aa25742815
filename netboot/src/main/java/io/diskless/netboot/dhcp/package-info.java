/**
 * DHCPv4 messages (RFC 2131, 2132, 3004, 3046, 3396, 3397, 3925, 4578): {@link io.diskless.netboot.dhcp.DhcpFields} reads
 * them in place, {@link io.diskless.netboot.dhcp.DhcpMessage} keeps every octet, and
 * {@link io.diskless.netboot.dhcp.DhcpMessageBuilder} makes them for real firmware.
 */
@org.jspecify.annotations.NullMarked
package io.diskless.netboot.dhcp;
