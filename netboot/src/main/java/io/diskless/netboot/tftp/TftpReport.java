package io.diskless.netboot.tftp;

import java.net.InetSocketAddress;
import java.util.Objects;

/**
 * A transfer that has ended. Immutable.
 *
 * @param client the client's address and port
 * @param filename the name as the client sent it, one character for each byte; may hold anything but a zero byte
 * @param outcome how it ended
 * @param blocks acknowledged blocks, by the client or, of what it wrote, by the server
 * @param blockSize bytes in a full block, 8 to 65464
 * @param windowSize blocks sent for one acknowledgement, 1 or more
 * @param timeouts how often silence made the server repeat something
 */
public record TftpReport(
        InetSocketAddress client,
        String filename,
        TftpOutcome outcome,
        long blocks,
        int blockSize,
        int windowSize,
        long timeouts) {
    /** Checks that nothing is null. */
    public TftpReport {
        Objects.requireNonNull(client, "client");
        Objects.requireNonNull(filename, "filename");
        Objects.requireNonNull(outcome, "outcome");
    }
}
