package io.diskless.drbd.trace;

import io.diskless.cluster.net.Octets;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.SocketKind;
import io.diskless.drbd.wire.packet.PacketFrame;
import java.util.Optional;

/**
 * What happens in a captured conversation, in the order of the capture.
 *
 * <p>Implementations are immutable.
 */
public sealed interface TraceEvent {
    /**
     * When the last byte of it was captured.
     *
     * @return nanoseconds since 1970
     */
    long nanos();

    /**
     * Who sent it.
     *
     * @return {@code address:port}
     */
    String from();

    /**
     * Who was to receive it.
     *
     * @return {@code address:port}
     */
    String to();

    /**
     * A packet.
     *
     * @param nanos when its last byte was captured, since 1970
     * @param from sender
     * @param to receiver
     * @param socket which of the two connections; empty while that cannot be told
     * @param dialect in which it was read
     * @param frame header and payload
     * @param bytes as captured
     */
    record Seen(
            long nanos,
            String from,
            String to,
            Optional<SocketKind> socket,
            Dialect dialect,
            PacketFrame frame,
            Octets bytes)
            implements TraceEvent {}

    /**
     * Both sides have said what they can do: from here on they talk another dialect.
     *
     * @param nanos when the second of them said it, since 1970
     * @param from who said it second
     * @param to the other side
     * @param dialect what both can do; empty if they have no version in common
     */
    record Agreed(long nanos, String from, String to, Optional<Dialect> dialect) implements TraceEvent {}

    /**
     * A TCP connection was opened.
     *
     * @param nanos when it was accepted, since 1970
     * @param from who opened it
     * @param to who accepted it
     */
    record Opened(long nanos, String from, String to) implements TraceEvent {}

    /**
     * One side ended a TCP connection.
     *
     * @param nanos when, since 1970
     * @param from who ended it
     * @param to the other side
     * @param reset true if it was torn down, false if the sender only has no more to say
     */
    record Closed(long nanos, String from, String to, boolean reset) implements TraceEvent {}

    /**
     * Bytes that are no whole packet: the capture began or ended in the middle of one, or lost a part.
     *
     * @param nanos when the last of them was captured, since 1970
     * @param from sender
     * @param to receiver
     * @param count how many were captured
     * @param missing how many more the packet or the lost part has
     * @param why what is the matter
     */
    record Cut(long nanos, String from, String to, long count, long missing, String why) implements TraceEvent {}
}
