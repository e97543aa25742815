package io.diskless.cluster.net;

import java.util.Objects;

/**
 * An IPv4 address, held as 32 bits: the first byte on the wire is the highest. Prints and parses dotted decimals, four
 * numbers 0 to 255 without leading zeros. Immutable.
 */
public final class Ipv4Address implements Comparable<Ipv4Address> {
    private final int bits;

    private Ipv4Address(int bits) {
        this.bits = bits;
    }

    /**
     * The address with these bits.
     *
     * @param bits first wire byte highest
     * @return the address
     */
    public static Ipv4Address of(int bits) {
        return new Ipv4Address(bits);
    }

    /**
     * Reads an address from text.
     *
     * @param text such as {@code 10.0.0.1}
     * @return the address
     * @throws IllegalArgumentException if the text is anything else
     */
    public static Ipv4Address parse(String text) {
        Objects.requireNonNull(text, "text");
        String[] parts = text.split("\\.", -1);
        boolean good = parts.length == 4;
        int bits = 0;
        for (int i = 0; good && i < 4; i++) {
            String part = parts[i];
            good = !part.isEmpty()
                    && part.length() <= 3
                    && part.chars().allMatch(c -> c >= '0' && c <= '9')
                    && (part.length() == 1 || part.charAt(0) != '0');
            if (good) {
                int value = Integer.parseInt(part);
                good = value <= 255;
                bits = bits << 8 | value;
            }
        }
        if (!good) {
            throw new IllegalArgumentException("expected an IPv4 address such as 10.0.0.1, got \"" + text + "\"");
        }
        return new Ipv4Address(bits);
    }

    /** {@return the 32 bits, first wire byte highest} */
    public int bits() {
        return bits;
    }

    /** {@return whether it names one host: not 0.0.0.0, 127.x, multicast or above} */
    public boolean isUnicast() {
        int first = bits >>> 24;
        return first != 0 && first != 127 && first < 224;
    }

    @Override
    public int compareTo(Ipv4Address other) {
        return Integer.compareUnsigned(bits, other.bits);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Ipv4Address that && that.bits == bits;
    }

    @Override
    public int hashCode() {
        return bits;
    }

    /** {@return dotted decimals, {@code 10.0.0.1}} */
    @Override
    public String toString() {
        return (bits >>> 24) + "." + (bits >>> 16 & 0xFF) + "." + (bits >>> 8 & 0xFF) + "." + (bits & 0xFF);
    }
}
