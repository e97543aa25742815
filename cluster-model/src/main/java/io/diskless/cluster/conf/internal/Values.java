package io.diskless.cluster.conf.internal;

import java.util.OptionalLong;

/** Small readers of values that several languages share. */
public final class Values {
    /** No number in any of the languages has more digits. */
    private static final int MOST_DIGITS = 18;

    private Values() {}

    /** {@return whether the text is decimal digits only, and at least one} */
    public static boolean isDigits(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** {@return the number, or nothing if the text is not decimal digits only or too many of them} */
    public static OptionalLong decimal(String text) {
        return isDigits(text) && text.length() <= MOST_DIGITS
                ? OptionalLong.of(Long.parseLong(text))
                : OptionalLong.empty();
    }

    /** {@return whether the text is four decimal numbers from 0 to 255 without leading zeros} */
    public static boolean isIpv4(String text) {
        String[] octets = text.split("\\.", -1);
        boolean good = octets.length == 4;
        for (int i = 0; good && i < octets.length; i++) {
            String octet = octets[i];
            good = isDigits(octet)
                    && octet.length() <= 3
                    && (octet.length() == 1 || octet.charAt(0) != '0')
                    && Integer.parseInt(octet) <= 255;
        }
        return good;
    }

    /** {@return whether the text has the shape of an IPv4 address, whatever its numbers} */
    public static boolean looksLikeIpv4(String text) {
        String[] octets = text.split("\\.", -1);
        boolean good = octets.length == 4;
        for (int i = 0; good && i < octets.length; i++) {
            good = isDigits(octets[i]) && octets[i].length() <= 9;
        }
        return good;
    }

    /** {@return an IPv4 address as 32 bits} */
    public static long ipv4(String text) {
        long value = 0;
        for (String octet : text.split("\\.", -1)) {
            value = value << 8 | Integer.parseInt(octet);
        }
        return value;
    }

    /** {@return whether the text is hexadecimal digits only, and at least one} */
    public static boolean isHex(String text) {
        return !text.isEmpty()
                && text.chars()
                        .allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
    }
}
