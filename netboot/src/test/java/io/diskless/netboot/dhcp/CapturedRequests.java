package io.diskless.netboot.dhcp;

import java.util.List;

/** What captured clients said, for tests of other packages. */
public final class CapturedRequests {
    private CapturedRequests() {}

    /** The payloads of the requests of a capture, in order. */
    public static List<byte[]> of(String capture) {
        return Captures.payloads(capture).stream()
                .filter(payload -> payload[0] == DhcpFields.REQUEST)
                .toList();
    }

    public static DhcpMessage decode(byte[] payload) {
        return Captures.decode(payload);
    }
}
