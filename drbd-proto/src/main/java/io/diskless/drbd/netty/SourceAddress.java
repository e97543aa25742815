package io.diskless.drbd.netty;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** The address that outgoing connections come from: the host that is listened on, any port (spec drbd-wire 1). */
final class SourceAddress {
    private SourceAddress() {}

    static @Nullable SocketAddress of(SocketAddress local) {
        if (local instanceof InetSocketAddress inet
                && inet.getAddress() != null
                && !inet.getAddress().isAnyLocalAddress()) {
            return new InetSocketAddress(inet.getAddress(), 0);
        }
        return null;
    }
}
