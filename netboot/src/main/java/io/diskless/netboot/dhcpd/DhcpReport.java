package io.diskless.netboot.dhcpd;

import io.diskless.cluster.net.MacAddress;
import io.diskless.netboot.boot.BootStage;
import io.diskless.netboot.dhcp.DhcpMessage;
import io.diskless.netboot.dhcp.MessageType;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * What became of a client's message. Immutable.
 *
 * @param time when it was looked at
 * @param mac the machine's network card
 * @param stage which of its programs asked
 * @param request the message
 * @param asked the message's type; empty for plain BOOTP and types beyond RFC 2131
 * @param networkInterface where it came in
 * @param reply what was said; empty for silence
 * @param to where the reply went
 * @param reason why, for people
 * @param dryRun whether nothing was sent and nothing kept
 */
public record DhcpReport(
        Instant time,
        MacAddress mac,
        BootStage stage,
        DhcpMessage request,
        Optional<MessageType> asked,
        String networkInterface,
        Optional<DhcpMessage> reply,
        Optional<InetSocketAddress> to,
        String reason,
        boolean dryRun) {
    /** Checks that nothing is null. */
    public DhcpReport {
        Objects.requireNonNull(time, "time");
        Objects.requireNonNull(request, "request");
        Objects.requireNonNull(reason, "reason");
    }
}
