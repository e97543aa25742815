package io.diskless.netboot.cli;

import io.diskless.netboot.dhcp.DhcpHeader;
import java.net.Inet4Address;

/** Reads what people write. */
final class Text {
    private Text() {}

    /** Clients' bytes must not steer the terminal. */
    static String printable(String text) {
        return text.replaceAll("[^ -~]", "?");
    }

    static int port(String text) {
        if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > 65_535) {
            throw new IllegalArgumentException("expected a port from 0 to 65535, got \"" + printable(text) + "\"");
        }
        return Integer.parseInt(text);
    }

    /** Dotted quad alone: a name would be looked up. */
    static Inet4Address address(String text) {
        String[] parts = text.split("\\.", -1);
        int bits = 0;
        boolean good = parts.length == 4;
        for (int i = 0; good && i < 4; i++) {
            good = parts[i].matches("\\d{1,3}") && Integer.parseInt(parts[i]) < 256;
            bits = good ? bits << 8 | Integer.parseInt(parts[i]) : 0;
        }
        if (!good) {
            throw new IllegalArgumentException("expected an address such as 10.77.0.5, got \"" + text + "\"");
        }
        return DhcpHeader.address(bits);
    }
}
