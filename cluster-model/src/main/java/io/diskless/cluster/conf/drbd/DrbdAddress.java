package io.diskless.cluster.conf.drbd;

import java.util.Optional;
import java.util.Set;

/**
 * Where a host listens for its peers. Immutable.
 *
 * @param family {@code ipv4}, {@code ipv6}, {@code sdp} or {@code ssocks}
 * @param host the address without brackets: four decimal numbers, or IPv6
 * @param port 1 to 65535
 */
public record DrbdAddress(String family, String host, int port) {
    /** The words that may stand before an address; {@code ipv4} is meant where none does. */
    static final Set<String> FAMILIES = Set.of("ipv4", "ipv6", "sdp", "ssocks");

    private static final int HIGHEST_PORT = 65535;

    /** What is wrong with an address, and whether the parsers say so too. */
    record Problem(boolean refused, String code, String message, String expected) {}

    /** {@return the address as drbd.conf has it, with the family where it is not ipv4} */
    @Override
    public String toString() {
        String where = family.equals("ipv6") ? "[" + host + "]:" + port : host + ":" + port;
        return family.equals("ipv4") ? where : family + " " + where;
    }

    /** {@return the address, or nothing if a {@link #problem} makes it none} */
    static Optional<DrbdAddress> parse(String family, String text) {
        if (problem(family, text, false).filter(Problem::refused).isPresent()) {
            return Optional.empty();
        }
        int colon = text.lastIndexOf(':');
        String host = text.substring(0, colon);
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        return Optional.of(
                new DrbdAddress(family.isEmpty() ? "ipv4" : family, bare, Integer.parseInt(text.substring(colon + 1))));
    }

    static Optional<Problem> problem(String family, String text, boolean quoted) {
        if (quoted) {
            return refused("address", "an address is not quoted", "10.0.0.1:7788");
        }
        if (family.equals("ipv6")) {
            int close = text.indexOf(']');
            if (!text.startsWith("[") || close < 0) {
                return refused("address", "an IPv6 address stands in brackets", "ipv6 [fd00::1]:7788");
            }
            if (!isIpv6(text.substring(1, close))) {
                return refused(
                        "address", "\"" + text.substring(1, close) + "\" is no IPv6 address", "ipv6 [fd00::1]:7788");
            }
            return port(text.substring(close + 1));
        }
        if (text.startsWith("[") || text.indexOf(':') != text.lastIndexOf(':')) {
            return refused("address", "an IPv6 address without the word ipv6 before it", "ipv6 [fd00::1]:7788");
        }
        int colon = text.indexOf(':');
        String host = colon < 0 ? text : text.substring(0, colon);
        if (!isDotted(host)) {
            return refused(
                    "address", "\"" + host + "\" is no IPv4 address; a host name is not looked up", "10.0.0.1:7788");
        }
        Optional<Problem> port = port(colon < 0 ? "" : text.substring(colon));
        if (port.isPresent()) {
            return port;
        }
        for (String octet : host.split("\\.", -1)) {
            if (Integer.parseInt(octet) > 255) {
                return Optional.of(new Problem(
                        false,
                        "address",
                        "\"" + host + "\" is no IPv4 address: " + octet + " is above 255",
                        "0 to 255"));
            }
            if (octet.length() > 1 && octet.charAt(0) == '0') {
                return Optional.of(new Problem(
                        false, "address", "some readers take " + octet + " for an octal number", "no leading zero"));
            }
        }
        return Optional.empty();
    }

    private static Optional<Problem> port(String text) {
        if (!text.startsWith(":")) {
            return refused("missing-port", "the address has no port", ":7788");
        }
        String digits = text.substring(1);
        boolean number =
                !digits.isEmpty() && digits.length() <= 9 && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!number || Integer.parseInt(digits) < 1 || Integer.parseInt(digits) > HIGHEST_PORT) {
            return refused("port", "\"" + digits + "\" is no port", "a number from 1 to 65535");
        }
        return Optional.empty();
    }

    private static Optional<Problem> refused(String code, String message, String expected) {
        return Optional.of(new Problem(true, code, message, expected));
    }

    /** Four groups of one to three digits: what the parsers take for an IPv4 address. */
    private static boolean isDotted(String host) {
        String[] octets = host.split("\\.", -1);
        boolean good = octets.length == 4;
        for (int i = 0; good && i < octets.length; i++) {
            good = !octets[i].isEmpty()
                    && octets[i].length() <= 3
                    && octets[i].chars().allMatch(c -> c >= '0' && c <= '9');
        }
        return good;
    }

    private static boolean isIpv6(String host) {
        return host.indexOf(':') >= 0
                && host.chars()
                        .allMatch(c -> (Character.digit(c, 16) >= 0 && c < 0x80) || c == ':' || c == '.' || c == '%');
    }
}
