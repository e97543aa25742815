package io.diskless.netboot.cli;

import io.diskless.netboot.dhcp.DhcpHeader;
import java.net.Inet4Address;

/** Reads what people write. */
final class Text {
    private Text() {}

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
