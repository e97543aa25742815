package io.diskless.netboot;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A UDP datagram on its way. Immutable but for the payload's position, which readers leave where it is.
 *
 * @param from who sends it
 * @param to who gets it; {@code 255.255.255.255} is everybody on the network
 * @param payload what it says, between position and limit; not copied
 */
public record Datagram(InetSocketAddress from, InetSocketAddress to, ByteBuffer payload) {
    /** Insists on all. */
    public Datagram {
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(to, "to");
        Objects.requireNonNull(payload, "payload");
    }
}
