package io.diskless.netboot.dhcp;

/**
 * Option 94, the client's network interface (RFC 4578 §2.2). Immutable.
 *
 * @param type 1 for UNDI
 * @param major 0 to 255
 * @param minor 0 to 255
 */
public record ClientInterface(int type, int major, int minor) {}
