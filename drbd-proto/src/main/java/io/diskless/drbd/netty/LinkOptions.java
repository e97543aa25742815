package io.diskless.drbd.netty;

import java.net.SocketAddress;
import java.util.random.RandomGenerator;

/**
 * How two sockets are brought up. Immutable.
 *
 * @param local where to listen; its host is also the source of outgoing connections
 * @param peer where to connect to
 * @param mode who opens sockets
 * @param connectMillis {@code connect-int}: limit of an outgoing connect, and the pause between two
 * @param firstPacketMillis how long an accepted socket may take to say which it is
 * @param settleMillis how long both sockets must stay alive before they are used
 * @param random draws the jitter
 */
public record LinkOptions(
        SocketAddress local,
        SocketAddress peer,
        Mode mode,
        int connectMillis,
        int firstPacketMillis,
        int settleMillis,
        RandomGenerator random) {
    /** Who opens sockets. */
    public enum Mode {
        /** Listens and connects, as the kernel does. */
        BOTH,
        /** Only listens; the kernel then needs up to {@code connect-int} for its second socket. */
        LISTEN,
        /** Only connects. */
        CONNECT
    }
}
