package io.diskless.cluster.net;

import java.util.Objects;

/**
 * An Ethernet address (EUI-48), held as the 48 low bits of a {@code long}: the first byte on the wire is bits 47 to 40.
 *
 * <p>Parses what dhcpd, dnsmasq, Windows and Cisco print: {@code 52:54:00:aa:00:01}, {@code 52-54-00-AA-00-01},
 * {@code 5254.00aa.0001}; always exactly six bytes. Prints lower case with colons. Immutable.
 */
public final class MacAddress implements Comparable<MacAddress> {
    /** {@code ff:ff:ff:ff:ff:ff}. */
    public static final MacAddress BROADCAST = new MacAddress(0xFFFF_FFFF_FFFFL);

    /** How many bytes an address has on the wire. */
    public static final int BYTES = 6;

    private final long value;

    private MacAddress(long value) {
        this.value = value;
    }

    /**
     * The address with these 48 bits.
     *
     * @param value 0 to 0xFFFF_FFFF_FFFF, first wire byte highest
     * @return the address
     * @throws IllegalArgumentException if a bit above the 48th is set
     */
    public static MacAddress of(long value) {
        if (value >>> 48 != 0) {
            throw new IllegalArgumentException("a MAC address has 48 bits, got 0x" + Long.toHexString(value));
        }
        return new MacAddress(value);
    }

    /**
     * Reads an address from text.
     *
     * @param text six bytes in hexadecimal, as {@code aa:bb:cc:dd:ee:ff}, {@code aa-bb-cc-dd-ee-ff} or
     *     {@code aabb.ccdd.eeff}; a byte between colons may have one digit
     * @return the address
     * @throws IllegalArgumentException if the text is anything else
     */
    public static MacAddress parse(String text) {
        Objects.requireNonNull(text, "text");
        boolean cisco = text.indexOf('.') >= 0;
        char separator = cisco ? '.' : text.indexOf('-') >= 0 ? '-' : ':';
        String[] groups = text.split(cisco ? "\\." : String.valueOf(separator), -1);
        int wanted = cisco ? 3 : 6;
        int widest = cisco ? 4 : 2;
        long value = 0;
        boolean good = groups.length == wanted;
        for (int i = 0; good && i < wanted; i++) {
            String group = groups[i];
            // Short groups are what dhcpd accepts between colons; elsewhere they are a typing error.
            good = !group.isEmpty() && group.length() <= widest && (separator == ':' || group.length() == widest);
            for (int j = 0; good && j < group.length(); j++) {
                good = Character.digit(group.charAt(j), 16) >= 0 && group.charAt(j) < 0x80;
            }
            if (good) {
                value = value << (4 * widest) | Long.parseLong(group, 16);
            }
        }
        if (!good) {
            throw new IllegalArgumentException(
                    "expected a MAC address such as 52:54:00:aa:00:01, got \"" + text + "\"");
        }
        return new MacAddress(value);
    }

    /**
     * The 48 bits.
     *
     * @return 0 to 0xFFFF_FFFF_FFFF, first wire byte highest
     */
    public long value() {
        return value;
    }

    /**
     * Whether the group bit is set; the broadcast address is a group address too.
     *
     * @return true for multicast and broadcast
     */
    public boolean isMulticast() {
        return (value >>> 40 & 1) != 0;
    }

    /**
     * Whether the address was given by a person or program rather than by the maker of the card.
     *
     * @return true if the local bit is set
     */
    public boolean isLocal() {
        return (value >>> 40 & 2) != 0;
    }

    @Override
    public int compareTo(MacAddress other) {
        return Long.compare(value, other.value);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MacAddress mac && mac.value == value;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(value);
    }

    /** {@return the canonical form, {@code 52:54:00:aa:00:01}} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(17);
        for (int shift = 40; shift >= 0; shift -= 8) {
            int b = (int) (value >>> shift) & 0xFF;
            text.append(Character.forDigit(b >>> 4, 16)).append(Character.forDigit(b & 0xF, 16));
            if (shift > 0) {
                text.append(':');
            }
        }
        return text.toString();
    }
}
