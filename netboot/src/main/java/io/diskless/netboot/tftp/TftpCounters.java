package io.diskless.netboot.tftp;

/**
 * What a server has done since it was opened. Immutable.
 *
 * @param requests well-formed requests
 * @param malformed datagrams to the listening ports that are no request
 * @param refused requests answered with an ERROR: no such file, no such mode, bad names, writes that are not allowed
 * @param dropped requests beyond a limit, or without a free port; they got no answer
 * @param strangers packets to a transfer's port from somebody else
 * @param started transfers, both ways
 * @param completed transfers whose last block the client acknowledged
 * @param stored files that clients wrote and that are kept
 * @param running transfers under way now
 */
public record TftpCounters(
        long requests,
        long malformed,
        long refused,
        long dropped,
        long strangers,
        long started,
        long completed,
        long stored,
        int running) {}
